"""When the next cycle of a source is due, and which of its jobs are published then.

A fixed rate: a cycle that could not be begun in time is left out and counted, never made up for. What
was published and not yet worked off is not published again, so nothing piles up.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.domain.markets import MARKETS
from mispriced.domain.model import Source
from mispriced.launcher.plan import TaskStream, jobs
from mispriced.pipeline.pauses import pauses
from mispriced.ports import Clock, Store

MOST_WAITING: Final = 5_000  # quotes or documents of a source that wait: more would only be older


class Cadence:
    """The moments at which cycles are due: every so many seconds, each up to `jitter` of that later."""

    def __init__(
        self, every_s: Mapping[Source, float], clock: Clock, chance: random.Random, jitter: float = 0.1
    ) -> None:
        self._every_s = every_s
        self._clock = clock
        self._chance = chance
        self._jitter = jitter
        self._start = clock.monotonic()
        self._next = dict.fromkeys(every_s, 0)
        self._wait_s = {source: self._drawn(source) for source in every_s}
        self.missed: Counter[Source] = Counter()

    def due(self) -> list[Source]:
        """Return the sources whose cycle is due now, once each; cycles that time ran past are `missed`."""
        now_s = self._clock.monotonic() - self._start
        found = []
        for source, every_s in self._every_s.items():
            if now_s < self._next[source] * every_s + self._wait_s[source]:
                continue
            found.append(source)
            current = max(self._next[source], int(now_s // every_s))
            self.missed[source] += current - self._next[source]
            self._next[source] = current + 1
            self._wait_s[source] = self._drawn(source)
        return found

    def _drawn(self, source: Source) -> float:
        return self._chance.uniform(0, self._jitter * self._every_s[source])


class Cycle(Struct, frozen=True, kw_only=True):
    """What became of one cycle of a source, kept in the note `cycle/SOURCE`.

    `late`: task streams whose last jobs are not worked off and that got none. `paused`: bookmakers
    that are not to be asked now. `skipped`: streams left out since the launcher started.
    """

    source: Source
    at: datetime
    published: int
    late: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    skipped: int = 0


class Publisher:
    """Publishes the jobs of cycles."""

    def __init__(self, store: Store, planned: Mapping[Source, Sequence[TaskStream]], clock: Clock) -> None:
        self._store = store
        self._planned = planned
        self._clock = clock
        self._skipped: Counter[Source] = Counter()

    def publish(self, source: Source) -> Cycle:
        """Publish the jobs of a source's cycle, without those of late streams and paused bookmakers.

        Raises: Retry when the server is away.
        """
        now = self._clock.now()
        waiting = self.waiting()
        behind = [
            name
            for market in MARKETS
            for name in (self._store.data_stream(market, source), self._store.matched_stream(market, source))
            if waiting[name] > MOST_WAITING
        ]
        streams = self._planned[source]
        late = {one.name for one in streams if waiting[one.name] or behind}
        paused = pauses(self._store, now).keys() & {
            f"{name}/{source}" for one in streams for name in one.periods
        }
        names = {one.rpartition("/")[0] for one in paused}
        wanted = [_without(one, names) for one in streams if one.name not in late]
        planned = jobs(wanted, now.isoformat(), now)
        if planned:
            self._store.publish(planned)
        self._skipped[source] += len(late)
        cycle = Cycle(
            source=source,
            at=now,
            published=len(planned),
            late=tuple(sorted(late)),
            paused=tuple(sorted(names)),
            skipped=self._skipped[source],
        )
        self._store.note(f"cycle/{source}", msgspec.json.encode(cycle))
        return cycle

    def waiting(self) -> Counter[str]:
        """Return how many messages wait or are in hand, by stream."""
        found: Counter[str] = Counter()
        for one in self._store.backlog():
            found[one.stream] += one.unread + one.pending
        return found

    def left(self, also: Iterable[str] = ()) -> int:
        """Return how many messages of the planned sources, and of streams beside, wait or are in hand."""
        mine = {one.name for streams in self._planned.values() for one in streams} | set(also)
        for source in self._planned:
            for market in MARKETS:
                mine |= {self._store.data_stream(market, source), self._store.matched_stream(market, source)}
        return sum(number for name, number in self.waiting().items() if name in mine)


def _without(stream: TaskStream, names: Collection[str]) -> TaskStream:
    kept = {name: word for name, word in stream.periods.items() if name not in names}
    return msgspec.structs.replace(stream, periods=kept)
