"""The stage of a bookmaker's event stream: events that its page listed get their quotes.

A quote that the page carried is taken as it is; for the other events of a batch the site is asked by their
ids. Which match an event belongs to is the store's to know: its quote is merged there, or sent to the match
worker. Not here: who lists the events (listener), and the order of a whole reading (extract).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mispriced.bookmakers.contract import Bookmaker
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source
from mispriced.domain.names import categorize
from mispriced.errors import Retry, Skip, Usage
from mispriced.exchange import Job, Payload, Refusal, Request
from mispriced.messages import Effects, Handled, Message
from mispriced.pipeline.extract import Extraction, extract
from mispriced.ports import Clock, Fetcher, Store

VERSION: Final = "1"
LONGEST_ENTRY: Final = 20_000  # bytes of one field; a quote has about 600


def event_fields(event: Event, quote: Quote | None = None) -> dict[str, str | bytes]:
    """Return the fields of an event's entry; `refs` and `quote` are JSON."""
    fields: dict[str, str | bytes] = {
        "event_id": event.event_id,
        "refs": msgspec.json.encode(event.refs),
        "home": event.home,
        "away": event.away,
        "competition": event.competition,
        "country": event.country,
        "kickoff": event.kickoff.isoformat(),
        "v": VERSION,
    }
    return fields if quote is None else {**fields, "quote": msgspec.json.encode(quote)}


class EventStream:
    """Handles the entries of one bookmaker, market, source and period.

    `fetcher` is made inside the loop that it lives in. `landed` is told what each asking gave.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        fetcher: Callable[[], Fetcher],
        bookmaker: Bookmaker,
        market: Market,
        source: Source,
        period: str,
        landed: Callable[[Extraction], None] | None = None,
    ) -> None:
        """Raises: Usage for a bookmaker that does not answer by event id."""
        if bookmaker.markets_of is None:
            raise Usage(f"{bookmaker.name} does not answer by event id: it has no event stream")
        self._store = store
        self._clock = clock
        self._make_fetcher = fetcher
        self._fetcher: Fetcher | None = None
        self._bookmaker = bookmaker
        self._markets_of = bookmaker.markets_of
        self._market: Market = market
        self._source: Source = source
        self._period = period
        self._landed = landed
        self._last_good: datetime | None = None
        self._loop = asyncio.Runner()

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Return each entry's quotes as its effects; one that is no event is poison.

        An event that the site does not answer for has no quote: its entry is acknowledged, the page
        lists the event again.
        """
        quotes: dict[tuple[str, str], list[Quote]] = {}
        asked: dict[str, list[tuple[str, str]]] = defaultdict(list)
        events: dict[str, Event] = {}
        poison: dict[tuple[str, str], str] = {}
        for message in messages:
            try:
                event, quote = self._read(message.fields)
            except Skip as error:
                poison[message.place] = str(error)
                continue
            quotes[message.place] = [quote] if quote else []
            if quote is None:
                events[event.event_id] = event
                asked[event.event_id].append(message.place)
        for found in self._ask(list(events.values())) if events else ():
            quotes[asked[found.event_id][-1]].append(found)
        effects = [
            Effects(message=message, quotes=tuple(quotes[message.place]))
            for message in messages
            if message.place in quotes
        ]
        return Handled(effects=tuple(effects), poison=poison)

    def tick(self, now: datetime) -> None:
        """Do nothing: entries come by the clock of the page."""

    def close(self) -> None:
        """Close the fetcher and its loop."""
        closing = getattr(self._fetcher, "aclose", None)
        if closing is not None:
            self._loop.run(_awaited(closing))
        self._loop.close()

    def _ask(self, events: Sequence[Event]) -> list[Quote]:
        def by_id(_: Job) -> Iterator[Request]:
            return self._markets_of(events, (self._market,))

        now = self._clock.now()
        job = Job(
            bookmaker=self._bookmaker.name,
            markets=(self._market,),
            source=self._source,
            period=self._period,
            day=self._bookmaker.periods[self._period],
            now=now,
        )
        started = self._clock.monotonic()
        reading = msgspec.structs.replace(self._bookmaker, start=by_id)
        found, report = self._loop.run(extract(reading, job, self._fetch))
        is_good = report.quotes > 0 or set(report.outcomes) <= {"ok", "empty"}
        self._last_good = self._clock.now() if is_good else self._last_good
        extraction = msgspec.structs.replace(
            report,
            at=self._clock.now(),
            seconds=self._clock.monotonic() - started,
            last_good=self._last_good,
        )
        name = f"extraction/{job.bookmaker}/{job.source}/{self._market}/{job.period}/events"
        self._store.note(name, msgspec.json.encode(extraction))
        if self._landed is not None:
            self._landed(extraction)
        known = {event.event_id for event in events}
        return [quote for quote in found if quote.event_id in known]

    async def _fetch(self, request: Request) -> Payload | Refusal:
        if self._fetcher is None:
            self._fetcher = self._make_fetcher()
        try:
            return await self._fetcher.fetch(f"{self._bookmaker.name}/{self._source}", request)
        except Retry as error:  # of a door that asks the store for pauses
            return Refusal(request=request, outcome="retry_later", reason=str(error))

    def _read(self, fields: Mapping[str, bytes]) -> tuple[Event, Quote | None]:
        """Return the event of an entry, and its quote where it has one.

        Raises: Skip naming what is missing or wrong.
        """
        try:
            home, away, country, competition = (
                _text(fields, name) for name in ("home", "away", "country", "competition")
            )
            event = Event(
                bookmaker=self._bookmaker.name,
                event_id=_text(fields, "event_id"),
                refs=msgspec.json.decode(_text(fields, "refs") or "{}", type=dict[str, str]),
                home=home,
                away=away,
                competition=competition,
                country=country,
                category=categorize(home, away, competition, country),
                kickoff=msgspec.convert(_text(fields, "kickoff"), datetime),
                source=self._source,
            )
            if "quote" not in fields:
                return event, None
            quote = msgspec.json.decode(_text(fields, "quote"), type=Quote)
        except (msgspec.DecodeError, ValueError) as error:
            raise Skip(f"no event of {self._bookmaker.name}: {error}") from error
        if (quote.event_key, quote.market) != (event.key, self._market):
            raise Skip(f"quote is {quote.market} of {quote.event_key}, must be {self._market} of {event.key}")
        return event, quote


def _text(fields: Mapping[str, bytes], name: str) -> str:
    value = fields.get(name, b"" if name in ("refs", "country", "competition") else None)
    if value is None:
        raise Skip(f"field {name} is missing; the entry has: {', '.join(sorted(fields)) or 'nothing'}")
    if len(value) > LONGEST_ENTRY:
        raise Skip(f"field {name} has {len(value)} bytes, at most {LONGEST_ENTRY} are allowed")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Skip(f"field {name} is not UTF-8") from error


async def _awaited(closing: Callable[[], Awaitable[None]]) -> None:
    await closing()
