"""What people said of two events: the same match (pin), or not (ban). A pin wins over all other evidence.

Rulings are kept with who made them and when, and are taken back, never deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from mispriced.errors import Usage, unknown

Kind = Literal["pin", "ban"]


class Ruling(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That two events, by key in order, are one match or are not; `by` a person, at a moment.

    It holds until `undone_at`; `why` is the person's own word.
    """

    id: str
    kind: Kind
    keys: tuple[str, str]
    by: str
    at: datetime
    why: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""

    @property
    def holds(self) -> bool:
        """Whether nobody took it back."""
        return self.undone_at is None


def ruled(
    rulings: Sequence[Ruling], kind: Kind, keys: tuple[str, str], by: str, at: datetime, why: str = ""
) -> tuple[Ruling, ...]:
    """Return the rulings with one more; an earlier one on the same two events is taken back by it.

    Raises: Usage for one event twice.
    """
    first, second = sorted(keys)
    if first == second:
        raise Usage(f"{first} and {second} are one event")
    digest = hashlib.blake2b(f"{kind} {first} {second} {at.isoformat()}".encode(), digest_size=4).hexdigest()
    made = Ruling(id=f"r{digest}", kind=kind, keys=(first, second), by=by, at=at, why=why)
    before = tuple(
        msgspec.structs.replace(one, undone_at=at, undone_by=by)
        if one.holds and one.keys == made.keys
        else one
        for one in rulings
    )
    return (*before, made)


def undone(rulings: Sequence[Ruling], ruling_id: str, by: str, at: datetime) -> tuple[Ruling, ...]:
    """Return the rulings with one taken back.

    Raises: Usage when none of that id holds.
    """
    if not any(one.holds and one.id == ruling_id for one in rulings):
        raise Usage(unknown("ruling", ruling_id, [one.id for one in rulings if one.holds]))
    return tuple(
        msgspec.structs.replace(one, undone_at=at, undone_by=by) if one.id == ruling_id else one
        for one in rulings
    )


def encode_rulings(rulings: Iterable[Ruling]) -> bytes:
    """Return the JSON in which rulings are kept."""
    return msgspec.json.encode(list(rulings))


def decode_rulings(data: bytes | None) -> tuple[Ruling, ...]:
    """Return the rulings of their JSON, none of None."""
    return msgspec.json.decode(data, type=tuple[Ruling, ...]) if data else ()
