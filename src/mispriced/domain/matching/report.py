"""What a matching says about itself: the evidence behind every join, and why an event was left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import NamedTuple

from mispriced.domain.matching.candidates import compatible
from mispriced.domain.matching.fixture import WAYS, Evidence, How, Join, Left, Way
from mispriced.domain.matching.groups import LEAST_PAIR, Chosen, Groups
from mispriced.domain.matching.listings import EQUAL_WINDOW_MIN, Listing, Listings
from mispriced.domain.matching.references import Link
from mispriced.domain.matching.similarity import EQUAL
from mispriced.domain.matching.survey import Survey


class Outcome(NamedTuple):
    """All that a matching came to, in places of `found.listed.listings`."""

    found: Survey
    groups: Groups
    pins: Sequence[tuple[int, int, str]]
    bans: Sequence[tuple[int, int]]
    believed: Sequence[Link]
    chosen: Sequence[Chosen]
    too_close: AbstractSet[int]


def joins(outcome: Outcome) -> list[Join]:
    """Return the joins, sorted by their first key."""
    listed, groups = outcome.found.listed, outcome.groups
    members: dict[int, list[str]] = defaultdict(list)
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for place, listing in enumerate(listed.listings):
        group = groups.find(place)
        members[group] += [listed.fixtures[event].key for event in listing.events]
        if len(listing.events) > 1:
            reference = next((f"{name}={value}" for name, value in sorted(listing.refs.items())), "")
            evidence[group] += [
                _evidence(listed, listing.events[0], event, EQUAL, EQUAL, reference)
                for event in listing.events[1:]
            ]
    for first, second, ruling in outcome.pins:
        one, other = listed.listings[first], listed.listings[second]
        evidence[groups.find(first)].append(
            _evidence(listed, one.events[0], other.events[0], EQUAL, EQUAL, ruling, by="pin")
        )
    for link in outcome.believed:
        one, other = listed.listings[link.first], listed.listings[link.second]
        home = outcome.found.clubs.points(one.home, other.home)
        away = outcome.found.clubs.points(one.away, other.away)
        evidence[groups.find(link.first)].append(
            _evidence(listed, one.events[0], other.events[0], home, away, link.reference)
        )
    for chosen in outcome.chosen:
        pair = chosen.pair
        one, other = listed.listings[pair.first], listed.listings[pair.second]
        evidence[groups.find(pair.first)].append(
            _evidence(listed, one.events[0], other.events[0], pair.home, pair.away, "", chosen.runner_up)
        )
    found = []
    for group, together in members.items():
        why = evidence.get(group, [])
        ways = {one.by for one in why}
        how: How = next((way for way in WAYS if way in ways), "alone")
        found.append(Join(keys=tuple(sorted(together)), how=how, evidence=tuple(why)))
    return sorted(found, key=attrgetter("keys"))


def left(outcome: Outcome) -> list[Left]:
    """Return a reason for every event that is alone, and one for every reference not believed."""
    listed, groups = outcome.found.listed, outcome.groups
    found = {}
    sizes: dict[int, int] = defaultdict(int)
    for place, listing in enumerate(listed.listings):
        sizes[groups.find(place)] += len(listing.events)
    lone = [place for place in range(len(listed.listings)) if sizes[groups.find(place)] == 1]
    nearest = _nearest(outcome, set(lone))
    namesakes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, listing in enumerate(listed.listings):
        namesakes[_clubs_of(listed, listing)].append(place)
    for place in lone:
        listing = listed.listings[place]
        key = listed.fixtures[listing.events[0]].key
        found[key] = _why_alone(
            outcome, place, nearest.get(place), namesakes[_clubs_of(listed, listing)], key
        )
    for refused in outcome.found.refused:
        for event in listed.listings[refused.listing].events:
            key = listed.fixtures[event].key
            found[key] = Left(key=key, reason=refused.reason)
    return [found[key] for key in sorted(found)]


def _evidence(
    listed: Listings,
    one: int,
    other: int,
    home: float,
    away: float,
    reference: str,
    runner_up: float | None = None,
    by: Way | None = None,
) -> Evidence:
    key, other_key = listed.fixtures[one].key, listed.fixtures[other].key
    apart_s = (listed.minutes[other] - listed.minutes[one]) * 60
    return Evidence(
        keys=(key, other_key) if key < other_key else (other_key, key),
        by=by or ("reference" if reference else "names"),
        home=round(home, 2),
        away=round(away, 2),
        apart_s=apart_s if key < other_key else -apart_s,
        reference=reference,
        runner_up=None if runner_up is None else round(runner_up, 2),
    )


def _nearest(outcome: Outcome, lone: AbstractSet[int]) -> dict[int, tuple[float, int]]:
    """The candidate with the most points for each of the lone listings: points and place."""
    listings, near, clubs = outcome.found.listed.listings, outcome.found.near, outcome.found.clubs
    best: dict[int, tuple[float, int]] = {}
    for first, second in zip(near.first.tolist(), near.second.tolist(), strict=True):
        if first in lone or second in lone:
            one, other = listings[first], listings[second]
            points = clubs.points(one.home, other.home) + clubs.points(one.away, other.away)
            for place, candidate in ((first, second), (second, first)):
                standing = best.get(place)
                if standing is None or (-points, candidate) < (-standing[0], standing[1]):
                    best[place] = (points, candidate)
    return best


def _clubs_of(listed: Listings, listing: Listing) -> tuple[str, str]:
    return listed.names[listing.home].club, listed.names[listing.away].club


def _why_alone(
    outcome: Outcome, place: int, nearest: tuple[float, int] | None, namesakes: Sequence[int], key: str
) -> Left:
    listings = outcome.found.listed.listings
    listing = listings[place]
    for other in namesakes:
        twin = listings[other]
        if other == place or abs(twin.minute - listing.minute) > EQUAL_WINDOW_MIN:
            continue
        best = outcome.found.listed.fixtures[twin.events[0]].key
        if (twin.home, twin.away) != (listing.home, listing.away):
            return Left(key=key, reason="another side of the clubs", best=best)
        if not compatible(listing, twin):
            twice = listing.providers & twin.providers
            return Left(key=key, reason="listed twice" if twice else "another reference", best=best)
    if nearest is None:
        return Left(key=key, reason="no candidate in the window")
    points, other = nearest
    best = outcome.found.listed.fixtures[listings[other].events[0]].key
    reason = "names too different"
    if (place, other) in outcome.bans or (other, place) in outcome.bans:
        return Left(key=key, reason="banned", best=best, score=round(points, 2))
    if place in outcome.too_close:
        reason = "runner-up too close"
    elif points >= LEAST_PAIR and not outcome.groups.compatible(place, other):
        reason = "the match has an event of the provider"
    return Left(key=key, reason=reason, best=best, score=round(points, 2))
