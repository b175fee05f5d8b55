"""What the commands of the fleet do: build a plan and a runner, run them, look at them, end them."""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec
from pydantic import SecretStr

from mispriced.cli import INTERRUPTED
from mispriced.cli.clock import SystemClock
from mispriced.cli.stores import open_store, server
from mispriced.cli.system import SIMULATED
from mispriced.cli.wiring import readings
from mispriced.errors import LockHeld, Misconfigured, Unavailable, Usage, unknown
from mispriced.launcher.cadence import Cadence, Cycle, pauses
from mispriced.launcher.fleet import Ending, Fleet
from mispriced.launcher.local import LocalRunner
from mispriced.launcher.plan import chosen, worker_name, workers
from mispriced.launcher.runner import Runner, WorkerState
from mispriced.messages import Backlog
from mispriced.pipeline.run import Heartbeat
from mispriced.ports import Clock
from mispriced.settings import data_dir, inherited, load
from mispriced.settings.handing import DIGEST, SETTINGS, hand_on
from mispriced.settings.model import Settings

RUNNERS: Final = ("local", "docker", "kubernetes")
LAUNCHER_LOCK: Final = "launcher.lock"
STOPPING_S: Final = 30.0  # beyond the launcher's own deadlines, for `stop` to wait
POLL_S: Final = 0.05


def run(xtr: str, source: str, runner_name: str, replicas: int, once: bool, config: Path | None) -> int:
    """Run the fleet until SIGTERM, Ctrl-C or the stop file; return the exit code."""
    settings = load(config)
    clock = SystemClock()
    planned = chosen(readings(settings), xtr, source)
    with _owned(settings, runner_name) as place, server(settings) as address, _signals() as (stop, seen):
        environment, secrets = _handed(settings, address)
        specs = workers(planned, settings.prefix, environment, secrets, replicas)
        store = open_store(address, settings)
        runner = open_runner(runner_name, settings, place, clock)
        every_s = {"live": settings.cadence.live_s, "upcoming": settings.cadence.upcoming_s}
        cadence = Cadence(
            {one: every_s[one] for one in planned},
            clock,
            random.Random(os.getpid()),
            settings.cadence.jitter,
        )
        ending = Ending(
            drain_s=settings.launch.drain_s,
            grace_s=settings.launch.grace_s,
            stop_file=settings.stop_file,
        )
        try:
            if settings.simulated:
                store.note(SIMULATED, b"1")
            code = Fleet(runner, specs, store, planned, cadence, clock, stop, ending).run(once)
        finally:
            runner.close()
            store.close()
    return INTERRUPTED if code == 0 and signal.SIGINT in seen else code


def open_runner(name: str, settings: Settings, place: Path, clock: Clock) -> Runner:
    """Return the runner of a name.

    Raises: Usage for another name; Unavailable with what to install or start.
    """
    if name == "local":
        return LocalRunner(place, clock, inherited())
    if name not in RUNNERS:
        raise Usage(unknown("runner", name, RUNNERS))
    try:
        if name == "docker":
            from mispriced.launcher.docker import DockerRunner

            return DockerRunner(settings.launch.image, place / "secrets", prefix=settings.prefix.lower())
        from mispriced.launcher.kubernetes import KubernetesRunner  # type: ignore[import-not-found,unused-ignore]

        opened: Runner = KubernetesRunner(settings.launch.image, prefix=settings.prefix.lower())
        return opened
    except ImportError as error:
        raise Unavailable(f"the {name} runner needs the Python package {error.name}") from error


def read_logs(name: str, tail: int, replica: int, runner_name: str, config: Path | None) -> list[str]:
    """Return the last lines of a worker.

    Raises: Usage when there is no such worker.
    """
    settings = load(config)
    runner = open_runner(runner_name, settings, _place(settings), SystemClock())
    try:
        lines = runner.logs(name, tail, replica)
        known = sorted({one.name for one in runner.states()})
    finally:
        runner.close()
    if not lines and name not in known:
        raise Usage(unknown("worker", name, known))
    return lines


def stop_fleet(runner_name: str, config: Path | None) -> int:
    """Stop the launcher that runs, with its workers, or workers that no launcher keeps; 0 or 143."""
    settings = load(config)
    place = _place(settings)
    holder = _holder(place)
    if holder:
        os.kill(holder, signal.SIGTERM)
        until = time.monotonic() + settings.launch.drain_s + settings.launch.grace_s + STOPPING_S
        while _holder(place) == holder:
            if time.monotonic() > until:
                raise Unavailable(f"the launcher, process {holder}, does not end")
            time.sleep(POLL_S)
    clock = SystemClock()
    runner = open_runner(runner_name, settings, place, clock)
    try:
        prefix = worker_name(settings.prefix) + "-"
        for name in sorted({one.name for one in runner.states() if one.name.startswith(prefix)}):
            runner.stop(name, settings.launch.grace_s)
    finally:
        runner.close()
    return 0


