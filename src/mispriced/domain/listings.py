"""Fixtures in order, and equal listings of several providers taken together.

A listing is the same two names with the same references at the same time, whoever lists it. There are
about a third as many as events, and everything after this works on listings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from mispriced.domain.fixture import Fixture
from mispriced.domain.sides import Name, sides
from mispriced.domain.similarity import Names

WINDOW_MIN: Final = 65
"""Kick-offs this far apart may be one match: a provider whose clock is off by the hour of summer time,
and five minutes of rounding."""
EQUAL_WINDOW_MIN: Final = 190
"""The same, in minutes, where both clubs are equal: a moved kick-off, a zone; no two clubs meet twice
in three hours."""


class Listing(NamedTuple):
    """Events, by their place in `Listings.fixtures`, that are equal in names, sides and references.

    `home` and `away` by place in `Listings.names`; `minute`: kick-off since 1970, the most frequent one.
    """

    home: int
    away: int
    minute: int
    events: Sequence[int]
    providers: AbstractSet[str]
    refs: Mapping[str, str]


class Listings(NamedTuple):
    """A set of fixtures in one order, in whatever order they came.

    `homes` and `aways` are each fixture's names by place in `names`, `minutes` its kick-off since 1970.
    """

    fixtures: tuple[Fixture, ...]
    names: tuple[Name, ...]
    homes: tuple[int, ...]
    aways: tuple[int, ...]
    minutes: tuple[int, ...]
    listings: tuple[Listing, ...]


def list_fixtures(fixtures: Iterable[Fixture], names: Names) -> Listings:
    """Return the fixtures in order of kick-off, provider and key, and their listings.

    Raises: ValueError if two different fixtures have one key, or a kick-off has no zone.
    """
    ordered = _in_order(fixtures)
    read = sides(ordered, names)
    known = {name: place for place, name in enumerate(sorted({name for pair in read for name in pair}))}
    homes = tuple(known[home] for home, _ in read)
    aways = tuple(known[away] for _, away in read)
    minutes = tuple(int(fixture.kickoff.timestamp()) // 60 for fixture in ordered)
    listings = _listings(ordered, homes, aways, minutes)
    return Listings(ordered, tuple(known), homes, aways, minutes, tuple(listings))


def _in_order(fixtures: Iterable[Fixture]) -> tuple[Fixture, ...]:
    by_key: dict[str, Fixture] = {}
    for fixture in fixtures:
        standing = by_key.setdefault(fixture.key, fixture)
        if standing is not fixture and standing != fixture:
            raise ValueError(f"two fixtures have the key {fixture.key}")
        if fixture.kickoff.tzinfo is None:
            raise ValueError(f"{fixture.key}: kick-off {fixture.kickoff.isoformat()} has no zone")
    return tuple(sorted(by_key.values(), key=lambda one: (one.kickoff, one.provider, one.key)))


def _listings(
    fixtures: Sequence[Fixture], homes: Sequence[int], aways: Sequence[int], minutes: Sequence[int]
) -> Iterable[Listing]:
    """A provider's second event of one name pair, and one past the window, open a new listing."""
    open_: dict[tuple[int, int, tuple[tuple[str, str], ...]], tuple[list[int], set[str]]] = {}
    parts: list[tuple[list[int], set[str]]] = []
    for place, fixture in enumerate(fixtures):
        refs = tuple(sorted(fixture.refs.items())) if fixture.refs else ()
        alike = (homes[place], aways[place], refs)
        events, providers = open_.get(alike, ([], set()))
        late = bool(events) and minutes[place] - minutes[events[0]] > EQUAL_WINDOW_MIN
        if not events or late or fixture.provider in providers:
            events, providers = open_[alike] = ([], set())
            parts.append((events, providers))
        events.append(place)
        providers.add(fixture.provider)
    for events, providers in parts:
        first = events[0]
        minute = minutes[first]
        if minutes[events[-1]] != minute:
            times = Counter(minutes[place] for place in events)
            minute = min(times, key=lambda time: (-times[time], time))
        yield Listing(homes[first], aways[first], minute, events, providers, fixtures[first].refs)
