"""`mispriced values`: prices that are longer than what the other bookmakers say is fair."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mispriced.cli import AsJson, Config, app

if TYPE_CHECKING:
    from rich.table import Table

    from mispriced.pipeline.views.values import ValueRow

HEADINGS = ("match", "event", "market", "bookmaker", "outcome", "price", "fair", "edge", "books", "seen")


@app.command(name="values")
def show_values(
    config: Config = None,
    as_json: AsJson = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print a line of JSON for each.")] = False,
) -> None:
    """Show the prices above the fair price of the other bookmakers, the largest edge first."""
    from mispriced.cli import show
    from mispriced.cli.reading import state_of_store
    from mispriced.cli.wiring import value_rules
    from mispriced.pipeline.detect import by_cadence
    from mispriced.pipeline.views.values import Valued

    with state_of_store(config) as (store, settings, clock):
        rules, now = value_rules(settings), clock.now()
        known = by_cadence(store, rules.detect)
        rows = Valued(rules).rows(store.documents(), store.states(), now, known)
    if jsonl:
        for row in rows:
            show.print_json(row)
    elif as_json:
        show.print_json(rows)
    elif rows:
        show.console().print(value_table(rows, now))
    else:
        value = rules.value
        said = f"No price is {value.least_edge:.0%} above the fair one of {value.least_books} bookmakers."
        show.console().print(said)


def value_table(rows: Iterable[ValueRow], now: datetime) -> Table:
    """Return a line a price."""
    from rich.table import Table
    from rich.text import Text

    from mispriced.cli import show
    from mispriced.domain.freshness import age
    from mispriced.domain.markets import MARKETS

    table = Table(expand=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in HEADINGS[5:] else "left")
    for row in rows:
        table.add_row(
            row.match_id,
            Text(show.clean(f"{row.home} - {row.away}")),
            f"{MARKETS[row.market].title}, {row.source}",
            Text(show.clean(row.bookmaker)),
            row.outcome,
            f"{row.price:.2f}",
            f"{row.fair_price:.2f}",
            f"{row.edge:+.1%}",
            str(row.books),
            f"{age(row.seen_at, now).total_seconds():.0f} s",
        )
    return table