def read_status(runner_name: str, config: Path | None) -> dict[str, Any]:
    """Return the workers with what they say of themselves, what waits for them, cycles and pauses."""
    settings = load(config)
    clock = SystemClock()
    place = _place(settings)
    with server(settings) as address:
        store = open_store(address, settings)
        runner = open_runner(runner_name, settings, place, clock)
        try:
            states = runner.states()
            now = clock.now()
            beats = {
                name.rpartition("/")[2]: msgspec.json.decode(body, type=Heartbeat)
                for name, body in store.notes("worker/").items()
            }
            backlog = store.backlog()
            return {
                "simulated": settings.simulated or bool(store.notes(SIMULATED)),
                "launcher": _holder(place) or None,
                "workers": [_row(one, beats, backlog, now) for one in states],
                "cycles": [msgspec.json.decode(body, type=Cycle) for body in store.notes("cycle/").values()],
                "paused": {name: until.isoformat() for name, until in pauses(store, now).items()},
                "dead_letters": len(store.dead_letters()),
            }
        finally:
            runner.close()
            store.close()


def status_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the status as text, a line a worker."""
    lines = ["SIMULATED"] if found["simulated"] else []
    lines.append(f"launcher: {'process ' + str(found['launcher']) if found['launcher'] else 'not running'}")
    for row in found["workers"]:
        beat = "no heartbeat" if row["beat_s"] is None else f"beat {row['beat_s']:.1f} s ago"
        lines.append(
            f"{row['name']}-{row['replica']}  {row['status']}  {row['identity']}  {beat}  "
            f"{row['handled']} handled  {row['unread']} unread  {row['pending']} pending  "
            f"{row['buried']} buried  {row['failed']} failed  {row['deaths']} deaths"
        )
    lines += [
        f"cycle {cycle.source}: {cycle.published} jobs at {cycle.at:%H:%M:%S}, "
        f"{len(cycle.late)} streams late, {cycle.skipped} skipped so far"
        for cycle in found["cycles"]
    ]
    lines += [f"paused: {name} until {until}" for name, until in found["paused"].items()]
    if found["dead_letters"]:
        lines.append(f"{found['dead_letters']} dead letters; see `mispriced dlq list`")
    return lines


def _row(
    one: WorkerState, beats: Mapping[str, Heartbeat], backlog: list[Backlog], now: Any
) -> dict[str, Any]:
    beat = beats.get(f"{one.name}-{one.replica}")
    mine: Counter[str] = Counter()
    oldest = 0
    if beat is not None:
        for each in backlog:
            if each.stream in beat.streams:
                mine["unread"] += each.unread
                mine["pending"] += each.pending
                oldest = max(oldest, each.oldest_pending_ms)
    return {
        "name": one.name,
        "replica": one.replica,
        "status": one.status,
        "identity": one.identity,
        "started_at": one.started_at,
        "exit_code": one.exit_code,
        "deaths": one.restarts,
        "beat_s": None if beat is None else round((now - beat.at).total_seconds(), 1),
        "handled": beat.handled if beat else 0,
        "buried": beat.buried if beat else 0,
        "failed": beat.failed if beat else 0,
        "unread": mine["unread"],
        "pending": mine["pending"],
        "oldest_pending_s": oldest / 1000,
    }


def _handed(settings: Settings, address: str) -> tuple[dict[str, str], dict[str, SecretStr]]:
    handed_on, digest = hand_on(settings)
    environment = {DIGEST: digest}
    secrets = {SETTINGS: handed_on}
    given = settings.redis
    if given.url is None and given.host is not None:
        environment |= {"REDIS_HOST": given.host, "REDIS_PORT": str(given.port), "REDIS_DB": str(given.db)}
        if given.password is not None:
            secrets["REDIS_PASS"] = given.password
    else:
        secrets["REDIS_URL"] = SecretStr(address)
    return environment, secrets


def _place(settings: Settings) -> Path:
    if settings.launch.run_dir is not None:
        return settings.launch.run_dir.absolute()
    return data_dir(settings)[0].absolute() / "run"


@contextmanager
def _owned(settings: Settings, runner_name: str) -> Iterator[Path]:
    """Hold the run directory: its fleet has one launcher."""
    place = _place(settings)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(place / LAUNCHER_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(f"run directory {place}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockHeld(
                f"process {_holder(place)} is the launcher of {place}; `mispriced stop` ends it"
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "runner": runner_name}).encode(), 0)
        yield place
    finally:
        os.close(lock)


def _holder(place: Path) -> int:
    """Return the process that holds the run directory, 0 when nobody does."""
    try:
        lock = os.open(place / LAUNCHER_LOCK, os.O_RDONLY)
    except OSError:
        return 0
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return int(json.loads(os.pread(lock, 4096, 0))["pid"])
        except (ValueError, KeyError):
            return 0
    finally:
        os.close(lock)
    return 0


@contextmanager
def _signals() -> Iterator[tuple[threading.Event, set[int]]]:
    stop = threading.Event()
    seen: set[int] = set()

    def ask(number: int, _: FrameType | None) -> None:
        seen.add(number)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop, seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
