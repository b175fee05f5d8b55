"""The matches and their odds: what each bookmaker lists and offers, under our match ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from mispriced.domain.freshness import FreshnessLimits, State, age, state
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source
from mispriced.domain.state import PROVIDERS, EventState
from mispriced.messages import Document, KnownEvent


class MatchRow(Struct, frozen=True, kw_only=True):
    """A match with each bookmaker's own event; `how` it was joined: alone, reference or names.

    `state`: what a provider says of it.
    """

    match_id: str
    how: str
    events: tuple[Event, ...]
    state: EventState | None = None

    @property
    def kickoff(self) -> datetime:
        """The earliest kick-off that a bookmaker gives."""
        return min(one.kickoff for one in self.events)


class OddsRow(Struct, frozen=True, kw_only=True):
    """One bookmaker's quote of one market of a match, and whether it counts at the moment of the view.

    `changed_at`: when these prices were first seen. `is_comparison`: a provider says so of a company whose
    own site nobody reads; it takes part in nothing.
    """

    match_id: str
    market: Market
    source: Source
    state: State
    age_s: float
    changed_at: datetime
    quote: Quote
    is_comparison: bool = False


def match_rows(known: Iterable[KnownEvent], states: Mapping[str, EventState] | None = None) -> list[MatchRow]:
    """Return the matches that a bookmaker lists, by kick-off, events as long known as they are.

    `states` by match id.
    """
    groups: dict[str, list[KnownEvent]] = {}
    for one in of_bookmakers(known):
        groups.setdefault(one.match_id, []).append(one)
    rows = [
        MatchRow(
            match_id=match_id,
            how=how_joined(found[-1].evidence),
            events=tuple(one.event for one in found),
            state=(states or {}).get(match_id),
        )
        for match_id, found in groups.items()
    ]
    return sorted(rows, key=lambda one: (one.kickoff, one.match_id))


def of_bookmakers(known: Iterable[KnownEvent]) -> list[KnownEvent]:
    """Return the events without those of providers, which take no bets."""
    return [one for one in known if one.event.bookmaker not in PROVIDERS]


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


def comparison_rows(
    quotes: Iterable[Quote], known: Iterable[KnownEvent], now: datetime, limits: FreshnessLimits
) -> list[OddsRow]:
    """Return the quotes of a provider's companies (`provider.company`) under the match ids that we have."""
    ids = {one.event.key: one.match_id for one in known if one.event.bookmaker in PROVIDERS}
    rows = []
    for quote in quotes:
        match_id = ids.get(f"{quote.bookmaker.partition('.')[0]}/{quote.source}/{quote.event_id}")
        if match_id is not None:
            rows.append(
                OddsRow(
                    match_id=match_id,
                    market=quote.market,
                    source=quote.source,
                    state=state(quote, now, limits),
                    age_s=round(age(quote.seen_at, now).total_seconds(), 1),
                    changed_at=quote.seen_at,
                    quote=quote,
                    is_comparison=True,
                )
            )
    return sorted(rows, key=lambda one: (one.match_id, one.quote.bookmaker))
