"""What the run directory knows of local workers: a file a replica, written under one lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from mispriced.errors import Misconfigured
from mispriced.launcher.processes import Process, born
from mispriced.launcher.runner import Status

LOCK: Final = "workers.lock"
LONGEST_TAIL: Final = 1 << 20  # bytes of an output that are looked at


class Record(Struct, frozen=True, kw_only=True):
    """What is kept of a replica; no environment, which holds secrets."""

    name: str
    replica: int
    digest: str
    status: Status
    process: Process
    restarts: int = 0
    exit_code: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Name and replica."""
        return self.name, self.replica

    @property
    def is_alive(self) -> bool:
        """Whether its process runs: the same one, not another of its id."""
        return bool(self.process.born) and born(self.process.pid) == self.process.born


class Records:
    """The records and outputs of one run directory.

    Raises: Misconfigured when it cannot be made.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._make()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from changing records, in a directory made again if it was deleted."""
        self._make()
        with (self._run_dir / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def all(self) -> list[Record]:
        """Return every record, by name and replica."""
        found = (self._read(path) for path in self._run_dir.glob("*.json"))
        return sorted((one for one in found if one is not None), key=lambda one: one.key)

    def of(self, name: str) -> list[Record]:
        """Return the records of a worker's replicas."""
        return [one for one in self.all() if one.name == name]

    def get(self, name: str, replica: int) -> Record | None:
        """Return the record of a replica."""
        return self._read(self._file(name, replica, "json"))

    def put(self, record: Record) -> None:
        """Write a record, whole or not at all."""
        path = self._file(record.name, record.replica, "json")
        beside = path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(record))
        beside.replace(path)

    def remove(self, record: Record) -> None:
        """Forget a replica; its output stays."""
        self._file(record.name, record.replica, "json").unlink(missing_ok=True)

    def output(self, name: str, replica: int) -> Path:
        """Return where a replica writes."""
        return self._file(name, replica, "out")

    def tail(self, name: str, replica: int, lines: int) -> list[str]:
        """Return the last lines of a replica's output, none when there is no output."""
        try:
            with self.output(name, replica).open("rb") as output:
                size = output.seek(0, os.SEEK_END)
                output.seek(max(0, size - LONGEST_TAIL))
                found = output.read().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        return found[-lines:] if lines > 0 else []

    def _make(self) -> None:
        try:
            self._run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"run directory {self._run_dir}: {error.strerror}") from error

    def _read(self, path: Path) -> Record | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Record)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("record left out", path=str(path), error=str(error))
            return None

    def _file(self, name: str, replica: int, ending: str) -> Path:
        return self._run_dir / f"{name}-{replica}.{ending}"


_log: Final = structlog.get_logger()
