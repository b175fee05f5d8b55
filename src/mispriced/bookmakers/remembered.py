"""Reading a site again and again: a row whose bytes are those of the answer before is not read again.

What is remembered are the rows of the last answer of each request, as `each` reads them. Not here: what a
parser makes of a row that changed (contract).
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct, structs

from mispriced.bookmakers.contract import Bookmaker, Reading, read
from mispriced.bookmakers.fields import nairobi_day
from mispriced.domain.model import Event, Quote
from mispriced.exchange import Job, Payload, Rows

MOST_BYTES: Final = 32_000_000  # of the answers remembered; a live list has half a megabyte

Key: TypeAlias = tuple[object, ...]


class Answer(Struct, frozen=True):
    """What one answer held by its rows, for which events it was asked, and when it came."""

    rows: dict[bytes, tuple[Quote, ...]]
    events: tuple[Event, ...]
    seen_at: datetime
    size: int


class Remembered:
    """Reads as `contract.read` does, and the same, but remembers; for one thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Remember answers of at most so many bytes together; the longest unasked are forgotten first."""
        self._most_bytes = most_bytes
        self._size = 0
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def read(self, bookmaker: Bookmaker, payload: Payload, job: Job) -> Reading:
        """Return the reading of an answer; see `contract.read`.

        Nothing is taken from an answer that came later than this one, as rows are judged by its time, nor
        from one whose request carried other events.
        """
        key = _key(payload, job)
        before = self._answers.pop(key, None)
        self._size -= before.size if before else 0
        is_of_use = (
            before is not None
            and before.seen_at <= payload.seen_at
            and before.events == payload.request.events
        )
        rows = Rows(before=before.rows if before and is_of_use else {}, now={})
        reading = read(bookmaker, structs.replace(payload, rows=rows), job)
        if rows.now:
            self._keep(key, Answer(rows.now, payload.request.events, payload.seen_at, size=len(payload.body)))
        return reading

    def _keep(self, key: Key, answer: Answer) -> None:
        self._answers[key] = answer
        self._size += answer.size
        while self._size > self._most_bytes:
            _, oldest = self._answers.popitem(last=False)
            self._size -= oldest.size


def _key(payload: Payload, job: Job) -> Key:
    """Return what the reading of a row follows from, besides itself and the request's events."""
    request = payload.request
    asked = (request.step, request.path, request.params, request.json_body)
    told = (job.bookmaker, job.markets, job.source, job.period, job.day, nairobi_day(job))
    return (msgspec.json.encode(asked), *told)
