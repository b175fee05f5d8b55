"""What is asked of a site, and what comes back: plain messages between an adapter and the door."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

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
    carry neither teams nor times; `listed_at` is when their list was seen, which tells their scores.
    """

    step: str
    path: str
    params: Mapping[str, str] = {}
    json_body: Any = None
    events: tuple[Event, ...] = ()
    listed_at: datetime | None = None

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{'GET' if self.json_body is None else 'POST'} {self.path}{'?' if query else ''}{query}"


class Rows(Struct, frozen=True, kw_only=True):
    """What rows held, by their bytes: `before` in the last answer to the same request, `now` in this one."""

    before: Mapping[bytes, tuple[Quote, ...]]
    now: dict[bytes, tuple[Quote, ...]]


class Payload(Struct, frozen=True, kw_only=True):
    """An answer that came: its decoded bytes, when it was complete, and what to cite for it.

    `rows`: where a row that did not change since the answer before need not be read again.
    """

    request: Request
    body: bytes
    seen_at: datetime
    origin: Origin
    rows: Rows | None = None

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
