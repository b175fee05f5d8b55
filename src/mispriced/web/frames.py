"""The wire of the live stream: server-sent events, and the chunks of HTTP/1.1 around them.

Events and their data (JSON), each with the keys of the rows in `pipeline/views/rows.py`:

    snapshot             {at, status, simulated, fallback, version, limits, opportunities, states, offers}
    odds, locked-odds    [OfferRow]: put in place of the offer of the same match, market, source, bookmaker;
                         locked-odds when the bookmaker closed an outcome; also when its `state` changes
                         with time, its prices being the same
    event-status         [MatchState]: by match_id; {match_id, status: null} when nobody tells it any more
    opportunity.opened   [OpportunityRow]: by id; so too opportunity.changed
    opportunity.seen     [{id, seen_at}]: the legs were seen again, in the order of the row's legs
    opportunity.closed   [{id, reason}]
    heartbeat            {at, status, fallback, age_ms, version}: every five seconds; version: of the events

A snapshot replaces everything that was told before. The id stands on the last event of a tick: a client
that comes back with it misses nothing, and one that was cut in between gets the tick again, whose rows
are put in the place of the same rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct

from mispriced.pipeline.views.rows import offer_rows
from mispriced.web.state import Kind, State, Update, status

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST_MATCHES: Final = 50  # whose odds one client may name
RETRY_MS: Final = 1000  # until a browser comes back


class Topic(Struct, frozen=True):
    """What a client wants to be told of: kinds of events, and odds of these matches alone (None: of all)."""

    kinds: frozenset[str] = frozenset(KINDS)
    matches: frozenset[str] | None = None


def snapshot(topic: Topic, state: State, now: datetime, event_id: str) -> bytes:
    """Return the event that begins a client's view; offers of the matches that the topic names."""
    wanted = topic.matches or frozenset()
    body = {
        "at": state.at,
        "status": status(state, now),
        "simulated": state.is_simulated,
        "fallback": state.is_fallback,
        "version": state.version,
        "limits": state.limits,
        "opportunities": list(state.opportunities.values()),
        "states": list(state.states.values()),
        "offers": [
            row
            for document in state.documents.values()
            if document.match_id in wanted
            for row in offer_rows(document, state.at, state.limits)
        ],
    }
    return b"retry: %d\n" % RETRY_MS + _event("snapshot", body, event_id)


def tick(topic: Topic, updates: tuple[Update, ...], event_id: str) -> bytes:
    """Return the events of a tick that belong to the topic, the id on the last; empty when none does."""
    chosen = []
    for one in updates:
        rows = one.rows
        if one.kind in ("odds", "locked-odds") and topic.matches is not None:
            rows = tuple(row for row in rows if row.match_id in topic.matches)
        if one.kind in topic.kinds and rows:
            chosen.append((one.kind, rows))
    last = len(chosen) - 1
    return b"".join(
        _event(kind, rows, event_id if at == last else "") for at, (kind, rows) in enumerate(chosen)
    )


def heartbeat(state: State, now: datetime) -> bytes:
    """Return the event that says that the stream lives, and how old its state is."""
    age_ms = max(0, round((now - state.at).total_seconds() * 1000))
    told = {"at": now, "status": status(state, now), "fallback": state.is_fallback, "age_ms": age_ms}
    return _event("heartbeat", told | {"version": state.version}, "")


def chunk(body: bytes) -> bytes:
    """Return the bytes as one chunk of a chunked HTTP/1.1 body.

    Source: RFC 9112, 7.1.

    >>> chunk(b"data: 1")
    b'7\\r\\ndata: 1\\r\\n'
    """
    return b"%x\r\n%b\r\n" % (len(body), body)


def _event(kind: str, data: Any, event_id: str) -> bytes:
    name = f"id: {event_id}\n" if event_id else ""
    return f"{name}event: {kind}\ndata: ".encode() + _ENCODER.encode(data) + b"\n\n"  # JSON has no line end


_ENCODER: Final = msgspec.json.Encoder()
