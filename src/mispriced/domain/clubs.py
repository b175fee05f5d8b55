"""Which names are one club: names that share fixtures are merged, names that one provider lists together not.

Two names share a fixture if on some day they meet the same opponent, in the same role, within the window:
then one club has two spellings. A provider that lists both in the same weeks means two clubs: without
this the first rule merges clubs that a bookmaker confuses once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np

from mispriced.domain.candidates import Candidates, Ints
from mispriced.domain.listings import Listings
from mispriced.domain.sides import Name
from mispriced.domain.similarity import EQUAL, Names

DAY_MIN: Final = 24 * 60

# In points, as `similarity`. The results are the same from 1 to 3, 4 to 15, 3 to 8 and 2 to 5.
SHARED_FIXTURE: Final = 2.0
MOST_SHARED: Final = 8
CONFLICT: Final = 4.0
SURE: Final = 3.0

TOGETHER_MIN: Final = 15 * DAY_MIN
"""A provider keeps its spelling for weeks: names that it lists this far apart or closer are two clubs."""
MOST_ROUNDS: Final = 5  # merged clubs share more fixtures; on real lists nothing is left after three

Seen: TypeAlias = dict[str, tuple[int, int]]
"""Where a name was listed: provider -> first and last kick-off, minutes since 1970."""
Shared: TypeAlias = tuple[Ints, Ints, Ints]
"""Fixtures shared: places of two names, and the day."""


class Clubs:
    """A partition of names, by place in `Listings.names`; at first every name is a club of its own."""

    def __init__(self, listed: Sequence[Name], seen: Sequence[Seen], names: Names) -> None:
        self._parent = list(range(len(listed)))
        self._seen = [dict(one) for one in seen]
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

    def conflicts(self, one: int, other: int) -> int:
        """Return how many providers list both clubs in the same weeks."""
        a, b = self._seen[self.find(one)], self._seen[self.find(other)]
        if len(b) < len(a):
            a, b = b, a
        return sum(_together(seen, b[provider]) for provider, seen in a.items() if provider in b)

    def alike(self, one: int, other: int) -> float:
        """Return the points of two names by themselves."""
        return self._names.points(self._listed[one].club, self._listed[other].club)

    def points(self, one: int, other: int) -> float:
        """Return what speaks for two names being one club, `EQUAL` at most."""
        club, other_club = self.find(one), self.find(other)
        if club == other_club:
            return EQUAL
        return self.alike(one, other) - CONFLICT * self.conflicts(club, other_club)

    def merge(self, one: int, other: int) -> None:
        """Make one club of two."""
        one, other = sorted((self.find(one), self.find(other)))
        if one != other:
            self._parent[other] = one
            into = self._seen[one]
            for provider, (first, last) in self._seen[other].items():
                known = into.get(provider, (first, last))
                into[provider] = (min(first, known[0]), max(last, known[1]))


def seen_names(listed: Listings) -> list[Seen]:
    """Return where each name is listed."""
    seen: list[Seen] = [{} for _ in listed.names]
    for places in (listed.homes, listed.aways):
        for fixture, name, minute in zip(listed.fixtures, places, listed.minutes, strict=True):
            first, last = seen[name].get(fixture.provider, (minute, minute))
            seen[name][fixture.provider] = (min(first, minute), max(last, minute))
    return seen


def recognise(listed: Listings, pairs: Candidates, clubs: Clubs, known: Shared) -> None:
    """Merge names in `clubs` until nothing more is sure.

    `pairs` may share fixtures; `known` are fixtures shared before.
    """
    listings = listed.listings
    homes = np.array([listing.home for listing in listings], dtype=np.int64)
    aways = np.array([listing.away for listing in listings], dtype=np.int64)
    days = np.array([listing.minute // DAY_MIN for listing in listings], dtype=np.int64)[pairs.first]
    home, other_home = homes[pairs.first], homes[pairs.second]
    away, other_away = aways[pairs.first], aways[pairs.second]
    for _ in range(MOST_ROUNDS):
        labels = clubs.labels()
        same_home, same_away = labels[home] == labels[other_home], labels[away] == labels[other_away]
        by_home, by_away = same_home & ~same_away, same_away & ~same_home
        shared = (
            np.concatenate([away[by_home], home[by_away], known[0]]),
            np.concatenate([other_away[by_home], other_home[by_away], known[1]]),
            np.concatenate([days[by_home], days[by_away], known[2]]),
        )
        if not _merge_sure(clubs, labels, shared):
            return


def _merge_sure(clubs: Clubs, labels: Ints, shared: Shared) -> bool:
    """Merge the clubs whose names and shared fixtures suffice, best first; return whether any was."""
    days_of: dict[tuple[int, int], set[int]] = {}
    points: dict[tuple[int, int], float] = {}
    one, other = labels[shared[0]], labels[shared[1]]
    for club, other_club, name, other_name, day in zip(
        np.minimum(one, other).tolist(),
        np.maximum(one, other).tolist(),
        shared[0].tolist(),
        shared[1].tolist(),
        shared[2].tolist(),
        strict=True,
    ):
        if club != other_club:
            pair = (club, other_club)
            days_of.setdefault(pair, set()).add(day)
            alike = clubs.alike(name, other_name)
            points[pair] = max(alike, points.get(pair, alike))
    merged = False
    gains = {
        pair: points[pair] + SHARED_FIXTURE * min(len(days), MOST_SHARED) for pair, days in days_of.items()
    }
    for gain, pair in sorted((-gain, pair) for pair, gain in gains.items() if gain >= SURE):
        apart = clubs.find(pair[0]) != clubs.find(pair[1])
        if apart and -gain - CONFLICT * clubs.conflicts(*pair) >= SURE:
            clubs.merge(*pair)
            merged = True
    return merged


def _together(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(one[0], other[0]) - min(one[1], other[1]) <= TOGETHER_MIN
