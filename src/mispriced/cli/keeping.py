"""`mispriced record --raw`: a bookmaker is read once as configured, and its answers are kept."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import typer

from mispriced.bookmakers import find
from mispriced.cli import show
from mispriced.cli.clock import SystemClock
from mispriced.cli.recording import record_dir
from mispriced.cli.up import exit_code
from mispriced.cli.wiring import door, readings
from mispriced.errors import Misconfigured
from mispriced.exchange import Job
from mispriced.history.raw import RawDoor
from mispriced.pipeline.extract import Extraction, extract
from mispriced.settings.model import Settings


def keep_answers(settings: Settings, bookmaker: str, out: Path | None) -> int:
    """Read a bookmaker once as configured and keep every answer; return the exit code.

    Raises: Misconfigured when it has no address and periods.
    """
    found = find(bookmaker)
    clock = SystemClock()
    jobs = [
        Job(
            bookmaker=found.name,
            markets=found.markets[source],
            source=source,
            period=word,
            day=found.periods[word],
            now=clock.now(),
        )
        for source, reading in readings(settings).items()
        for name, words in reading.periods.items()
        if name.casefold() == found.name.casefold() and source in found.markets
        for word in words
    ]
    if not jobs:
        raise Misconfigured(f"{found.name} has no address and periods: there is nothing to read")
    root = (out or record_dir(settings) / "raw" / f"{clock.now():%Y-%m-%dT%H%M%SZ}").absolute()

    async def run() -> tuple[RawDoor, list[Extraction]]:
        async with door(settings, clock) as opened:
            kept = RawDoor(opened, root)
            reports = [
                (await extract(found, job, partial(kept.fetch, f"{found.name}/{job.source}")))[1]
                for job in jobs
            ]
            return kept, reports

    kept, reports = asyncio.run(run())
    outcomes = {outcome for report in reports for outcome in report.outcomes}
    typer.echo(f"{len(kept.routes)} answers in {root}", err=True)
    for report in reports:
        for reason in report.reasons:
            typer.echo(show.clean(f"{report.source} {report.period}: {reason}"), err=True)
    return exit_code(outcomes) if kept.routes else 1
