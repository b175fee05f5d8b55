"""The batches a worker has in hand: handled by its stage, committed, split where one message is bad.

A batch stays in hand until it is committed, however long the server is away.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias

import structlog

from mispriced.errors import Fatal, Retry
from mispriced.messages import Conflict, Handled, Message, Subscription
from mispriced.ports import Clock, Stage, Store

MOST_DELIVERIES: Final = 5  # a message handed out so often has failed or killed as many workers
MOST_CONFLICTS: Final = 10  # commits of one batch that met another worker's assignments
LONGEST_CONFLICT_WAIT_S: Final = 0.02
KEPT_ERRORS: Final = 1000

CrashPoint: TypeAlias = Literal["taken", "handled", "committed", "claimed", "buried"]


class Hand:
    """Batches of one subscription on their way through one stage, with counts of what became of them.

    `reached` is told where the work is, for tests that kill it there.
    """

    def __init__(
        self,
        store: Store,
        subscription: Subscription,
        stage: Stage,
        clock: Clock,
        stop: threading.Event,
        reached: Callable[[CrashPoint], None],
    ) -> None:
        self._store = store
        self._subscription = subscription
        self._stage = stage
        self._clock = clock
        self._stop = stop
        self._reached = reached
        self._name = f"{subscription.group}/{subscription.consumer}"
        self._chance = random.Random(self._name)
        self._batches: deque[list[Message]] = deque()
        self._ready: Handled | None = None  # what the stage made of the first batch
        self._errors: dict[tuple[str, str], str] = {}
        self.handled = self.buried = self.failed = 0

    def take(self, messages: Sequence[Message]) -> None:
        """Take messages as one batch; those handed out too often are buried instead."""
        batch = []
        for message in messages:
            if message.deliveries >= MOST_DELIVERIES:
                known = self._errors.get(message.place, "each worker that took it ended")
                self.bury(message, f"delivered {message.deliveries} times: {known}")
            else:
                batch.append(message)
        if batch:
            self._batches.append(batch)

    def work(self) -> None:
        """Settle every batch in hand.

        Raises: Retry, and the next call goes on where this one was.
        """
        while self._batches:
            batch = self._batches[0]
            try:
                self._settle(batch)
            except (Retry, Fatal):
                raise
            except Exception as error:
                self._batches.popleft()
                self._split(batch, error)
            else:
                self._batches.popleft()
                self.handled += len(batch)
            self._ready = None

    def _settle(self, batch: list[Message]) -> None:
        for left in reversed(range(MOST_CONFLICTS)):
            if self._ready is None:
                self._ready = self._stage.handle(batch)
            handled = self._ready
            self._reached("handled")
            self._bury_poison(batch, handled)
            try:
                self._store.commit(
                    self._subscription,
                    handled.effects,
                    self._clock.now(),
                    handled.assignments,
                    handled.version,
                )
            except Conflict:
                if not left:
                    raise
                self._ready = None
                self._stop.wait(self._chance.uniform(0, LONGEST_CONFLICT_WAIT_S))
            else:
                self._reached("committed")
                return

    def _bury_poison(self, batch: Sequence[Message], handled: Handled) -> None:
        good = {one.message.place for one in handled.effects}
        for message in batch:
            if message.place in good:
                continue
            if message.place in handled.poison:
                self.bury(message, handled.poison[message.place])
            else:
                _log.error("message without effects", worker=self._name, stream=message.stream, id=message.id)

    def _split(self, batch: list[Message], error: Exception) -> None:
        """Try the batch one by one; one that fails alone stays pending, to be claimed and tried again."""
        if len(batch) > 1:
            _log.warning("batch failed", worker=self._name, messages=len(batch), error=repr(error))
            self._batches.extendleft([one] for one in reversed(batch))
            return
        message = batch[0]
        self.failed += 1
        self._errors[message.place] = repr(error)
        if len(self._errors) > KEPT_ERRORS:
            del self._errors[next(iter(self._errors))]
        _log.error(
            "message failed",
            worker=self._name,
            stream=message.stream,
            id=message.id,
            deliveries=message.deliveries,
            error=repr(error),
        )

    def bury(self, message: Message, error: str) -> None:
        """Put a message to the dead letters."""
        self._store.bury(self._subscription, message, error, self._clock.now())
        self._errors.pop(message.place, None)
        self.buried += 1
        self._reached("buried")
        _log.warning("message buried", worker=self._name, stream=message.stream, id=message.id, error=error)


_log: Final = structlog.get_logger()
