"""What is known about a set of fixtures before any are joined: listings, candidates, clubs; and learning it.

With a memory, names start as the clubs they were before, and shared fixtures and lists of the past count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import NamedTuple

import numpy as np

from mispriced.domain.matching.candidates import Candidates, candidates
from mispriced.domain.matching.clubs import (
    DAY_MIN,
    MOST_SHARED,
    Clubs,
    Seen,
    Shared,
    recognise,
    seen_names,
    shared_fixtures,
    widen,
)
from mispriced.domain.matching.fixture import Fixture
from mispriced.domain.matching.listings import Listings, list_fixtures
from mispriced.domain.matching.memory import Memory
from mispriced.domain.matching.references import Link, Refused, links
from mispriced.domain.matching.sides import Name
from mispriced.domain.matching.similarity import EQUAL


class Survey(NamedTuple):
    """All in places of `listed`: believed and refused references, pairs to look at, and clubs."""

    listed: Listings
    linked: Sequence[Link]
    refused: Sequence[Refused]
    near: Candidates
    clubs: Clubs


def survey(fixtures: Iterable[Fixture], memory: Memory, apart: AbstractSet[str] = frozenset()) -> Survey:
    """Return what the set and the memory say; see `list_fixtures` for `apart`.

    Raises: ValueError if two different fixtures have one key, or a kick-off has no zone.
    """
    listed = list_fixtures(fixtures, memory.names, apart)
    linked, refused = links(listed, partial(_points, listed.names, memory))
    near = candidates(listed, memory.names)
    place = {name: place for place, name in enumerate(listed.names)}
    seen = [
        widen(now, memory.seen.get(name, {})) for now, name in zip(seen_names(listed), place, strict=True)
    ]
    clubs = Clubs(listed.names, seen, memory.names)
    _merge_known(clubs, place, memory)
    before = _joined((_by_reference(listed, linked), _columns(place, memory.shared)))
    recognise(clubs, lambda: _joined((shared_fixtures(listed, near, clubs), before)))
    return Survey(listed, linked, refused, near, clubs)


def learn(fixtures: Iterable[Fixture], memory: Memory) -> Memory:
    """Return the memory with what the fixtures teach; learning one again counts nothing twice."""
    found = survey(fixtures, memory)
    names = found.listed.names
    shared = dict(memory.shared)
    columns = _joined((shared_fixtures(found.listed, found.near, found.clubs), _by_reference(*found[:2])))
    for one, other, day in zip(*(column.tolist() for column in columns), strict=True):
        pair = (names[min(one, other)], names[max(one, other)])
        shared[pair] = shared.get(pair, frozenset()) | {day}
    shared = {pair: frozenset(sorted(days)[-MOST_SHARED:]) for pair, days in shared.items()}
    seen = dict(memory.seen)
    for name, now in zip(names, seen_names(found.listed), strict=True):
        seen[name] = widen(now, seen.get(name, {}))
    return Memory(seen, shared, _clubs(seen, shared, memory), memory.names)


def _points(names: Sequence[Name], memory: Memory, one: int, other: int) -> float:
    """Return what speaks for two names being one club before anything of today is known.

    Names of two scripts say nothing.
    """
    a, b = names[one], names[other]
    if memory.clubs.get(a, a) == memory.clubs.get(b, b):
        return EQUAL
    if a.club.isascii() != b.club.isascii():
        return 0.0
    return memory.names.points(a.club, b.club)


def _clubs(
    seen: Mapping[Name, Seen], shared: Mapping[tuple[Name, Name], frozenset[int]], memory: Memory
) -> dict[Name, Name]:
    """Tell all clubs anew from all that is known, so that no early mistake stays."""
    place = {name: place for place, name in enumerate(sorted(seen))}
    listed = list(place)
    clubs = Clubs(listed, [seen[name] for name in listed], memory.names)
    columns = _columns(place, shared)
    recognise(clubs, lambda: columns)
    return {name: listed[clubs.find(at)] for name, at in place.items() if clubs.find(at) != at}


def _merge_known(clubs: Clubs, place: Mapping[Name, int], memory: Memory) -> None:
    first: dict[Name, int] = {}
    for name, at in place.items():
        clubs.merge(first.setdefault(memory.clubs.get(name, name), at), at)


def _by_reference(listed: Listings, linked: Sequence[Link]) -> Shared:
    rows = []
    for link in linked:
        one, other = listed.listings[link.first], listed.listings[link.second]
        rows.append((one.home, other.home, one.minute // DAY_MIN))
        rows.append((one.away, other.away, one.minute // DAY_MIN))
    return _table([row for row in rows if row[0] != row[1]])


def _columns(place: Mapping[Name, int], shared: Mapping[tuple[Name, Name], frozenset[int]]) -> Shared:
    return _table(
        [
            (place[one], place[other], day)
            for (one, other), days in shared.items()
            if one in place and other in place
            for day in days
        ]
    )


def _table(rows: Sequence[tuple[int, int, int]]) -> Shared:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _joined(tables: tuple[Shared, Shared]) -> Shared:
    one, other = tables
    return (
        np.concatenate([one[0], other[0]]),
        np.concatenate([one[1], other[1]]),
        np.concatenate([one[2], other[2]]),
    )
