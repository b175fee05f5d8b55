"""Surebets within a market: the best price of each outcome over the bookmakers, decided exactly.

`best_book` says what stands against what; `scan` finds the candidates among thousands of events in
one pass of floats, and leaves the decision near break-even to the exact sum. Not here: surebets
across markets, stakes after rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from mispriced.domain.markets import MARKETS, Market, outcomes, paid_outcomes
from mispriced.domain.model import Quote
from mispriced.domain.odds import book_sum, exact

# Floats of three reciprocals err by less than 1e-15; whatever is this close is decided exactly.
DOUBT: Final = 1e-9


class BestPrice(Struct, frozen=True):
    """The highest price of an outcome, and the quote that it is in."""

    outcome: str
    price: float
    quote: Quote


class Book(Struct, frozen=True):
    """The best prices of a market's outcomes; `exact_sum` is 1 at break-even in every market."""

    market: Market
    best: tuple[BestPrice, ...]
    exact_sum: Fraction

    @property
    def is_surebet(self) -> bool:
        """Whether the book pays more than it costs on every result, before rounding of stakes."""
        return self.exact_sum < 1

    @property
    def book_sum(self) -> float:
        """The exact sum as a float, for show."""
        return float(self.exact_sum)

    @property
    def profit(self) -> float:
        """Return per unit staked, minus 1; the same on every result with these shares."""
        return float(1 / self.exact_sum - 1)

    @property
    def shares(self) -> tuple[float, ...]:
        """The part of the total stake on each leg, in the order of `best`; they sum to 1."""
        total = self.exact_sum * paid_outcomes(self.market)
        return tuple(float(1 / exact(one.price) / total) for one in self.best)


def best_book(market: Market, quotes: Iterable[Quote]) -> Book | None:
    """Return the best price of every outcome, or None while an outcome has no price.

    Of equal prices the one seen last stands, then the first bookmaker by name.

    >>> from mispriced.domain.arbitrage import best_book
    >>> best_book("btts", []) is None
    True
    """
    best: list[BestPrice] = []
    candidates = [quote for quote in quotes if quote.market == market]
    for outcome in outcomes(market):
        offers = [quote for quote in candidates if outcome in quote.prices]
        if not offers:
            return None
        chosen = min(
            offers, key=lambda quote: (-quote.prices[outcome], -quote.seen_at.timestamp(), quote.bookmaker)
        )
        best.append(BestPrice(outcome, chosen.prices[outcome], chosen))
    return Book(market, tuple(best), book_sum(market, [one.price for one in best]))


def scan(market: Market, prices: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return the indices of the events whose best prices are a surebet, ascending.

    `prices` has the shape (outcome, bookmaker, event), outcomes in the market's order, contiguous in
    events; an absent price is 0. Near break-even the decision is exact.
    """
    if prices.ndim != 3 or prices.shape[0] != len(MARKETS[market].paid):
        raise ValueError(
            f"prices have the shape {prices.shape}, must be ({len(MARKETS[market].paid)}, books, events)"
        )
    if not prices.shape[1]:
        return np.empty(0, dtype=np.intp)
    best = prices.max(axis=1)
    with np.errstate(divide="ignore"):
        total = (1.0 / best).sum(axis=0) / paid_outcomes(market)
    sure = total < 1.0
    for index in np.flatnonzero(np.abs(total - 1.0) < DOUBT):
        sure[index] = book_sum(market, [float(price) for price in best[:, index]]) < 1
    return np.flatnonzero(sure)


def price_array(market: Market, books: Sequence[Iterable[Quote]]) -> npt.NDArray[np.float64]:
    """Return the array that `scan` reads of each event's quotes; an absent price is 0."""
    rows = [list(quotes) for quotes in books]
    width = max((len(quotes) for quotes in rows), default=0)
    names = outcomes(market)
    array: npt.NDArray[Any] = np.zeros((len(names), width, len(rows)))
    for event, quotes in enumerate(rows):
        for book, quote in enumerate(quotes):
            for row, outcome in enumerate(names):
                array[row, book, event] = quote.prices.get(outcome, 0.0)
    return array
