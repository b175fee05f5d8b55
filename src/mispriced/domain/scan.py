"""Which of thousands of events have a surebet, in one pass of floats over all covers.

Whatever is near break-even is decided by the exact sum. A backtest holds such an array; detection
judges one match at a time (arbitrage).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mispriced.domain.arbitrage import DOUBT, cost
from mispriced.domain.covers import covers
from mispriced.domain.markets import OUTCOMES


def scan(prices: npt.NDArray[np.float64], outcomes: Sequence[str] = tuple(OUTCOMES)) -> npt.NDArray[np.intp]:
    """Return the indices of the events whose best prices are a surebet on some cover, ascending.

    `prices` has the shape (outcome, bookmaker, event), a row for each of `outcomes`, contiguous in
    events; an absent price is 0. A part of the events is `scan(prices[:, :, changed])`.
    """
    if prices.ndim != 3 or prices.shape[0] != len(outcomes):
        raise ValueError(f"prices have the shape {prices.shape}, must be ({len(outcomes)}, books, events)")
    if not prices.shape[1]:
        return np.empty(0, dtype=np.intp)
    best = prices.max(axis=1)
    with np.errstate(divide="ignore"):
        reciprocals = 1.0 / best
    sure = np.zeros(prices.shape[2], dtype=bool)
    for cover in covers():
        if not set(cover.outcomes) <= set(outcomes):
            continue
        rows = [outcomes.index(outcome) for outcome in cover.outcomes]
        # every leg of a cover weighs the same, so that its break-even is how many are paid
        total = reciprocals[rows[0]] + reciprocals[rows[1]]
        for row in rows[2:]:
            total += reciprocals[row]
        sure |= total < cover.paid - DOUBT
        for event in np.flatnonzero(np.abs(total - cover.paid) <= DOUBT):
            sure[event] |= cost(cover, [float(best[row, event]) for row in rows]) < 1
    return np.flatnonzero(sure)
