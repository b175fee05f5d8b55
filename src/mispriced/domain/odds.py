"""Arithmetic of prices: book sums and overround, exact on the decimal text.

Not here: which prices are compared (arbitrage), fair prices (value).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from mispriced.domain.markets import MARKETS, Market, paid_outcomes


def exact(price: float) -> Fraction:
    """Return the price as the fraction that its shortest decimal text means.

    >>> exact(1.1)
    Fraction(11, 10)
    """
    return Fraction(repr(price))


def book_sum(market: Market, prices: Iterable[float]) -> Fraction:
    """Return the sum of 1/price divided by the outcomes paid on each result, exact.

    One price an outcome; 1 is break-even in every market, below it is a surebet.

    >>> book_sum("three_way", [3.0, 3.0, 3.0])
    Fraction(1, 1)
    >>> book_sum("double_chance", [1.5, 1.5, 1.5])
    Fraction(1, 1)
    """
    return sum((1 / exact(price) for price in prices), Fraction(0)) / paid_outcomes(market)


def overround(market: Market, prices: Mapping[str, float]) -> float | None:
    """Return the bookmaker's margin over a fair book, None unless every outcome has a price.

    >>> round(overround("btts", {"yes": 1.9, "no": 1.9}), 4)
    0.0526
    """
    if prices.keys() != MARKETS[market].paid.keys():
        return None
    return float(book_sum(market, prices.values())) - 1
