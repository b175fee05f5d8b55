"""What the commands of the fleet do: build a plan and a runner, run them, look at them, end them."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from pydantic import SecretStr

from mispriced.backends.keys import Keys
from mispriced.cli import INTERRUPTED
from mispriced.cli.clock import SystemClock
from mispriced.cli.observing import acting, keep_logs, observed
from mispriced.cli.stores import kept_server, open_store
from mispriced.cli.wiring import pages, readings
from mispriced.errors import Misconfigured, Unavailable, Usage, unknown
from mispriced.launcher.cadence import Cadence
from mispriced.launcher.fleet import Ending, Fleet
from mispriced.launcher.local import LocalRunner
from mispriced.launcher.owner import owned, owner
from mispriced.launcher.plan import chosen, listened, worker_name, workers
from mispriced.launcher.runner import Role, Runner, WorkerSpec
from mispriced.pipeline.views import SIMULATED
from mispriced.ports import Clock
from mispriced.settings import data_dir, inherited, load
from mispriced.settings.handing import DIGEST, SETTINGS, hand_on
from mispriced.settings.model import Settings
from mispriced.telemetry.audit import audit

RUNNERS: Final = ("local", "docker", "kubernetes")
STOPPING_S: Final = 30.0  # beyond the launcher's own deadlines, for `stop` to wait
POLL_S: Final = 0.05


def run(xtr: str, source: str, runner_name: str, replicas: int, once: bool, config: Path | None) -> int:
    """Run the fleet until SIGTERM, Ctrl-C or the stop file; return the exit code."""
    settings = load(config)
    clock = SystemClock()
    planned = chosen(readings(settings), xtr, source)
    heard = () if once else listened(planned, pages(settings))
    place = run_dir(settings)
    with ExitStack() as ends:
        ends.enter_context(owned(place, runner_name))
        stop, seen = ends.enter_context(_signals())
        runner = open_runner(runner_name, settings, place, clock)
        ends.callback(runner.close)
        address, revive = ends.enter_context(kept_server(settings))
        opened = partial(open_store, address, settings)
        store = opened()
        ends.callback(store.close)
        if settings.simulated:
            store.note(SIMULATED, b"1")
        ends.enter_context(observed(settings, clock, "launcher", opened, shows_state=True))
        ends.enter_context(acting("launch", xtr=xtr, source=source, runner=runner_name, replicas=replicas))
        environment, secrets = _handed(settings, address, runner_name)
        is_on: dict[Role, bool] = {
            "record": settings.record.enabled,
            "alerts": bool(settings.alerts.targets),
        }
        single = [role for role, is_wanted in is_on.items() if is_wanted]
        specs = workers(planned, settings.prefix, environment, secrets, replicas, heard, single)
        if runner_name != "local":
            specs = _without_local(specs)
        every_s = {"live": settings.cadence.live_s, "upcoming": settings.cadence.upcoming_s}
        cadence = Cadence(
            {one: every_s[one] for one in planned},
            clock,
            random.Random(os.getpid()),
            settings.cadence.jitter,
        )
        ending = Ending(
            drain_s=settings.launch.drain_s, grace_s=settings.launch.grace_s, stop_file=settings.stop_file
        )
        keys = Keys(prefix=settings.prefix, tag=settings.keys.tag)
        fed = [keys.event_stream(one.bookmaker, one.market, one.source, one.period) for one in heard]
        code = Fleet(runner, specs, store, planned, cadence, clock, stop, ending, revive, fed).run(once)
    return INTERRUPTED if code == 0 and signal.SIGINT in seen else code


def run_dir(settings: Settings) -> Path:
    """Return where the fleet of these settings is known."""
    if settings.launch.run_dir is not None:
        return settings.launch.run_dir.absolute()
    return data_dir(settings)[0].absolute() / "run"


def chosen_runner(given: str | None, settings: Settings) -> str:
    """Return the runner that is named, or that of the launcher that runs, or the local one."""
    if given is not None:
        return given
    holder = owner(run_dir(settings))
    return holder.runner if holder else "local"


def open_runner(name: str, settings: Settings, place: Path, clock: Clock) -> Runner:
    """Return the runner of a name.

    Raises: Usage for another name; Unavailable with what to install or start; Misconfigured for
    workers that could not reach our own server.
    """
    if name == "local":
        return LocalRunner(place, clock, inherited())
    if name not in RUNNERS:
        raise Usage(unknown("runner", name, RUNNERS))
    if settings.redis.url is None and settings.redis.host is None:
        raise Misconfigured(f"REDIS_URL or REDIS_HOST is not set: {name} workers do not reach our own server")
    try:
        if name == "docker":
            from mispriced.launcher.docker import DockerRunner

            return DockerRunner(
                settings.launch.image,
                place / "secrets",
                prefix=settings.prefix.lower(),
                socket_path=settings.launch.docker_socket,
            )
        from mispriced.launcher.kubernetes import KubernetesRunner  # type: ignore[import-not-found,unused-ignore]

        opened: Runner = KubernetesRunner(settings.launch.image, prefix=settings.prefix.lower())
        return opened
    except ImportError as error:
        raise Unavailable(f"the {name} runner needs the Python package {error.name}") from error


def read_logs(name: str, tail: int, replica: int, runner_name: str | None, config: Path | None) -> list[str]:
    """Return the last lines of a worker.

    Raises: Usage when there is no such worker.
    """
    settings = load(config)
    runner_name = chosen_runner(runner_name, settings)
    runner = open_runner(runner_name, settings, run_dir(settings), SystemClock())
    try:
        lines = runner.logs(name, tail, replica)
        known = sorted({one.name for one in runner.states()})
    finally:
        runner.close()
    if not lines and name not in known:
        raise Usage(unknown("worker", name, known))
    return lines


def stop_fleet(runner_name: str | None, config: Path | None) -> int:
    """Stop the launcher that runs, with its workers, or workers that no launcher keeps; return 0."""
    settings = load(config)
    place = run_dir(settings)
    runner_name = chosen_runner(runner_name, settings)
    keep_logs(settings, "stop")
    holder = owner(place)
    audit("asked to stop", what="launch", launcher=holder.pid if holder else None)
    if holder is not None:
        os.kill(holder.pid, signal.SIGTERM)
        until = time.monotonic() + settings.launch.drain_s + settings.launch.grace_s + STOPPING_S
        while owner(place) == holder:
            if time.monotonic() > until:
                raise Unavailable(f"the launcher, process {holder.pid}, does not end")
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


def _without_local(specs: Sequence[WorkerSpec]) -> tuple[WorkerSpec, ...]:
    """Return the workers of containers and pods: no image of ours has a browser, no container a disk."""
    beside = {
        "listen": "no browser in the image: run `mispriced listen` beside the fleet",
        "record": "a container's files go with it: run `mispriced record` beside the fleet",
    }
    for one in specs:
        if one.role in beside:
            _log.warning(beside[one.role], bookmaker=one.environment.get("MISPRICED_BOOKMAKER"))
    return tuple(one for one in specs if one.role not in beside)


def _handed(
    settings: Settings, address: str, runner_name: str
) -> tuple[dict[str, str], dict[str, SecretStr]]:
    handed_on, digest = hand_on(settings)
    environment = {DIGEST: digest}
    if runner_name == "local" and settings.log_dir is not None:
        environment["LOG_DIR"] = str(settings.log_dir.absolute())
    secrets = {SETTINGS: handed_on}
    given = settings.redis
    if given.url is None and given.host is not None:
        environment |= {"REDIS_HOST": given.host, "REDIS_PORT": str(given.port), "REDIS_DB": str(given.db)}
        if given.password is not None:
            secrets["REDIS_PASS"] = given.password
    else:
        secrets["REDIS_URL"] = SecretStr(address)
    return environment, secrets


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


_log: Final = structlog.get_logger()
