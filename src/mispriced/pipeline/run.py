"""The consumer: the one loop around any stage.

It takes messages, has the stage handle them in batches, and commits effects and acknowledgement in
one step. A worker may be killed or frozen at any moment: what it had taken and not acknowledged is
taken again, one message at a time, so that the one that kills workers is found without its neighbours.
Not here: what a stage does, and whether workers are restarted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from mispriced.errors import Fatal, Retry
from mispriced.messages import Message, Subscription
from mispriced.pipeline.hand import CrashPoint, Hand
from mispriced.pipeline.patience import Patience
from mispriced.ports import Clock, Stage, Store

BLOCK_S: Final = 0.2  # a stop flag is seen within it
HEARTBEAT_KEPT: Final = timedelta(days=1)


class Rhythm(Struct, frozen=True, kw_only=True):
    """Seconds between the things a consumer does by time.

    `claim_idle_s`: a message that nobody acknowledged for so long is abandoned; longer than the
    longest batch takes, or two workers do the same work and one of them for nothing.
    """

    claim_idle_s: float = 30.0
    claim_s: float = 1.0
    tick_s: float = 1.0
    trim_s: float = 10.0
    beat_s: float = 1.0


class Heartbeat(Struct, frozen=True, kw_only=True):
    """What a worker says of itself every second, in the note `worker/GROUP/CONSUMER`."""

    at: datetime
    streams: tuple[str, ...]
    handled: int
    buried: int
    failed: int


class Consumer:
    """Runs one stage on one subscription until `stop` is set.

    A batch closes at `batch_size` messages or `batch_timeout_s` after its first. `refuse` says why a
    message is not for the stage; it is buried when it is read and closes no batch. `reached` is told
    where the loop is, for tests that kill it there and for measures. `observed` is told how many were
    handled, buried and failed so far, after each turn, also one in which the server was away.
    """

    def __init__(
        self,
        store: Store,
        subscription: Subscription,
        stage: Stage,
        clock: Clock,
        stop: threading.Event,
        *,
        batch_size: int = 100,
        batch_timeout_s: float = 1.0,
        rhythm: Rhythm | None = None,
        refuse: Callable[[Message], str | None] | None = None,
        reached: Callable[[CrashPoint], None] | None = None,
        observed: Callable[[int, int, int], None] | None = None,
    ) -> None:
        self._store = store
        self._subscription = subscription
        self._stage = stage
        self._clock = clock
        self._stop = stop
        self._batch_size = batch_size
        self._batch_timeout_s = batch_timeout_s
        self._rhythm = rhythm or Rhythm()
        self._refuse = refuse
        self._reached = reached or _nothing
        self._observed = observed or _nothing
        self._name = f"{subscription.group}/{subscription.consumer}"
        self._patience = Patience(self._name, clock, stop)
        self._hand = Hand(store, subscription, stage, clock, stop, self._reached)
        self._is_recovering = True
        self._due: dict[str, float] = {}

    def run(self) -> None:
        """Consume until told to stop; the batch in hand is finished, nothing else is begun.

        Raises: Fatal when a person has to act.
        """
        while not self._stop.is_set():
            try:
                self.turn()
            except Retry as error:
                self._patience.wait(error)
            self._observed(self._hand.handled, self._hand.buried, self._hand.failed)
        try:
            self._store.leave(self._subscription)
        except Retry as error:
            _log.info("left without goodbye", worker=self._name, error=str(error))

    def turn(self, wait_s: float = BLOCK_S) -> int:
        """Do what is due and handle one batch, waiting `wait_s` for its first message; return its size.

        Raises: Retry when the server is away; what is in hand is tried again by the next turn.
        """
        before = self._hand.handled
        self._hand.work()
        if self._is_recovering:
            self._recover()
        self._by_time()
        self._hand.take(self._collect(wait_s))
        self._patience.reset()
        self._hand.work()
        return self._hand.handled - before

    def _recover(self) -> None:
        while own := self._store.own_pending(self._subscription, 1):
            self._hand.take(own)
            self._hand.work()
            if self._stop.is_set():
                return
        self._is_recovering = False

    def _by_time(self) -> None:
        if self._is_due("claim", min(self._rhythm.claim_s, self._rhythm.claim_idle_s / 3)):
            self._take_over()
        if self._is_due("tick", self._rhythm.tick_s):
            self._tick()
        if self._is_due("trim", self._rhythm.trim_s):
            self._store.trim()
        if self._is_due("beat", self._rhythm.beat_s):
            self._beat()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self._clock.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_s
        return True

    def _take_over(self) -> None:
        for _ in range(self._batch_size):
            abandoned = self._store.claim(self._subscription, self._rhythm.claim_idle_s, 1)
            if not abandoned or self._stop.is_set():
                return
            self._reached("claimed")
            self._hand.take(abandoned)
            self._hand.work()
        self._due["claim"] = 0.0  # there may be more

    def _tick(self) -> None:
        try:
            self._stage.tick(self._clock.now())
        except (Retry, Fatal):
            raise
        except Exception as error:
            _log.error("tick failed", worker=self._name, error=repr(error))

    def _beat(self) -> None:
        now = self._clock.now()
        heartbeat = Heartbeat(
            at=now,
            streams=self._subscription.streams,
            handled=self._hand.handled,
            buried=self._hand.buried,
            failed=self._hand.failed,
        )
        self._store.note(f"worker/{self._name}", msgspec.json.encode(heartbeat), now + HEARTBEAT_KEPT)

    def _collect(self, wait_s: float) -> list[Message]:
        found = self._read(self._batch_size, wait_s)
        closes = self._clock.monotonic() + self._batch_timeout_s
        while found and len(found) < self._batch_size and not self._stop.is_set():
            left_s = closes - self._clock.monotonic()
            if left_s <= 0:
                break
            found += self._read(self._batch_size - len(found), min(BLOCK_S, left_s))
        return found

    def _read(self, count: int, wait_s: float) -> list[Message]:
        # should the answer be lost, its messages are ours without our knowing them
        self._is_recovering = True
        found = self._store.read(self._subscription, count, wait_s)
        if found:
            self._reached("taken")
        kept = [one for one in found if not self._is_refused(one)]
        self._is_recovering = False
        return kept

    def _is_refused(self, message: Message) -> bool:
        reason = self._refuse(message) if self._refuse else None
        if reason is not None:
            self._hand.bury(message, reason)
        return reason is not None


def _nothing(*_: object) -> None:
    pass


_log: Final = structlog.get_logger()
