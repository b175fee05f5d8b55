"""Workers as processes of this machine, told what to do by their environment, never by arguments.

A process is known by its id and the moment the kernel started it, so an id that was given to another
program is not taken for a worker. Both are kept in the run directory, written under a lock; whoever
comes next finds the workers there. A worker's output goes to `NAME-REPLICA.out` beside them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from mispriced.errors import Fatal, Misconfigured
from mispriced.launcher.processes import Process, born, end_of, signalled
from mispriced.launcher.runner import (
    CRASH_WINDOW_S,
    CRASHES,
    RunnerEvent,
    Status,
    What,
    WorkerSpec,
    WorkerState,
    backoff_s,
    process_environment,
)
from mispriced.ports import Clock

LOCK: Final = "workers.lock"
WATCH_S: Final = 0.1
REPLACE_S: Final = 5.0  # grace of what is surplus or of another digest
POLL_S: Final = 0.02
KILLED_S: Final = 5.0  # for the kernel to end what was killed
LONGEST_TAIL: Final = 1 << 20  # bytes of a log that are looked at
KEPT_EVENTS: Final = 10_000


class Record(Struct, kw_only=True):
    """What the run directory keeps of a replica; no environment, which may hold secrets."""

    name: str
    replica: int
    digest: str
    status: Status
    process: Process | None = None
    restarts: int = 0
    exit_code: int | None = None


class LocalRunner:
    """The processes of one run directory. `inherited` is the environment that each starts from."""

    def __init__(
        self, run_dir: Path, clock: Clock, inherited: Mapping[str, str], command: tuple[str, ...] = ()
    ) -> None:
        self._run_dir = run_dir
        self._clock = clock
        self._inherited = inherited
        self._command = command or (sys.executable, "-P", "-m", "mispriced", "worker", "--role")
        self._turn = threading.RLock()
        self._specs: dict[str, WorkerSpec] = {}
        self._crashes: dict[tuple[str, int], list[float]] = {}
        self._due: dict[tuple[str, int], float] = {}
        self._ending: set[tuple[str, int]] = set()
        self._events: list[RunnerEvent] = []
        self._closing = threading.Event()
        self._watcher: threading.Thread | None = None
        try:
            run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"run directory {run_dir}: {error.strerror}") from error

    def start(self, spec: WorkerSpec) -> list[WorkerState]:
        """Start or find the replicas of a worker; see `Runner`."""
        with self._alone():
            known = {one.replica: one for one in self._records() if one.name == spec.name}
            surplus = [one for one in known.values() if one.replica >= spec.replicas]
            changed = [one for one in known.values() if one.digest != spec.digest and one not in surplus]
            self._specs[spec.name] = spec
        self._end(surplus + changed, REPLACE_S)
        with self._alone():
            for replica in range(spec.replicas):
                record = self._record(spec.name, replica)
                if record is None or not _lives(record):
                    self._spawn(spec, replica, record, "started")
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="local-runner", daemon=True)
            self._watcher.start()
        return [one for one in self.states() if one.name == spec.name]

    def stop(self, name: str, grace_s: float) -> None:
        """End the replicas of a worker; see `Runner`."""
        with self._alone():
            self._specs.pop(name, None)
            records = [one for one in self._records() if one.name == name]
        self._end(records, grace_s)

    def states(self) -> list[WorkerState]:
        """Return every replica that the run directory knows."""
        states = []
        for one in self._records():
            is_alive = _lives(one)
            status: Status = "running" if is_alive else "restarting" if one.name in self._specs else "exited"
            states.append(
                WorkerState(
                    name=one.name,
                    replica=one.replica,
                    status=status,
                    exit_code=None if is_alive else one.exit_code,
                    restarts=one.restarts,
                    identity=str(one.process.pid) if one.process else "",
                    started_at=one.process.started_at if one.process else None,
                )
            )
        return states

    def logs(self, name: str, tail: int, replica: int = 0) -> list[str]:
        """Return the last lines of a replica's output."""
        try:
            with self._file(name, replica, "out").open("rb") as output:
                size = output.seek(0, os.SEEK_END)
                output.seek(max(0, size - LONGEST_TAIL))
                lines = output.read().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        return lines[-tail:] if tail > 0 else []

    def events(self) -> list[RunnerEvent]:
        """Return what this runner saw since the last call."""
        with self._turn:
            seen, self._events = self._events, []
        return seen

    def close(self) -> None:
        """Stop watching; the processes go on."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join()

    def _spawn(self, spec: WorkerSpec, replica: int, before: Record | None, what: What) -> None:
        environment = {**self._inherited, **process_environment(spec, replica)}
        output = self._file(spec.name, replica, "out")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            pid = os.posix_spawn(
                self._command[0],
                [*self._command, spec.role],
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o600),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                setsid=True,  # Ctrl-C is for the launcher, which stops its workers when they are drained
                setsigmask=[],
                setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
            )
        except (OSError, ValueError) as error:
            raise Fatal(f"worker {spec.name}: {self._command[0]} cannot be started: {error}") from error
        process = Process(pid=pid, born=born(pid), started_at=self._clock.now())
        restarts = before.restarts + 1 if before and what == "restarted" else 0
        self._keep(
            Record(
                name=spec.name,
                replica=replica,
                digest=spec.digest,
                status="running",
                process=process,
                restarts=restarts,
            )
        )
        self._happened(spec.name, replica, what)

    def _end(self, records: list[Record], grace_s: float) -> None:
        keys = {(one.name, one.replica) for one in records}
        with self._turn:
            self._ending |= keys
        try:
            self._kill(records, grace_s)
        finally:
            with self._turn:
                self._ending -= keys

    def _kill(self, records: list[Record], grace_s: float) -> None:
        living = [one for one in records if _lives(one)]
        for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILLED_S)):
            living = [one for one in living if one.process and signalled(one.process, number)]
            until = self._clock.monotonic() + wait_s
            while living and self._clock.monotonic() < until:
                living = [one for one in living if _lives(one)]
                if living:
                    self._clock.sleep(POLL_S)
        if living:
            raise Fatal(f"worker {living[0].name} is still there {KILLED_S:.0f} s after SIGKILL")
        with self._alone():
            for one in records:
                code = end_of(one.process) if one.process else None
                self._file(one.name, one.replica, "json").unlink(missing_ok=True)
                self._due.pop((one.name, one.replica), None)
                self._happened(one.name, one.replica, "stopped", code)

    def _watch(self) -> None:
        while not self._closing.wait(WATCH_S):
            try:
                self._look()
            except Exception as error:  # whatever it is, the other workers need their watcher
                _log.error("worker not restarted", error=repr(error))

    def _look(self) -> None:
        dead = [one for one in self._records() if one.name in self._specs and not _lives(one)]
        if not dead:
            return
        with self._alone():
            for seen in dead:
                spec = self._specs.get(seen.name)
                record = self._record(seen.name, seen.replica)
                key = (seen.name, seen.replica)
                if spec is None or record is None or _lives(record) or key in self._ending:
                    continue
                if record.status == "running":
                    self._died(record)
                elif key not in self._due or self._clock.monotonic() >= self._due[key]:
                    self._due.pop(key, None)
                    self._spawn(spec, record.replica, record, "restarted")

    def _died(self, record: Record) -> None:
        key = (record.name, record.replica)
        now = self._clock.monotonic()
        crashes = [one for one in self._crashes.get(key, []) if now - one < CRASH_WINDOW_S]
        self._crashes[key] = crashes = [*crashes, now]
        wait_s = backoff_s(crashes, now)
        self._due[key] = now + wait_s
        record.status = "restarting"
        record.exit_code = end_of(record.process) if record.process else None
        self._keep(record)
        self._happened(record.name, record.replica, "died", record.exit_code)
        say = _log.error if len(crashes) >= CRASHES else _log.warning
        say(
            "worker died",
            worker=f"{record.name}-{record.replica}",
            exit_code=record.exit_code,
            crashes=len(crashes),
            again_in_s=wait_s,
        )

    def _happened(self, name: str, replica: int, what: What, code: int | None = None) -> None:
        event = RunnerEvent(at=self._clock.now(), name=name, replica=replica, what=what, exit_code=code)
        with self._turn:
            self._events = [*self._events[-KEPT_EVENTS:], event]

    def _records(self) -> list[Record]:
        found = (self._read(path) for path in sorted(self._run_dir.glob("*.json")))
        return [one for one in found if one is not None]

    def _record(self, name: str, replica: int) -> Record | None:
        return self._read(self._file(name, replica, "json"))

    def _read(self, path: Path) -> Record | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Record)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("record left out", path=str(path), error=str(error))
            return None

    def _keep(self, record: Record) -> None:
        path = self._file(record.name, record.replica, "json")
        beside = path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(record))
        beside.replace(path)

    def _file(self, name: str, replica: int, ending: str) -> Path:
        return self._run_dir / f"{name}-{replica}.{ending}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._turn, (self._run_dir / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _lives(record: Record) -> bool:
    process = record.process
    return process is not None and bool(process.born) and born(process.pid) == process.born


_log: Final = structlog.get_logger()
