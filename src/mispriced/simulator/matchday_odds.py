"""The rows of odds that the API's companies give for a seeded match: decimal and Hong Kong, newest first.

A company prices the same fair probabilities as the bookmakers of the scenario, with its own margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from mispriced.simulator.fixtures import BREAK_S, HALF_S, MINUTE_S, Fixture, played
from mispriced.simulator.prices import LEAST_LEFT, probabilities, score_at

COMPANIES: Final = {"2": 0.055, "3": 0.03, "22": 0.025}
"""By id, with its margin: BET365, Crown, Pinnacle."""
EARLY: Final = range(2, 7)  # minutes of which each has a row
EVERY: Final = 5  # minutes from one row to the next after that
SHOWN_S: Final = 20 * MINUTE_S  # before kick-off: when the first row was given
LIKELIEST: Final = 0.985

Row = list[Any]


def odds(fixture: Fixture, at_s: int) -> dict[str, dict[str, list[Row]]]:
    """Return the arrays of each company that lists the match; none of it for one match in eight."""
    chance = Random(f"{fixture.key}/odds")
    if chance.random() < 1 / 8:
        return {}
    listing = [company for company in COMPANIES if company != "22" or chance.random() < 0.8]
    moments = [one for one in _moments(fixture) if one[0] <= at_s]
    return {company: _tables(fixture, COMPANIES[company], moments) for company in listing}


def _moments(fixture: Fixture) -> Iterator[tuple[int, str, int]]:
    """Yield when rows are given: the time, the minute as text, the status."""
    yield fixture.kickoff_s - SHOWN_S, "", 1
    for minute in (*EARLY, *range(EARLY.stop - 1 + EVERY, 91, EVERY)):
        since_s = (minute - 1) * MINUTE_S + (BREAK_S if minute > 45 else 0)
        yield fixture.kickoff_s + since_s, str(minute), 2 if since_s < HALF_S else 4


def _tables(fixture: Fixture, margin: float, moments: list[tuple[int, str, int]]) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {"eu": [], "asia": [], "bs": [], "cr": []}
    for when_s, minute, status in reversed(moments):
        score = score_at(fixture, when_s)
        fair = probabilities(fixture.rates, score, max(1 - played(fixture, when_s), LEAST_LEFT))
        goals = "" if not minute else f"{score.home}-{score.away}"
        home, draw, away = (_decimal(fair[one], margin) for one in ("1", "X", "2"))
        ahead = fair["1"] / max(fair["1"] + fair["2"], 1e-9)
        line = sum(fixture.rates) // 0.5 / 2 + score.home + score.away
        rest = (minute or "-", fixture.key)
        over = 0.5 + Random(f"{rest}/over").uniform(-0.08, 0.08)
        corners = 0.5 + Random(f"{rest}/corners").uniform(-0.08, 0.08)
        tables["eu"].append([when_s, minute, home, draw, away, status, 0, goals])
        tables["asia"].append(_hong_kong(when_s, minute, ahead, 0.0, margin, status, goals))
        tables["bs"].append(_hong_kong(when_s, minute, over, line, margin, status, goals))
        tables["cr"].append(_hong_kong(when_s, minute, corners, 9.5, margin, status, goals))
    return tables


def _hong_kong(
    when_s: int, minute: str, probability: float, line: float, margin: float, status: int, goals: str
) -> Row:
    first, second = (round(_decimal(one, margin) - 1, 2) for one in (probability, 1 - probability))
    return [when_s, minute, first, line, second, status, 0, goals]


def _decimal(probability: float, margin: float) -> float:
    return round(1 / min(max(probability, 0.005) * (1 + margin), LIKELIEST), 2)
