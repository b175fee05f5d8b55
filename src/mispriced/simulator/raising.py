"""The price that a bookmaker raises for a planted surebet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from mispriced.domain.markets import RESULTS, paid_on
from mispriced.simulator.plants import Plant
from mispriced.simulator.prices import Outcomes

# In logits of 1/price, in which a step is as believable at 1.1 as at 5.
MOST_RAISED: Final = 1.0
STEPS: Final = 30  # of a bisection: to a billionth


def raised(plant: Plant, books: Mapping[str, Outcomes], bookmaker: str) -> Outcomes:
    """Return the outcome that the bookmaker raises with its price, given every bookmaker's usual ones.

    The best prices of the cover sum to the plant's target then, all moved as far. Nothing where the cover
    is not offered in full at that instant.
    """
    step = rise(plant, books)
    if step is None:
        return {}
    outcome = plant.raised[bookmaker]
    price = max(book.get(outcome, 0.0) for book in books.values())
    return {outcome: math.ceil(100 / _moved(1 / price, step) - 1e-9) / 100}


def rise(plant: Plant, books: Mapping[str, Outcomes]) -> float | None:
    """Return how far the raised prices move, in logits; None where the cover is not offered in full."""
    best = {outcome: max(book.get(outcome, 0.0) for book in books.values()) for outcome in plant.cover}
    if not all(best.values()) or not all(outcome in books[name] for name, outcome in plant.raised.items()):
        return None
    moved = tuple(best.pop(outcome) for outcome in plant.raised.values())
    needed = plant.book_sum * _often(plant.cover) - sum(1 / price for price in best.values())
    return _step(moved, needed)


@cache
def _often(cover: tuple[str, ...]) -> int:
    """Return how many outcomes of a cover each result pays at least."""
    return min(sum(result in paid_on(outcome) for outcome in cover) for result in RESULTS)


@lru_cache(maxsize=8192)  # each bookmaker that raises asks the same, at each tick until a price drifts
def _step(moved: tuple[float, ...], needed: float) -> float:
    low, high = 0.0, MOST_RAISED
    for _ in range(STEPS):
        middle = (low + high) / 2
        is_enough = sum(_moved(1 / price, middle) for price in moved) <= needed
        low, high = (low, middle) if is_enough else (middle, high)
    return high


def _moved(probability: float, logits: float) -> float:
    return 1 / (1 + (1 / probability - 1) * math.exp(logits))
