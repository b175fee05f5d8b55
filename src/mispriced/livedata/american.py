"""American odds beside the API's own: decimal on the money line, Hong Kong everywhere else."""

from __future__ import annotations

from msgspec import Struct

from mispriced.livedata.forms import Market, Row


class AmericanRow(Struct, array_like=True, frozen=True, gc=False):
    """A `Row` with American odds as text; None where the price pays nothing."""

    changed_at: int
    minute: str
    first: str | None
    second: str | float | None
    third: str | None
    status_id: int
    sealed: int
    score: str


def american(market: Market, row: Row) -> AmericanRow:
    """Return the row with its prices as American odds; a line stays the number that it is."""
    convert = from_decimal if market == "money_line" else from_hong_kong
    return AmericanRow(
        row.changed_at,
        row.minute,
        convert(row.first),
        convert(row.second) if market == "money_line" else row.second,
        convert(row.third),
        row.status_id,
        row.sealed,
        row.score,
    )


def from_decimal(price: float) -> str | None:
    """Return decimal odds as American ones; None at 1 and below, which pay nothing.

    >>> from_decimal(1.66), from_decimal(3.4), from_decimal(2.0), from_decimal(1.0)
    ('-152', '+240', '+100', None)
    """
    return from_hong_kong(price - 1)


def from_hong_kong(profit: float) -> str | None:
    """Return Hong Kong odds, the profit of a unit, as American ones; None without any.

    >>> from_hong_kong(0.92), from_hong_kong(1.1), from_hong_kong(0.0)
    ('-109', '+110', None)
    """
    if profit <= 0:
        return None
    return f"+{round(profit * 100)}" if profit >= 1 else f"{round(-100 / profit)}"
