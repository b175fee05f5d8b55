"""What a cycle still has to ask for: the most useful call first, each once, within limits per minute.

Time is seconds of a clock that never goes back. Not here: asking (crawl).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from mispriced.livedata.provider import Step

MINUTE_S: Final = 60.0
SLACK_S: Final = 0.5
"""Calls do not arrive as evenly as they were sent: a minute is counted so much longer."""

ORDER: Final[Mapping[Step, int]] = {
    "live": 0,
    "details": 1,
    "team": 2,
    "competition": 2,
    "odds": 2,
    "odds_live": 2,
    "country": 3,
}
"""What leads to further calls goes first, the others as they become known.

With the odds last, which wait from the start, a team that becomes known late would often be the last.
"""


class Call(Struct, frozen=True):
    """One call: a step and the id that it is for."""

    step: Step
    uuid: str = ""


class Budget:
    """When each step may be called again; a step without a limit always may."""

    def __init__(self, per_minute: Mapping[Step, int]) -> None:
        self._limits = per_minute
        self._calls: dict[Step, deque[float]] = {step: deque() for step in per_minute}

    def wait_s(self, step: Step, now_s: float) -> float:
        """Return how long to wait before the step is called."""
        calls = self._calls.get(step)
        if calls is None:
            return 0.0
        while calls and calls[0] <= now_s - MINUTE_S - SLACK_S:
            calls.popleft()
        if len(calls) < self._limits[step]:
            return 0.0
        return calls[len(calls) - self._limits[step]] + MINUTE_S + SLACK_S - now_s

    def count(self, step: Step, now_s: float) -> None:
        """Count a call."""
        if step in self._calls:
            self._calls[step].append(now_s)

    def ages_s(self, now_s: float) -> dict[Step, list[float]]:
        """Return how long ago each call was made that still counts, for a process that comes after."""
        return {
            step: [now_s - at for at in calls if at > now_s - MINUTE_S - SLACK_S]
            for step, calls in self._calls.items()
        }

    def resume(self, ages_s: Mapping[Step, Iterable[float]], now_s: float) -> None:
        """Count the calls of a process that was before, so long before `now_s`."""
        for step, ages in ages_s.items():
            if step in self._calls:
                self._calls[step].extend(now_s - age_s for age_s in ages)

    def count_retries(self, retries: int, now_s: float) -> None:
        """Count calls that the door made again; it does not say of which step, so they count for each."""
        for calls in self._calls.values():
            calls.extend([now_s] * retries)


class Queue:
    """Calls in order: by step, in play first, then what was read longest ago."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._waiting: dict[Step, list[tuple[int, bool, float, int, Call]]] = {}
        self._asked: set[Call] = set()

    def add(self, call: Call, is_in_play: bool = True, read_at: float = 0.0) -> None:
        """Add a call, unless it was added before. `read_at`: when it was last answered."""
        if call not in self._asked:
            self._asked.add(call)
            entry = (ORDER[call.step], not is_in_play, read_at, len(self._asked), call)
            heapq.heappush(self._waiting.setdefault(call.step, []), entry)

    def take(self, now_s: float) -> Call | None:
        """Return the next call whose step may be called now, and count it; None when there is none."""
        ready = [
            waiting[0]
            for step, waiting in self._waiting.items()
            if waiting and not self._budget.wait_s(step, now_s)
        ]
        if not ready:
            return None
        call = min(ready)[-1]
        heapq.heappop(self._waiting[call.step])
        self._budget.count(call.step, now_s)
        return call

    def wait_s(self, now_s: float) -> float | None:
        """Return how long until a call may be taken, None when none is left."""
        waits = [self._budget.wait_s(step, now_s) for step, waiting in self._waiting.items() if waiting]
        return min(waits, default=None)

    def give_up(self, steps: Iterable[Step]) -> list[Call]:
        """Take out every call of these steps, the most useful first."""
        entries = [entry for step in steps for entry in self._waiting.pop(step, [])]
        return [entry[-1] for entry in sorted(entries)]

    def keep_only(self, step: Step, uuids: Iterable[str]) -> None:
        """Take out the calls of a step for other ids than these: their matches are over."""
        kept = set(uuids)
        entries = [entry for entry in self._waiting.get(step, []) if entry[-1].uuid in kept]
        heapq.heapify(entries)
        self._waiting[step] = entries
