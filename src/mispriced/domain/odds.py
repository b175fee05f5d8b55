"""Arithmetic of prices: book sums, exact on the decimal text.

Not here: which prices are compared (arbitrage), fair prices (value).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from mispriced.domain.markets import Market, paid_outcomes


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
