"""The commands around the record: `record`, `history`, `replay`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Usage, unknown

if TYPE_CHECKING:
    from mispriced.history.read import Period

Since = Annotated[datetime | None, typer.Option("--since", help="From when on, UTC.")]
Until = Annotated[datetime | None, typer.Option("--until", help="Until when, UTC.")]
Place = Annotated[Path | None, typer.Option("--dir", help="The record's folder; else record.dir.")]


@app.command()
def record(
    config: Config = None,
    raw: Annotated[
        str,
        typer.Option(
            "--raw", metavar="BOOKMAKER", help="Keep its answers of one cycle instead, as they come."
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where answers go; else raw in record.dir.")
    ] = None,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="End recording for good: nothing is kept for a recorder any more."),
    ] = False,
) -> None:
    """Record what passes into Parquet until SIGTERM: changed quotes, opportunities, states, health."""
    from mispriced.cli import recording
    from mispriced.settings import load

    if sum((bool(raw), forget)) > 1:
        raise Usage("of --raw and --forget only one can be given")
    if out is not None and not raw:
        raise Usage("--out goes with --raw")
    settings = load(config)
    if raw:
        from mispriced.cli.keeping import keep_answers

        raise typer.Exit(keep_answers(settings, raw, out))
    if forget:
        recording.forget(settings)
        return
    from mispriced.cli.working import run_worker

    run_worker("record", settings, recording.run_recorder)


history_app = typer.Typer(
    help="Ask the record: prices, opportunities, margins, health.", no_args_is_help=True
)
app.add_typer(history_app, name="history")


@history_app.command("quotes")
def history_quotes(
    match_id: Annotated[str, typer.Argument(metavar="ID", help="A match, of `mispriced events`.")],
    market: Annotated[str, typer.Option("--market", help="Only this market.")] = "",
    since: Since = None,
    until: Until = None,
    directory: Place = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show every change of a match's prices."""
    from mispriced.domain.markets import MARKETS
    from mispriced.history import read

    chosen = next((one for one in MARKETS if one == market), None)
    if market and chosen is None:
        raise Usage(unknown("market", market, MARKETS))
    root = _root(directory, config)
    rows = read.quotes(root, match_id, chosen, _period(since, until))
    if not rows:
        typer.echo(f"no price of match {match_id} is recorded in {root} in this time", err=True)
    _print(
        rows,
        as_json,
        lambda one: (
            f"{_time(one.seen_at)}  {one.market}  {one.source}  {one.bookmaker}  "
            + "  ".join(f"{outcome} {price:.2f}" for outcome, price in one.prices.items())
            + "".join(f"  {outcome} closed" for outcome in one.suspended)
        ),
    )


@history_app.command("opportunities")
def history_opportunities(
    since: Since = None,
    until: Until = None,
    directory: Place = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show how many opportunities opened and closed, by hour."""
    from mispriced.history import read

    _print(
        read.opportunities(_root(directory, config), _period(since, until)),
        as_json,
        lambda one: (
            f"{_time(one.hour)}  {one.opened} opened  {one.closed} closed"
            + ("" if one.best_profit is None else f"  best {one.best_profit:+.2%}")
        ),
    )


@history_app.command("survival")
def history_survival(
    since: Since = None,
    until: Until = None,
    directory: Place = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show how long surebets stood, by the bookmakers that they were between."""
    from mispriced.history import read

    _print(
        read.survival(_root(directory, config), _period(since, until)),
        as_json,
        lambda one: (
            f"{one.bookmakers}  {one.opened} opened, {one.closed} closed"
            + (
                ""
                if one.median_s is None
                else f"  median {one.median_s:.0f} s, longest {one.longest_s:.0f} s"
            )
            + "".join(f"  {part:.0%} after {seconds} s" for seconds, part in one.survived.items())
        ),
    )


@history_app.command("margins")
def history_margins(
    since: Since = None,
    until: Until = None,
    directory: Place = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show each bookmaker's margin by market."""
    from mispriced.history import read

    _print(
        read.margins(_root(directory, config), _period(since, until)),
        as_json,
        lambda one: (
            f"{one.bookmaker}  {one.market}  {one.source}  {one.quotes} quotes  "
            f"margin {one.mean:.2%}, lowest {one.lowest:.2%}"
        ),
    )


@history_app.command("health")
def history_health(
    since: Since = None,
    until: Until = None,
    directory: Place = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what workers last said of themselves."""
    from mispriced.history import read

    _print(
        read.health(_root(directory, config), _period(since, until)),
        as_json,
        lambda one: (
            f"{one.worker}  last {_time(one.at)}  {one.handled} handled  {one.buried} buried  "
            f"{one.failed} failed  {one.samples} samples"
        ),
    )


@app.command()
def replay(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A record's folder.")],
    since: Since = None,
    until: Until = None,
    config: Config = None,
) -> None:
    """Run recorded quotes through matching and detection again; print what opens, changes and closes.

    A line of JSON each, the same bytes every time. Nothing is read from or written to your server.
    """
    from mispriced.backends.keys import Rules
    from mispriced.backends.redis import RedisStore
    from mispriced.cli.stores import own_server
    from mispriced.cli.wiring import detect_rules
    from mispriced.history.replay import Replay
    from mispriced.settings import load

    settings = load(config)
    if not directory.is_dir():
        raise Usage(f"{directory} is no folder")
    rules = detect_rules(settings)
    with own_server() as address:
        store = RedisStore(address, rules=Rules(freshness=rules.limits))
        try:
            replayed = Replay(store, rules)
            for line in replayed.run(directory, _period(since, until)):
                sys.stdout.write(line.decode() + "\n")
        finally:
            store.close()
    typer.echo(", ".join(f"{number} {what}" for what, number in replayed.counts.items()), err=True)


def _root(directory: Path | None, config: Path | None) -> Path:
    from mispriced.cli.recording import record_dir
    from mispriced.settings import load

    root = directory or record_dir(load(config))
    if not root.is_dir():
        raise Usage(f"nothing is recorded in {root}: `mispriced record` records")
    return root


def _period(since: datetime | None, until: datetime | None) -> Period:
    from mispriced.cli.offline import as_utc
    from mispriced.history.read import Period

    return Period(since=since and as_utc(since), until=until and as_utc(until))


def _print(rows: Sequence[Any], as_json: bool, line: Callable[[Any], str]) -> None:
    from mispriced.cli import show

    if as_json:
        show.print_json(rows)
        return
    for one in rows:
        typer.echo(show.clean(line(one)))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
