"""What the store gives back: replies of the server as documents, known events and opportunities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.backends.connection import Reply, named
from mispriced.backends.moments import moment
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source, decode_quote
from mispriced.messages import Document, KnownEvent, Opportunity

QUOTE: Final = "match_team_objects."


class Record(Struct):
    """An event's record in the index."""

    since: int
    evidence: str
    event: Event


def document(reply: Reply) -> Document:
    """Return the document of one reply of `documents.lua`; quotes carry their last sighting."""
    key, flat_fields, flat_sightings = reply
    fields = named(flat_fields)
    sightings = named(flat_sightings)
    quotes = {
        name.removeprefix(QUOTE): _sighted(value, sightings)
        for name, value in sorted(fields.items())
        if name.startswith(QUOTE)
    }
    body = fields.get("arbitrage_opportunities")
    return Document(
        key=key.decode(),
        match_id=fields["match_id"].decode(),
        market=msgspec.convert(fields["market"].decode(), Market),
        source=msgspec.convert(fields["source"].decode(), Source),
        revision=int(fields["revision"]),
        quotes=quotes,
        changed_at={bookmaker: moment(fields[f"changed_at.{bookmaker}"]) for bookmaker in quotes},
        created=moment(fields["created"]),
        opportunity=opportunity(body) if body else None,
    )


def opportunity(body: bytes) -> Opportunity:
    """Return the opportunity of its JSON."""
    return _OPPORTUNITY.decode(body)


def known_events(index: Mapping[str, bytes], records: Mapping[str, bytes]) -> list[KnownEvent]:
    """Return the index's events, the oldest first."""
    found = []
    for key, body in records.items():
        record = _RECORD.decode(body)
        match_id = index[key].partition(b" ")[0].decode()
        found.append((record.since, key, record, match_id))
    found.sort(key=lambda one: one[:2])
    return [
        KnownEvent(event=record.event, match_id=match_id, since=moment(since), evidence=record.evidence)
        for since, _, record, match_id in found
    ]


def _sighted(body: bytes, sightings: Mapping[str, bytes]) -> Quote:
    quote = decode_quote(body)
    sighting = sightings.get(quote.event_key)
    if sighting:
        seen_at = moment(sighting.partition(b" ")[0])
        msgspec.structs.force_setattr(quote, "seen_at", seen_at)  # checked when it was put in
    return quote


_OPPORTUNITY: Final = msgspec.json.Decoder(Opportunity)
_RECORD: Final = msgspec.json.Decoder(Record)
