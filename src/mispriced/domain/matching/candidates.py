"""Which listings may be one match at all: within the window, of other providers, same sides, one club alike.

Two listings are compared if the homes, or the aways, have the same name or a word that begins alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from mispriced.domain.matching.listings import WINDOW_MIN, Listing, Listings
from mispriced.domain.matching.similarity import SHARED_WEIGHT, Names

Ints: TypeAlias = npt.NDArray[np.int64]

BEGINNING: Final = 3  # letters of a word's sound; abbreviations on the sites are hardly shorter
MOST_PARTNERS: Final = 100
"""A beginning that more listings within the window share tells nothing; it bounds the work on odd input."""


class Candidates(NamedTuple):
    """Pairs of listings, `first` < `second`, by place in `Listings.listings`."""

    first: Ints
    second: Ints


def candidates(listed: Listings, names: Names) -> Candidates:
    """Return the pairs of listings that may be one match."""
    listings = listed.listings
    first, second = _near_and_alike(listed, names)
    side_ids = {side: place for place, side in enumerate(dict.fromkeys(name.side for name in listed.names))}
    sides = np.array([side_ids[name.side] for name in listed.names], dtype=np.int64)
    homes = np.array([listing.home for listing in listings], dtype=np.int64)
    aways = np.array([listing.away for listing in listings], dtype=np.int64)
    keep = (sides[homes[first]] == sides[homes[second]]) & (sides[aways[first]] == sides[aways[second]])
    first, second = first[keep], second[keep]
    keep = ~_excluded(listings, first, second)
    return Candidates(first[keep], second[keep])


def compatible(one: Listing, other: Listing) -> bool:
    """Return whether no provider lists both and no reference of one name differs."""
    return not one.providers & other.providers and agree(one.refs, other.refs)


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether no reference of one name has two values."""
    if not one or not other:
        return True
    return all(other.get(name, value) == value for name, value in one.items())


def _near_and_alike(listed: Listings, names: Names) -> tuple[Ints, Ints]:
    key, owner = _keys(listed, names)
    minute = np.array([listing.minute for listing in listed.listings], dtype=np.int64)
    order = np.lexsort((owner, minute[owner], key))
    key, owner = key[order], owner[order]
    # One number that rises with key, then time: a window of times is then a run of places.
    time = minute[owner] - minute.min(initial=0)
    place_in_time = key * (time.max(initial=0) + 2 * WINDOW_MIN + 1) + time
    ahead = np.searchsorted(place_in_time, place_in_time + WINDOW_MIN, side="right") - np.arange(len(key)) - 1
    behind = np.arange(len(key)) - np.searchsorted(place_in_time, place_in_time - WINDOW_MIN, side="left")
    ahead[ahead + behind > MOST_PARTNERS] = 0
    one = np.repeat(np.arange(len(key)), ahead)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(ahead) - ahead, ahead)
    low, high = np.minimum(owner[one], owner[other]), np.maximum(owner[one], owner[other])
    pairs = np.unique(low * len(listed.listings) + high)
    return pairs // max(1, len(listed.listings)), pairs % max(1, len(listed.listings))


def _keys(listed: Listings, names: Names) -> tuple[Ints, Ints]:
    """What a listing may have in common with another: a name or a beginning in one role; and whose it is."""
    ids: dict[str, int] = {}
    of_name = []
    for place, name in enumerate(listed.names):
        beginnings = _beginnings(name.club, names)
        of_name.append([-1 - place, *(ids.setdefault(text, len(ids)) for text in beginnings)])
    keys: list[int] = []
    owners: list[int] = []
    away = 2 * len(listed.names) + len(ids) + 1  # keeps the roles apart
    for place, listing in enumerate(listed.listings):
        home_keys, away_keys = of_name[listing.home], of_name[listing.away]
        keys += home_keys
        keys += [away + key for key in away_keys]
        owners += [place] * (len(home_keys) + len(away_keys))
    return np.array(keys, dtype=np.int64), np.array(owners, dtype=np.int64)


def _beginnings(club: str, names: Names) -> set[str]:
    words = names.words(club)
    telling = [word for word in words if word.weight > SHARED_WEIGHT] or words
    return {word.sound[:BEGINNING] for word in telling}


def _excluded(listings: Sequence[Listing], first: Ints, second: Ints) -> npt.NDArray[np.bool_]:
    return np.array(
        [
            not compatible(listings[one], listings[other])
            for one, other in zip(first.tolist(), second.tolist(), strict=True)
        ],
        dtype=np.bool_,
    )
