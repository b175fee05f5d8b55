"""What a scenario is: the quotes that every bookmaker serves at an instant, a pure function of time.

The server and the truth ask the same function, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from msgspec import Struct

from mispriced.domain.model import Quote, Source

BOOKMAKERS: Final[Mapping[Source, tuple[str, ...]]] = {
    "upcoming": ("BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta"),
    "live": ("BookieAlpha", "BookieGamma", "BookieDelta"),
}


class Offer(Struct, frozen=True):
    """A quote as it is served, its fixture, and the covers of which a surebet is planted with it."""

    quote: Quote
    fixture: str
    planted: tuple[tuple[str, ...], ...] = ()


class Scenario(Protocol):
    """Fixtures and prices at every instant. No state: the same question has one answer for ever."""

    def offers(self, bookmaker: str, source: Source, now: datetime) -> Sequence[Offer]:
        """Return what the bookmaker serves at `now`; `seen_at` is the tick from which on it holds.

        The same object when asked again for the same tick at once, so that what is made of it can be kept.
        """
        ...

    def changes(self, source: Source, start: datetime, end: datetime) -> Sequence[datetime]:
        """Return every instant after `start` and before `end` at which an offer may change."""
        ...

    def summary(self, now: datetime) -> Mapping[str, Any]:
        """Return what a person wants to know of the scenario at `now`, as JSON."""
        ...
