"""What one worker is told to wait, no worker asks: pauses of sites, kept in the store.

Each worker has a door of its own with a breaker of its own; the pause is what they share. When it is
over, each may probe.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from mispriced.errors import Retry
from mispriced.exchange import Payload, Refusal, Request
from mispriced.ports import Clock, Fetcher, Store

PAUSES: Final = "pause/"  # notes `pause/BOOKMAKER/SOURCE`: not to be asked before the time in it
SHORTEST_S: Final = 1.0  # a shorter one is over before another worker hears of it
READ_S: Final = 1.0  # a pause is heard of within it


class SharedDoor:
    """A fetcher that keeps the pauses of all workers, and tells them its own."""

    def __init__(self, door: Fetcher, store: Store, clock: Clock) -> None:
        self._door = door
        self._store = store
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._read_at: float | None = None

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        """Return the answer, or why there is none; see `Fetcher`."""
        self._read()
        now = self._clock.now()
        if (until := self._until.get(site, now)) > now:
            left_s = (until - now).total_seconds()
            reason = f"{site} is paused, {left_s:.3g} s are left"
            return Refusal(request=request, outcome="retry_later", reason=reason, after_s=left_s)
        answer = await self._door.fetch(site, request)
        if isinstance(answer, Refusal) and answer.after_s is not None and answer.after_s >= SHORTEST_S:
            self._pause(site, self._clock.now() + timedelta(seconds=answer.after_s))
        return answer

    async def aclose(self) -> None:
        """Close the door."""
        closing = getattr(self._door, "aclose", None)
        if closing is not None:
            await closing()

    def _read(self) -> None:
        now = self._clock.monotonic()
        if self._read_at is not None and now - self._read_at < READ_S:
            return
        self._read_at = now
        try:
            self._until |= pauses(self._store, self._clock.now())
        except Retry as error:
            _log.debug("pauses not read", error=str(error))

    def _pause(self, site: str, until: datetime) -> None:
        if until <= self._until.get(site, self._clock.now()):
            return
        self._until[site] = until
        try:
            self._store.note(PAUSES + site, until.isoformat().encode(), until)
        except Retry as error:
            _log.debug("pause not kept", error=str(error))


def pauses(store: Store, now: datetime) -> dict[str, datetime]:
    """Return until when each `BOOKMAKER/SOURCE` is not to be asked, where that is later than now.

    Raises: Retry when the server is away.
    """
    found = {
        name.removeprefix(PAUSES): datetime.fromisoformat(value.decode())
        for name, value in store.notes(PAUSES).items()
    }
    return {name: until for name, until in found.items() if until > now}


_log: Final = structlog.get_logger()
