"""One log file a process: `{name}_{YYYY-MM-DD}.log`, limited by size, number and age.

The date is UTC's, of the line. Whatever goes wrong with the files is said once on standard error, and
the process goes on.
"""

from __future__ import annotations

import fcntl
import logging
import logging.handlers
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from mispriced.telemetry.line import JsonLine
from mispriced.telemetry.redact import redact

CLEAR_S: Final = 60.0  # between two looks for files that are too old
MOST_SLOTS: Final = 100  # processes of one name in one folder


class LogFiles(Struct, frozen=True, kw_only=True):
    """Where a process's log goes and how much of it is kept; the limits are document 1's."""

    folder: Path
    name: str
    max_bytes: int = 1024 * 1024
    backups: int = 5
    max_age_h: float = 2.0


class DailyFile(logging.handlers.RotatingFileHandler):
    """Writes JSON lines to the file of the day; a second process of the same name gets `name-2`."""

    def __init__(self, files: LogFiles) -> None:
        self._files = files
        self._slot = re.sub(r"[^A-Za-z0-9._-]", "-", files.name).lstrip(".")
        self._lock_fd: int | None = None
        self._day = ""
        self._cleared_at = 0.0
        self._has_warned = False
        super().__init__(
            files.folder / f"{self._slot}.log",
            maxBytes=files.max_bytes,
            backupCount=files.backups,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self.setFormatter(JsonLine())

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line to its day's file."""
        try:
            self._turn_to(datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d"))
            self._clear(record.created)
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (the name is logging's)
        """Say once what is wrong with the files; the next line tries anew."""
        stream, self.stream = self.stream, None
        self._day = ""
        if stream is not None:
            _close(stream)
        if not self._has_warned:
            self._has_warned = True
            error = sys.exc_info()[1]
            reason = getattr(error, "strerror", None) or repr(error)
            sys.stderr.write(
                redact(f"mispriced: no log file in {self._files.folder}: {reason}; going on without\n")
            )

    def close(self) -> None:
        """Close the file and give its name back."""
        super().close()
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _turn_to(self, day: str) -> None:
        if day == self._day:
            return
        if self._lock_fd is None:
            self._files.folder.mkdir(parents=True, exist_ok=True)
            self._take_name()
        if self.stream is not None:
            self.stream.close()
            self.stream = None  # the base class opens it when it is None
        self.baseFilename = str(self._files.folder.absolute() / f"{self._slot}_{day}.log")
        self._day = day

    def _take_name(self) -> None:
        """Own a name in the folder: two processes that rotate one file lose lines."""
        base = self._slot
        for slot in range(1, MOST_SLOTS + 1):
            name = base if slot == 1 else f"{base}-{slot}"
            descriptor = os.open(
                self._files.folder / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            self._slot, self._lock_fd = name, descriptor
            return
        raise FileExistsError(0, f"{MOST_SLOTS} processes are named {base}")

    def _clear(self, now: float) -> None:
        """Remove files of this name that nobody wrote to for longer than the age limit."""
        if abs(now - self._cleared_at) < CLEAR_S:
            return
        self._cleared_at = now
        mine = re.compile(rf"{re.escape(self._slot)}_\d{{4}}-\d\d-\d\d\.log(\.\d+)?")
        for path in self._files.folder.iterdir():
            if not mine.fullmatch(path.name) or str(path.absolute()) == self.baseFilename:
                continue
            try:
                if path.is_file() and now - path.lstat().st_mtime > self._files.max_age_h * 3600:
                    path.unlink()
            except FileNotFoundError:
                continue  # rotated away by the same second's rollover, or removed by a person


def _close(stream: object) -> None:
    try:
        stream.close()  # type: ignore[attr-defined]
    except OSError:
        return  # a full disk fails the closing flush too
