"""`mispriced match`: events of several bookmakers matched offline, and scored against labels."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mispriced.cli import AsJson, app
from mispriced.cli.offline import as_utc, read_bytes
from mispriced.errors import Fatal

EVENT_COLUMNS: Final = ("event_id", "provider", "kickoff_utc", "home", "away", "competition")


@app.command()
def match(
    events: Annotated[
        Path, typer.Argument(help="event_id,provider,kickoff_utc,home,away,competition; .gz too.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where event_id,group_id goes; .gz too.")],
    truth: Annotated[
        Path | None, typer.Option("--truth", help="event_id,truth_id: print the scores.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Print the evidence and what was left and why.")
    ] = False,
    stream: Annotated[
        bool,
        typer.Option("--stream", help="Day by day in order of kick-off, as a running system meets them."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Match the events of several bookmakers offline."""
    from mispriced.cli import show
    from mispriced.domain.matching import match as match_events
    from mispriced.domain.scoring import score

    fixtures = list(_fixtures(events))
    matching = _day_by_day(fixtures) if stream else match_events(fixtures)
    rows = [(key, str(number)) for number, join in enumerate(matching.joins) for key in join.keys]
    _write(out, [("event_id", "group_id"), *sorted(rows)])
    found: dict[str, Any] = {
        "events": len(fixtures),
        "groups": sum(len(join.keys) > 1 for join in matching.joins),
        "left": len(matching.left),
    }
    if truth is not None:
        known = {row["event_id"]: row["truth_id"] for row in _rows(truth, ("event_id", "truth_id"))}
        missing = next((one.key for one in fixtures if one.key not in known), None)
        if missing is not None:
            raise Fatal(f"{truth}: event {missing} has no truth_id")
        found["score"] = score({one.key: one.provider for one in fixtures}, known, dict(rows))
    if as_json:
        show.print_json(found | ({"joins": matching.joins, "leftovers": matching.left} if report else {}))
        return
    if report:
        for join in matching.joins:
            for evidence in join.evidence:
                typer.echo(show.clean(f"{join.how}: {evidence}"))
        for left in matching.left:
            typer.echo(show.clean(f"left: {left.key}: {left.reason}"))
    typer.echo(f"{found['events']} events, {found['groups']} groups, {found['left']} left", err=True)
    if "score" in found:
        one = found["score"]
        typer.echo(
            f"precision {one.precision:.4f}  recall {one.recall:.4f}  F1 {one.f1:.4f}  "
            f"exact {one.exact:.4f}  mixed {one.mixed} of {one.groups}"
        )
        for pair in one.wrong:
            typer.echo(f"wrong: {pair[0]} {pair[1]}")


def _day_by_day(fixtures: list[Any]) -> Any:
    """Match each day with what the days before taught; its joins are final when it ends.

    What is learned passes through a server of our own, as in the running system.
    """
    from rich.console import Console
    from rich.progress import track

    from mispriced.cli.stores import open_store, own_server
    from mispriced.domain.matching import Matching, match
    from mispriced.domain.matching.similarity import Names
    from mispriced.pipeline.learning import keep_learned, read_memory
    from mispriced.settings.model import Settings

    days: dict[Any, list[Any]] = {}
    for one in sorted(fixtures, key=lambda one: one.kickoff):
        days.setdefault(one.kickoff.date(), []).append(one)
    joins: list[Any] = []
    left: list[Any] = []
    names = Names()
    is_hidden = not sys.stderr.isatty()
    with own_server() as address:
        store = open_store(address, Settings())
        for of_day in track(
            days.values(), "matching", console=Console(stderr=True), transient=True, disable=is_hidden
        ):
            memory = read_memory(store, names)
            found = match(of_day, memory)
            joins += found.joins
            left += found.left
            keep_learned(store, memory, of_day, of_day[-1].kickoff, store.version())
        store.close()
    return Matching(joins=tuple(joins), left=tuple(left))


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fatal(f"{path}: not UTF-8: {error}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    absent = [name for name in columns if name not in (reader.fieldnames or ())]
    if absent:
        raise Fatal(
            f"{path}: column {absent[0]} is missing; it has: {', '.join(reader.fieldnames or ['nothing'])}"
        )
    try:
        for number, row in enumerate(reader, start=2):
            if any(row[name] is None for name in columns):
                raise Fatal(f"{path}, line {number}: too few columns")
            yield row
    except csv.Error as error:
        raise Fatal(f"{path}, line {reader.line_num}: {error}") from error


def _fixtures(path: Path) -> Iterator[Any]:
    from mispriced.domain.matching import Fixture
    from mispriced.domain.names import categorize

    seen = set()
    for number, row in enumerate(_rows(path, EVENT_COLUMNS), start=2):
        if row["event_id"] in seen:
            raise Fatal(f"{path}, line {number}: event_id {row['event_id']} occurs twice")
        seen.add(row["event_id"])
        try:
            kickoff = as_utc(datetime.fromisoformat(row["kickoff_utc"]))
        except (ValueError, OverflowError) as error:
            raise Fatal(f"{path}, line {number}: kickoff_utc {row['kickoff_utc']!r}: {error}") from error
        yield Fixture(
            key=row["event_id"],
            provider=row["provider"],
            kickoff=kickoff,
            home=row["home"],
            away=row["away"],
            competition=row["competition"],
            category=categorize(row["home"], row["away"], row["competition"]),
        )


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    body = text.getvalue().encode()
    try:
        path.write_bytes(gzip.compress(body, mtime=0) if path.suffix == ".gz" else body)
    except OSError as error:
        raise Fatal(f"{path}: {error.strerror or error}") from error
