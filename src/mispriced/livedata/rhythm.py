"""A fixed rate: cycles begin at whole multiples of an interval, whatever each takes, and never overlap."""

from __future__ import annotations


class Rhythm:
    """When the next cycle begins. `overruns` counts the beginnings that passed during a cycle.

    >>> rhythm = Rhythm(60.0, start_s=100.0)
    >>> rhythm.sleep_s(105.5), rhythm.sleep_s(163.0), rhythm.sleep_s(310.0), rhythm.overruns
    (54.5, 57.0, 30.0, 1)
    """

    def __init__(self, every_s: float, start_s: float) -> None:
        self._every_s = every_s
        self._start_s = start_s
        self._next = 0
        self.overruns = 0

    def sleep_s(self, now_s: float) -> float:
        """Return how long to sleep after a cycle that ended at `now_s`."""
        following = int((now_s - self._start_s) // self._every_s) + 1
        self.overruns += max(0, following - self._next - 1)
        self._next = following
        return self._start_s + following * self._every_s - now_s
