"""The prices of a bookmaker in whose market a surebet is planted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from mispriced.domain.markets import Market, outcomes, paid_outcomes
from mispriced.simulator.plants import Plant
from mispriced.simulator.prices import LOWEST_PRICE, Outcomes, offered

OWN_BOOK: Final = 1.02  # the raising bookmaker's own book sum per paid outcome, at least
OWN_SHADE: Final = 1.1  # how much its other probabilities rise at least: another's price is better


def raised(plant: Plant, books: Mapping[str, Outcomes]) -> Outcomes:
    """Return the plant's bookmaker's prices of its market, given every bookmaker's usual ones.

    The usual ones, where the others do not offer all other outcomes of the cover at that instant.
    """
    usual = books[plant.bookmaker]
    others = [outcome for outcome in plant.cover if outcome != plant.outcome]
    best = [
        max(
            (book[one] for name, book in books.items() if name != plant.bookmaker and one in book),
            default=0.0,
        )
        for one in others
    ]
    if plant.outcome not in usual or not all(best):
        return usual
    paid = paid_outcomes(plant.market)
    needed = paid if plant.cover == outcomes(plant.market) else 1
    left = plant.book_sum * needed - sum(1 / price for price in best)
    price = math.ceil(100 / left - 1e-9) / 100
    rest = [outcome for outcome in outcomes(plant.market) if outcome != plant.outcome]
    shown = sum(1 / usual[outcome] for outcome in rest if outcome in usual)
    shade = max(OWN_SHADE, (OWN_BOOK * paid - 1 / price) / shown)
    return {plant.outcome: price} | _shaded(usual, rest, shade)


def lowered(usual: Outcomes, market: Market) -> Outcomes:
    """Return the plant's bookmaker's prices of the cover's other market: another's are better."""
    return _shaded(usual, outcomes(market), OWN_SHADE)


def _shaded(usual: Outcomes, of: Iterable[str], shade: float) -> dict[str, float]:
    shown = {outcome: 1 / usual[outcome] for outcome in of if outcome in usual}
    return {one: offered(min(share * shade, 0.999)) or LOWEST_PRICE for one, share in shown.items()}
