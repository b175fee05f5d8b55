"""The seeded matches as the football API tells of them: the same goals, minutes and prices as the sites'.

A match that is live at the bookmakers is in play here; one that ended stays in the list for a while, as
it does at the API. Not here: the rows of odds (`matchday_odds.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any, Final

from mispriced.domain.model import Category, Score
from mispriced.simulator.clubs import FIRST, SECOND, Competition
from mispriced.simulator.fixtures import BREAK_S, HALF_S, MINUTE_S, Calendar, Fixture
from mispriced.simulator.football import Step
from mispriced.simulator.matchday_odds import odds
from mispriced.simulator.prices import score_at

ENDED_S: Final = 10 * MINUTE_S  # a match that is over is listed for so long
MARKS: Final[dict[Category, str]] = {"women": " (W)", "youth": " U21", "reserve": " Reserves"}
FIRST_HALF, HALF_TIME, SECOND_HALF, ENDED = 2, 3, 4, 8
GOAL, CORNER, YELLOW = 1, 2, 3
LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class Matchday:
    """The API's view of a calendar; see `FootballWorld`."""

    recorded_at: datetime | None = None

    def __init__(self, seed: int) -> None:
        self._calendar = Calendar(seed)
        self._matches: dict[str, Fixture] = {}
        self._countries = sorted({one.country for one in (*FIRST, *SECOND)})
        self._competitions = {
            identifier("competition", one.country, one.name): one for one in (*FIRST, *SECOND)
        }
        self._results = lru_cache(maxsize=512)(self._at)

    def results(self, step: Step, uuid: str, now: datetime) -> Any:
        """Return what the API answers at `now`; the same within a second."""
        return self._results(step, uuid, int(now.timestamp()))

    def _at(self, step: Step, uuid: str, at_s: int) -> Any:
        if step == "live":
            return [_live(fixture, at_s) for fixture in self._listed(at_s)]
        if step == "country":
            return [_country(name) for name in self._countries]
        if step == "competition":
            one = self._competitions.get(uuid)
            return [_competition(uuid, one)] if one else []
        self._listed(at_s)
        if step == "team":
            return [team for team in self._teams() if team["id"] == uuid][:1]
        fixture = self._matches.get(uuid)
        if step == "odds":
            return odds(fixture, at_s) if fixture else {}
        return [_details(fixture, at_s)] if fixture else []

    def _listed(self, at_s: int) -> list[Fixture]:
        found = [one for one in self._calendar.live(at_s, ENDED_S) if one.category != "virtual"]
        self._matches.update({identifier("match", one.key): one for one in found})
        return found

    def _teams(self) -> Iterator[dict[str, Any]]:
        for fixture in self._matches.values():
            for name in (fixture.home.name, fixture.away.name):
                yield _team(name, fixture)


def identifier(*words: str) -> str:
    """Return an id as the API's look: 15 letters and digits, the same for the same words.

    >>> identifier("team", "Arsenal FC") == identifier("team", "Arsenal FC")
    True
    """
    return "".join(Random("/".join(words)).choices(LETTERS, k=15))


def status_of(fixture: Fixture, at_s: int) -> int:
    """Return the API's number of the phase at an instant."""
    since_s = at_s - fixture.kickoff_s
    if at_s >= fixture.ends_s:
        return ENDED
    if since_s < HALF_S:
        return FIRST_HALF
    return HALF_TIME if since_s < HALF_S + BREAK_S else SECOND_HALF


def team_id(fixture: Fixture, name: str) -> str:
    """Return the id of a fixture's team: a side of a club is another than its first."""
    return identifier("team", fixture.competition.country, name, fixture.category)


def _slots(fixture: Fixture, at_s: int) -> tuple[list[int], list[int]]:
    """Return the counts of home and away: regular, half-time, red, yellow, corners, overtime, penalties."""
    score = score_at(fixture, at_s)
    is_after_half = status_of(fixture, at_s) >= HALF_TIME
    half = score_at(fixture, fixture.kickoff_s + HALF_S) if is_after_half else Score(0, 0)
    yellow, corners = _counted(fixture, at_s, YELLOW, 1900), _counted(fixture, at_s, CORNER, 620)
    return (
        [score.home, half.home, 0, yellow[0], corners[0], 0, 0],
        [score.away, half.away, 0, yellow[1], corners[1], 0, 0],
    )


