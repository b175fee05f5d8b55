"""`mispriced up --recorded DIR`: the main job on recorded answers, one run a date, at that date's time."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from mispriced.cli import show
from mispriced.cli.clock import VirtualClock
from mispriced.cli.opened import Opened
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store, own_server
from mispriced.cli.system import System
from mispriced.cli.up import describe, exit_code
from mispriced.domain.model import SOURCES
from mispriced.errors import Fatal
from mispriced.pipeline.views.extractions import read_extractions
from mispriced.pipeline.views.matches import how_joined
from mispriced.settings import load
from mispriced.settings.model import Settings

CYCLE_S: Final = 30.0


def recorded(directory: Path, without_refs: bool, as_json: bool) -> int:
    """Run every date of the recordings and print what was joined and found; return the exit code."""
    began = time.monotonic()
    arguments = ["--recorded", str(directory), *(["--without-refs"] if without_refs else [])]
    with Simulated(arguments) as simulated:
        settings = load(simulated.config)
        runs = [_run(datetime.fromisoformat(date), settings, simulated) for date in simulated.ready["dates"]]
    report = {
        "dates": runs,
        "surebets": sum(len(run["surebets"]) for run in runs),
        "events": sum(run["events"] for run in runs),
        "matched": sum(run["matched"] for run in runs),
        "quotes": sum(run["quotes"] for run in runs),
        "seconds": round(time.monotonic() - began, 3),
    }
    if as_json:
        show.print_json(report)
    else:
        out = show.console()
        for run in runs:
            out.print(
                f"{run['at']}: {run['events']} events, {run['matched']} matched, {run['quotes']} quotes"
            )
            for one in run["joins"]:
                out.print(show.clean(f"  {one['how']}: {' = '.join(one['events'].values())}"))
            for reason in run["because"]["nearest"]:
                out.print(show.clean(f"  {reason}"))
        out.print(f"{report['surebets']} surebets")
    rows = [row for run in runs for row in run["bookmakers"].values()]
    return exit_code(outcome for row in rows for outcome in row.get("outcomes", ()))


def _run(at: datetime, settings: Settings, simulated: Simulated) -> dict[str, Any]:
    simulated.move_to(at)
    clock = VirtualClock(at)
    with (
        own_server() as address,
        System(settings, clock, partial(open_store, address, settings)) as system,
    ):
        opened = Opened(system.store)
        for source in SOURCES:
            system.publish(source)
            if not system.settle(source, CYCLE_S):
                raise Fatal(f"the {source} cycle of {at.isoformat()} did not end within {CYCLE_S:.0f} s")
        report = describe(system.store, settings, clock, opened.read(at), read_extractions(system.store))
        return {"at": at.isoformat(), "joins": _joins(system), **report}


def _joins(system: System) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, str]] = {}
    how: dict[str, str] = {}
    for known in system.store.events()[1]:
        event = known.event
        groups.setdefault(known.match_id, {})[f"{event.bookmaker}/{event.source}"] = (
            f"{event.home} - {event.away}"
        )
        how[known.match_id] = known.evidence
    return [
        {"match_id": key, "events": dict(sorted(group.items())), "how": how_joined(how[key])}
        for key, group in sorted(groups.items())
        if len({name.partition("/")[0] for name in group}) > 1
    ]
