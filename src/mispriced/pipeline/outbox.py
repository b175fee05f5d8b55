"""The outbox's way out: one sender a target, which sends one alert after the other until it is taken.

Each target is a group of its own: one that hangs or is gone holds up no other. An attempt that a kill cut
off may have arrived: it is made again where the target tells copies by the delivery's id, and not at a
service that would show it twice. Not here: what is sent over (backends/notify.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog

from mispriced.errors import Retry, Skip
from mispriced.messages import Delivery, Effects, Message, Subscription
from mispriced.pipeline.alert_rules import Alert
from mispriced.pipeline.alerts import first_on, read_alert
from mispriced.pipeline.patience import Patience
from mispriced.ports import Clock, Notifier, Store

BLOCK_S: Final = 0.2
WAIT_S: Final = 0.05  # between looks whether it is time for the next attempt
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
GROUP: Final = "alerts-"  # begins the group of each target

_log: Final = structlog.get_logger()


class Sender:
    """Sends the alerts of the outbox to one target until `stop` is set."""

    def __init__(
        self,
        store: Store,
        name: str,
        target: Notifier,
        words: Callable[[str, Alert], Delivery],
        clock: Clock,
        stop: threading.Event,
        give_up_s: float = 3600.0,
    ) -> None:
        self._store = store
        self._target = target
        self._words = words
        self._clock = clock
        self._stop = stop
        self._give_up = timedelta(seconds=give_up_s)
        self._name = name
        self._mark = f"alerts/sending/{name}"
        self._subscription = subscription(store, name)
        self._patience = Patience(f"{GROUP}{name}", clock, stop)
        self._message: Message | None = None
        self._is_sent = False
        self._is_recovering = True
        self._failures = 0
        self._not_before = 0.0

    def run(self) -> None:
        """Send until told to stop."""
        while not self._stop.is_set():
            try:
                self.turn()
            except Retry as error:  # the server's; a target's is waited out by `turn`
                self._patience.wait(error)

    def turn(self, wait_s: float = BLOCK_S) -> bool:
        """Take an alert, or try again with the one in hand when it is time; return whether it is done with.

        Raises: Retry when the server is away.
        """
        if self._message is None:
            self._take(wait_s)
        if self._message is None:
            return False
        if not self._is_sent and self._clock.monotonic() < self._not_before:
            self._stop.wait(WAIT_S)
            return False
        if not self._is_sent:
            self._try(self._message)
        if self._is_sent:
            self._store.commit(self._subscription, [Effects(message=self._message)], self._clock.now())
            self._done()
        self._patience.reset()
        return self._message is None

    def _take(self, wait_s: float) -> None:
        taken = self._store.own_pending(self._subscription, 1) if self._is_recovering else []
        is_again = bool(taken)
        self._is_recovering = True  # should the answer be lost, its alert is ours without our knowing
        if not taken:
            taken = self._store.read(self._subscription, 1, wait_s)
            self._is_recovering = False
        for message in taken:
            self._message = message
            if is_again and self._was_cut_off(message):
                _log.warning("alert may have arrived: not sent again", target=self._name, id=message.id)
                self._is_sent = True

    def _was_cut_off(self, message: Message) -> bool:
        if self._target.tells_copies:
            return False
        return self._store.notes(self._mark).get(self._mark) == message.id.encode()

    def _try(self, message: Message) -> None:
        try:
            alert = read_alert(message)
        except (KeyError, ValueError) as error:
            self._bury(message, f"no alert: {error}")
            return
        now = self._clock.now()
        if alert.at < first_on(self._store, f"alerts/since/{self._name}", now):
            self._is_sent = True  # of before the target was named
            return
        if now - alert.at > self._give_up and self._failures:
            self._bury(message, f"not taken for {self._give_up.total_seconds():.0f} s")
            return
        self._store.note(self._mark, message.id.encode())
        try:
            self._target.send(self._words(message.id, alert))
        except Retry as error:
            self._failed(error)
            self._store.note(self._mark, b"")
        except Skip as error:
            self._bury(message, str(error))
        else:
            self._is_sent = True

    def _failed(self, error: Retry) -> None:
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**self._failures)
        wait_s = max(wait_s, error.after_s or 0.0)
        self._failures += 1
        self._not_before = self._clock.monotonic() + wait_s
        _log.warning("alert not taken", target=self._name, error=str(error), again_in_s=wait_s)

    def _bury(self, message: Message, error: str) -> None:
        _log.error("alert given up", target=self._name, id=message.id, error=error)
        self._store.bury(self._subscription, message, f"{self._name}: {error}", self._clock.now())
        self._done()

    def _done(self) -> None:
        self._message, self._is_sent, self._failures, self._not_before = None, False, 0, 0.0


def subscription(store: Store, name: str) -> Subscription:
    """Return what the sender of a target reads."""
    group = f"{GROUP}{name}"
    return Subscription(streams=(store.alert_stream(),), group=group, consumer=group)


def join(store: Store, targets: Mapping[str, object], clock: Clock) -> None:
    """Let each target get what is told from now on, and those that are targets no more get nothing."""
    outbox = store.alert_stream()
    for one in store.backlog():
        name = one.group.removeprefix(GROUP)
        if one.stream == outbox and one.group.startswith(GROUP) and name not in targets:
            store.disband(subscription(store, name))
    for name in targets:
        first_on(store, f"alerts/since/{name}", clock.now())
        store.join(subscription(store, name))
