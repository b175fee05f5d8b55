"""What a recorded entry is as a row: its columns by kind, and the quote that a row holds.

A row has every field of what it was made of, so that a quote comes back as it was. `id` is the entry's,
`at` when it happened by the clock of whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from mispriced.domain.model import Quote, decode_quote
from mispriced.domain.state import EventState
from mispriced.messages import Message, Opportunity
from mispriced.pipeline.run import Heartbeat

Row = dict[str, Any]


class Sample(Struct, frozen=True, kw_only=True):
    """What a worker said of itself, as the recorder found it."""

    worker: str
    heartbeat: Heartbeat


class Kind(Struct, frozen=True, kw_only=True):
    """How entries of a kind are kept: a column's type by its name, what rows are sorted by, how one is read.

    `read` raises ValueError or KeyError for an entry that is none of this kind.
    """

    columns: Mapping[str, str]
    order: Sequence[str]
    read: Callable[[Mapping[str, bytes]], Row]


def row_of(kind: Kind, message: Message) -> Row:
    """Return the row of an entry.

    Raises: ValueError saying what is wrong with it.
    """
    try:
        return {"id": message.id, **kind.read(message.fields)}
    except KeyError as error:
        raise ValueError(f"field {error.args[0]} is missing") from error


def quote_of(row: Mapping[str, Any]) -> Quote:
    """Return the quote of a row."""
    fields = {name: row[name] for name in QUOTE_FIELDS if row.get(name) is not None}
    return msgspec.convert(fields, Quote)


def moment(microseconds: bytes | int) -> datetime | None:
    """Return the moment of microseconds since 1970, None where there are none."""
    if microseconds == b"":
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))


def _quote(fields: Mapping[str, bytes]) -> Row:
    quote = decode_quote(fields["quote"])
    row: Row = msgspec.to_builtins(quote)
    row["match_id"] = fields["match_id"].decode()
    row["before"] = moment(fields["before"])
    return row


def _opportunity(fields: Mapping[str, bytes]) -> Row:
    one = msgspec.json.decode(fields["body"], type=Opportunity)
    return {
        "opportunity": fields["id"].decode(),
        "state": fields["state"].decode(),
        "reason": fields["reason"].decode("utf-8", "replace"),
        "at": moment(fields["at"]),
        "kind": one.kind,
        "match_id": one.match_id,
        "markets": one.markets,
        "source": one.source,
        "home": one.home,
        "away": one.away,
        "competition": one.competition,
        "kickoff": one.kickoff,
        "bookmakers": sorted({leg.bookmaker for leg in one.legs}),
        "profit": one.profit,
        "book_sum": one.book_sum,
        "opened_at": one.opened_at,
        "flags": one.flags,
        "body": fields["body"].decode(),
    }


def _state(fields: Mapping[str, bytes]) -> Row:
    state = msgspec.json.decode(fields["state"], type=EventState)
    row: Row = msgspec.to_builtins(state)
    row["match_id"] = fields["match_id"].decode()
    row["score_since"] = moment(fields["score_since"])
    return row


def _sample(fields: Mapping[str, bytes]) -> Row:
    sample = msgspec.json.decode(fields["sample"], type=Sample)
    row: Row = msgspec.to_builtins(sample.heartbeat)
    row["worker"] = sample.worker
    return row


QUOTE_FIELDS: Final = Quote.__struct_fields__

KINDS: Final[Mapping[str, Kind]] = {
    "quotes": Kind(
        read=_quote,
        order=("match_id", "market", "bookmaker", "seen_at", "id"),
        columns={
            "id": "VARCHAR",
            "match_id": "VARCHAR",
            "before": "TIMESTAMPTZ",  # when the prices before these were last seen
            "v": "INTEGER",
            "bookmaker": "VARCHAR",
            "event_id": "VARCHAR",
            "refs": "MAP(VARCHAR, VARCHAR)",
            "home": "VARCHAR",
            "away": "VARCHAR",
            "competition": "VARCHAR",
            "country": "VARCHAR",
            "category": "VARCHAR",
            "kickoff": "TIMESTAMPTZ",
            "market": "VARCHAR",
            "prices": "MAP(VARCHAR, DOUBLE)",
            "suspended": "VARCHAR[]",
            "source": "VARCHAR",
            "seen_at": "TIMESTAMPTZ",
            "score": "INTEGER[]",
            "origin": "STRUCT(request VARCHAR, sha256 VARCHAR, step VARCHAR, took_ms BIGINT)",
        },
    ),
    "opportunities": Kind(
        read=_opportunity,
        order=("opportunity", "at", "id"),
        columns={
            "id": "VARCHAR",
            "opportunity": "VARCHAR",
            "state": "VARCHAR",
            "reason": "VARCHAR",
            "at": "TIMESTAMPTZ",
            "kind": "VARCHAR",
            "match_id": "VARCHAR",
            "markets": "VARCHAR[]",
            "source": "VARCHAR",
            "home": "VARCHAR",
            "away": "VARCHAR",
            "competition": "VARCHAR",
            "kickoff": "TIMESTAMPTZ",
            "bookmakers": "VARCHAR[]",
            "profit": "DOUBLE",
            "book_sum": "DOUBLE",
            "opened_at": "TIMESTAMPTZ",
            "flags": "VARCHAR[]",
            "body": "VARCHAR",
        },
    ),
    "states": Kind(
        read=_state,
        order=("match_id", "seen_at", "id"),
        columns={
            "id": "VARCHAR",
            "provider": "VARCHAR",
            "event_id": "VARCHAR",
            "match_id": "VARCHAR",
            "home": "VARCHAR",
            "away": "VARCHAR",
            "kickoff": "TIMESTAMPTZ",
            "status": "VARCHAR",
            "minute": "INTEGER",
            "score": "INTEGER[]",
            "score_since": "TIMESTAMPTZ",
            "red_cards": "INTEGER[]",
            "seen_at": "TIMESTAMPTZ",
            "is_fallback": "BOOLEAN",
        },
    ),
    "health": Kind(
        read=_sample,
        order=("worker", "at", "id"),
        columns={
            "id": "VARCHAR",
            "worker": "VARCHAR",
            "at": "TIMESTAMPTZ",
            "streams": "VARCHAR[]",
            "handled": "BIGINT",
            "buried": "BIGINT",
            "failed": "BIGINT",
        },
    ),
}
