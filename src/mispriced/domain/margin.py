"""Fair probabilities: a bookmaker's prices of one market with the margin taken out.

Seven methods, each with its source in `docs/fair-prices.md`. `r` is 1/price, `n` the number of outcomes, `k`
how many of them are paid on each result: the probabilities sum to `k`, 2 in double chance. Not here:
what several bookmakers say together (consensus), what a bet is worth (value).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from mispriced.domain.markets import Market, outcomes, paid_outcomes

Method = Literal[
    "multiplicative",
    "additive",
    "power",
    "shin",
    "odds_ratio",
    "logarithmic",
    "differential_margin",
]

WIDEST: Final = 64.0  # of an exponent or a logarithm: prices of 1.01 and up need less than 10


def fair(market: Market, prices: Mapping[str, float], method: Method) -> dict[str, float]:
    """Return the probability of each outcome, in the market's order; they sum to the outcomes paid.

    Raises: ValueError when an outcome has no price, or the method leaves a probability outside of 0 to 1.

    >>> round(fair("three_way", {"1": 4.2, "X": 3.7, "2": 1.95}, "shin")["2"], 4)
    0.5049
    >>> round(fair("double_chance", {"1X": 1.25, "12": 1.25, "X2": 1.25}, "power")["1X"], 6)
    0.666667
    """
    missing = [outcome for outcome in outcomes(market) if outcome not in prices]
    if missing:
        raise ValueError(f"no price of {', '.join(missing)}: the margin of {market} is unknown")
    reciprocals = [1 / prices[outcome] for outcome in outcomes(market)]
    found = METHODS[method](reciprocals, paid_outcomes(market))
    for outcome, probability in zip(outcomes(market), found, strict=True):
        if not 0 < probability < 1:
            raise ValueError(
                f"{method}: probability of {outcome} at {prices[outcome]} would be {probability:.4f}"
            )
    return dict(zip(outcomes(market), found, strict=True))


def multiplicative(reciprocals: Sequence[float], paid: int = 1) -> list[float]:
    """Return `k r / sum(r)`: every outcome bears the margin in proportion.

    Source: Štrumbelj (2014), basic normalisation.

    >>> [round(p, 4) for p in multiplicative([1 / 4.2, 1 / 3.7, 1 / 1.95])]
    [0.2332, 0.2647, 0.5022]
    """
    total = sum(reciprocals)
    return [one * paid / total for one in reciprocals]


def additive(reciprocals: Sequence[float], paid: int = 1) -> list[float]:
    """Return `r - (sum(r) - k) / n`: every outcome bears the same part; may fall to 0 and below.

    Source: Clarke, Kovalchik, Ingram (2017).

    >>> [round(p, 4) for p in additive([1 / 4.2, 1 / 3.7, 1 / 1.95])]
    [0.231, 0.2632, 0.5058]
    """
    part = (sum(reciprocals) - paid) / len(reciprocals)
    return [one - part for one in reciprocals]


def differential_margin(reciprocals: Sequence[float], paid: int = 1) -> list[float]:
    """Return the reciprocals of `n o / (n - M o)`, M the margin: it weighs as the price o does.

    As numbers these are those of `additive`: 1 / that price is `r - M / n`.

    Source: Buchdahl, The Wisdom of the Crowd: margin weights proportional to the odds.

    >>> [round(p, 4) for p in differential_margin([1 / 4.2, 1 / 3.7, 1 / 1.95])]
    [0.231, 0.2632, 0.5058]
    """
    count, margin = len(reciprocals), sum(reciprocals) - paid
    return [(count - margin / one) * one / count for one in reciprocals]


def power(reciprocals: Sequence[float], paid: int = 1) -> list[float]:
    """Return `r ** e` with the exponent e at which they sum to k; never outside of 0 to 1.

    Source: Clarke, Kovalchik, Ingram (2017), after Vovk and Zhdanov (2009). Buchdahl's logarithmic
    method is the same.

    >>> [round(p, 4) for p in power([1 / 4.2, 1 / 3.7, 1 / 1.95])]
    [0.2311, 0.2631, 0.5058]
    """
    return _solved(lambda e: [one**e for one in reciprocals], paid, 0.0, WIDEST)


def odds_ratio(reciprocals: Sequence[float], paid: int = 1) -> list[float]:
    """Return `r / (c + r - c r)` with the ratio c of odds at which they sum to k.

    Source: Cheung (2015), in Buchdahl, The Wisdom of the Crowd.

    >>> [round(p, 4) for p in odds_ratio([1 / 4.2, 1 / 3.7, 1 / 1.95])]
    [0.232, 0.2636, 0.5044]
    """
    return _solved(
        lambda logarithm: [one / (one + math.exp(logarithm) * (1 - one)) for one in reciprocals],
        paid,
        -WIDEST,
        WIDEST,
    )


def shin(reciprocals: Sequence[float], paid: int = 1) -> list[float]:
    """Return `(sqrt(z² + 4 (1 - z) r² / sum(r)) - z) / (2 (1 - z))`, z the part of insiders.

    The model has one winner. Where k outcomes are paid, the ticket on each is taken for k tickets of
    which one is paid at random: the model reads r / k. Prices without a margin have no insiders and
    are normalised.

    Source: Shin (1993), in the form of Jullien and Salanié (1994), as in Štrumbelj (2014).

    >>> [round(p, 4) for p in shin([1 / 4.2, 1 / 3.7, 1 / 1.95])]
    [0.2316, 0.2636, 0.5049]
    """
    single = [one / paid for one in reciprocals]
    total = sum(single)
    if total <= 1:
        return multiplicative(reciprocals, paid)

    def believed(z: float) -> list[float]:
        return [(math.sqrt(z * z + 4 * (1 - z) * one * one / total) - z) / (2 * (1 - z)) for one in single]

    return [one * paid for one in _solved(believed, 1, 0.0, 1 - 1e-9)]


METHODS: Final[Mapping[Method, Callable[[Sequence[float], int], list[float]]]] = {
    "multiplicative": multiplicative,
    "additive": additive,
    "power": power,
    "shin": shin,
    "odds_ratio": odds_ratio,
    "logarithmic": power,
    "differential_margin": differential_margin,
}


def _solved(family: Callable[[float], list[float]], paid: int, low: float, high: float) -> list[float]:
    """Return the member of the family that sums to `paid`; the sum falls as the parameter grows."""
    while low < (middle := (low + high) / 2) < high:  # until no float is between them
        if sum(family(middle)) > paid:
            low = middle
        else:
            high = middle
    return family(high)
