"""Fixtures in order, and equal listings of several providers taken together.

A listing is the same two names with the same references at the same time, whoever lists it. There are
about a third as many as events, and everything after this works on listings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from msgspec import Struct

from mispriced.domain.matching.fixture import Fixture
from mispriced.domain.matching.sides import Name, sides
from mispriced.domain.matching.similarity import Names

WINDOW_MIN: Final = 65
"""Kick-offs this far apart may be one match: a provider whose clock is off by the hour of summer time,
and five minutes of rounding."""
EQUAL_WINDOW_MIN: Final = 190
"""The same, in minutes, where both clubs are equal: a moved kick-off, a zone; no two clubs meet twice
in three hours."""


class Listing(Struct, frozen=True, gc=False):
    """Events, by their place in `Listings.fixtures`, that are equal in names, sides and references.

    `home` and `away` by place in `Listings.names`; `minute`: kick-off since 1970, the most frequent one;
    `providers`: one bit each.
    """

    home: int
    away: int
    minute: int
    events: Sequence[int]
    providers: int
    refs: Mapping[str, str]


class Listings(NamedTuple):
    """A set of fixtures in one order, in whatever order they came.

    `homes` and `aways` are each fixture's names by place in `names`, `minutes` its kick-off since 1970.
    """

    fixtures: Sequence[Fixture]
    names: Sequence[Name]
    homes: Sequence[int]
    aways: Sequence[int]
    minutes: Sequence[int]
    listings: Sequence[Listing]


def list_fixtures(
    fixtures: Iterable[Fixture], names: Names, apart: AbstractSet[str] = frozenset()
) -> Listings:
    """Return the fixtures in order of kick-off, provider and key, and their listings.

    A fixture whose key is in `apart` is a listing of its own.

    Raises: ValueError if two different fixtures have one key, or a kick-off has no zone.
    """
    ordered, minutes = _in_order(fixtures)
    home_names, away_names = sides(ordered, names)
    known = {name: place for place, name in enumerate(sorted({*home_names, *away_names}))}
    homes = [known[name] for name in home_names]
    aways = [known[name] for name in away_names]
    listings = _listings(ordered, homes, aways, minutes, apart)
    return Listings(ordered, list(known), homes, aways, minutes, listings)


def _in_order(fixtures: Iterable[Fixture]) -> tuple[list[Fixture], list[int]]:
    by_key: dict[str, Fixture] = {}
    for fixture in fixtures:
        standing = by_key.setdefault(fixture.key, fixture)
        if standing is not fixture and standing != fixture:
            raise ValueError(f"two fixtures have the key {fixture.key}")
        if fixture.kickoff.tzinfo is None:
            raise ValueError(f"{fixture.key}: kick-off {fixture.kickoff.isoformat()} has no zone")
    rows = [(one.kickoff.timestamp(), one.provider, key) for key, one in by_key.items()]
    rows.sort()
    return [by_key[key] for _, _, key in rows], [int(time) // 60 for time, _, _ in rows]


def _listings(
    fixtures: Sequence[Fixture],
    homes: Sequence[int],
    aways: Sequence[int],
    minutes: Sequence[int],
    apart: AbstractSet[str],
) -> list[Listing]:
    """A provider's second event of one name pair, and one past the window, open a new listing."""
    bits = {name: 1 << place for place, name in enumerate(sorted({one.provider for one in fixtures}))}
    latest: dict[tuple[int, int, tuple[tuple[str, str], ...], str], int] = {}
    events: list[list[int]] = []
    providers: list[int] = []
    for place, fixture in enumerate(fixtures):
        refs = tuple(sorted(fixture.refs.items())) if fixture.refs else ()
        alike = (homes[place], aways[place], refs, fixture.key if fixture.key in apart else "")
        bit = bits[fixture.provider]
        listing = latest.get(alike)
        if (
            listing is None
            or providers[listing] & bit
            or minutes[place] - minutes[events[listing][0]] > EQUAL_WINDOW_MIN
        ):
            latest[alike] = len(events)
            events.append([place])
            providers.append(bit)
        else:
            events[listing].append(place)
            providers[listing] |= bit
    return [
        Listing(
            homes[places[0]], aways[places[0]], _usual(minutes, places), places, bit, fixtures[places[0]].refs
        )
        for places, bit in zip(events, providers, strict=True)
    ]


def _usual(minutes: Sequence[int], places: Sequence[int]) -> int:
    """The most frequent kick-off, of equally frequent ones the earliest."""
    if minutes[places[0]] == minutes[places[-1]]:
        return minutes[places[0]]
    times = Counter(minutes[place] for place in places)
    return min(times, key=lambda time: (-times[time], time))
