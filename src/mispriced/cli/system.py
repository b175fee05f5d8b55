"""Every role in one process, over the same streams as the fleet: one thread and one store a role."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

from mispriced.backends.http import HttpDoor
from mispriced.cli.observing import Observed
from mispriced.cli.wiring import detect_rules, door, freshness, planned, rereads, sites
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Fatal
from mispriced.launcher.plan import jobs
from mispriced.messages import Subscription
from mispriced.pipeline.detect import Detect
from mispriced.pipeline.extract import Extract, Extraction
from mispriced.pipeline.match import Match
from mispriced.pipeline.run import Consumer
from mispriced.pipeline.views import SIMULATED
from mispriced.ports import Clock, Stage, Store
from mispriced.settings.model import Settings

POLL_S: Final = 0.005  # at first; a look at every stream costs the server something
POLL_PART: Final = 0.05  # of the wait so far is the next pause
STOP_S: Final = 10.0  # for the batches in hand


class System:
    """The roles extract, match and detect of both sources, each in a thread."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Callable[[], Store],
        landed: Callable[[Extraction], None] | None = None,
        seen: Observed | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._open_store = store
        self._landed = landed or (seen.landed if seen else None)
        self._seen = seen
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._cycles = count(1)
        self.streams = planned(settings)
        door(settings, clock)  # it refuses an address, proxy or limit that cannot be used
        self.store = store()
        if settings.simulated:
            self.store.note(SIMULATED, b"1")

    def __enter__(self) -> System:
        for source in SOURCES:
            if self.streams[source]:
                self._start("extract", source, [one.name for one in self.streams[source]])
                self._start("match", source, [self.store.data_stream(market, source) for market in MARKETS])
                self._start(
                    "detect", source, [self.store.matched_stream(market, source) for market in MARKETS]
                )
        if self._settings.record.enabled:
            from mispriced.cli.recording import record
            from mispriced.history.record import subscription as recorded

            self.store.join(recorded(self.store))  # before anything is written
            self._begin(lambda: record(self._settings, self._open_store, self._clock, self._stop), "record")
        if self._settings.alerts.targets:
            from mispriced.cli.alerting import loops

            for name, run in loops(self._settings, self._open_store, self._clock, self._stop):
                self._begin(run, name)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_S)
        self.store.close()

    def publish(self, source: Source) -> int:
        """Publish the jobs of one cycle; return how many."""
        planned = jobs(
            self.streams[source], f"{self._clock.now().isoformat()}#{next(self._cycles)}", self._clock.now()
        )
        self.store.publish(planned)
        return len(planned)

    def settle(self, source: Source, within_s: float) -> bool:
        """Wait until every message of the source's streams is read and acknowledged; False if not in time.

        Raises: Fatal when a role ended.
        """
        began = time.monotonic()
        while (waited_s := time.monotonic() - began) < within_s:
            if dead := [name for name, is_alive in self.alive().items() if not is_alive]:
                raise Fatal(f"{', '.join(dead)} ended; the log above says why")
            if not self.waiting(source):
                return True
            time.sleep(max(POLL_S, POLL_PART * waited_s))
        return False

    def waiting(self, source: Source) -> int:
        """Return how many messages are before the source's workers, in one consistent look."""
        mine = {one.name for one in self.streams[source]}
        for market in MARKETS:
            mine |= {self.store.data_stream(market, source), self.store.matched_stream(market, source)}
        return sum(one.unread + one.pending for one in self.store.backlog() if one.stream in mine)

    def alive(self) -> dict[str, bool]:
        """Return which roles run."""
        return {thread.name: thread.is_alive() for thread in self._threads}

    def _start(self, role: str, source: Source, streams: Sequence[str]) -> None:
        subscription = Subscription(
            streams=tuple(streams), group=role, consumer=f"{role}-{source}-{os.getpid()}"
        )
        self.store.join(subscription)
        self._begin(lambda: self._run(role, subscription), f"{role}-{source}")

    def _begin(self, run: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=run, name=name)
        self._threads.append(thread)
        thread.start()

    def _run(self, role: str, subscription: Subscription) -> None:
        store = self._open_store()
        stage = self._stage(role, store)
        reached, turned = self._seen.consumer(role, subscription.consumer) if self._seen else (None, None)
        try:
            Consumer(
                store,
                subscription,
                stage,
                self._clock,
                self._stop,
                batch_size=BATCH[role],
                batch_timeout_s=BATCH_TIMEOUT_S[role],
                reached=reached,
                observed=turned,
            ).run()
        finally:
            if isinstance(stage, Extract):
                stage.close()
            store.close()

    def _door(self) -> HttpDoor:
        opened = door(self._settings, self._clock)
        return self._seen.door(opened, sites(self._settings)) if self._seen else opened

    def _stage(self, role: str, store: Store) -> Stage:
        if role == "extract":
            return Extract(
                store,
                self._clock,
                self._door,
                self._settings.cache_s,
                self._landed,
                freshness(self._settings),
            )
        if role == "match":
            return Match(store, self._clock)
        return Detect(store, self._clock, detect_rules(self._settings), rereads(self._settings))


# Messages a batch closes at, and seconds after its first. A match batch is large because each one
# matches all events again; a detect batch is short because a surebet does not wait.
BATCH: Final = {"extract": 60, "match": 1000, "detect": 200}
BATCH_TIMEOUT_S: Final = {"extract": 0.02, "match": 0.05, "detect": 0.0}
