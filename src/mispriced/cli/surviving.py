"""`mispriced surebets --survival`: how long surebets lived, by pair of bookmakers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from mispriced.cli import show
from mispriced.cli.reading import state_of_store
from mispriced.pipeline.views.survival import SurvivalRow, read_survival


def show_survival(config: Path | None, as_json: bool, jsonl: bool) -> None:
    """Show what the store still holds of it.

    Raises: Unavailable when no server answers.
    """
    with state_of_store(config) as (store, _, clock):
        rows = read_survival(store, clock.now())
    if jsonl:
        for row in rows:
            show.print_json(row)
    elif as_json:
        show.print_json(rows)
    elif rows:
        show.console().print(survival_table(rows))
    else:
        show.console().print("No surebet was told of yet.")


def survival_table(rows: Iterable[SurvivalRow]) -> Table:
    """Return a line a pair of bookmakers: after how many seconds three, two and one of four were left."""
    table = Table(expand=True)
    for heading in ("bookmakers", "source", "surebets", "end not seen", "75% left", "50% left", "25% left"):
        table.add_column(heading, justify="left" if heading in ("bookmakers", "source") else "right")
    for row in rows:
        found = row.survival
        times = ("never" if one is None else f"{one:.0f} s" for one in found.after_s.values())
        pair = Text(show.clean(" - ".join(row.bookmakers)))
        table.add_row(pair, row.source, str(found.lives), str(found.censored), *times)
    return table
