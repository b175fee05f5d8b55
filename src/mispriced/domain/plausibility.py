"""Flags on prices that are likely wrong, each with the rule's name and the values.

A flag says "look before you bet"; it never changes a price. Not here: refusing what cannot be a
price at all (model).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mispriced.domain.model import Quote
from mispriced.domain.odds import overround

# Below it a surebet is more often a wrong price or a wrong match than a gift. Of 3,107 in 20 seasons of
# historical odds (2,213 before, 894 at the kick-off) 99 are: tests/domain/test_plausibility.py.
SUSPECT_BOOK_SUM: Final = 0.95
# One bookmaker's own book: a margin outside of this band is a shifted column or a wrong row.
OVERROUND_BAND: Final = (-0.02, 0.60)


def flags(quotes: Iterable[Quote], book_sum: float) -> tuple[str, ...]:
    """Return the flags on a set of legs' quotes and on their book sum, in the order of the rules."""
    found = []
    if book_sum < SUSPECT_BOOK_SUM:
        found.append(f"suspect: book sum {book_sum:.4f} is below {SUSPECT_BOOK_SUM}")
    lowest, highest = OVERROUND_BAND
    for quote in sorted(quotes, key=lambda one: one.bookmaker):
        margin = overround(quote.market, quote.prices)
        if margin is not None and not lowest <= margin <= highest:
            found.append(
                f"overround: {quote.bookmaker} has {margin:+.3f}, usual is {lowest:+.2f} to {highest:+.2f}"
            )
    return tuple(found)
