"""Events of different providers that are the same match.

First by a reference id that both publish, then by names within the kick-off window. What is not sure is
left, with the reason. The result is a pure function of the set of fixtures (and the memory): neither
their order nor earlier calls change it. Not here: reading or writing files, match ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mispriced.domain.candidates import Candidates, candidates
from mispriced.domain.clubs import DAY_MIN, Clubs, Shared, recognise, seen_names
from mispriced.domain.fixture import Evidence, Fixture, Join, Left, Matching
from mispriced.domain.groups import LEAST_CLUB, Groups, Pair, join_clear
from mispriced.domain.listings import EQUAL_WINDOW_MIN, WINDOW_MIN, Listings, list_fixtures
from mispriced.domain.memory import Memory
from mispriced.domain.references import Link, links
from mispriced.domain.report import Outcome, joins, left
from mispriced.domain.similarity import EQUAL

__all__ = ["Evidence", "Fixture", "Join", "Left", "Matching", "Memory", "match"]


def match(fixtures: Sequence[Fixture], memory: Memory | None = None) -> Matching:
    """Return the fixtures put together: every one in exactly one join.

    Raises: ValueError if two different fixtures have one key, or a kick-off has no zone.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 5, 14, 12, tzinfo=UTC)
    >>> a = Fixture(key="a1", provider="a", kickoff=noon, home="Man Utd", away="Chelsea")
    >>> b = Fixture(key="b1", provider="b", kickoff=noon, home="Manchester United", away="Chelsea FC")
    >>> [join.keys for join in match([a, b]).joins]
    [('a1', 'b1')]
    """
    memory = memory or Memory()
    listed = list_fixtures(fixtures, memory.names)
    linked, refused = links(listed)
    near = candidates(listed, memory.names)
    clubs = Clubs(listed.names, seen_names(listed), memory.names)
    recognise(listed, near, clubs, _shared_by_reference(listed, linked))
    groups = Groups(listed.listings)
    believed = []
    for link in linked:
        if groups.compatible(link.first, link.second):
            groups.join(link.first, link.second)
            believed.append(link)
    pairs = [*_scored(listed, near, clubs), *_equal_clubs(listed, clubs)]
    chosen, too_close = join_clear(groups, listed.listings, pairs)
    outcome = Outcome(listed, clubs, groups, near, believed, refused, chosen, too_close)
    return Matching(joins=tuple(joins(outcome)), left=tuple(left(outcome)))


def _shared_by_reference(listed: Listings, linked: Sequence[Link]) -> Shared:
    names, others, days = [], [], []
    for link in linked:
        one, other = listed.listings[link.first], listed.listings[link.second]
        names += [one.home, one.away]
        others += [other.home, other.away]
        days += [one.minute // DAY_MIN] * 2
    return (
        np.array(names, dtype=np.int64),
        np.array(others, dtype=np.int64),
        np.array(days, dtype=np.int64),
    )


def _scored(listed: Listings, near: Candidates, clubs: Clubs) -> Iterator[Pair]:
    listings = listed.listings
    for first, second in zip(near.first.tolist(), near.second.tolist(), strict=True):
        one, other = listings[first], listings[second]
        home = clubs.points(one.home, other.home)
        if home >= LEAST_CLUB and (away := clubs.points(one.away, other.away)) >= LEAST_CLUB:
            yield Pair(first, second, home, away)


def _equal_clubs(listed: Listings, clubs: Clubs) -> Iterator[Pair]:
    """Pairs of equal clubs whose kick-offs are further apart than the window of candidates."""
    latest: dict[tuple[int, int], list[int]] = {}
    order = sorted(range(len(listed.listings)), key=lambda place: (listed.listings[place].minute, place))
    for place in order:
        listing = listed.listings[place]
        before = latest.setdefault((clubs.find(listing.home), clubs.find(listing.away)), [])
        for earlier in before:
            apart = listing.minute - listed.listings[earlier].minute
            if WINDOW_MIN < apart <= EQUAL_WINDOW_MIN:
                yield Pair(min(earlier, place), max(earlier, place), EQUAL, EQUAL)
        before[:] = [
            one for one in before if listing.minute - listed.listings[one].minute <= EQUAL_WINDOW_MIN
        ]
        before.append(place)
