"""What was opened during a run, by the stream of changes: a surebet may be over before somebody looks."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import msgspec

from mispriced.errors import Retry
from mispriced.messages import Effects, Message, Opportunity, Subscription
from mispriced.ports import Store


class Opened:
    """The opportunities that were opened since the reader was made, by the stream of their changes.

    As a context it leaves no group behind, for which the stream would be kept and grow.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._subscription = Subscription(
            streams=(store.opportunity_stream(),), group="report", consumer="report"
        )
        self._found: dict[str, Opportunity] = {}
        self._store.join(self._subscription)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Retry):  # the server is away: the next reader of its name takes the group over
            self._store.disband(self._subscription)

    def skip(self, now: datetime) -> None:
        """Leave out what was opened up to now, which an earlier reader of this store did not read."""
        self.read(now)
        self._found.clear()

    def read(self, now: datetime) -> list[Opportunity]:
        """Return what was opened up to now, each as it was first."""
        while messages := self._store.read(self._subscription, 500, 0.0):
            for message in messages:
                self._keep(message)
            self._store.commit(self._subscription, [Effects(message=one) for one in messages], now)
        return list(self._found.values())

    def _keep(self, message: Message) -> None:
        if message.fields["state"] != b"closed":
            body = msgspec.json.decode(message.fields["body"], type=Opportunity)
            self._found.setdefault(body.id, body)
