"""What a record says of the past, as rows: the prices of a match, opportunities, survival, margins.

Who keeps the record answers with these rows (`history/read.py`), and whoever shows them asks for no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Category, Score, Source


class Price(Struct, frozen=True, kw_only=True):
    """A bookmaker's prices of one market of a match since `seen_at`.

    `before`: when the prices before these were last seen, None where there were none.
    """

    bookmaker: str
    market: Market
    source: Source
    seen_at: datetime
    before: datetime | None
    prices: Mapping[str, float]
    suspended: Sequence[str] = ()
    score: Score | None = None


class Board(Struct, frozen=True, kw_only=True):
    """What one bookmaker offered on one market of a match at a moment; it was last changed at `seen_at`."""

    match_id: str
    bookmaker: str
    market: Market
    source: Source
    home: str
    away: str
    competition: str
    country: str
    category: Category
    kickoff: datetime
    seen_at: datetime
    prices: Mapping[str, float]


class Hour(Struct, frozen=True, kw_only=True):
    """What opened and closed in the hour that begins at `hour`, with the best profit of what opened."""

    hour: datetime
    opened: int
    closed: int
    best_profit: float | None


class Survival(Struct, frozen=True, kw_only=True):
    """How long surebets between the same bookmakers stood, in seconds; `survived` by seconds, as a part.

    `closed`: of `opened`, those whose end is recorded. Times and parts are of these alone.
    """

    bookmakers: str
    opened: int
    closed: int
    median_s: float | None
    longest_s: float | None
    best_profit: float
    survived: Mapping[str, float]


class Margin(Struct, frozen=True, kw_only=True):
    """A bookmaker's margin on a market over its recorded quotes: sum of 1/price over break-even, minus 1."""

    bookmaker: str
    market: Market
    source: Source
    quotes: int
    mean: float
    lowest: float