def _counted(fixture: Fixture, at_s: int, kind: int, every_s: int) -> tuple[int, int]:
    chance = Random(f"{fixture.key}/{kind}")
    counts = [0, 0]
    when = float(fixture.kickoff_s)
    while (when := when + chance.expovariate(1 / every_s)) <= min(at_s, fixture.ends_s):
        counts[int(chance.random() > 0.5)] += 1
    return counts[0], counts[1]


def _live(fixture: Fixture, at_s: int) -> dict[str, Any]:
    match_id, status = identifier("match", fixture.key), status_of(fixture, at_s)
    home, away = _slots(fixture, at_s)
    begun_s = fixture.kickoff_s + (HALF_S + BREAK_S if status >= SECOND_HALF else 0)
    return {
        "id": match_id,
        "score": [match_id, status, home, away, begun_s, ""],
        "stats": [
            {"type": YELLOW, "home": home[3], "away": away[3]},
            {"type": CORNER, "home": home[4], "away": away[4]},
        ],
        "incidents": list(_goals(fixture, at_s)),
        "tlive": [],
    }


def _goals(fixture: Fixture, at_s: int) -> Iterator[dict[str, int]]:
    for goal in fixture.goals:
        if goal.at_s <= at_s:
            score = score_at(fixture, goal.at_s)
            since_s = goal.at_s - fixture.kickoff_s
            played_s = since_s - BREAK_S if since_s >= HALF_S + BREAK_S else min(since_s, HALF_S - 1)
            yield {
                "type": GOAL,
                "position": goal.side + 1,
                "time": played_s // MINUTE_S + 1,
                "home_score": score.home,
                "away_score": score.away,
            }


def _details(fixture: Fixture, at_s: int) -> dict[str, Any]:
    home, away = _slots(fixture, at_s)
    chance = Random(fixture.key)
    details: dict[str, Any] = {
        "id": identifier("match", fixture.key),
        "season_id": "",
        "competition_id": identifier("competition", fixture.competition.country, fixture.competition.name),
        "home_team_id": team_id(fixture, fixture.home.name),
        "away_team_id": team_id(fixture, fixture.away.name),
        "status_id": status_of(fixture, at_s),
        "match_time": fixture.kickoff_s,
        "venue_id": "",
        "referee_id": "",
        "neutral": 0,
        "note": "",
        "home_scores": home,
        "away_scores": away,
        "home_position": str(chance.randrange(1, 21)),
        "away_position": str(chance.randrange(1, 21)),
        "coverage": {"mlive": 1, "lineup": 0},
        "round": {"stage_id": "", "round_num": 0, "group_num": 0},
        "updated_at": at_s,
    }
    if chance.random() < 0.75:  # so many of the recorded ones have it
        details["environment"] = {
            "weather": chance.randrange(1, 14),
            "pressure": f"{chance.randrange(740, 775)}mmHg",
            "temperature": f"{chance.randrange(2, 31)}°C",
            "wind": f"{chance.randrange(5, 90) / 10}m/s",
            "humidity": f"{chance.randrange(30, 95)}%",
        }
    return details


def _team(name: str, fixture: Fixture) -> dict[str, Any]:
    return {
        "id": team_id(fixture, name),
        "competition_id": identifier("competition", fixture.competition.country, fixture.competition.name),
        "country_id": identifier("country", fixture.competition.country),
        "name": name + MARKS.get(fixture.category, ""),
        "short_name": "",
        "logo": "",
        "national": 0,
        "gender": 2 if fixture.category == "women" else 1,
        "updated_at": fixture.listed_s,
    }


def _competition(uuid: str, one: Competition) -> dict[str, Any]:
    country_id = identifier("country", one.country)
    return {
        "id": uuid,
        "category_id": "",
        "country_id": country_id,
        "name": f"{one.country} {one.name}",
        "short_name": one.name,
        "logo": "",
        "type": 1,
        "updated_at": 0,
    }


def _country(name: str) -> dict[str, Any]:
    return {"id": identifier("country", name), "category_id": "", "name": name, "logo": "", "updated_at": 0}
