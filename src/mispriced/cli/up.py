"""`mispriced up`: every role in one process; live until stopped, or one full cycle with `--once`."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from rich.console import Group
from rich.live import Live
from rich.text import Text

from mispriced.cli import football, show
from mispriced.cli.clock import SystemClock
from mispriced.cli.fleet import run_dir
from mispriced.cli.observing import acting, observed
from mispriced.cli.opened import Opened
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store, own_server, server
from mispriced.cli.system import System
from mispriced.cli.truth import compare
from mispriced.cli.viewing import state_of
from mispriced.cli.web import Place, in_thread
from mispriced.cli.wiring import detect_rules
from mispriced.domain.model import SOURCES
from mispriced.errors import Fatal
from mispriced.launcher.owner import owned
from mispriced.messages import Opportunity
from mispriced.pipeline.detect import standing
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.funnel import Funnel
from mispriced.pipeline.views.extractions import read_extractions
from mispriced.pipeline.views.matches import of_bookmakers
from mispriced.pipeline.views.opportunities import best_first, read_funnel
from mispriced.ports import Clock, Store
from mispriced.settings import load
from mispriced.settings.model import Settings
from mispriced.telemetry.metrics import Metrics

CYCLE_S: Final = 120.0  # longest wait for a cycle's messages to be worked off
USUAL_NAMES: Final = {"prefix": "xtr", "keys": {"tag": ""}}  # on the demo's server another command finds them
DEMO_FLUSH_S: Final = 5.0  # so soon History has the demo's first minute
REFRESH_S: Final = 1.0  # of the view


def demo(simulated: Simulated, once: bool, as_json: bool, seconds: float | None, place: Place) -> int:
    """Run on the simulator, on an embedded server of its own; return the exit code."""
    stop = stopped_by_sigterm()
    clock = SystemClock()
    with own_server() as address, own_record(once) as kept:
        settings = place.of(load(simulated.config, USUAL_NAMES | kept))
        opened = partial(open_store, address, settings)
        system = System(settings, clock, opened)
        if not once:
            hint = f"from another terminal: REDIS_URL={address} python3 run.py surebets | odds | explain ID"
            role = football.role(settings, clock, opened)
            with role, in_thread(settings, opened, clock, Metrics()) as web:
                hint = f"page and API: {web.url}\n{hint}"
                return watch(system, settings, clock, "SIMULATED", seconds, hint, stop)
        return finish(cycle(system, settings, clock, simulated), as_json)


@contextmanager
def own_record(once: bool) -> Iterator[dict[str, Any]]:
    """Yield the settings of a record of its own, gone at the end; of one cycle none is kept."""
    if once:
        yield {"record": {"enabled": False}}
        return
    with TemporaryDirectory(prefix="mispriced-record-") as place:
        yield {"record": {"enabled": True, "dir": place, "flush_s": DEMO_FLUSH_S}}


def configured(config: Path | None, once: bool, as_json: bool, seconds: float | None, place: Place) -> int:
    """Run on the configured bookmakers and server; return the exit code."""
    stop = stopped_by_sigterm()
    settings = place.of(load(config))
    clock = SystemClock()
    is_elsewhere = settings.redis.url is not None or settings.redis.host is not None
    with nullcontext() if is_elsewhere else owned(run_dir(settings), "local"), server(settings) as address:
        opened = partial(open_store, address, settings)
        head = "SIMULATED" if settings.simulated else ""
        with observed(settings, clock, "up", opened, shows_state=True) as seen, acting("up"):
            system = System(settings, clock, opened, seen=seen)
            if not once:
                role = football.role(settings, clock, opened, run_dir(settings), seen)
                with role, in_thread(settings, opened, clock, seen.metrics) as web:
                    hint = f"page and API: {web.url}"
                    return watch(system, settings, clock, head, seconds, hint, stop)
            return finish(cycle(system, settings, clock, None), as_json)


def cycle(system: System, settings: Settings, clock: Clock, simulated: Simulated | None) -> dict[str, Any]:
    """Run one full cycle over everything, upcoming first and live last; return the report."""
    began = time.monotonic()
    start = clock.now()
    with system, Opened(system.store) as opened:
        opened.skip(start)
        for source in SOURCES:
            system.publish(source)
            if not system.settle(source, CYCLE_S):
                raise Fatal(
                    f"the {source} cycle did not end within {CYCLE_S:.0f} s: {system.waiting(source)} left"
                )
        end = clock.now()
        stood = {one.id: one for one in standing(system.store, end, detect_rules(settings))}
        told = opened.read(end)
        found = list((stood | {one.id: one for one in told}).values())
        extractions = [one for one in read_extractions(system.store) if one.at >= start]
        report = describe(system.store, settings, clock, found, extractions)
        if simulated is not None:
            compared = compare([*stood.values(), *told], simulated.truth(start, end), start, end)
            report = msgspec.to_builtins(compared) | report
        report = {"simulated": settings.simulated} | report
        report["seconds"] = round(time.monotonic() - began, 3)
    return report


def describe(
    store: Store,
    settings: Settings,
    clock: Clock,
    found: Sequence[Opportunity],
    extractions: Sequence[Extraction],
) -> dict[str, Any]:
    """Return the counts of a cycle, what stands, and why there is no more."""
    seen = read_funnel(store, clock.now(), detect_rules(settings))
    by_bookmaker: dict[str, dict[str, Any]] = {}
    for one in extractions:
        row = by_bookmaker.setdefault(
            one.bookmaker,
            {"events": 0, "quotes": 0, "requests": 0, "skipped": 0, "outcomes": {}, "reasons": []},
        )
        for name in ("quotes", "requests", "skipped"):
            row[name] += getattr(one, name)
        for outcome, number in one.outcomes.items():
            row["outcomes"][outcome] = row["outcomes"].get(outcome, 0) + number
        row["reasons"] += one.reasons
    _, events = store.events()
    for known in of_bookmakers(events):
        by_bookmaker.setdefault(known.event.bookmaker, {"events": 0})["events"] += 1
    return {
        "events": seen.events,
        "matched": seen.matched,
        "quotes": sum(one.quotes for one in extractions),
        "surebets": [show.brief(one) for one in best_first(found)],
        "because": msgspec.to_builtins(seen),
        "bookmakers": by_bookmaker,
    }


def exit_code(outcomes: Iterable[str]) -> int:
    """Return 0 when every answer was good or truly empty, else 3: what came is not all there is."""
    return 3 if set(outcomes) - {"ok", "empty"} else 0


def finish(report: dict[str, Any], as_json: bool) -> int:
    """Print the report of one cycle; return 1 when a plant was missed or a find false, else `exit_code`."""
    if as_json:
        show.print_json(report)
    else:
        out = show.console()
        if report["simulated"]:
            out.print("SIMULATED")
        for one in report["surebets"]:
            legs = "  ".join(f"{leg['outcome']} {leg['price']:.2f} {leg['bookmaker']}" for leg in one["legs"])
            out.print(show.clean(f"{one['profit']:+.2%}  {one['event']}  {one['source']}  {legs}"))
        out.print(show.funnel_text(msgspec.convert(report["because"], Funnel)))
        if "planted" in report:
            out.print(
                f"{report['planted']} planted, {report['found']} found, "
                f"{len(report['missed'])} missed, {len(report['false'])} false, in {report['seconds']} s"
            )
    if report.get("missed") or report.get("false"):
        return 1
    return exit_code(outcome for row in report["bookmakers"].values() for outcome in row.get("outcomes", ()))


def stopped_by_sigterm() -> threading.Event:
    """Return what SIGTERM sets from now on."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return stop


