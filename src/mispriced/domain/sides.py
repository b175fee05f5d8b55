"""Which side of which club plays: women, an age group, a second team. Different sides are never one match.

Finer than an event's category: under 19 and under 21 are both youth and differ here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mispriced.domain.fixture import Fixture
from mispriced.domain.names import Team, longer_words, read_competition
from mispriced.domain.similarity import Names


class Name(NamedTuple):
    """A club as a site writes it, folded, and its side: empty for first men's teams, or `women u19 b`."""

    club: str
    side: str


def sides(fixtures: Sequence[Fixture], names: Names) -> list[tuple[Name, Name]]:
    """Return home and away of each fixture, read with all names at hand.

    Women and an age group hold for both teams when one name, the competition or the category says so,
    a second side for the team that bears it. A final letter is a mark unless another name of the set
    continues the same words with a longer word of that letter (Nottingham F., Nottingham Forest).

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 5, 14, 12, tzinfo=UTC)
    >>> one = Fixture(key="1", provider="a", kickoff=noon, home="Arsenal", away="Chelsea (W)")
    >>> sides([one], Names())
    [(Name(club='arsenal', side='women'), Name(club='chelsea', side='women'))]
    """
    listed = {name for fixture in fixtures for name in (fixture.home, fixture.away)}
    longer = longer_words(map(names.team, listed))
    competitions = {text: read_competition(text) for text in {fixture.competition for fixture in fixtures}}
    settled = {name: _settle(names.team(name), longer) for name in listed}
    read: dict[tuple[str, str, str, str], tuple[Name, Name]] = {}
    found = []
    for fixture in fixtures:
        seen = (fixture.home, fixture.away, fixture.competition, fixture.category)
        if (pair := read.get(seen)) is None:
            home, away = settled[fixture.home], settled[fixture.away]
            pair = read[seen] = _sides_of(home, away, competitions[fixture.competition], fixture.category)
        # A blank name may be any club's: a side of its own keeps it from all others.
        found.append(pair if pair[0].club and pair[1].club else _apart(pair, fixture.key))
    return found


def _apart(pair: tuple[Name, Name], key: str) -> tuple[Name, Name]:
    return pair[0]._replace(side=f"of {key}"), pair[1]._replace(side=f"of {key}")


def _settle(team: Team, longer: frozenset[tuple[str, str]]) -> Team:
    """Decide the final letter; one that stays in `letter` is the beginning of a word."""
    if not team.letter:
        return team
    if (team.club, team.letter) in longer:
        return team._replace(club=f"{team.club} {team.letter}")
    if team.letter == "b":
        return team._replace(reserve=True, letter="")
    return team._replace(women=True, letter="")


def _sides_of(home: Team, away: Team, competition: Team, category: str) -> tuple[Name, Name]:
    # A category may come from the very letter that the set shows to be an abbreviation.
    said = "" if home.letter or away.letter else category
    both = "virtual " if said == "virtual" else ""
    if said == "women" or home.women or away.women or competition.women:
        both += "women "
    age = competition.age or ("youth" if said == "youth" else "")
    second = not (home.reserve or away.reserve) and (competition.reserve or said == "reserve")
    home_side = f"{both}{home.age or away.age or age}{' b' * (home.reserve or second)}"
    away_side = f"{both}{away.age or home.age or age}{' b' * (away.reserve or second)}"
    return Name(home.club, home_side.strip()), Name(away.club, away_side.strip())
