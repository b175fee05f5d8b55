"""Whether two fixtures are of one league: then an opponent that both name tells who plays it.

A club plays once at an hour. What two bookmakers call its opponent may share little (Hertha BSC, Hertha
Berlin); if country and competition agree too, there is no other match that it could be.
"""

from __future__ import annotations

from typing import Final

from mispriced.domain.matching.fixture import Fixture
from mispriced.domain.matching.similarity import EQUAL
from mispriced.domain.names import fold

SAME_LEAGUE: Final = 2.0
"""Points for a club whose opponent is equal in the same league: enough for one shared word beside two
that differ, not enough for names that share nothing."""


def same_league(one: Fixture, other: Fixture) -> bool:
    """Return whether both give a country and a competition, and both agree, in any order of words.

    >>> from datetime import UTC, datetime
    >>> given = {"provider": "a", "kickoff": datetime(2026, 5, 14, tzinfo=UTC), "home": "A", "away": "B"}
    >>> first = Fixture(key="1", competition="2. Bundesliga", country="Germany", **given)
    >>> same_league(first, Fixture(key="2", competition="Germany Bundesliga 2", country="GERMANY", **given))
    True
    >>> same_league(first, Fixture(key="3", competition="Bundesliga 2", **given))
    False
    """
    country, competition = _words(one)
    return bool(country and competition) and (country, competition) == _words(other)


def with_league(home: float, away: float, is_same: bool) -> tuple[float, float]:
    """Return the points of both clubs, with those for the league where one of the two is equal.

    >>> with_league(-1.0, EQUAL, True), with_league(-1.0, 5.0, True), with_league(-1.0, EQUAL, False)
    ((1.0, 8.0), (-1.0, 5.0), (-1.0, 8.0))
    """
    if is_same and away >= EQUAL > home:
        return home + SAME_LEAGUE, away
    if is_same and home >= EQUAL > away:
        return home, away + SAME_LEAGUE
    return home, away


def _words(fixture: Fixture) -> tuple[frozenset[str], frozenset[str]]:
    country = frozenset(fold(fixture.country).split())
    return country, frozenset(fold(fixture.competition).split()) - country
