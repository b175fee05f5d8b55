"""What a site is asked and what it answers: the seam between the web server and the scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from msgspec import Struct

from mispriced.domain.model import Source

PREFIXES: Final[Mapping[str, tuple[str, Source]]] = {
    "alpha": ("BookieAlpha", "upcoming"),
    "alpha-live": ("BookieAlpha", "live"),
    "beta": ("BookieBeta", "upcoming"),
    "gamma": ("BookieGamma", "upcoming"),
    "gamma-live": ("BookieGamma", "live"),
    "delta": ("BookieDelta", "upcoming"),
    "delta-live": ("BookieDelta", "live"),
}
"""The first part of a path on loopback: in the simulator's place of a site's host."""


class Call(Struct, frozen=True):
    """One request to a bookmaker's site of a source, with the path below the site's address."""

    bookmaker: str
    source: Source
    path: str
    params: Mapping[str, str]
    body: bytes = b""


class Answer(Struct, frozen=True):
    """What a site answers; `recorded_at` where the body is a recording."""

    body: bytes
    recorded_at: datetime | None = None


class Answers(Protocol):
    """All sites of a world: of a scenario's quotes, or of recordings."""

    def summary(self, now: datetime) -> Mapping[str, Any]:
        """Return what a person wants to know of the world at `now`, as JSON."""
        ...

    def answer(self, call: Call, now: datetime) -> Answer | None:
        """Return the answer at `now`, or None where the site has no such path."""
        ...
