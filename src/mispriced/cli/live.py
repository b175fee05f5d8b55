"""`mispriced live`: one football cycle, or one every minute; `mispriced live health`."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

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
    continuous: Annotated[bool, typer.Option("--continuous", help="A cycle a minute, until stopped.")] = False,
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
    progress = show.progress()
    boards: list[Board] = []

    def keep(board: Board) -> None:
        boards[:] = [board]

    def told(report: Report) -> None:
        seen.cycled(report)
        _print(report, boards, settings, as_json)
        boards.clear()

    with owned(run_dir(settings), "local", FOOTBALL), server(settings) as address:
        open_one = partial(open_store, address, settings)
        store = open_one()
        try:
            with (
                observed(settings, clock, "live", open_one) as seen,
                acting("live"),
                opened(settings, clock, store, progress.out if continuous else _nowhere, keep, seen) as found,
            ):
                rounds, runner = found
                if continuous:
                    rounds.keep_on(runner, settings.livedata.every_s, stop.wait, told)
                    return 0
                with progress.status("asking the football API"):
                    report = rounds.once(runner)
                told(report)
                return _exit_code(report)
        finally:
            store.close()
