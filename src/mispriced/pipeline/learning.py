"""What matching learned and what people ruled, as it is kept in the store beside the index."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from mispriced.domain.matching import Fixture, Memory, Ruling, learn
from mispriced.domain.matching.memory import decode_memory, encode_memory
from mispriced.domain.matching.rulings import decode_rulings, encode_rulings
from mispriced.domain.matching.similarity import Names
from mispriced.ports import Store

MEMORY: Final = "memory"
RULINGS: Final = "rulings"
REMEMBERED: Final = timedelta(days=400)
"""A club that nobody listed for more than a season and a summer is forgotten."""


Kept: TypeAlias = tuple[bytes | None, bytes | None]
"""Memory and rulings as they are kept: what a worker compares to see that there is news."""


def read_kept(store: Store) -> Kept:
    """Return memory and rulings as they are kept."""
    return store.knowledge(MEMORY), store.knowledge(RULINGS)


def read_memory(store: Store, names: Names | None = None) -> Memory:
    """Return what was learned; `names` spares reading names again."""
    return decode_memory(store.knowledge(MEMORY), names)


def keep_learned(
    store: Store, memory: Memory, fixtures: Iterable[Fixture], now: datetime, version: int
) -> tuple[Memory, int]:
    """Learn from the fixtures of the index at `version` and keep that; return it and the index's version.

    Learning is a union: whoever learns the same again changes nothing and moves no version.

    Raises: Conflict when the index moved meanwhile: learn again from what it is now.
    """
    learned = learn(fixtures, memory).since(round((now - REMEMBERED).timestamp() / 60))
    data = encode_memory(learned)
    if data == encode_memory(memory):
        return memory, version
    return learned, store.put_knowledge(MEMORY, data, version)


def read_rulings(store: Store) -> tuple[Ruling, ...]:
    """Return every ruling, also those that were taken back."""
    return decode_rulings(store.knowledge(RULINGS))


def keep_rulings(store: Store, rulings: Iterable[Ruling], version: int) -> int:
    """Keep the rulings; return the index's version, which makes every match worker read them.

    Raises: Conflict when the index moved since `version`.
    """
    return store.put_knowledge(RULINGS, encode_rulings(rulings), version)
