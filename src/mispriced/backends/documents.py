"""What the store gives back: replies of the server as documents, known events and opportunities."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.backends.connection import Reply, named
from mispriced.backends.moments import moment
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source, decode_quote
from mispriced.messages import Document, KnownEvent, Opportunity, Pending

QUOTE: Final = "match_team_objects."
SCORE_CHANGED_AT: Final = "score_changed_at."
KEPT_QUOTES: Final = 8192  # decoded, about a kilobyte each


class Record(Struct):
    """An event's record in the index."""

    since: int
    evidence: str
    event: Event


class Stored(Struct):
    """What a document that is JSON holds; moments are microseconds."""

    match_id: str
    market: Market
    source: Source
    revision: int
    created: int
    match_team_objects: dict[str, Quote]
    changed_at: dict[str, int]
    score_changed_at: dict[str, int] = {}


def json_document(reply: Reply) -> Document:
    """Return the document of one reply of `documents.lua` where documents are JSON."""
    key, body, flat_sightings, standing, waiting = reply
    stored = _STORED.decode(body)
    sightings = named(flat_sightings)
    quotes = {name: _sighted(quote, sightings) for name, quote in sorted(stored.match_team_objects.items())}
    return Document(
        key=key.decode(),
        match_id=stored.match_id,
        market=stored.market,
        source=stored.source,
        revision=stored.revision,
        quotes=quotes,
        changed_at={bookmaker: moment(stored.changed_at[bookmaker]) for bookmaker in quotes},
        created=moment(stored.created),
        score_changed_at={name: moment(at) for name, at in sorted(stored.score_changed_at.items())},
        opportunities=_OPPORTUNITIES.decode(standing),
        pending=tuple(map(pending, waiting)),
    )


def hash_document(reply: Reply) -> Document:
    """Return the document of one reply of `documents.lua`; quotes carry their last sighting."""
    key, flat_fields, flat_sightings, standing, waiting = reply
    fields = named(flat_fields)
    sightings = named(flat_sightings)
    quotes = {
        name.removeprefix(QUOTE): _sighted(_quote(value), sightings)
        for name, value in sorted(fields.items())
        if name.startswith(QUOTE)
    }
    return Document(
        key=key.decode(),
        match_id=fields["match_id"].decode(),
        market=msgspec.convert(fields["market"].decode(), Market),
        source=msgspec.convert(fields["source"].decode(), Source),
        revision=int(fields["revision"]),
        quotes=quotes,
        changed_at={bookmaker: moment(fields[f"changed_at.{bookmaker}"]) for bookmaker in quotes},
        created=moment(fields["created"]),
        score_changed_at={
            name.removeprefix(SCORE_CHANGED_AT): moment(value)
            for name, value in sorted(fields.items())
            if name.startswith(SCORE_CHANGED_AT)
        },
        opportunities=_OPPORTUNITIES.decode(standing),
        pending=tuple(map(pending, waiting)),
    )


@lru_cache(maxsize=KEPT_QUOTES)  # whoever watches reads the same documents again and again
def _quote(text: bytes) -> Quote:
    return decode_quote(text)


def opportunity(body: bytes) -> Opportunity:
    """Return the opportunity of its JSON."""
    return _OPPORTUNITY.decode(body)


def pending(value: bytes) -> Pending:
    """Return what waits to be told, of a word and its JSON."""
    word, _, body = value.partition(b" ")
    return Pending(opportunity=opportunity(body), has_lapsed=word == b"lapsed")


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


def _sighted(quote: Quote, sightings: Mapping[str, bytes]) -> Quote:
    """Return the quote as it was seen last."""
    sighting = sightings.get(quote.event_key)
    return quote.seen_again(moment(sighting.partition(b" ")[0]), quote.origin) if sighting else quote


_OPPORTUNITY: Final = msgspec.json.Decoder(Opportunity)
_OPPORTUNITIES: Final = msgspec.json.Decoder(tuple[Opportunity, ...])
_STORED: Final = msgspec.json.Decoder(Stored)
_RECORD: Final = msgspec.json.Decoder(Record)
