"""What a running system knows about names from before: who listed them when, and which fixtures they shared.

Matched a day at a time, most that tells spellings from clubs lies in the past. Not here: how it is
learned (survey.learn), keeping it over a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from mispriced.domain.matching.clubs import Seen
from mispriced.domain.matching.sides import Name
from mispriced.domain.matching.similarity import Names

Days: TypeAlias = frozenset[int]


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
