"""The plain messages of the pipeline: what streams carry, what handling them does, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source


class Message(Struct, frozen=True, kw_only=True):
    """An entry read from a stream; `deliveries` counts how often it was handed out, from 1."""

    stream: str
    id: str
    fields: Mapping[str, bytes]
    deliveries: int = 1

    @property
    def place(self) -> tuple[str, str]:
        """Stream and id: ids repeat across streams."""
        return self.stream, self.id


class Output(Struct, frozen=True, kw_only=True):
    """An entry to append to a stream."""

    stream: str
    fields: Mapping[str, str | bytes]


class Subscription(Struct, frozen=True, kw_only=True):
    """Streams read by one consumer of one group; the group is made when absent, from the start."""

    streams: tuple[str, ...]
    group: str
    consumer: str


class Backlog(Struct, frozen=True, kw_only=True):
    """What a group still has before it: entries not yet delivered, and delivered but not acknowledged."""

    stream: str
    group: str
    unread: int
    pending: int
    oldest_pending_ms: int = 0


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A message that no worker could take, with why, who and when."""

    stream: str
    id: str
    original_id: str
    fields: Mapping[str, bytes]
    error: str
    worker: str
    at: datetime


class Assignment(Struct, frozen=True, kw_only=True):
    """An event belongs to a match: `how` says by what it was joined (JSON of the matcher's join)."""

    event: Event
    match_id: str
    evidence: str = ""


class Leg(Struct, frozen=True, kw_only=True):
    """One bet of an opportunity: an outcome at a bookmaker at a price, with the quote it is from."""

    outcome: str
    bookmaker: str
    price: float
    share: float
    quote: Quote


class Opportunity(Struct, frozen=True, kw_only=True):
    """Prices that stand against each other: the legs of one market of one match.

    `id` is the same from opening to closing, `document` the key of what was judged, `revision`
    its revision then. `book_sum`: sum of 1/price over the legs, divided by the outcomes paid on
    each result; below 1 is a surebet. `profit`: return per unit staked, minus 1. The age is not
    stored: the reader reckons it from the oldest leg's `seen_at`.
    """

    id: str
    kind: Literal["surebet"]
    document: str
    match_id: str
    market: Market
    source: Source
    home: str
    away: str
    competition: str
    kickoff: datetime
    legs: tuple[Leg, ...]
    book_sum: float
    profit: float
    opened_at: datetime
    changed_at: datetime
    revision: int
    flags: tuple[str, ...] = ()


class Delivery(Struct, frozen=True, kw_only=True):
    """One alert on its way to one target: in words, and as JSON. `id` is the same in every attempt."""

    id: str
    title: str
    text: str
    alert: bytes


class Verdict(Struct, frozen=True, kw_only=True):
    """What detection found in a document at the revision it read: an opportunity, or none and why."""

    document: str
    revision: int
    opportunity: Opportunity | None
    reason: str = ""
    at: datetime


class Effects(Struct, frozen=True, kw_only=True):
    """What handling one message does: applied if, and only if, its acknowledgement succeeds."""

    message: Message
    quotes: tuple[Quote, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    outputs: tuple[Output, ...] = ()


class Upserted(Struct, frozen=True, kw_only=True):
    """What became of quotes that were put in, by count.

    changed: written and newer; touched: same prices, newer sighting; older: already had a newer one,
    or another event of the bookmaker has its place in the match; unknown: sent to the match worker;
    waiting: unknown and sent less than a minute ago; altered: of changed and touched, those sent to
    the match worker too because names, kick-off or ids are others; published: documents announced
    to detection. `version` is the index's after it.
    """

    changed: int = 0
    touched: int = 0
    older: int = 0
    unknown: int = 0
    waiting: int = 0
    altered: int = 0
    published: int = 0
    version: int = 0


class Document(Struct, frozen=True, kw_only=True):
    """One market of one match at all bookmakers, live or upcoming.

    `quotes` by bookmaker; each `seen_at` is the last sighting, `changed_at` by bookmaker is when
    those prices were first seen.
    """

    key: str
    match_id: str
    market: Market
    source: Source
    revision: int
    quotes: Mapping[str, Quote]
    changed_at: Mapping[str, datetime]
    created: datetime
    opportunity: Opportunity | None = None


class KnownEvent(Struct, frozen=True, kw_only=True):
    """An event that has a match id, since when, and by what it was joined."""

    event: Event
    match_id: str
    since: datetime
    evidence: str = ""


class Conflict(Exception):
    """Another match worker assigned events since `version` was read: read them again and retry."""


class Handled(Struct, frozen=True, kw_only=True):
    """What a stage made of a batch.

    Every message of the batch is in `effects` or, by its place with the error, in `poison` (it is
    buried). `assignments` and `version` go to `Store.commit` with the effects.
    """

    effects: tuple[Effects, ...] = ()
    poison: Mapping[tuple[str, str], str] = {}
    assignments: tuple[Assignment, ...] = ()
    version: int | None = None
