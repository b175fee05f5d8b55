"""When a site may be asked: not inside a Retry-After window, and not after many failures in a row.

Time is the clock's that is passed in. Not here: what counts as a failure (`answers.py`).
"""

from __future__ import annotations

from typing import Final, Literal

from mispriced.ports import Clock

State = Literal["closed", "open", "half_open"]

FAILURES: Final = 5  # in a row open the breaker
COOL_DOWN_S: Final = 30.0  # from the last failure; then one fetch probes whether the site is back
PROBE_S: Final = 1.0  # what the others are told to wait while it does


class Breaker:
    """One site's breaker (closed: ask; open: do not; half open: one probe) and Retry-After window."""

    def __init__(self, clock: Clock, failures: int = FAILURES, cool_down_s: float = COOL_DOWN_S) -> None:
        self._clock = clock
        self._allowed = failures
        self._cool_down_s = cool_down_s
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        self._held_until = clock.monotonic()

    @property
    def state(self) -> State:
        """The breaker's state now; a Retry-After window does not show in it."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._cooling_s() <= 0 else "open"

    def held_s(self) -> float:
        """Return how many seconds of the Retry-After window are left, 0 outside one."""
        return max(0.0, self._held_until - self._clock.monotonic())

    def closed_s(self) -> float:
        """Return how many seconds not to ask because of failures, 0 to ask now."""
        if self.state == "half_open" and self._probing:
            return PROBE_S
        return max(0.0, self._cooling_s())

    def hold(self, seconds: float) -> None:
        """Open a Retry-After window, or keep a longer one."""
        self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    def enter(self) -> bool:
        """Begin a fetch; return whether it is the probe, which `leave` is to be told."""
        is_probe = self.state == "half_open"
        self._probing = self._probing or is_probe
        return is_probe

    def leave(self, is_probe: bool, is_well: bool | None) -> None:
        """End a fetch: the site is well, is not, or the fetch says neither (None)."""
        if is_probe:
            self._probing = False
        if is_well:
            self._failures = 0
            self._opened_at = None
        elif is_well is False:
            self._failures += 1
            if self._failures >= self._allowed:
                self._opened_at = self._clock.monotonic()

    def _cooling_s(self) -> float:
        if self._opened_at is None:
            return 0.0
        return self._opened_at + self._cool_down_s - self._clock.monotonic()
