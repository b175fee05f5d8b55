"""The cover table: which sets of outcomes pay on every final result, derived from the market table.

A cover pays at least 1 on every result that is still possible, when `weights` is what each leg pays.
The table holds the extreme points of all such payouts: whatever the prices are, one of them costs the
least (the optimum of a linear programme lies at an extreme point), so a surebet exists if, and only
if, one of the table's covers is one. Not here: prices (arbitrage).

Source: Dantzig, Linear Programming and Extensions (1963), chapter 7, on extreme points and optima.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import lcm

from msgspec import Struct

from mispriced.domain.markets import OUTCOMES, RESULTS, Market, Result, paid_on
from mispriced.domain.model import Score


class Cover(Struct, frozen=True):
    """Outcomes in the market table's order, and what each must pay for at least 1 on every result."""

    outcomes: tuple[str, ...]
    weights: tuple[Fraction, ...]

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets of its outcomes, each once."""
        return tuple(dict.fromkeys(OUTCOMES[outcome] for outcome in self.outcomes))

    @property
    def paid(self) -> int:
        """How many legs are paid at least on every result when all pay alike: 1, or 2 in `1X 12 X2`."""
        return lcm(*(weight.denominator for weight in self.weights))

    def pays(self, result: Result) -> Fraction:
        """Return what the legs pay together on a result; at least 1 where it is covered."""
        return sum(
            (
                weight
                for outcome, weight in zip(self.outcomes, self.weights, strict=True)
                if result in paid_on(outcome)
            ),
            Fraction(0),
        )

    def __str__(self) -> str:
        return " ".join(self.outcomes)


def reachable(score: Score | None) -> frozenset[Result]:
    """Return the final results that can still come from a score; all of them where there is none.

    >>> sorted(set(RESULTS) - reachable(Score(2, 0)))
    [('away', False), ('draw', False)]
    """
    if score is None:
        return frozenset(RESULTS)
    return frozenset(result for result in RESULTS if _can_come(result, score))


@cache
def covers(results: frozenset[Result] = frozenset(RESULTS)) -> tuple[Cover, ...]:
    """Return every cover of these results, fewer legs first.

    An outcome that is decided, paid on all of the results or on none, is no leg: a bookmaker that still
    offers it has not seen the goal.

    >>> [str(cover) for cover in covers() if cover.paid > 1]
    ['1X 12 X2']
    >>> [str(cover) for cover in covers(reachable(Score(1, 0))) if "yes" in cover.outcomes]
    ['1 yes', 'yes no', 'yes 1X', 'yes 12', 'yes 1X 12']
    """
    rows = sorted(results, key=RESULTS.index)
    open_outcomes = [outcome for outcome in OUTCOMES if 0 < len(results & paid_on(outcome)) < len(results)]
    found = {
        Cover(legs, weights)
        for size in range(1, len(rows) + 1)
        for legs in combinations(open_outcomes, size)
        if results <= frozenset[Result]().union(*(paid_on(outcome) for outcome in legs))
        for weights in _extreme_points(legs, rows)
    }
    order = list(OUTCOMES)
    return tuple(
        sorted(found, key=lambda cover: (len(cover.outcomes), [order.index(one) for one in cover.outcomes]))
    )


def _can_come(result: Result, score: Score) -> bool:
    winner, both = result
    if both:
        return True
    # one side stays without a goal: 0-0, or the other side wins
    lacking = {"home": score.away, "draw": score.home + score.away, "away": score.home}
    return lacking[winner] == 0


def _extreme_points(legs: Sequence[str], rows: Sequence[Result]) -> Iterator[tuple[Fraction, ...]]:
    """Yield the payouts, all positive, that are fixed by as many results paid exactly 1 as there are legs."""
    patterns = [tuple(int(result in paid_on(outcome)) for outcome in legs) for result in rows]
    paid = list(dict.fromkeys(patterns))  # results that the legs do not tell apart are one condition
    for tight in combinations(paid, len(legs)):
        weights = _solved([[*row, 1] for row in tight])
        if weights is None or min(weights) <= 0:
            continue
        if all(sum(w for w, pays in zip(weights, row, strict=True) if pays) >= 1 for row in paid):
            yield weights


def _solved(rows: Sequence[Sequence[int]]) -> tuple[Fraction, ...] | None:
    """Return the solution of a square system, the right side in the last column; None unless it has one.

    Integers throughout, so that the table costs a tenth of a second once.
    """
    left = [list(row) for row in rows]
    for column in range(len(left)):
        pivot = next((row for row in range(column, len(left)) if left[row][column]), None)
        if pivot is None:
            return None
        left[column], left[pivot] = left[pivot], left[column]
        one = left[column][column]
        for row in range(len(left)):
            other = left[row][column]
            if row != column and other:
                left[row] = [one * a - other * b for a, b in zip(left[row], left[column], strict=True)]
    return tuple(Fraction(row[-1], row[place]) for place, row in enumerate(left))
