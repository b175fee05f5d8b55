"""How long opportunities live: the Kaplan-Meier estimate from lives of which some were not seen to end.

Source: Kaplan and Meier, Nonparametric Estimation from Incomplete Observations, Journal of the American
Statistical Association 53 (1958), the product-limit estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from msgspec import Struct

SHARES: Final = (0.75, 0.5, 0.25)  # still alive: after how long so many are is shown


class Life(Struct, frozen=True, order=True):
    """How long an opportunity was seen to live, and whether its end was seen too."""

    seconds: float
    has_ended: bool


class Survival(Struct, frozen=True, kw_only=True):
    """How many lives there were, how many of them `censored` (their end was not seen), and how long they are.

    `after_s`: by share, the seconds after which only that share is left; None where so few never were.
    """

    lives: int
    censored: int
    after_s: dict[str, float | None]


def product_limit(lives: Iterable[Life]) -> list[tuple[float, Fraction]]:
    """Return, by the seconds at which a life ended, the share that lives longer, exactly.

    One that was not seen to end at that second still counted as alive then.

    >>> product_limit([Life(1, True), Life(2, False), Life(3, True)])
    [(1, Fraction(2, 3)), (3, Fraction(0, 1))]
    """
    given = sorted(lives)
    ends = sorted({one.seconds for one in given if one.has_ended})
    share, steps = Fraction(1), []
    for second in ends:
        alive = sum(one.seconds >= second for one in given)
        ended = sum(one.has_ended and one.seconds == second for one in given)
        share *= Fraction(alive - ended, alive)
        steps.append((second, share))
    return steps


def survival(lives: Sequence[Life]) -> Survival:
    """Return how long these live."""
    steps = product_limit(lives)
    return Survival(
        lives=len(lives),
        censored=sum(not one.has_ended for one in lives),
        after_s={
            f"{share:.0%}": next((seconds for seconds, left in steps if left <= share), None)
            for share in SHARES
        },
    )
