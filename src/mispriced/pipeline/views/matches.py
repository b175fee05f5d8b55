"""The matches and their odds: what each bookmaker lists and offers, under our match ids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from mispriced.domain.freshness import FreshnessLimits, State, age, state
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source
from mispriced.messages import Document, KnownEvent


class MatchRow(Struct, frozen=True, kw_only=True):
    """A match with each bookmaker's own event; `how` it was joined: alone, reference or names."""

    match_id: str
    how: str
    events: tuple[Event, ...]

    @property
    def kickoff(self) -> datetime:
        """The earliest kick-off that a bookmaker gives."""
        return min(one.kickoff for one in self.events)


class OddsRow(Struct, frozen=True, kw_only=True):
    """One bookmaker's quote of one market of a match, and whether it counts at the moment of the view.

    `changed_at`: when these prices were first seen.
    """

    match_id: str
    market: Market
    source: Source
    state: State
    age_s: float
    changed_at: datetime
    quote: Quote


def match_rows(known: Iterable[KnownEvent]) -> list[MatchRow]:
    """Return the matches by kick-off, the events of each as long known as they are."""
    groups: dict[str, list[KnownEvent]] = {}
    for one in known:
        groups.setdefault(one.match_id, []).append(one)
    rows = [
        MatchRow(
            match_id=match_id, how=how_joined(found[-1].evidence), events=tuple(one.event for one in found)
        )
        for match_id, found in groups.items()
    ]
    return sorted(rows, key=lambda one: (one.kickoff, one.match_id))


def how_joined(evidence: str) -> str:
    """Return by what an event was joined to its match: alone, reference or names."""
    return str(msgspec.json.decode(evidence)["how"]) if evidence else "alone"


def odds_rows(documents: Iterable[Document], now: datetime, limits: FreshnessLimits) -> list[OddsRow]:
    """Return every quote of the documents at `now`, ordered by match, source, market and bookmaker."""
    return [
        OddsRow(
            match_id=document.match_id,
            market=document.market,
            source=document.source,
            state=state(quote, now, limits),
            age_s=round(age(quote.seen_at, now).total_seconds(), 1),
            changed_at=document.changed_at[bookmaker],
            quote=quote,
        )
        for document in sorted(documents, key=lambda one: (one.match_id, one.source, one.market))
        for bookmaker, quote in sorted(document.quotes.items())
    ]
