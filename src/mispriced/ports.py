"""The seams: what the stages need of the outside world, and the plain messages that cross them.

Every protocol here has one contract suite that each implementation passes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Origin, Quote, Source


class Job(Struct, frozen=True, kw_only=True):
    """One order to read a bookmaker: these markets, live or upcoming, one period.

    `period` is the bookmaker's own word, `day` what it means (0 today .. 4). `now` is the moment
    that the reading starts; dates in requests follow from it.
    """

    bookmaker: str
    markets: tuple[Market, ...]
    source: Source
    period: str
    day: int
    now: datetime
    job_id: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """One HTTP call relative to the site's base address.

    `json_body` makes it a POST. `events` travel to the parser of the answer, for answers that
    carry neither teams nor times.
    """

    step: str
    path: str
    params: Mapping[str, str] = {}
    json_body: Any = None
    events: tuple[Event, ...] = ()

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{'GET' if self.json_body is None else 'POST'} {self.path}{'?' if query else ''}{query}"


class Payload(Struct, frozen=True, kw_only=True):
    """An answer that came: its decoded bytes, when it was complete, and what to cite for it."""

    request: Request
    body: bytes
    seen_at: datetime
    origin: Origin

    @classmethod
    def of(cls, request: Request, body: bytes, seen_at: datetime, took: timedelta = timedelta(0)) -> Payload:
        """Return the payload of an answer's bytes; `took` is the time from asking to completion."""
        origin = Origin(
            request=str(request),
            sha256=hashlib.sha256(body).hexdigest(),
            step=request.step,
            took_ms=int(took / timedelta(milliseconds=1)),
        )
        return cls(request=request, body=body, seen_at=seen_at, origin=origin)


Outcome = Literal["ok", "partial", "empty", "blocked", "rejected", "retry_later"]


class Refusal(Struct, frozen=True, kw_only=True):
    """Why there is no payload. `after_s`: do not ask this site again before so many seconds."""

    request: Request
    outcome: Outcome
    reason: str
    after_s: float | None = None


class Limits(Struct, frozen=True):
    """How hard the real site may be asked: connections at once, requests a second, seconds in all."""

    connections: int = 10
    per_second: float = 5.0
    deadline_s: float = 20.0


class Site(Struct, frozen=True, kw_only=True):
    """Where a bookmaker's answers of one source come from, by the configuration.

    `key` is what `Fetcher.fetch` is asked by: bookmaker and source, `BookieAlpha/live`.
    """

    key: str
    base_url: str
    headers: Mapping[str, str] = {}
    proxy: str | None = None
    limits: Limits = Limits()


class Fetcher(Protocol):
    """The one door to the web."""

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        """Return the answer of `site` (a key of the configured sites), or why there is none.

        Never raises for what the site does; always returns within the site's total deadline.
        """
        ...


