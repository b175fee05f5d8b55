"""The match stage: events that the index does not know get a match id, and join those they belong to.

The partition is a function of the set of events in the index, never of the order in which they came:
each batch matches them all again and assigns what differs. Which id a match keeps: the oldest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Final

import msgspec

from mispriced.domain.matching import Fixture, Join, Memory, Ruling, match
from mispriced.domain.matching.memory import decode_memory
from mispriced.domain.matching.rulings import decode_rulings
from mispriced.domain.model import Event, Quote, decode_event, decode_quote
from mispriced.messages import Assignment, Conflict, Effects, Handled, KnownEvent, Message, Subscription
from mispriced.pipeline.learning import Kept, keep_learned, read_kept
from mispriced.ports import Clock, Store

ID_BYTES: Final = 8  # of the digest behind a match id: 2**-32 chance of a clash at 65,536 events

LEARN_EVERY: Final = timedelta(minutes=15)
"""A fixture is listed for hours: nothing is lost between, and learning costs as much as matching."""
NO_MESSAGES: Final = Subscription(streams=(), group="match", consumer="")  # what a commit of no message is of


class Match:
    """Keeps the events of the index in mind and reads them again when another worker changed it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._version: int | None = None
        self._known: dict[str, KnownEvent] = {}
        self._memory = Memory()
        self._rulings: tuple[Ruling, ...] = ()
        self._kept: Kept = (None, None)  # what memory and rulings were read from
        self._applied: Kept = self._kept  # the same, at the last assignment
        self._learned_at: datetime | None = None

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Assign every event of the batch; its quotes go into the documents in the same step."""
        effects: list[Effects] = []
        poison: dict[tuple[str, str], str] = {}
        arrived: dict[str, Event] = {}
        for message in messages:
            try:
                event, quotes = _told(message)
            except ValueError as error:
                poison[message.place] = str(error)
            else:
                arrived[event.key] = event
                effects.append(Effects(message=message, quotes=quotes))
        self._read_index()
        assignments = self._assign(arrived.values(), self._clock.now())
        return Handled(
            effects=tuple(effects), poison=poison, assignments=tuple(assignments), version=self._version
        )

    def tick(self, now: datetime) -> None:
        """Learn from what is known, apply what is new in that, remove what is over."""
        if self._learned_at is None:
            self._learned_at = now
        try:
            if now - self._learned_at >= LEARN_EVERY:
                self._learn(now)
            version = self._read_index()
            if self._kept != self._applied:
                found = self._assign((), now)
                self._store.commit(NO_MESSAGES, (), now, found, version)
        except Conflict:
            self._applied = (None, None)  # at the next tick, from what the index is then
        self._store.sweep(now)

    def _assign(self, arrived: Iterable[Event], now: datetime) -> list[Assignment]:
        self._applied = self._kept
        return assign(self._known, arrived, now, self._memory, self._rulings)

    def _read_index(self) -> int:
        if self._version is None or self._store.version() != self._version:
            self._version, known = self._store.events()
            self._known = {one.event.key: one for one in known}
            self._know(read_kept(self._store))
        return self._version

    def _know(self, kept: Kept) -> None:
        if kept != self._kept:
            learned, ruled = self._kept = kept
            self._memory = decode_memory(learned, self._memory.names)
            self._rulings = decode_rulings(ruled)

    def _learn(self, now: datetime) -> None:
        version = self._read_index()
        keep_learned(self._store, self._memory, map(fixture, self._events()), now, version)
        self._learned_at = now

    def _events(self) -> Iterator[Event]:
        return (one.event for one in self._known.values())


def assign(
    known: Mapping[str, KnownEvent],
    arrived: Iterable[Event],
    now: datetime,
    memory: Memory | None = None,
    rulings: Sequence[Ruling] = (),
) -> list[Assignment]:
    """Return the assignments that bring the index to the partition of known and arrived events.

    A match keeps the id of its oldest event; an event that leaves a match gets the id of the oldest
    it is now with.
    """
    events = {key: one.event for key, one in known.items()}
    since = {key: (one.since, key) for key, one in known.items()}
    changed = set()
    for event in arrived:
        if events.get(event.key) != event:
            changed.add(event.key)
        events[event.key] = event
        since.setdefault(event.key, (now, event.key))
    joins = match([fixture(event) for event in events.values()], memory, rulings).joins
    taken: set[str] = set()
    assignments = []
    for join in sorted(joins, key=lambda one: min(since[key] for key in one.keys)):
        match_id = _id_of(join, known, since, taken)
        taken.add(match_id)
        evidence = msgspec.json.encode(join).decode()
        for key in join.keys:
            standing = known.get(key)
            if (
                key in changed
                or standing is None
                or standing.match_id != match_id
                or standing.evidence != evidence
            ):
                assignments.append(Assignment(event=events[key], match_id=match_id, evidence=evidence))
    return assignments


def fixture(event: Event) -> Fixture:
    """Return the event as the matcher reads it; live and upcoming of a bookmaker are two providers."""
    return Fixture(
        key=event.key,
        provider=f"{event.bookmaker}/{event.source}",
        kickoff=event.kickoff,
        home=event.home,
        away=event.away,
        competition=event.competition,
        country=event.country,
        category=event.category,
        refs=event.refs,
    )


def _told(message: Message) -> tuple[Event, tuple[Quote, ...]]:
    """Return the event of a message with its quote; a provider's event, which is in `event`, has none.

    Raises: ValueError naming the field.
    """
    field = "event" if "event" in message.fields else "quote"
    if field not in message.fields:
        raise ValueError("field quote is missing")
    try:
        if field == "event":
            return decode_event(message.fields[field]), ()
        quote = decode_quote(message.fields[field])
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error
    return quote.event, (quote,)


def birth_id(event_key: str) -> str:
    """Return the match id that an event has while nothing else joins it; the same on every machine.

    >>> birth_id("BookieAlpha/live/1") == birth_id("BookieAlpha/live/1")
    True
    """
    digest = hashlib.blake2b(event_key.encode(), digest_size=ID_BYTES).digest()
    return "m" + base64.b32encode(digest).decode().rstrip("=").lower()


def _id_of(
    join: Join, known: Mapping[str, KnownEvent], since: Mapping[str, tuple[datetime, str]], taken: set[str]
) -> str:
    oldest_first = sorted(join.keys, key=lambda key: since[key])
    for key in oldest_first:
        if key in known and known[key].match_id not in taken:
            return known[key].match_id
    # its own first id may have stayed with a match that it was in
    births = (oldest_first[0] + "#" * returns for returns in count(1))
    return next(fresh for key in chain(oldest_first, births) if (fresh := birth_id(key)) not in taken)
