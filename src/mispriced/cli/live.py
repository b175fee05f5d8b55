"""`mispriced live`: one football cycle, or one every minute; `mispriced live health`."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Misconfigured, Unavailable, Usage, unknown

if TYPE_CHECKING:
    from mispriced.livedata.board import Board
    from mispriced.livedata.report import Report
    from mispriced.settings.model import Settings

HEALTH: Final = "health"
PARTIAL: Final = 3


@app.command()
def live(
    what: Annotated[
        str, typer.Argument(metavar="[health]", help="Say whether cycles run well: exit code 0 or 1.")
    ] = "",
    continuous: Annotated[bool, typer.Option("--continuous", help="A cycle a minute, till stopped.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write step1.json, step2.json and step7.json.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Read the state of every live match from the football API and show what is in play.

    Exit code 0, 3 when something was left out, 69 without the API, 75 when another process does it,
    78 when the API does not know who asks.
    """
    from mispriced.settings import load

    if what and (what != HEALTH or continuous or out):
        raise Usage(unknown("word", what, [HEALTH]) if what != HEALTH else "health takes no other option")
    settings = load(config)
    if out is not None:
        livedata = settings.livedata.model_copy(update={"out": out})
        settings = settings.model_copy(update={"livedata": livedata})
    raise typer.Exit(_health(settings, as_json) if what else _live(settings, continuous, as_json))


def _live(settings: Settings, continuous: bool, as_json: bool) -> int:
    from functools import partial

    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.fleet import run_dir
    from mispriced.cli.football import opened, site
    from mispriced.cli.observing import acting, observed
    from mispriced.cli.stores import open_store, server
    from mispriced.launcher.owner import FOOTBALL, owned

    site(settings)  # what is missing is said before anything starts
    clock = SystemClock()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    boards: list[Board] = []

    def told(report: Report) -> None:
        seen.cycled(report)
        _print(report, boards, settings, as_json)
        boards.clear()

    with owned(run_dir(settings), "local", FOOTBALL), server(settings) as address, ExitStack() as ends:
        open_one = partial(open_store, address, settings)
        store = open_one()
        ends.callback(store.close)
        seen = ends.enter_context(observed(settings, clock, "live", open_one))
        ends.enter_context(acting("live"))
        rounds, runner = ends.enter_context(opened(settings, clock, store, _say, boards.append, seen))
        if continuous:
            rounds.keep_on(runner, settings.livedata.every_s, stop.wait, told)
            return 0
        with show.console_of_errors().status("asking the football API"):
            report = rounds.once(runner)
        told(report)
        return _exit_code(report)


def _health(settings: Settings, as_json: bool) -> int:
    import msgspec

    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.stores import open_store, server
    from mispriced.livedata.report import NOTE, Report

    now = SystemClock().now()
    with server(settings) as address:
        store = open_store(address, settings)
        try:
            notes = store.notes(NOTE)
        finally:
            store.close()
    good = datetime.fromisoformat(notes[f"{NOTE}good"].decode()) if f"{NOTE}good" in notes else None
    last = msgspec.json.decode(notes[f"{NOTE}last"], type=Report) if f"{NOTE}last" in notes else None
    age_s = None if good is None else (now - good).total_seconds()
    allowed_s = settings.livedata.healthy_s
    is_well = age_s is not None and age_s <= allowed_s
    if as_json:
        show.print_json({"is_well": is_well, "age_s": age_s, "allowed_s": allowed_s, "last": last})
    else:
        when = "never" if age_s is None else f"{age_s:.0f} s ago"
        why = f"; the last one: {'; '.join(last.reasons)}" if last and last.source != "api" else ""
        typer.echo(show.clean(f"last good cycle {when}, {allowed_s:.0f} s are allowed{why}"))
        for name, level in last.levels.items() if last else ():
            if level != "normal":
                typer.echo(f"{level}: {name}")
    return 0 if is_well else 1


def _print(report: Report, boards: list[Board], settings: Settings, as_json: bool) -> None:
    """Show a cycle: its report and its board as a line of JSON, or the board as text."""
    import msgspec

    from mispriced.cli import show
    from mispriced.livedata.display import text_of

    if as_json:
        whole = {"simulated": settings.simulated} | msgspec.structs.asdict(report)
        show.print_json(whole | {"board": boards[-1] if boards else None})
        return
    out = show.console()
    if settings.simulated:
        out.print("SIMULATED")
    if boards:
        out.print(text_of(boards[-1]))
    else:
        out.print(f"no data: {show.clean('; '.join(report.reasons))}")


def _say(line: str) -> None:
    from mispriced.telemetry.redact import redact

    typer.echo(redact(line), err=True)


def _exit_code(report: Report) -> int:
    if "unauthorised" in report.steps["live"].outcomes:
        return Misconfigured.exit_code
    if report.source != "api":
        return Unavailable.exit_code
    return PARTIAL if report.errors or report.left or report.skipped else 0