def watch(
    system: System,
    settings: Settings,
    clock: Clock,
    head: str,
    seconds: float | None,
    hint: str,
    stop: threading.Event,
) -> int:
    """Publish the jobs of each cycle at its cadence and show the state until stopped; return 0.

    Setting `stop` ends it after the batches in hand. A source whose last jobs are not worked off is not
    given more.
    """
    cadence = {"upcoming": settings.cadence.upcoming_s, "live": settings.cadence.live_s}
    due = dict.fromkeys(SOURCES, clock.monotonic())
    until = clock.monotonic() + seconds if seconds is not None else None

    def draw() -> None:
        view = state_of(system.store, system.alive(), settings, clock, head)
        live.update(Group(view, Text(hint, style="dim")), refresh=True)

    with system, Live(console=show.console(), auto_refresh=False) as live:
        try:
            while not stop.is_set() and (until is None or clock.monotonic() < until):
                now = clock.monotonic()
                for source in SOURCES:
                    if now >= due[source] and not system.waiting(source):
                        system.publish(source)
                        due[source] = max(due[source] + cadence[source], now)
                if live.console.is_terminal:
                    draw()
                stop.wait(REFRESH_S)
        finally:
            if not live.console.is_terminal:
                draw()  # a file or a pipe gets how it stood at the end
    return 0
