"""How long to wait for a server that is away, and how seldom to say so."""

from __future__ import annotations

import random
import threading
from typing import Final

import structlog

from mispriced.errors import Retry
from mispriced.ports import Clock

SHORTEST_S: Final = 0.05
LONGEST_S: Final = 1.0  # a server that is back is used again within a second
QUIET_S: Final = 10.0  # between two warnings while it is away


class Patience:
    """Waits twice as long each time, with jitter, and no longer than until `stop` is set."""

    def __init__(self, name: str, clock: Clock, stop: threading.Event) -> None:
        self._name = name
        self._clock = clock
        self._stop = stop
        self._chance = random.Random(name)  # workers that lost the server together come back apart
        self._tries = 0
        self._since = 0.0
        self._said_at: float | None = None

    def wait(self, error: Retry) -> None:
        """Wait after a failed try."""
        now = self._clock.monotonic()
        if self._tries == 0:
            self._since = now
        if self._said_at is None or now - self._said_at >= QUIET_S:
            self._said_at = now
            _log.warning(
                "server away", worker=self._name, error=str(error), for_s=round(now - self._since, 1)
            )
        longest = min(LONGEST_S, SHORTEST_S * 2**self._tries)
        self._tries += 1
        self._stop.wait(max(error.after_s or 0.0, longest * self._chance.uniform(0.5, 1.0)))

    def reset(self) -> None:
        """Say that the server answers again, if it was away."""
        if self._tries:
            away = self._clock.monotonic() - self._since
            _log.info("server back", worker=self._name, after_s=round(away, 1), tries=self._tries)
            self._tries = 0


_log: Final = structlog.get_logger()
