"""What a running system knows about names from before: who listed them when, and which fixtures they shared.

Matched a day at a time, most that tells spellings from clubs lies in the past. Not here: how it is
learned (survey.learn), where it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from mispriced.domain.matching.clubs import Seen
from mispriced.domain.matching.sides import Name
from mispriced.domain.matching.similarity import Names

Days: TypeAlias = frozenset[int]

VERSION: Final = 2  # of the bytes; names that are folded in another way are other names: raise it then


class Memory:
    """What is known; learning makes a new one, so that matching with one is always the same.

    `seen`: where each name was listed. `shared`: the days, since 1970, of the fixtures that two names
    (in order) shared. `clubs`: for a name that is not its club's first, that first name; follows from the
    other two. `names` only spares work: it never changes a result, and goes on from memory to memory.
    """

    def __init__(
        self,
        seen: Mapping[Name, Seen] = MappingProxyType({}),
        shared: Mapping[tuple[Name, Name], Days] = MappingProxyType({}),
        clubs: Mapping[Name, Name] = MappingProxyType({}),
        names: Names | None = None,
    ) -> None:
        self.seen = seen
        self.shared = shared
        self.clubs = clubs
        self.names = names or Names()

    def since(self, minute: int) -> Memory:
        """Return what is known of the names that were listed at this minute (since 1970) or later."""
        seen = {name: places for name, places in self.seen.items() if _last(places) >= minute}
        shared = {pair: days for pair, days in self.shared.items() if seen.keys() >= set(pair)}
        clubs = {name: first for name, first in self.clubs.items() if name in seen and first in seen}
        return Memory(seen, shared, clubs, self.names)


class _Record(Struct, frozen=True, array_like=True):
    """A memory as it is kept: names by place in `listed`, each pair's days, clubs as pairs of places."""

    v: int
    listed: list[tuple[str, str]]
    seen: list[dict[str, tuple[int, ...]]]
    shared: list[tuple[int, int, list[int]]]
    clubs: list[tuple[int, int]]


def encode_memory(memory: Memory) -> bytes:
    """Return the memory as MessagePack, the same bytes for the same knowledge."""
    listed = sorted(memory.seen)
    place = {name: number for number, name in enumerate(listed)}
    record = _Record(
        VERSION,
        [(name.club, name.side) for name in listed],
        [dict(sorted(memory.seen[name].items())) for name in listed],
        sorted((place[one], place[other], sorted(days)) for (one, other), days in memory.shared.items()),
        sorted((place[name], place[first]) for name, first in memory.clubs.items()),
    )
    return msgspec.msgpack.encode(record)


def decode_memory(data: bytes | None, names: Names | None = None) -> Memory:
    """Return the memory of its bytes: an empty one of None, or of those of another version."""
    if data is None or msgspec.msgpack.decode(data, type=tuple)[0] != VERSION:
        return Memory(names=names)
    record = msgspec.msgpack.decode(data, type=_Record)
    listed = [Name(club, side) for club, side in record.listed]
    return Memory(
        dict(zip(listed, record.seen, strict=True)),
        {(listed[one], listed[other]): frozenset(days) for one, other, days in record.shared},
        {listed[name]: listed[first] for name, first in record.clubs},
        names,
    )


def _last(seen: Seen) -> int:
    return max((kickoffs[-1] for kickoffs in seen.values()), default=0)
