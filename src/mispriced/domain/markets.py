"""The market table: each market's outcomes and the final results on which an outcome is paid.

Overround, break-even, parse checks and titles follow from this table; a further market is a row.
Not here: prices (odds), bookmakers' own words for a market (their adapters).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from msgspec import Struct

Market = Literal["three_way", "btts", "double_chance"]

# A final result as far as the markets tell results apart: who won, and whether both sides scored.
# A 0-0 is a draw without goals of both; a draw with one side's goal does not exist.
Result = tuple[Literal["home", "draw", "away"], bool]
RESULTS: Final[tuple[Result, ...]] = (
    ("home", False),
    ("home", True),
    ("draw", False),
    ("draw", True),
    ("away", False),
    ("away", True),
)


class MarketRow(Struct, frozen=True):
    """One market: its title, its keys in stream and index names, the paid results by outcome."""

    title: str
    key: str
    index: str
    paid: Mapping[str, frozenset[Result]]


def _won(*winners: str) -> frozenset[Result]:
    return frozenset(result for result in RESULTS if result[0] in winners)


def _both_scored(answer: bool) -> frozenset[Result]:
    return frozenset(result for result in RESULTS if result[1] is answer)


MARKETS: Final[Mapping[Market, MarketRow]] = {
    "three_way": MarketRow(
        "1X2", "THREE_WAY", "3way", {"1": _won("home"), "X": _won("draw"), "2": _won("away")}
    ),
    "btts": MarketRow(
        "both teams to score", "BTTS", "btts", {"yes": _both_scored(True), "no": _both_scored(False)}
    ),
    "double_chance": MarketRow(
        "double chance",
        "DOUBLE_CHANCE",
        "double_chance",
        {"1X": _won("home", "draw"), "12": _won("home", "away"), "X2": _won("draw", "away")},
    ),
}

# Every outcome with its market, in the table's order: a name means one thing in all markets.
OUTCOMES: Final[Mapping[str, Market]] = {
    outcome: market for market, row in MARKETS.items() for outcome in row.paid
}


def paid_on(outcome: str) -> frozenset[Result]:
    """Return the final results on which an outcome is paid.

    >>> sorted(paid_on("X"))
    [('draw', False), ('draw', True)]
    """
    return MARKETS[OUTCOMES[outcome]].paid[outcome]


def outcomes(market: Market) -> tuple[str, ...]:
    """Return the outcomes of a market, in the field's order.

    >>> outcomes("double_chance")
    ('1X', '12', 'X2')
    """
    return tuple(MARKETS[market].paid)


@cache
def paid_outcomes(market: Market) -> int:
    """Return how many outcomes of a market are paid on every result.

    A book on the market breaks even when the prices' reciprocals sum to this number.

    >>> paid_outcomes("three_way"), paid_outcomes("double_chance")
    (1, 2)
    """
    counts = {sum(result in paid for paid in MARKETS[market].paid.values()) for result in RESULTS}
    if len(counts) != 1:
        raise ValueError(f"{market}: results pay {sorted(counts)} outcomes, must be one number")
    return counts.pop()
