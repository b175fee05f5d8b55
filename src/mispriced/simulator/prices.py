"""Prices that drift and follow the score, and between which no surebet exists unless it is planted.

Every bookmaker prices the same fair probabilities (two Poisson rates, the score and the time left)
with its own margin and a small opinion of its own, and closes its markets together with the others for
a while at a goal. So the best prices of all bookmakers, even read at different moments of a window
(live 30 s, upcoming 10 min), sum to more than break-even; tests show by how much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from random import Random
from typing import Final

from mispriced.domain.model import Score, Source
from mispriced.simulator.fixtures import Fixture, played

TICK_S: Final[Mapping[Source, int]] = {"upcoming": 20, "live": 5}
"""Prices change only at multiples of so many seconds since the epoch."""

MARGINS: Final = {"BookieAlpha": 0.062, "BookieBeta": 0.056, "BookieGamma": 0.064, "BookieDelta": 0.058}
LIVE_MARGIN: Final = 0.004  # on top, because everything moves faster
OPINION: Final = 0.018  # how far a bookmaker's probability is from its rule, relative
WANDER: Final = 0.03  # how far the expected goals of a match move before kick-off, relative
WANDER_KNOT_S: Final = 1800
REPRICE_TICKS: Final = (3, 4, 5, 6, 8)  # a bookmaker looks at a match again after so many ticks
CLOSED_S: Final = {"BookieAlpha": 45, "BookieBeta": 45, "BookieGamma": 50, "BookieDelta": 55}
LEAST_LEFT: Final = 0.02  # share of the match that is still to come in stoppage time
LEAST_LIKELY: Final = 0.002  # no price is given for less: both teams to score once both have
LOWEST_PRICE: Final = 1.01
HIGHEST_PRICE: Final = 100.0
LADDER: Final = ((4.0, 0.01), (6.0, 0.05), (10.0, 0.1), (20.0, 0.5), (math.inf, 1.0))
MOST_GOALS: Final = 12

Outcomes = Mapping[str, float]


class Prices:
    """The book of every bookmaker on every fixture at every instant, by seed alone."""

    def __init__(self, seed: int) -> None:
        chance = Random(f"{seed}/noise")
        self._noise = [chance.uniform(-1, 1) for _ in range(4096)]
        self._book = lru_cache(maxsize=8192)(self._reckon)

    def book(self, fixture: Fixture, bookmaker: str, source: Source, at_s: int) -> Outcomes:
        """Return the bookmaker's prices of all markets of a fixture, by outcome.

        An outcome that is as good as certain or impossible has none. The same between two of its ticks.
        """
        style = _mixed(fixture.number, bookmaker)
        every_s = REPRICE_TICKS[style % len(REPRICE_TICKS)] * TICK_S[source]
        phase_s = style // 8 % every_s // TICK_S[source] * TICK_S[source]
        return self._book(fixture, bookmaker, source, at_s - (at_s - phase_s) % every_s, every_s)

    def _reckon(self, fixture: Fixture, bookmaker: str, source: Source, at_s: int, every_s: int) -> Outcomes:
        if source == "live":
            score, left = score_at(fixture, at_s), max(1 - played(fixture, at_s), LEAST_LEFT)
            fair = probabilities(fixture.rates, score, left)
        else:
            fair = probabilities(self._rates(fixture, at_s), Score(0, 0), 1.0)
        margin = MARGINS[bookmaker] + (LIVE_MARGIN if source == "live" else 0.0)
        margin += 0.004 * self._at(_mixed(fixture.number, bookmaker))
        step = at_s // every_s
        found = {}
        for outcome, probability in fair.items():
            if probability < LEAST_LIKELY:
                continue
            opinion = 1 + OPINION * self._at(_mixed(fixture.number, bookmaker, outcome) + step)
            price = offered(probability * (1 + margin) * opinion)
            if price is not None:
                found[outcome] = price
        return found

    def _rates(self, fixture: Fixture, at_s: int) -> tuple[float, float]:
        knot, into_s = divmod(at_s, WANDER_KNOT_S)
        share = into_s / WANDER_KNOT_S
        home, away = (
            rate * (1 + WANDER * ((1 - share) * self._at(place + knot) + share * self._at(place + knot + 1)))
            for place, rate in enumerate(fixture.rates, start=_mixed(fixture.number, "rates"))
        )
        return home, away

    def _at(self, place: int) -> float:
        return self._noise[place % len(self._noise)]


def offered(probability: float) -> float | None:
    """Return the price for a probability with its margin: rounded down to a usual step; None if below 1.01.

    >>> offered(0.4301), offered(0.13), offered(0.999)
    (2.32, 7.6, None)
    """
    exact = min(1 / probability, HIGHEST_PRICE)
    step = next(step for below, step in LADDER if exact < below)
    price = round(math.floor(exact / step + 1e-9) * step, 2)
    return price if price >= LOWEST_PRICE else None


def probabilities(rates: tuple[float, float], score: Score, left: float) -> Outcomes:
    """Return the fair probability of every outcome of every market.

    `rates` are goals expected in 90 minutes, `left` the share of them that is to come.

    >>> fair = probabilities((1.4, 1.1), Score(0, 0), 1.0)
    >>> round(fair["1"] + fair["X"] + fair["2"], 6), round(fair["yes"] + fair["no"], 6)
    (1.0, 1.0)
    """
    home_goals, away_goals = (_poisson(rate * left) for rate in rates)
    lead = score.home - score.away
    below = [0.0]  # sums of away_goals up to, not with, a number
    for probability in away_goals:
        below.append(below[-1] + probability)
    home = draw = 0.0
    for goals, probability in enumerate(home_goals):
        ahead = goals + lead
        home += probability * below[min(max(ahead, 0), MOST_GOALS)]
        draw += probability * (away_goals[ahead] if 0 <= ahead < MOST_GOALS else 0.0)
    away = max(1 - home - draw, 0.0)
    none_home = home_goals[0] if score.home == 0 else 0.0
    none_away = away_goals[0] if score.away == 0 else 0.0
    both = (1 - none_home) * (1 - none_away)
    return {
        "1": home,
        "X": draw,
        "2": away,
        "yes": both,
        "no": 1 - both,
        "1X": home + draw,
        "12": home + away,
        "X2": draw + away,
    }


def score_at(fixture: Fixture, at_s: int) -> Score:
    """Return the score at an instant."""
    sides = [goal.side for goal in fixture.goals if goal.at_s <= at_s]
    return Score(sides.count(0), sides.count(1))


def is_closed(fixture: Fixture, bookmaker: str, at_s: int) -> bool:
    """Return whether the bookmaker's live markets are closed because of a goal a moment ago."""
    return any(0 <= at_s - goal.at_s < CLOSED_S[bookmaker] for goal in fixture.goals)


def _poisson(rate: float) -> list[float]:
    found = [math.exp(-rate)]
    for goals in range(1, MOST_GOALS):
        found.append(found[-1] * rate / goals)
    return found


@lru_cache(maxsize=65536)
def _mixed(number: int, *words: str) -> int:
    """Return a number for a fixture and words: the same in every process, unlike `hash`."""
    return Random(f"{number}/{'/'.join(words)}").getrandbits(32)
