"""What a bookmaker's page received, read by the parsers of its adapter: pure, one body or frame at a time.

A body is read by the step whose path it came from; a frame, and a body of another path, by the first step
that makes something of it. Not here: the browser, and what becomes of the events (feed).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from mispriced.bookmakers.contract import ANY_DAY, Bookmaker, MarketsOf, read
from mispriced.bookmakers.fields import is_of_day
from mispriced.domain.model import Event, Origin, Quote, Source
from mispriced.errors import Usage
from mispriced.exchange import Job, Payload, Request

MOST_EVENTS: Final = 5000  # kept for answers without teams; a site lists about a thousand
SHOWN_ADDRESS: Final = 200  # characters of where a quote is from


class Received(Struct, frozen=True, kw_only=True):
    """A JSON body or frame of the page: its bytes, the address it came from, and when it was complete."""

    body: bytes
    address: str
    seen_at: datetime
    is_frame: bool = False


class Found(Struct, frozen=True, kw_only=True):
    """What was in it: the events listed, and the quotes, of which each is of a listed or known event."""

    events: tuple[Event, ...] = ()
    quotes: tuple[Quote, ...] = ()


class Reader:
    """Reads what one bookmaker's page receives, and remembers the events for answers without teams."""

    def __init__(self, bookmaker: Bookmaker) -> None:
        """Raises: Usage for a bookmaker that does not answer by event id."""
        self._bookmaker = bookmaker
        self._markets_of = markets_of(bookmaker)
        self._known: dict[Source, dict[str, Event]] = {source: {} for source in bookmaker.markets}

    def read(self, received: Received) -> Found:
        """Return the events and quotes of a body or frame; nothing where no step makes something of it."""
        steps = list(self._steps(received.seen_at))
        if not received.is_frame:
            path = urlsplit(received.address).path
            steps = [one for one in steps if path.endswith(one[1].path)] or steps
        for job, request in steps:
            found = self._by(job, request, received)
            if found.events or found.quotes:
                self._remember(job.source, found.events)
                return found
        return Found()

    def _by(self, job: Job, request: Request, received: Received) -> Found:
        asked = msgspec.structs.replace(request, events=tuple(self._known[job.source].values()))
        where = f"{'frame of ' if received.is_frame else ''}{received.address[:SHOWN_ADDRESS]}"
        origin = Origin(request=where, sha256=hashlib.sha256(received.body).hexdigest(), step=request.step)
        payload = Payload(request=asked, body=received.body, seen_at=received.seen_at, origin=origin)
        reading = read(self._bookmaker, payload, job)
        listed = {event.key: event for further in reading.requests for event in further.events}
        priced = {quote.event_key: quote.event for quote in reading.quotes}
        return Found(events=tuple({**priced, **listed}.values()), quotes=reading.quotes)

    def _steps(self, now: datetime) -> Iterator[tuple[Job, Request]]:
        for source in self._known:
            today = job_of(self._bookmaker, source, 0, now)
            every_day = msgspec.structs.replace(today, day=ANY_DAY)
            example = Event(
                bookmaker=self._bookmaker.name, event_id="1", home="a", away="b", kickoff=now, source=source
            )
            seen = set()
            first = self._bookmaker.start(today)
            for request in (*first, *self._markets_of([example], today.markets)):
                if request.step not in seen:
                    seen.add(request.step)
                    yield every_day, request

    def _remember(self, source: Source, events: Sequence[Event]) -> None:
        known = self._known[source]
        for event in events:
            known.pop(event.event_id, None)
            known[event.event_id] = event
        for event_id in list(known)[: max(len(known) - MOST_EVENTS, 0)]:
            del known[event_id]


def markets_of(bookmaker: Bookmaker) -> MarketsOf:
    """Return what asks the bookmaker for the markets of events.

    Raises: Usage for a bookmaker that does not answer by event id.
    """
    if bookmaker.markets_of is None:
        raise Usage(f"{bookmaker.name} does not answer by event id: it has no event stream")
    return bookmaker.markets_of


def job_of(bookmaker: Bookmaker, source: Source, day: int, now: datetime) -> Job:
    """Return a job of every market of a source on a day."""
    period = next(word for word, of_day in bookmaker.periods.items() if of_day == day)
    markets = bookmaker.markets[source]
    return Job(bookmaker=bookmaker.name, markets=markets, source=source, period=period, day=day, now=now)


def period_of(bookmaker: Bookmaker, event: Event, now: datetime) -> str | None:
    """Return the bookmaker's word for the event's day: today's for a live one, None beyond its days."""
    for day in sorted(set(bookmaker.periods.values())):
        job = job_of(bookmaker, event.source, day, now)
        is_late = day == 0 and event.kickoff < now
        if event.source == "live" or is_late or is_of_day(event.kickoff, job):
            return job.period
    return None
