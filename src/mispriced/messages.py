"""The plain messages of the pipeline: what streams carry, what handling them does, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Score, Source


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

    market: Market
    outcome: str
    bookmaker: str
    price: float
    share: float
    quote: Quote


class Alternative(Struct, frozen=True, kw_only=True):
    """Another cover that stands too, and less well: outcomes, and the bookmaker and price of each."""

    outcomes: tuple[str, ...]
    bookmakers: tuple[str, ...]
    prices: tuple[float, ...]
    book_sum: float


class Opportunity(Struct, frozen=True, kw_only=True):
    """Prices that stand against each other: the legs of a cover of one match, of one or more markets.

    `id` is the same from opening to closing. `book_sum`: what a certain return of 1 costs; below 1 is
    a surebet. `profit`: the least return per unit staked over the results, minus 1. `score`: what the
    cover needs the score to be, where it covers not every result. `alternatives` share an outcome with
    it and cost more. The age is not stored: the reader reckons it from the oldest leg's `seen_at`.
    """

    id: str
    kind: Literal["surebet", "value"]
    match_id: str
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
    score: Score | UnsetType = UNSET
    flags: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes of its legs, in the market table's order."""
        return tuple(leg.outcome for leg in self.legs)

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets of its legs, each once."""
        return tuple(dict.fromkeys(leg.market for leg in self.legs))


class Delivery(Struct, frozen=True, kw_only=True):
    """One alert on its way to one target: in words, and as JSON. `id` is the same in every attempt."""

    id: str
    title: str
    text: str
    alert: bytes


class Pending(Struct, frozen=True, kw_only=True):
    """An opportunity that nobody is told of before each of its legs is read again.

    As it was found: a leg whose quote has another `seen_at` by now was read again. `has_lapsed`: not all
    were in time, which was told; it opens still once they are.
    """

    opportunity: Opportunity
    has_lapsed: bool = False


class Verdict(Struct, frozen=True, kw_only=True):
    """Everything that stands in a match and source, at the revisions of its documents that were read.

    `revisions` by market; a document that is not named was not there. `closed`: by id, why what stood
    before stands no longer, and why what was pending is given up. Applied only while the documents are at
    these revisions.
    """

    match_id: str
    source: Source
    revisions: Mapping[Market, int]
    opportunities: tuple[Opportunity, ...] = ()
    pending: tuple[Pending, ...] = ()
    closed: Mapping[str, str] = {}
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
    or another event of the bookmaker has its place in the match; unknown: sent to the match worker,
    because the index has no such event or has it with other names, kick-off or ids; waiting: sent there
    less than a minute ago; published: documents announced to detection. `version` is the index's after it.
    """

    changed: int = 0
    touched: int = 0
    older: int = 0
    unknown: int = 0
    waiting: int = 0
    published: int = 0
    version: int = 0


class Document(Struct, frozen=True, kw_only=True):
    """One market of one match at all bookmakers, live or upcoming.

    `quotes` by bookmaker; each `seen_at` is the last sighting, `changed_at` by bookmaker is when
    those prices were first seen, `score_changed_at` when its score was first seen to be another than
    before. `opportunities` are those that have a leg in it, as they were judged last; `pending` likewise.
    """

    key: str
    match_id: str
    market: Market
    source: Source
    revision: int
    quotes: Mapping[str, Quote]
    changed_at: Mapping[str, datetime]
    created: datetime
    score_changed_at: Mapping[str, datetime] = {}
    opportunities: tuple[Opportunity, ...] = ()
    pending: tuple[Pending, ...] = ()


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
