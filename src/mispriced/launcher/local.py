"""Workers as processes of this machine, told what to do by their environment, never by arguments.

They outlive the launcher. Whoever comes next finds them by the records of the run directory, and only
where process id and birth agree; what each writes goes to `NAME-REPLICA.out` there.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog

from mispriced.errors import Fatal
from mispriced.launcher.processes import Process, born, end_of, signalled
from mispriced.launcher.records import Record, Records
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

WATCH_S: Final = 0.1
REPLACE_S: Final = 5.0  # grace of what is surplus or of another digest
POLL_S: Final = 0.02
KILLED_S: Final = 5.0  # for the kernel to end what was killed
KEPT_EVENTS: Final = 10_000
COMMAND: Final = (sys.executable, "-P", "-m", "mispriced", "worker", "--role")


class LocalRunner:
    """The processes of one run directory. Each starts from the `inherited` environment and its own."""

    def __init__(
        self, run_dir: Path, clock: Clock, inherited: Mapping[str, str], command: Sequence[str] = COMMAND
    ) -> None:
        self._records = Records(run_dir)
        self._clock = clock
        self._inherited = inherited
        self._command = command
        self._turn = threading.RLock()
        self._specs: dict[str, WorkerSpec] = {}
        self._started: dict[tuple[str, int], Record] = {}
        self._crashes: dict[tuple[str, int], list[float]] = {}
        self._due: dict[tuple[str, int], float] = {}
        self._ending: set[tuple[str, int]] = set()
        self._events: list[RunnerEvent] = []
        self._closing = threading.Event()
        self._watcher: threading.Thread | None = None

    def start(self, spec: WorkerSpec) -> list[WorkerState]:
        """Start or find the replicas of a worker; see `Runner`."""
        with self._alone():
            self._restore()
            known = self._records.of(spec.name)
            self._specs[spec.name] = spec
        self._end(
            [one for one in known if one.replica >= spec.replicas or one.digest != spec.digest], REPLACE_S
        )
        with self._alone():
            for replica in range(spec.replicas):
                record = self._records.get(spec.name, replica)
                if record is None or not record.is_alive:
                    self._spawn(spec, replica, "started")
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="local-runner", daemon=True)
            self._watcher.start()
        return [one for one in self.states() if one.name == spec.name]

    def stop(self, name: str, grace_s: float) -> None:
        """End the replicas of a worker; see `Runner`."""
        with self._alone():
            self._restore()
            self._specs.pop(name, None)
            known = self._records.of(name)
        self._end(known, grace_s)

    def states(self) -> list[WorkerState]:
        """Return every replica that the run directory knows."""
        return [self._state(one) for one in self._records.all()]

    def logs(self, name: str, tail: int, replica: int = 0) -> list[str]:
        """Return the last lines of a replica's output."""
        return self._records.tail(name, replica, tail)

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

    def _state(self, record: Record) -> WorkerState:
        is_alive = record.is_alive
        status: Status = "running" if is_alive else "restarting" if record.name in self._specs else "exited"
        return WorkerState(
            name=record.name,
            replica=record.replica,
            status=status,
            exit_code=None if is_alive else record.exit_code,
            restarts=record.restarts,
            identity=str(record.process.pid),
            started_at=record.process.started_at,
        )

    def _spawn(self, spec: WorkerSpec, replica: int, what: What, restarts: int = 0) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        output = str(self._records.output(spec.name, replica))
        try:
            pid = os.posix_spawn(
                self._command[0],
                [*self._command, spec.role],
                {**self._inherited, **process_environment(spec, replica)},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                setsid=True,  # Ctrl-C is for the launcher, which stops its workers when they are drained
                setsigmask=[],
                setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
            )
        except (OSError, ValueError) as error:
            raise Fatal(f"worker {spec.name}: {self._command[0]} cannot be started: {error}") from error
        process = Process(pid=pid, born=born(pid), started_at=self._clock.now())
        record = Record(
            name=spec.name,
            replica=replica,
            digest=spec.digest,
            status="running",
            process=process,
            restarts=restarts,
        )
        self._started[record.key] = record
        self._records.put(record)
        self._happened(spec.name, replica, what)

    def _restore(self) -> None:
        """Write again what was deleted under this runner: what it started, it must be able to end."""
        for one in self._started.values():
            if one.is_alive and self._records.get(*one.key) is None:
                self._records.put(one)

    def _end(self, records: Sequence[Record], grace_s: float) -> None:
        keys = {one.key for one in records}
        with self._turn:
            self._ending |= keys
        try:
            living = [one for one in records if one.is_alive]
            for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILLED_S)):
                living = self._signal(living, number, wait_s)
            if living:
                raise Fatal(f"worker {living[0].name} is still there {KILLED_S:.0f} s after SIGKILL")
            with self._alone():
                for one in records:
                    self._records.remove(one)
                    self._started.pop(one.key, None)
                    self._due.pop(one.key, None)
                    self._happened(one.name, one.replica, "stopped", end_of(one.process))
        finally:
            with self._turn:
                self._ending -= keys

    def _signal(self, living: list[Record], number: int, wait_s: float) -> list[Record]:
        """Send a signal and return those that live on after `wait_s`."""
        living = [one for one in living if signalled(one.process, number)]
        until = self._clock.monotonic() + wait_s
        while (living := [one for one in living if one.is_alive]) and self._clock.monotonic() < until:
            self._clock.sleep(POLL_S)
        return living

    def _watch(self) -> None:
        while not self._closing.wait(WATCH_S):
            try:
                self._look()
            except Exception as error:  # whatever it is, the other workers need their watcher
                _log.error("worker not restarted", error=repr(error))

    def _look(self) -> None:
        dead = [one for one in self._records.all() if one.name in self._specs and not one.is_alive]
        if not dead:
            return
        with self._alone():
            for seen in dead:
                spec = self._specs.get(seen.name)
                record = self._records.get(*seen.key)
                if spec is None or record is None or record.is_alive or record.key in self._ending:
                    continue
                if record.status == "running":
                    self._died(record)
                elif self._clock.monotonic() >= self._due.get(record.key, 0.0):
                    self._spawn(spec, record.replica, "restarted", record.restarts + 1)

    def _died(self, record: Record) -> None:
        now = self._clock.monotonic()
        crashes = [one for one in self._crashes.get(record.key, []) if now - one < CRASH_WINDOW_S]
        self._crashes[record.key] = crashes = [*crashes, now]
        wait_s = backoff_s(crashes, now)
        self._due[record.key] = now + wait_s
        exit_code = end_of(record.process)
        self._records.put(msgspec.structs.replace(record, status="restarting", exit_code=exit_code))
        self._happened(record.name, record.replica, "died", exit_code)
        say = _log.error if len(crashes) >= CRASHES else _log.warning
        say(
            "worker died",
            worker=f"{record.name}-{record.replica}",
            exit_code=exit_code,
            crashes=len(crashes),
            again_in_s=wait_s,
        )

    def _happened(self, name: str, replica: int, what: What, code: int | None = None) -> None:
        event = RunnerEvent(at=self._clock.now(), name=name, replica=replica, what=what, exit_code=code)
        with self._turn:
            self._events = [*self._events[-KEPT_EVENTS:], event]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._turn, self._records.alone():
            yield


_log: Final = structlog.get_logger()
