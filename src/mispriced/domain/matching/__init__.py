"""Events of different providers that are the same match.

First what people ruled, then by a reference id that both publish, then by names within the kick-off
window. What is not sure is left, with the reason. The result is a pure function of the set of fixtures,
the memory and the rulings: neither their order nor earlier calls change it. Not here: reading or
writing files, match ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mispriced.domain.matching.candidates import MOST_PARTNERS
from mispriced.domain.matching.fixture import Evidence, Fixture, Join, Left, Matching
from mispriced.domain.matching.groups import LEAST_CLUB, Groups, Pair, join_clear
from mispriced.domain.matching.league import SAME_LEAGUE, same_league, with_league
from mispriced.domain.matching.listings import EQUAL_WINDOW_MIN, WINDOW_MIN
from mispriced.domain.matching.memory import Memory
from mispriced.domain.matching.report import Outcome, joins, left
from mispriced.domain.matching.rulings import Ruling
from mispriced.domain.matching.similarity import EQUAL
from mispriced.domain.matching.survey import Survey, learn, survey

__all__ = ["Evidence", "Fixture", "Join", "Left", "Matching", "Memory", "Ruling", "learn", "match"]


def match(
    fixtures: Sequence[Fixture], memory: Memory | None = None, rulings: Sequence[Ruling] = ()
) -> Matching:
    """Return the fixtures put together: every one in exactly one join.

    Of rulings those that hold count, on events that are there.

    Raises: ValueError if two different fixtures have one key, or a kick-off has no zone.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 5, 14, 12, tzinfo=UTC)
    >>> a = Fixture(key="a1", provider="a", kickoff=noon, home="Man Utd", away="Chelsea")
    >>> b = Fixture(key="b1", provider="b", kickoff=noon, home="Manchester United", away="Chelsea FC")
    >>> [join.keys for join in match([a, b]).joins]
    [('a1', 'b1')]
    """
    holding = [one for one in rulings if one.holds]
    found = survey(fixtures, memory or Memory(), {key for one in holding for key in one.keys})
    listings = found.listed.listings
    pins, bans = _ruled(found, holding)
    groups = Groups(listings, bans)
    for first, second, _ in pins:
        groups.join(first, second)
    believed = []
    for link in found.linked:
        if groups.compatible(link.first, link.second):
            groups.join(link.first, link.second)
            believed.append(link)
    pairs = [*_scored(found), *_equal_clubs(found)]
    chosen, too_close = join_clear(groups, listings, pairs)
    outcome = Outcome(found, groups, pins, bans, believed, chosen, too_close)
    return Matching(joins=tuple(joins(outcome)), left=tuple(left(outcome)))


def _ruled(
    found: Survey, rulings: Sequence[Ruling]
) -> tuple[list[tuple[int, int, str]], list[tuple[int, int]]]:
    """Pins, with their ids, and bans, by places of listings.

    Of pins that would put two events of a provider together the later ones do nothing.
    """
    places = {
        found.listed.fixtures[event].key: place
        for place, listing in enumerate(found.listed.listings)
        for event in listing.events
    }
    there = [one for one in rulings if all(key in places for key in one.keys)]
    bans = [(places[one.keys[0]], places[one.keys[1]]) for one in there if one.kind == "ban"]
    together = Groups(found.listed.listings, bans)
    pins = []
    for one in sorted(there, key=lambda one: (one.at, one.id)):
        first, second = (places[key] for key in one.keys)
        if one.kind == "pin" and not together.apart(first, second):
            together.join(first, second)
            pins.append((first, second, one.id))
    return pins, bans


def _scored(found: Survey) -> Iterator[Pair]:
    listings, near, clubs = found.listed.listings, found.near, found.clubs
    for first, second in zip(near.first.tolist(), near.second.tolist(), strict=True):
        one, other = listings[first], listings[second]
        home = clubs.points(one.home, other.home)
        if home < LEAST_CLUB - SAME_LEAGUE:
            continue
        away = clubs.points(one.away, other.away)
        if min(home, away) < LEAST_CLUB <= min(home, away) + SAME_LEAGUE:
            fixtures = found.listed.fixtures
            is_same = any(
                same_league(fixtures[mine], fixtures[theirs])
                for mine in one.events
                for theirs in other.events
            )
            home, away = with_league(home, away, is_same)
        if min(home, away) >= LEAST_CLUB:
            yield Pair(first, second, home, away)


def _equal_clubs(found: Survey) -> Iterator[Pair]:
    """Pairs of equal clubs whose kick-offs are further apart than the window of candidates."""
    listings, clubs = found.listed.listings, found.clubs
    latest: dict[tuple[int, int], list[int]] = {}
    for place in sorted(range(len(listings)), key=lambda place: (listings[place].minute, place)):
        listing = listings[place]
        before = latest.setdefault((clubs.find(listing.home), clubs.find(listing.away)), [])
        for earlier in before:
            apart = listing.minute - listings[earlier].minute
            if WINDOW_MIN < apart <= EQUAL_WINDOW_MIN:
                yield Pair(min(earlier, place), max(earlier, place), EQUAL, EQUAL)
        in_window = [one for one in before if listing.minute - listings[one].minute <= EQUAL_WINDOW_MIN]
        before[:] = [*in_window[-MOST_PARTNERS:], place]
