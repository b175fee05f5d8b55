"""The rows of the page and the API: opportunities, events and offers, without what only a proof needs.

A row changes only when what it says changed, so two that are equal need not be sent twice. Ages are not
in them: whoever shows one reckons it from `seen_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from mispriced.domain.freshness import FreshnessLimits, State, state
from mispriced.domain.markets import Market
from mispriced.domain.model import Category, Quote, Score, Source
from mispriced.domain.state import EventState, Status
from mispriced.messages import Alternative, Document, KnownEvent, Opportunity
from mispriced.pipeline.views.matches import match_rows


class LegRow(Struct, frozen=True, kw_only=True):
    """One bet: where, on what, at which price, and the part of the total stake on it."""

    market: Market
    outcome: str
    bookmaker: str
    price: float
    share: float
    event_id: str
    seen_at: datetime
    changed_at: datetime | None


class OpportunityRow(Struct, frozen=True, kw_only=True):
    """What stands: the legs, what they return beyond the stake, since when, and what to look at first.

    `after_rounding`: what stakes on a usual total leave at worst per unit they cost, under the bookmakers'
    terms; None where none are possible. `score`: what the match must stand at, where the legs do not cover
    every result. `alternatives` stand too, and return less.
    """

    id: str
    kind: str
    match_id: str
    markets: tuple[Market, ...]
    source: Source
    home: str
    away: str
    competition: str
    kickoff: datetime
    legs: tuple[LegRow, ...]
    book_sum: float
    profit: float
    after_rounding: float | None
    opened_at: datetime
    changed_at: datetime
    score: Score | None
    flags: tuple[str, ...]
    alternatives: tuple[Alternative, ...]


class ListedRow(Struct, frozen=True, kw_only=True):
    """A match as one bookmaker lists it."""

    bookmaker: str
    source: Source
    event_id: str
    home: str
    away: str
    competition: str
    kickoff: datetime
    refs: Mapping[str, str]


class MatchState(Struct, frozen=True, kw_only=True):
    """How a match stands. `by` names who says so: the provider of football data, or a bookmaker."""

    match_id: str
    status: Status | Literal["in_play"]
    minute: int | None
    score: Score
    red_cards: Score | None
    by: str
    seen_at: datetime


class EventRow(Struct, frozen=True, kw_only=True):
    """A match: names, competition and kick-off of the bookmaker that listed it first, and all listings."""

    match_id: str
    home: str
    away: str
    competition: str
    country: str
    category: Category
    kickoff: datetime
    how: str
    sources: tuple[Source, ...]
    listed: tuple[ListedRow, ...]
    state: MatchState | None


class OfferRow(Struct, frozen=True, kw_only=True):
    """What one bookmaker offers on one market of a match, and whether it counts now."""

    match_id: str
    market: Market
    source: Source
    bookmaker: str
    state: State
    prices: Mapping[str, float]
    suspended: tuple[str, ...]
    seen_at: datetime
    changed_at: datetime


def opportunity_row(
    one: Opportunity, changed_at: Mapping[tuple[str, Market], datetime], after_rounding: float | None
) -> OpportunityRow:
    """Return the row; `changed_at`: by bookmaker and market of its match, since when the prices stand."""
    return OpportunityRow(
        id=one.id,
        kind=one.kind,
        match_id=one.match_id,
        markets=one.markets,
        source=one.source,
        home=one.home,
        away=one.away,
        competition=one.competition,
        kickoff=one.kickoff,
        legs=tuple(
            LegRow(
                market=leg.market,
                outcome=leg.outcome,
                bookmaker=leg.bookmaker,
                price=leg.price,
                share=leg.share,
                event_id=leg.quote.event_id,
                seen_at=leg.quote.seen_at,
                changed_at=changed_at.get((leg.bookmaker, leg.market)),
            )
            for leg in one.legs
        ),
        book_sum=one.book_sum,
        profit=one.profit,
        after_rounding=after_rounding,
        opened_at=one.opened_at,
        changed_at=one.changed_at,
        score=one.score or None,
        flags=one.flags,
        alternatives=one.alternatives,
    )


def event_rows(known: Iterable[KnownEvent], states: Mapping[str, MatchState]) -> list[EventRow]:
    """Return the matches by kick-off."""
    found = []
    for match in match_rows(known):
        first = match.events[0]
        found.append(
            EventRow(
                match_id=match.match_id,
                home=first.home,
                away=first.away,
                competition=first.competition,
                country=next((one.country for one in match.events if one.country), ""),
                category=first.category,
                kickoff=first.kickoff,
                how=match.how,
                sources=tuple(sorted({one.source for one in match.events})),
                listed=tuple(
                    ListedRow(
                        bookmaker=one.bookmaker,
                        source=one.source,
                        event_id=one.event_id,
                        home=one.home,
                        away=one.away,
                        competition=one.competition,
                        kickoff=one.kickoff,
                        refs=one.refs,
                    )
                    for one in sorted(match.events, key=lambda one: one.key)
                ),
                state=states.get(match.match_id),
            )
        )
    return sorted(found, key=lambda one: (one.kickoff, one.match_id))


def offer_rows(document: Document, now: datetime, limits: FreshnessLimits) -> list[OfferRow]:
    """Return what each bookmaker offers in the document at `now`, by name."""
    return [
        OfferRow(
            match_id=document.match_id,
            market=document.market,
            source=document.source,
            bookmaker=bookmaker,
            state=state(quote, now, limits),
            prices=quote.prices,
            suspended=quote.suspended,
            seen_at=quote.seen_at,
            changed_at=document.changed_at[bookmaker],
        )
        for bookmaker, quote in sorted(document.quotes.items())
    ]


def match_states(states: Mapping[str, EventState], documents: Iterable[Document]) -> dict[str, MatchState]:
    """Return how matches stand, by match id: by football data, else by the last quote with a score."""
    found: dict[str, MatchState] = {}
    for document in documents:
        for quote in document.quotes.values():
            before = found.get(document.match_id)
            if quote.score and (before is None or before.seen_at < quote.seen_at):
                found[document.match_id] = _by_quote(document.match_id, quote, quote.score)
    for match_id, one in states.items():
        if not one.is_fallback:
            found[match_id] = MatchState(
                match_id=match_id,
                status=one.status,
                minute=one.minute,
                score=one.score,
                red_cards=one.red_cards,
                by=one.provider,
                seen_at=one.seen_at,
            )
    return found


def _by_quote(match_id: str, quote: Quote, score: Score) -> MatchState:
    return MatchState(
        match_id=match_id,
        status="in_play",
        minute=None,
        score=score,
        red_cards=None,
        by=quote.bookmaker,
        seen_at=quote.seen_at,
    )
