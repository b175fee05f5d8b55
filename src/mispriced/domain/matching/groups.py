"""Listings put together pair by pair, best first: never two events of one provider, only clear winners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mispriced.domain.matching.candidates import agree
from mispriced.domain.matching.listings import Listing

LEAST_CLUB: Final = 0.0
"""Points that each of the two clubs needs: the names must not speak against it."""
LEAST_PAIR: Final = 3.0
"""Points that both clubs together need."""
CLEAR: Final = 1.0
"""Points by which a pair must beat any other pair that would take one of its places."""


class Pair(Struct, frozen=True, gc=False):
    """Two listings, by place, with the points for their homes and aways."""

    first: int
    second: int
    home: float
    away: float

    @property
    def points(self) -> float:
        """Points of both clubs together."""
        return self.home + self.away


class Chosen(Struct, frozen=True, gc=False):
    """A pair that was joined, and the points of the best other pair for one of its places."""

    pair: Pair
    runner_up: float | None


class Groups:
    """A partition of listings in which no provider lists two, no references differ, no banned two meet."""

    def __init__(self, listings: Sequence[Listing], bans: Sequence[tuple[int, int]] = ()) -> None:
        """Begin with every listing alone; `bans` are pairs of places."""
        self._parent = list(range(len(listings)))
        self._providers = [listing.providers for listing in listings]
        providers = max(self._providers, default=0).bit_length()
        for number, pair in enumerate(bans):  # as if one more provider listed both
            for place in pair:
                self._providers[place] |= 1 << (providers + number)
        self._refs = [listing.refs for listing in listings]

    def find(self, listing: int) -> int:
        """Return the group of the listing: the place of one of its listings."""
        while self._parent[listing] != listing:
            self._parent[listing] = listing = self._parent[self._parent[listing]]
        return listing

    def compatible(self, one: int, other: int) -> bool:
        """Return whether the groups of two listings may be one."""
        one, other = self.find(one), self.find(other)
        return not self.apart(one, other) and agree(self._refs[one], self._refs[other])

    def apart(self, one: int, other: int) -> bool:
        """Return whether a provider lists both groups, or a person banned that they meet."""
        return bool(self._providers[self.find(one)] & self._providers[self.find(other)])

    def join(self, one: int, other: int) -> None:
        """Make one group of two; the caller knows that they are compatible, or that a person says so."""
        one, other = sorted((self.find(one), self.find(other)))
        self._parent[other] = one
        self._providers[one] |= self._providers[other]
        if self._refs[other]:
            self._refs[one] = {**self._refs[one], **self._refs[other]}


def join_clear(
    groups: Groups, listings: Sequence[Listing], pairs: Iterable[Pair]
) -> tuple[list[Chosen], set[int]]:
    """Join in `groups` the pairs that win clearly; return them, and the listings with a winner too close."""
    promising = [
        pair
        for pair in pairs
        if min(pair.home, pair.away) >= LEAST_CLUB and pair.points >= LEAST_PAIR - CLEAR
    ]
    partners: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for pair in promising:
        partners[pair.first].append((pair.second, pair.points))
        partners[pair.second].append((pair.first, pair.points))

    def by_points(pair: Pair) -> tuple[float, int, int, int]:
        apart = abs(listings[pair.first].minute - listings[pair.second].minute)
        return (-pair.points, apart, pair.first, pair.second)

    chosen: list[Chosen] = []
    too_close: set[int] = set()
    for pair in sorted(promising, key=by_points):
        if pair.points < LEAST_PAIR:
            break
        if groups.find(pair.first) == groups.find(pair.second):
            continue
        if not groups.compatible(pair.first, pair.second):
            continue
        runner_up = _runner_up(groups, partners, pair)
        if runner_up is not None and pair.points - runner_up < CLEAR:
            too_close |= {pair.first, pair.second}
            continue
        groups.join(pair.first, pair.second)
        chosen.append(Chosen(pair, runner_up))
    return chosen, too_close


def _runner_up(
    groups: Groups, partners: Mapping[int, Sequence[tuple[int, float]]], pair: Pair
) -> float | None:
    """Points of the best pair that could still be joined and would exclude this one."""
    best: float | None = None
    for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
        for rival, points in partners[one]:
            if (
                (best is None or points > best)
                and groups.find(rival) not in (groups.find(one), groups.find(other))
                and groups.compatible(one, rival)
                and not groups.compatible(other, rival)
            ):
                best = points
    return best
