"""Listings that publish the same reference id, and which of them are not believed.

The majority decides: a listing of another side, of another day, with home and away exchanged, of two clubs
with other names, or of a provider that gives the id to two matches is refused; where there is no majority
nobody is joined. An id vouches for a match, not for who plays at home: outcomes of exchanged sides put
together would make surebets that do not exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from mispriced.domain.matching.candidates import compatible
from mispriced.domain.matching.listings import Listing, Listings

APART_MIN: Final = 36 * 60
"""A match that is moved to the next day keeps its id; ids that are given out again are weeks apart."""


Points = Callable[[int, int], float]
"""What speaks for two names, by place in `Listings.names`, being one club; see `Names.points`."""


class Link(NamedTuple):
    """Two listings, by place, with one value of one reference."""

    first: int
    second: int
    reference: str


class Refused(NamedTuple):
    """A listing whose reference is not believed."""

    listing: int
    reason: str


def links(listed: Listings, points: Points) -> tuple[list[Link], list[Refused]]:
    """Return the believed links, each listing to the first with the same id, and those refused."""
    alike: dict[str, list[int]] = defaultdict(list)
    for place, listing in enumerate(listed.listings):
        for name, value in listing.refs.items():
            alike[f"{name}={value}"].append(place)
    found: list[Link] = []
    refused: list[Refused] = []
    for reference, places in sorted(alike.items()):
        if len(places) > 1:
            believed = _believed(listed, places, reference, points, refused)
            found += [Link(believed[0], place, reference) for place in believed[1:]]
    return found, refused


def _believed(
    listed: Listings, places: list[int], reference: str, points: Points, refused: list[Refused]
) -> list[int]:
    listings = listed.listings
    by_side = defaultdict(list)
    for place in places:
        listing = listings[place]
        by_side[listed.names[listing.home].side, listed.names[listing.away].side].append(place)
    places = _majority(list(by_side.values()), listings, f"{reference} is of other sides too", refused)
    by_day: list[list[int]] = []
    for place in sorted(places, key=lambda place: (listings[place].minute, place)):
        if by_day and listings[place].minute - listings[by_day[-1][-1]].minute <= APART_MIN:
            by_day[-1].append(place)
        else:
            by_day.append([place])
    reason = f"{reference} is of kick-offs more than {APART_MIN // 60} h apart"
    places = _majority(by_day, listings, reason, refused)
    for contradict, what in ((_exchanged, "sides exchanged"), (_strangers, "other clubs")):
        parts: list[list[int]] = []
        for place in places:
            one = listings[place]
            agreeing = (part for part in parts if not contradict(points, listings[part[0]], one))
            part = next(agreeing, None)
            if part is None:
                parts.append([place])
            else:
                part.append(place)
        places = _majority(parts, listings, f"{reference} is of {what} too", refused)
    return _one_per_provider(places, listings, reference, refused)


def _exchanged(points: Points, one: Listing, other: Listing) -> bool:
    """Return whether the home side of each is the away side of the other, by their names."""
    crossed = points(one.home, other.away), points(one.away, other.home)
    straight = points(one.home, other.home), points(one.away, other.away)
    return min(crossed) > 0 and sum(crossed) > sum(straight)


def _strangers(points: Points, one: Listing, other: Listing) -> bool:
    """Return whether the names of both clubs speak against it."""
    return max(points(one.home, other.home), points(one.away, other.away)) < 0


def _one_per_provider(
    places: list[int], listings: Sequence[Listing], reference: str, refused: list[Refused]
) -> list[int]:
    """Of incompatible listings keep that of more events; of equals the first if their names are the same."""
    believed: list[int] = []
    doubted: set[int] = set()
    for place in sorted(places, key=lambda place: (-len(listings[place].events), place)):
        rivals = [one for one in believed if not compatible(listings[one], listings[place])]
        if not rivals:
            believed.append(place)
            continue
        doubted.add(place)
        for rival in rivals:
            one, other = listings[rival], listings[place]
            if len(one.events) == len(other.events) and (one.home, one.away) != (other.home, other.away):
                doubted.add(rival)
    reason = f"{reference} is of two events of a provider"
    refused += [Refused(place, reason) for place in sorted(doubted)]
    return sorted(set(believed) - doubted)


def _majority(
    parts: list[list[int]], listings: Sequence[Listing], reason: str, refused: list[Refused]
) -> list[int]:
    """Return the part with the most events if it is one, and refuse the others."""
    sizes = [sum(len(listings[place].events) for place in part) for part in parts]
    most = max(sizes, default=0)
    winner = parts[sizes.index(most)] if sizes.count(most) == 1 else []
    refused += [Refused(place, reason) for part in parts if part is not winner for place in part]
    return winner
