"""Which side of which club plays: women, an age group, a second team. Different sides are never one match.

Finer than an event's category: under 19 and under 21 are both youth and differ here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mispriced.domain.matching.fixture import Fixture
from mispriced.domain.matching.similarity import Names
from mispriced.domain.names import Team, abbreviations, read_competition


class Name(NamedTuple):
    """A club as a site writes it, folded, and its side: empty for first men's teams, or `women u19 b`."""

    club: str
    side: str


def sides(fixtures: Sequence[Fixture], names: Names) -> tuple[list[Name], list[Name]]:
    """Return the home of each fixture and the away of each, read with all names at hand.

    Women and an age group hold for both teams when one name, the competition or the category says so,
    a second side for the team that bears it. A final letter is a mark unless another name of the set
    continues the same words with a longer word of that letter (Nottingham F., Nottingham Forest).

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 5, 14, 12, tzinfo=UTC)
    >>> one = Fixture(key="1", provider="a", kickoff=noon, home="Arsenal", away="Chelsea (W)")
    >>> sides([one], Names())
    ([Name(club='arsenal', side='women')], [Name(club='chelsea', side='women')])
    """
    listed = {name for fixture in fixtures for name in (fixture.home, fixture.away)}
    short = abbreviations([names.team(name) for name in listed])
    teams = {name: _settle(names.team(name), short) for name in listed}
    unmarked = {name: Name(team.club, "") for name, team in teams.items() if team == Team(team.club)}
    competitions = {text: read_competition(text) for text in {fixture.competition for fixture in fixtures}}
    silent = {text for text, marks in competitions.items() if not (marks.women or marks.age or marks.reserve)}
    homes, aways = [], []
    for fixture in fixtures:
        home, away = unmarked.get(fixture.home), unmarked.get(fixture.away)
        if not home or not away or fixture.category != "men" or fixture.competition not in silent:
            home, away = _sides_of(
                teams[fixture.home], teams[fixture.away], competitions[fixture.competition], fixture.category
            )
        if not home.club or not away.club:  # a blank name may be any club's: nobody's side
            home, away = Name(home.club, f"of {fixture.key}"), Name(away.club, f"of {fixture.key}")
        homes.append(home)
        aways.append(away)
    return homes, aways


def _settle(team: Team, short: frozenset[tuple[str, str]]) -> Team:
    """Decide the final letter; one that stays in `letter` is the beginning of a word."""
    if not team.letter:
        return team
    if (team.club, team.letter) in short:
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
