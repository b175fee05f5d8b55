"""Reading a recorded answer without a network: every market, every day, the same parsers.

Not here: reading the file (cli).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from mispriced.bookmakers.contract import ANY_DAY, Bookmaker, Reading, Skipped, read
from mispriced.domain.model import Event, Source
from mispriced.errors import Usage, unknown
from mispriced.exchange import Job, Payload, Request

TODAY: Final = 0


def parse_file(
    bookmaker: Bookmaker,
    source: Source,
    step: str,
    body: bytes,
    seen_at: datetime,
    after: bytes | None = None,
) -> Reading:
    """Return what a recorded answer of a step holds.

    `after` is an answer of the step before: its events travel to this one, as they do in a reading
    from the site. Without it an answer that has no teams comes back with its items skipped.

    Raises: Usage for a source or a step that is not the bookmaker's.
    """
    if source not in bookmaker.steps:
        raise Usage(unknown(f"source of {bookmaker.name}", source, bookmaker.steps))
    steps = bookmaker.steps[source]
    if step not in steps:
        raise Usage(unknown(f"step of {bookmaker.name} {source}", step, steps))
    job = Job(
        bookmaker=bookmaker.name,
        markets=bookmaker.markets[source],
        source=source,
        period=next(period for period, day in bookmaker.periods.items() if day == TODAY),
        day=ANY_DAY,
        now=seen_at,
    )
    request = _first(bookmaker, job, step)
    if after is not None:
        before = steps.index(step) - 1
        if before < 0:
            raise Usage(f"{step} is the first step of {bookmaker.name} {source}: nothing comes before it")
        payload = Payload.of(_first(bookmaker, job, steps[before]), after, seen_at)
        reading = read(bookmaker, payload, job)
        followed = [further for further in reading.requests if further.step == step]
        if not followed:
            why = "; ".join(one.reason for one in reading.skipped) or "it leads to none"
            reason = f"--after: no request for {step} in the answer of {steps[before]}: {why}"
            return Reading(outcome="rejected", skipped=(Skipped(reason),))
        events: dict[str, Event] = {event.event_id: event for one in followed for event in one.events}
        request = msgspec.structs.replace(followed[0], events=tuple(events.values()))
    return read(bookmaker, Payload.of(request, body, seen_at), job)


def _first(bookmaker: Bookmaker, job: Job, step: str) -> Request:
    asked = (request for request in bookmaker.start(job) if request.step == step)
    return next(asked, Request(step=step, path=""))