class Clock(Protocol):
    """Time, passed in."""

    def now(self) -> datetime:
        """Return the time of day, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, for intervals."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...


class Message(Struct, frozen=True, kw_only=True):
    """An entry read from a stream; `deliveries` counts how often it was handed out, from 1."""

    stream: str
    id: str
    fields: Mapping[str, bytes]
    deliveries: int = 1


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


class Store(Protocol):
    """Streams, documents, index, caches and opportunities on a Redis or Valkey server.

    Synchronous: one store a worker thread. `now` is passed in wherever time matters.
    Raises: Retry when the server is away; never blocks longer than its deadline.
    """

    # names of the streams, from one place
    def task_stream(self, base: str, day: int) -> str: ...
    def data_stream(self, market: Market, source: Source) -> str: ...
    def matched_stream(self, market: Market, source: Source) -> str: ...
    def opportunity_stream(self) -> str: ...

    # streams
    def publish(self, outputs: Sequence[Output], once: str | None = None) -> list[str]:
        """Append; with `once` a second call under the same name within a day appends nothing."""
        ...

    def read(self, subscription: Subscription, count: int, block_s: float) -> list[Message]:
        """Return up to `count` new messages, waiting at most `block_s` for the first.

        Each stream of the subscription gets an equal part of `count`, one message at least.
        """
        ...

    def own_pending(self, subscription: Subscription, count: int) -> list[Message]:
        """Return messages that this consumer took and never acknowledged: read first on start.

        Counts as a delivery of each that is returned, and of no other.
        """
        ...

    def claim(self, subscription: Subscription, min_idle_s: float, count: int) -> list[Message]:
        """Take over messages of any consumer that has not acknowledged them for so long."""
        ...

    def join(self, subscription: Subscription) -> None:
        """Make the subscription's group where it is absent, so that what is written counts as unread."""
        ...

    def leave(self, subscription: Subscription) -> bool:
        """Forget the consumer where it has nothing pending; True if that is in every stream."""
        ...

    def commit(
        self,
        subscription: Subscription,
        effects: Sequence[Effects],
        now: datetime,
        assignments: Sequence[Assignment] = (),
        version: int | None = None,
    ) -> Upserted:
        """Apply assignments, then acknowledge each message and apply its effects, in one step.

        A message that somebody else acknowledged has no effect. An assignment takes the event's
        quotes along; a match id that no event is left under becomes an alias of where its last one
        went. A quote whose event is unknown even so goes to the data stream, as by `upsert`.

        Raises: Conflict when `version` is given and is no longer the index's.
        """
        ...

    def bury(self, subscription: Subscription, message: Message, error: str, now: datetime) -> None:
        """Acknowledge the message and put it into `{stream}:dead` with the error, in one step."""
        ...

    def dead_letters(self, stream: str | None = None) -> list[DeadLetter]: ...
    def replay_dead(self, letter: DeadLetter) -> bool:
        """Put the letter's message back at the end of its stream; False if the letter is gone."""
        ...

    def drop_dead(self, letter: DeadLetter) -> bool:
        """Forget the letter; False if it is gone."""
        ...

    def backlog(self) -> list[Backlog]:
        """Return every group of every stream of this prefix."""
        ...

    def trim(self) -> int:
        """Remove entries that every group has acknowledged, beyond each stream's kept length."""
        ...

    # quotes
    def upsert(self, quotes: Sequence[Quote], now: datetime) -> Upserted:
        """Put quotes of known events into their documents, if newer, and send unknown ones on."""
        ...

    def events(self) -> tuple[int, list[KnownEvent]]:
        """Return the index's version and every event in it, the longest known first."""
        ...

    def version(self) -> int:
        """Return the index's version: another number whenever an event came, moved or went."""
        ...

    def match_id(self, match_id: str) -> str:
        """Return the id that a match has now: the given one, unless it proved to be another."""
        ...

    def documents(self, keys: Iterable[str] | None = None) -> list[Document]:
        """Return these documents, or all; a key that is gone is left out."""
        ...

    def sweep(self, now: datetime) -> int:
        """Remove documents, events, caches and notes whose time is over; return how many.

        A document ends when nobody quoted it for ten cadences, or its match is over and nobody
        quotes it; what stood in it is closed. An event keeps its match id until its match is over.
        """
        ...

    # opportunities
    def opportunities(self) -> list[Opportunity]:
        """Return what is open now."""
        ...

    def judge(self, verdicts: Sequence[Verdict]) -> int:
        """Apply verdicts that no message asked for (legs that grew stale); return how many took."""
        ...

    # caches and small facts
    def cache(self, name: str, now: datetime) -> bytes | None: ...
    def put_cache(self, name: str, value: bytes, now: datetime, seconds: float) -> None: ...

    def note(self, name: str, value: bytes, until: datetime | None = None) -> None:
        """Keep a small fact about the system's state, such as a bookmaker's last answer.

        `sweep` removes it after `until`.
        """
        ...

    def notes(self, prefix: str) -> dict[str, bytes]: ...
    def describe(self) -> Mapping[str, str]: ...
    def close(self) -> None: ...


# A stage: what a worker does with a batch. The consumer loop (pipeline/run.py) runs any of them.


class Handled(Struct, frozen=True, kw_only=True):
    """What a stage made of a batch.

    Every message of the batch is in `effects` or, by its id with the error, in `poison` (it is
    buried). `assignments` and `version` go to `Store.commit` with the effects.
    """

    effects: tuple[Effects, ...] = ()
    poison: Mapping[str, str] = {}
    assignments: tuple[Assignment, ...] = ()
    version: int | None = None


class Stage(Protocol):
    """One step of the pipeline, called by one thread."""

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Return what to commit; called again with the same messages after a `Conflict`."""
        ...

    def tick(self, now: datetime) -> None:
        """Do what time asks for, between batches."""
        ...
