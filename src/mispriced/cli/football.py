"""The football cycle put together: its site, its door, its documents, and the role in `mispriced up`."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from mispriced.backends.http import HttpDoor
from mispriced.backends.site_door import Options as DoorOptions
from mispriced.cli.observing import Observed
from mispriced.cli.steplog import StepLog
from mispriced.cli.wiring import quiet_retries
from mispriced.errors import LockHeld, Misconfigured
from mispriced.exchange import Limits as SiteLimits
from mispriced.exchange import Site
from mispriced.launcher.owner import FOOTBALL, owned
from mispriced.livedata.board import Board
from mispriced.livedata.crawl import Limits
from mispriced.livedata.cycle import Cycle, Options
from mispriced.livedata.documents import Documents
from mispriced.livedata.provider import Step, address
from mispriced.livedata.report import Phase, Report, Thresholds
from mispriced.livedata.rounds import LaterStep, Rounds
from mispriced.livedata.words import PROVIDER
from mispriced.ports import Clock, Store
from mispriced.settings import CREDENTIALS
from mispriced.settings.model import Settings

STATM: Final = Path("/proc/self/statm")  # its second number: pages in memory
MB: Final = 1024 * 1024


def is_on(settings: Settings) -> bool:
    """Return whether the API's credentials are configured."""
    return settings.livedata.user is not None and settings.livedata.secret is not None


def site(settings: Settings) -> Site:
    """Return the API as a site of the door.

    Raises: Misconfigured naming the variables that are not set.
    """
    given = settings.livedata
    missing = [name for key, name in CREDENTIALS.items() if getattr(given, key) is None]
    if given.user is None or given.secret is None:
        named = " and ".join(missing)
        raise Misconfigured(f"{named} not set: the football API asks who reads it (or {missing[0]}_FILE)")
    return Site(
        key=PROVIDER,
        base_url=address(given.base_url, given.user.get_secret_value(), given.secret.get_secret_value()),
        limits=SiteLimits(connections=given.in_flight, per_second=0, deadline_s=given.timeout_s),
    )


@contextmanager
def opened(
    settings: Settings,
    clock: Clock,
    store: Store,
    say: Callable[[str], None],
    show: Callable[[Board], None],
    seen: Observed | None = None,
) -> Iterator[tuple[Rounds, asyncio.Runner]]:
    """Yield rounds and the runner whose loop they live on; `say` is given log lines, `show` boards."""
    given = settings.livedata
    quiet_retries()
    options = DoorOptions(connect_s=min(DoorOptions().connect_s, given.timeout_s), read_s=given.timeout_s)
    door = HttpDoor({PROVIDER: site(settings)}, clock, options)
    if seen is not None:
        seen.door(door, [PROVIDER])
    cycle = Cycle(door, lambda: door.stats(PROVIDER), clock, store, _options(settings))
    documents = Documents(given.out, ZoneInfo(given.zone), given.history, clock, show)
    thresholds = Thresholds(**given.thresholds.model_dump())
    with ExitStack() as ends:
        folder = given.out or settings.log_dir
        log = StepLog(folder) if folder else None
        if log is not None:
            ends.callback(log.close)

        def said(line: str) -> None:
            say(line)
            if log is not None:
                log.say(line)

        later: dict[Phase, LaterStep] = {"summary": documents.summarise, "display": documents.display}
        rounds = Rounds(cycle, clock, store, thresholds, later, said, memory_mb)
        gc.freeze()  # what was imported is not looked through while answers wait
        runner = ends.enter_context(asyncio.Runner())
        ends.callback(lambda: runner.run(door.aclose()))
        yield rounds, runner


@contextmanager
def role(
    settings: Settings,
    clock: Clock,
    open_store: Callable[[], Store],
    place: Path | None = None,
    seen: Observed | None = None,
) -> Iterator[None]:
    """Run the cycle in a thread until the end of the block, where it is configured.

    `place`: the run directory, where another process may own it already; None where nobody else can.
    """
    if not is_on(settings):
        yield
        return
    with ExitStack() as ends:
        try:
            if place is not None:
                ends.enter_context(owned(place, "local", FOOTBALL))
        except LockHeld as error:
            _log.warning("football cycle not started", reason=str(error))
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=_run, args=(settings, clock, open_store, stop, seen), name="live")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(settings.livedata.deadline_s)


def memory_mb() -> float:
    """Return the memory that this process occupies now; where that is not told, the most it did."""
    try:
        return int(STATM.read_text().split()[1]) * resource.getpagesize() / MB
    except (OSError, IndexError, ValueError):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB


def _run(
    settings: Settings,
    clock: Clock,
    open_store: Callable[[], Store],
    stop: threading.Event,
    seen: Observed | None,
) -> None:
    store = open_store()
    told = _watched(seen)
    try:
        with opened(settings, clock, store, lambda _: None, lambda _: None, seen) as (rounds, runner):
            rounds.keep_on(runner, settings.livedata.every_s, stop.wait, told)
    finally:
        store.close()


def _watched(seen: Observed | None) -> Callable[[Report], None]:
    if seen is None:
        return lambda _: None
    return seen.cycled


def _options(settings: Settings) -> Options:
    given = settings.livedata
    return Options(
        limits=Limits(
            in_flight=given.in_flight, deadline_s=given.deadline_s, limit_wait_s=given.limit_wait_s
        ),
        per_minute=msgspec.convert(given.per_minute, dict[Step, int]),
        static_s=given.static_s,
        fallback=given.fallback,
    )


_log: Final = structlog.get_logger()
