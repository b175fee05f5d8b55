"""Surebets within and across markets: the best price of each outcome, decided exactly for every cover.

`books` says what stands against what in one match; `apart` which of it is worth telling; `scan` finds
the candidates among thousands of events in one pass of floats. What is near break-even is always
decided by fractions. Not here: which quotes may be compared, stakes after rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from msgspec import Struct

from mispriced.domain.covers import Cover, covers
from mispriced.domain.markets import RESULTS, Result
from mispriced.domain.model import Quote
from mispriced.domain.odds import exact

# Floats of three reciprocals err by less than 1e-15; whatever is this close is decided exactly.
DOUBT: Final = 1e-9


class BestPrice(Struct, frozen=True):
    """The highest price of an outcome, and the quote that it is in."""

    outcome: str
    price: float
    quote: Quote


class Book(Struct, frozen=True):
    """The best prices of a cover's outcomes, in the cover's order."""

    cover: Cover
    best: tuple[BestPrice, ...]

    @property
    def exact_sum(self) -> Fraction:
        """What a certain return of 1 costs: 1 is break-even for every cover, below it is a surebet."""
        return cost(self.cover, [one.price for one in self.best])

    @property
    def book_sum(self) -> float:
        """The exact sum as a float, for show."""
        return float(self.exact_sum)

    @property
    def is_surebet(self) -> bool:
        """Whether the book pays more than it costs on every result, before rounding of stakes."""
        return self.exact_sum < 1

    @property
    def profit(self) -> float:
        """The least return per unit staked over all results, minus 1."""
        return float(1 / self.exact_sum - 1)

    @property
    def shares(self) -> tuple[float, ...]:
        """The part of the total stake on each leg, in the order of `best`; they sum to 1."""
        total = self.exact_sum
        weighed = zip(self.cover.weights, self.best, strict=True)
        return tuple(float(weight / exact(one.price) / total) for weight, one in weighed)


def cost(cover: Cover, prices: Iterable[float]) -> Fraction:
    """Return what a certain return of 1 costs at these prices, one a leg, exact.

    >>> from mispriced.domain.covers import covers
    >>> twice = next(cover for cover in covers() if cover.paid == 2)
    >>> cost(twice, [1.5, 1.5, 1.5])
    Fraction(1, 1)
    """
    weighed = zip(cover.weights, prices, strict=True)
    return sum((weight / exact(price) for weight, price in weighed), Fraction(0))


def best_prices(quotes: Iterable[Quote]) -> dict[str, BestPrice]:
    """Return the best price of every outcome that has one.

    Of equal prices the one seen last stands, then the first bookmaker by name.
    """
    best: dict[str, BestPrice] = {}
    for quote in quotes:
        for outcome, price in quote.prices.items():
            held = best.get(outcome)
            if held is None or _rank(price, quote) < _rank(held.price, held.quote):
                best[outcome] = BestPrice(outcome, price, quote)
    return best


def books(best: Mapping[str, BestPrice], results: frozenset[Result] = frozenset(RESULTS)) -> list[Book]:
    """Return the book on every cover of these results whose legs all have a price, the cheapest first."""
    return [book for _, book in _ranked(best, results)]


def surebets(best: Mapping[str, BestPrice], results: frozenset[Result] = frozenset(RESULTS)) -> list[Book]:
    """Return the books that are surebets, the most profitable first; of equal ones that with fewer legs."""
    return [book for rough, book in _ranked(best, results) if rough < 1 + DOUBT and book.is_surebet]


def apart(found: Sequence[Book]) -> list[tuple[Book, list[Book]]]:
    """Return the books that share no outcome with a better one, each with the ones that it stands before.

    `found` has the best first. One long price makes several covers stand; who takes the best of them
    has no use for the others.
    """
    told: list[tuple[Book, list[Book]]] = []
    for book in found:
        sharing = (rest for first, rest in told if set(first.cover.outcomes) & set(book.cover.outcomes))
        nearest = next(sharing, None)
        if nearest is None:
            told.append((book, []))
        else:
            nearest.append(book)
    return told


def _ranked(best: Mapping[str, BestPrice], results: frozenset[Result]) -> list[tuple[float, Book]]:
    found = []
    for cover in covers(results):
        legs = [best[outcome] for outcome in cover.outcomes if outcome in best]
        if len(legs) == len(cover.outcomes):
            rough = sum(float(w) / leg.price for w, leg in zip(cover.weights, legs, strict=True))
            found.append((rough, Book(cover, tuple(legs))))
    return sorted(found, key=lambda one: one[0])


def _rank(price: float, quote: Quote) -> tuple[float, float, str]:
    return -price, -quote.seen_at.timestamp(), quote.bookmaker
