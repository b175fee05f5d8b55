"""Which names are one club: names that share fixtures are merged, names that one provider lists together not.

Two names share a fixture if on some day they meet the same opponent, in the same role, within the window:
then one club has two spellings. A provider that lists both on one matchday means two clubs, and so most
likely does one that lists both in the same weeks: without this the first rule merges clubs that a
bookmaker confuses once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from mispriced.domain.matching.candidates import Candidates, Ints
from mispriced.domain.matching.listings import Listings
from mispriced.domain.matching.sides import Name
from mispriced.domain.matching.similarity import EQUAL, Names

DAY_MIN: Final = 24 * 60

# In points, as in `similarity`: a fixture for, a provider against. On the labelled sets the results are
# nearly the same with a fixture from 1 to 3 and SURE from 2 to 5.
SHARED_FIXTURE: Final = 2.0
TWO_CLUBS: Final = 3.0  # a provider lists both on one matchday
UNTOLD: Final = 2.0  # a provider lists both in the same weeks, one of them too seldom to tell more
SURE: Final = 3.0
MOST_SHARED: Final = 8  # fixtures that count: more say nothing new, and providers must be able to outvote

MATCHDAY_MIN: Final = 36 * 60
"""No club plays twice this close: names that a provider lists so near each other are two clubs."""
TOGETHER_MIN: Final = 45 * DAY_MIN
"""A provider mostly keeps its spelling for weeks; names that it lists further apart say nothing."""
TELLING: Final = 2
"""Two names that a provider lists so often each in the same weeks, and never on one matchday, may be two
spellings of its own."""
MOST_KICKOFFS: Final = 12  # of a name at a provider, the latest; a club has so many in a month and a half
MOST_ROUNDS: Final = 5  # merged clubs share more fixtures; on real lists nothing is left after three

Seen: TypeAlias = Mapping[str, tuple[int, ...]]
"""Where a name was listed: provider -> the latest kick-offs, minutes since 1970, in order."""
Shared: TypeAlias = tuple[Ints, Ints, Ints]
"""Fixtures shared, a column each: place of a name, place of another, the day since 1970."""


class Clubs:
    """A partition of names, by place in `Listings.names`; at first every name is a club of its own."""

    def __init__(self, listed: Sequence[Name], seen: Sequence[Seen], names: Names) -> None:
        self._parent = list(range(len(listed)))
        self._seen = list(seen)
        self._listed = listed
        self._names = names

    def find(self, name: int) -> int:
        """Return the club of the name: the place of one of its names."""
        while self._parent[name] != name:
            self._parent[name] = name = self._parent[self._parent[name]]
        return name

    def labels(self) -> Ints:
        """Return the club of every name."""
        return np.array([self.find(name) for name in range(len(self._parent))], dtype=np.int64)

    def against(self, one: int, other: int) -> float:
        """Return the points by which providers that list both clubs speak against their being one."""
        a, b = self._seen[self.find(one)], self._seen[self.find(other)]
        if len(b) < len(a):
            a, b = b, a
        return sum(_apart(seen, b[provider]) for provider, seen in a.items() if provider in b)

    def alike(self, one: int, other: int) -> float:
        """Return the points of two names by themselves."""
        return self._names.points(self._listed[one].club, self._listed[other].club)

    def points(self, one: int, other: int) -> float:
        """Return what speaks for two names being one club, `EQUAL` at most."""
        club, other_club = self.find(one), self.find(other)
        if club == other_club:
            return EQUAL
        return self.alike(one, other) - self.against(club, other_club)

    def merge(self, one: int, other: int) -> None:
        """Make one club of two."""
        one, other = sorted((self.find(one), self.find(other)))
        if one != other:
            self._parent[other] = one
            self._seen[one] = widen(self._seen[one], self._seen[other])


def widen(one: Seen, other: Seen) -> Seen:
    """Return where either name was listed."""
    if not other:
        return one
    both = dict(one)
    for provider, kickoffs in other.items():
        known = both.get(provider)
        both[provider] = _latest({*known, *kickoffs}) if known else kickoffs
    return both


def seen_names(listed: Listings) -> list[Seen]:
    """Return where each name is listed."""
    kickoffs: list[dict[str, set[int]]] = [{} for _ in listed.names]
    for fixture, home, away, minute in zip(
        listed.fixtures, listed.homes, listed.aways, listed.minutes, strict=True
    ):
        for name in (home, away):
            kickoffs[name].setdefault(fixture.provider, set()).add(minute)
    return [{provider: _latest(minutes) for provider, minutes in seen.items()} for seen in kickoffs]


def shared_fixtures(listed: Listings, near: Candidates, clubs: Clubs) -> Shared:
    """Return the fixtures that different names share, opponents told by `clubs`."""
    homes = np.array([listing.home for listing in listed.listings], dtype=np.int64)
    aways = np.array([listing.away for listing in listed.listings], dtype=np.int64)
    days = np.array([listing.minute // DAY_MIN for listing in listed.listings], dtype=np.int64)[near.first]
    labels = clubs.labels()
    home, other_home = homes[near.first], homes[near.second]
    away, other_away = aways[near.first], aways[near.second]
    by_home = (labels[home] == labels[other_home]) & (away != other_away)
    by_away = (labels[away] == labels[other_away]) & (home != other_home)
    return (
        np.concatenate([away[by_home], home[by_away]]),
        np.concatenate([other_away[by_home], other_home[by_away]]),
        np.concatenate([days[by_home], days[by_away]]),
    )


def recognise(clubs: Clubs, shared: Callable[[], Shared]) -> None:
    """Merge clubs until nothing more is sure; `shared` tells their fixtures anew in every round."""
    for _ in range(MOST_ROUNDS):
        if not _merge_sure(clubs, shared()):
            return


def _merge_sure(clubs: Clubs, shared: Shared) -> bool:
    """Merge the clubs whose names and shared fixtures suffice, best first; return whether any was."""
    labels = clubs.labels()
    one, other = labels[shared[0]], labels[shared[1]]
    apart = one != other
    days_of: dict[tuple[int, int], set[int]] = {}
    points: dict[tuple[int, int], float] = {}
    for club, other_club, name, other_name, day in zip(
        np.minimum(one, other)[apart].tolist(),
        np.maximum(one, other)[apart].tolist(),
        *(column[apart].tolist() for column in shared),
        strict=True,
    ):
        pair = (club, other_club)
        days_of.setdefault(pair, set()).add(day)
        alike = clubs.alike(name, other_name)
        points[pair] = max(alike, points.get(pair, alike))
    gains = {
        pair: points[pair] + SHARED_FIXTURE * min(len(days), MOST_SHARED) for pair, days in days_of.items()
    }
    merged = False
    for gain, pair in sorted((-gain, pair) for pair, gain in gains.items() if gain >= SURE):
        still_apart = clubs.find(pair[0]) != clubs.find(pair[1])
        if still_apart and -gain - clubs.against(*pair) >= SURE:
            clubs.merge(*pair)
            merged = True
    return merged


def _latest(kickoffs: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(kickoffs)[-MOST_KICKOFFS:])


def _apart(one: Sequence[int], other: Sequence[int]) -> float:
    """Return how much the kick-offs of two names at one provider speak for two clubs."""
    if max(one[0], other[0]) - min(one[-1], other[-1]) > TOGETHER_MIN:
        return 0.0
    if any(
        bisect_left(one, kickoff - MATCHDAY_MIN) < bisect_right(one, kickoff + MATCHDAY_MIN)
        for kickoff in other
    ):
        return TWO_CLUBS
    return UNTOLD if min(len(one), len(other)) < TELLING else 0.0
