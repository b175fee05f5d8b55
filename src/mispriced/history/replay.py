"""A recorded day through the same stages, under a clock that stands between steps: the same each time.

What was recorded is a change of prices; that they were seen again until shortly before the next one is in
the record too (`before`), so they are seen again here as often as their freshness needs it. Rows are taken
by the time at which they were seen, once each: neither the order in which they were written nor a second
copy changes anything. Not here: states of matches, which decide nothing in detection.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES, Quote
from mispriced.errors import Usage
from mispriced.history import parquet
from mispriced.history.read import ALWAYS, Period
from mispriced.history.rows import moment, quote_of
from mispriced.messages import Effects, Subscription
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import Detect
from mispriced.pipeline.match import Match
from mispriced.pipeline.run import Consumer
from mispriced.ports import Stage, Store

STEP: Final = timedelta(seconds=1)
READ_AT_ONCE: Final = 1000


class SteppedClock:
    """A clock that stands until it is moved; intervals go by it too."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._now = start

    def now(self) -> datetime:
        """Return the time of day, aware UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds that it was moved by."""
        return (self._now - self._start).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Return at once: nothing passes but by `move_to`."""

    def move_to(self, now: datetime) -> None:
        """Let it be `now`."""
        self._now = now


class Replay:
    """Runs recorded quotes through a store, which must be empty; `counts` says what came of it."""

    def __init__(self, store: Store, rules: DetectRules) -> None:
        self._store = store
        self._rules = rules
        self.counts: Counter[str] = Counter()

    def run(self, root: Path, period: Period = ALWAYS) -> Iterator[bytes]:
        """Yield what opened, changed and closed as lines of JSON, with when that was.

        Raises: Usage when nothing is recorded there.
        """
        seen = sightings(root, self._rules.limits, period)
        first = next(seen, None)
        if first is None:
            raise Usage(f"{root}: no quote is recorded there in this time")
        clock = SteppedClock(first.seen_at)
        stages: list[tuple[str, Stage]] = [
            ("match", Match(self._store, clock)),
            ("detect", Detect(self._store, clock, self._rules)),
        ]
        consumers = [
            Consumer(
                self._store, self._subscription(role), stage, clock, threading.Event(), batch_timeout_s=0
            )
            for role, stage in stages
        ]
        told = Subscription(streams=(self._store.opportunity_stream(),), group="replay", consumer="replay")
        self._store.join(told)
        ahead: Quote | None = first
        while ahead is not None or self._store.opportunities():
            now = clock.now() + STEP
            if ahead is not None and not self._store.opportunities():
                now = max(now, ahead.seen_at)  # nothing can happen before
            clock.move_to(now)
            quotes = []
            while ahead is not None and ahead.seen_at <= now:
                quotes.append(ahead)
                ahead = next(seen, None)
            self.counts["sightings"] += len(quotes)
            self._store.upsert(quotes, now)
            while sum(consumer.turn(0.0) for consumer in consumers):
                pass
            yield from self._told(told, now)

    def _subscription(self, role: str) -> Subscription:
        named = self._store.data_stream if role == "match" else self._store.matched_stream
        streams = tuple(named(market, source) for source in SOURCES for market in MARKETS)
        return Subscription(streams=streams, group=role, consumer=role)

    def _told(self, subscription: Subscription, now: datetime) -> Sequence[bytes]:
        lines = []
        while messages := self._store.read(subscription, READ_AT_ONCE, 0.0):
            for one in messages:
                name, state = one.fields["id"].decode(), one.fields["state"].decode()
                self.counts[state] += 1
                line = {
                    "at": moment(one.fields["at"]),
                    "id": name,
                    "state": state,
                    "reason": one.fields["reason"].decode(),
                    "body": msgspec.Raw(one.fields["body"]),
                }
                lines.append((name, msgspec.json.encode(line)))
            self._store.commit(subscription, [Effects(message=one) for one in messages], now)
        # what happened to different matches in one step has no order
        return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def sightings(root: Path, limits: FreshnessLimits, period: Period = ALWAYS) -> Iterator[Quote]:
    """Yield each recorded quote when it was first seen, and again while it is known to have stood."""
    during, values = period.where("seen_at")
    priced = "bookmaker, source, event_id, market"
    rows = parquet.stream(
        root,
        "quotes",
        f"""SELECT *, lead(before) OVER (PARTITION BY {priced} ORDER BY seen_at) AS until
        FROM (SELECT * FROM record WHERE {during}
            QUALIFY row_number() OVER (PARTITION BY {priced}, seen_at ORDER BY id) = 1)
        ORDER BY seen_at, source, bookmaker, event_id, market""",
        values,
    )
    again: list[tuple[datetime, int, datetime, Quote]] = []
    order = count()

    def stands(quote: Quote, until: datetime | None) -> None:
        every = limits.of(quote.bookmaker, quote.source) / 2
        if until is not None and until > quote.seen_at:
            heappush(again, (min(quote.seen_at + every, until), next(order), until, quote))

    def before(now: datetime | None) -> Iterator[Quote]:
        while again and (now is None or again[0][0] <= now):
            at, _, until, quote = heappop(again)
            seen = msgspec.structs.replace(quote, seen_at=at)
            yield seen
            stands(seen, until)

    for row in rows:
        quote = quote_of(row)
        yield from before(quote.seen_at)
        yield quote
        stands(quote, row["until"])
    yield from before(None)
