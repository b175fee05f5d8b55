"""What everybody is shown: the store's content as it was read at a moment, and what changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.freshness import state as quote_state
from mispriced.domain.state import EventState
from mispriced.messages import Backlog, Document, KnownEvent
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.run import Heartbeat
from mispriced.pipeline.views.rows import (
    EventRow,
    MatchState,
    OfferRow,
    OpportunityRow,
    offer_rows,
)

STALE_AFTER: Final = timedelta(seconds=5)  # without a reading; two heartbeats of the stream

Status = Literal["live", "simulated", "stale"]
Kind = Literal[
    "odds",
    "locked-odds",
    "event-status",
    "opportunity.opened",
    "opportunity.changed",
    "opportunity.seen",
    "opportunity.closed",
]


class State(Struct, frozen=True, kw_only=True):
    """The store's content at `at`, by the keys it is asked for; `error`: why it was not read since.

    `read_at`: when all of it was read; since then only what changed. `limits`: how long prices count, by
    what is known of their bookmakers' cadences.
    """

    at: datetime
    read_at: datetime | None = None
    limits: FreshnessLimits = FreshnessLimits()
    is_simulated: bool = False
    is_fallback: bool = False
    version: int = 0
    known: tuple[KnownEvent, ...] = ()
    events: Mapping[str, EventRow] = {}
    documents: Mapping[str, Document] = {}
    opportunities: Mapping[str, OpportunityRow] = {}
    states: Mapping[str, MatchState] = {}
    told: Mapping[str, EventState] = {}
    extractions: tuple[Extraction, ...] = ()
    paused: Mapping[str, datetime] = {}
    heartbeats: Mapping[str, Heartbeat] = {}
    backlog: tuple[Backlog, ...] = ()
    dead_letters: int = 0
    error: str = ""


class Closed(Struct, frozen=True, kw_only=True):
    """An opportunity that stands no more, and why where detection said so."""

    id: str
    reason: str = ""


class Seen(Struct, frozen=True, kw_only=True):
    """The legs of an opportunity were seen again at the same prices; in the order of its legs."""

    id: str
    seen_at: tuple[datetime, ...]


class Over(Struct, frozen=True, kw_only=True):
    """A match of which nobody says any more how it stands."""

    match_id: str
    status: None = None


class Update(Struct, frozen=True, kw_only=True):
    """What changed, of one kind: rows to put in the place of those with the same keys."""

    kind: Kind
    rows: tuple[Any, ...]


def status(state: State, now: datetime) -> Status:
    """Return how the state may be taken: stale when it was not read for a while."""
    if state.error or now - state.at > STALE_AFTER:
        return "stale"
    return "simulated" if state.is_simulated else "live"


def changes(before: State, after: State, reasons: Mapping[str, str]) -> tuple[Update, ...]:
    """Return what a client that was shown `before` has to be told; `reasons` by closed opportunity."""
    offers = list(_offers(before, after))
    rows: dict[Kind, Iterable[Any]] = {
        "odds": (one for one, is_locked in offers if not is_locked),
        "locked-odds": (one for one, is_locked in offers if is_locked),
        "event-status": _states(before.states, after.states),
        **_opportunities(before.opportunities, after.opportunities, reasons),
    }
    found = [Update(kind=kind, rows=tuple(some)) for kind, some in rows.items()]
    return tuple(one for one in found if one.rows)


def _offers(before: State, after: State) -> Iterator[tuple[OfferRow, bool]]:
    """Yield each changed offer, and whether the bookmaker closed an outcome by it."""
    limits = after.limits
    for key, document in after.documents.items():
        old = before.documents.get(key)
        if old is document:
            continue
        if old is not None and old.revision == document.revision:
            yield from ((row, False) for row in _aged(old, document, before, after))
            continue
        for row in offer_rows(document, after.at, limits):
            quote = old.quotes.get(row.bookmaker) if old else None
            if quote is None or (quote.prices, quote.suspended) != (row.prices, row.suspended):
                yield row, bool(set(row.suspended) - set(quote.suspended if quote else ()))
        if old is not None:
            for bookmaker in old.quotes.keys() - document.quotes.keys():
                yield _gone(old, bookmaker, after.at, limits), False
    for key, old in before.documents.items():
        if key not in after.documents:
            for bookmaker in old.quotes:
                yield _gone(old, bookmaker, after.at, limits), False


def _aged(old: Document, document: Document, before: State, after: State) -> Iterator[OfferRow]:
    """Yield offers at the same prices that count, or do not count, since the last whole reading."""
    told_at = before.read_at or before.at
    aged = {
        name
        for name, quote in document.quotes.items()
        if name not in old.quotes
        or quote_state(quote, after.at, after.limits) != quote_state(old.quotes[name], told_at, before.limits)
    }
    if aged:
        yield from (row for row in offer_rows(document, after.at, after.limits) if row.bookmaker in aged)


def _gone(document: Document, bookmaker: str, now: datetime, limits: FreshnessLimits) -> OfferRow:
    row = next(one for one in offer_rows(document, now, limits) if one.bookmaker == bookmaker)
    return msgspec.structs.replace(row, state="gone", prices={}, suspended=())


def _states(before: Mapping[str, MatchState], after: Mapping[str, MatchState]) -> Iterator[MatchState | Over]:
    for match_id, one in after.items():
        old = before.get(match_id)
        if old is None or msgspec.structs.replace(old, seen_at=one.seen_at) != one:
            yield one
    for match_id in before.keys() - after.keys():
        yield Over(match_id=match_id)


def _opportunities(
    before: Mapping[str, OpportunityRow], after: Mapping[str, OpportunityRow], reasons: Mapping[str, str]
) -> dict[Kind, Iterable[Any]]:
    both = [(before[key], after[key]) for key in after if key in before and before[key] != after[key]]
    changed = [new for old, new in both if _unseen(old) != _unseen(new)]
    ids = {one.id for one in changed}
    return {
        "opportunity.opened": [one for key, one in after.items() if key not in before],
        "opportunity.changed": changed,
        "opportunity.seen": [
            Seen(id=new.id, seen_at=tuple(leg.seen_at for leg in new.legs))
            for _, new in both
            if new.id not in ids
        ],
        "opportunity.closed": [
            Closed(id=key, reason=reasons.get(key, "")) for key in before if key not in after
        ],
    }


def _unseen(row: OpportunityRow) -> OpportunityRow:
    """Return the row as it would be had nobody looked again."""
    legs = tuple(msgspec.structs.replace(leg, seen_at=row.opened_at) for leg in row.legs)
    return msgspec.structs.replace(row, legs=legs)
