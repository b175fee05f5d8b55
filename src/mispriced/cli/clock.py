"""The clocks: the machine's, and one that stands until it is moved. Only here is the time asked for."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the time of day, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        time.sleep(seconds)


class VirtualClock:
    """A time of day that stands still between `move_to` calls; intervals run on and take the jumps along."""

    def __init__(self, now: datetime) -> None:
        self._lock = threading.Lock()
        self._now = now.astimezone(UTC)
        self._jumped_s = 0.0

    def now(self) -> datetime:
        """Return the time of day, aware UTC."""
        with self._lock:
            return self._now

    def move_to(self, moment: datetime) -> None:
        """Let it be `moment` from now on.

        Raises: ValueError if that is earlier than now.
        """
        with self._lock:
            if moment < self._now:
                raise ValueError(f"time would go back from {self._now.isoformat()} to {moment.isoformat()}")
            self._jumped_s += (moment - self._now) / timedelta(seconds=1)
            self._now = moment.astimezone(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back; a jump counts in full."""
        with self._lock:
            return time.monotonic() + self._jumped_s

    def sleep(self, seconds: float) -> None:
        """Let so many real seconds pass."""
        time.sleep(seconds)
