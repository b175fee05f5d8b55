"""The seams: what the stages need of the outside world.

Every protocol here has one contract suite that each implementation passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import Market
from mispriced.domain.model import Quote, Source
from mispriced.domain.state import EventState
from mispriced.exchange import Payload, Refusal, Request
from mispriced.messages import (
    Assignment,
    Delivery,
    Document,
    Effects,
    Handled,
    KnownEvent,
    Message,
    Opportunity,
    Pending,
    Subscription,
    Upserted,
    Verdict,
)
from mispriced.ports.streams import Streams


class Fetcher(Protocol):
    """The one door to the web."""

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        """Return the answer of `site` (a key of the configured sites), or why there is none.

        Never raises for what the site does; always returns within the site's total deadline.
        """
        ...


class Notifier(Protocol):
    """Where alerts go. `tells_copies`: it knows a delivery that came twice by its id."""

    tells_copies: bool

    def send(self, delivery: Delivery) -> None:
        """Send it, within a deadline.

        Raises: Retry when it did not arrive, with the shortest wait where the target said one; Skip when
        the target will never take it.
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


class Store(Streams, Protocol):
    """Streams, documents, index, caches and opportunities on a Redis or Valkey server.

    Synchronous: one store a worker thread. `now` is passed in wherever time matters.
    Raises: Retry when the server is away; never blocks longer than its deadline.
    """

    def document_key(self, market: Market, source: Source, match_id: str) -> str: ...

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

    # quotes
    def upsert(
        self, quotes: Sequence[Quote], now: datetime, limits: FreshnessLimits | None = None
    ) -> Upserted:
        """Put quotes of known events into their documents, if newer, and send unknown ones on.

        `limits`, else those of the store: a price that comes again after longer has its match judged.
        """
        ...

    def events(self) -> tuple[int, list[KnownEvent]]:
        """Return the index's version and every event in it, the longest known first."""
        ...

    def version(self) -> int:
        """Return the index's version: another number whenever an event came, moved or went."""
        ...

    def knowledge(self, name: str) -> bytes | None:
        """Return what matching knows under a name, such as what it learned or what people ruled."""
        ...

    def put_knowledge(self, name: str, value: bytes, version: int) -> int:
        """Keep it, made from the index at `version`; return the version that the index has by it.

        Raises: Conflict when the index is at another version.
        """
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

    def pending(self) -> list[Pending]:
        """Return what is found and not told before its legs are read again."""
        ...

    def judge(self, verdicts: Sequence[Verdict]) -> int:
        """Apply verdicts that no message asked for (legs that grew stale); return how many took.

        None does that was reached on other revisions, or before another one of the same revisions. One
        that came with a message and found another revision has its match announced again.
        """
        ...

    # states of matches
    def put_states(self, states: Sequence[EventState], now: datetime) -> int:
        """Keep what a provider says of matches, if newer; return how many were.

        While the score stays, so does the `score_since` that was kept first. `sweep` removes a state
        that was not put again for an hour.
        """
        ...

    def states(self, match_ids: Iterable[str] | None = None) -> Mapping[str, EventState]:
        """Return the states of these matches, or of all, by the match id that their event has now.

        A state whose event the index does not know is in none.
        """
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


class Stage(Protocol):
    """One step of the pipeline, called by one thread."""

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Return what to commit; called again with the same messages after a `Conflict`."""
        ...

    def tick(self, now: datetime) -> None:
        """Do what time asks for, between batches."""
        ...
