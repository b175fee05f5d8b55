"""What a site was asked and what came of it, counted: for reports of a cycle and for tests."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from statistics import median
from typing import Final

from msgspec import Struct

from mispriced.exchange import Outcome, Payload, Refusal

LATENCIES: Final = 100  # of the last answers


class Stats(Struct, frozen=True, kw_only=True):
    """The counts of one site since the door was made.

    requests: sent, with retries and redirects; retries: tries after the first; outcomes: of fetches;
    bytes: of bodies on the wire. Latency, in seconds, is of the last answers that were used.
    """

    requests: int
    retries: int
    outcomes: Mapping[Outcome, int]
    bytes: int
    last_ok: datetime | None
    median_latency_s: float | None
    longest_latency_s: float | None


class Traffic:
    """Counts one site's traffic."""

    def __init__(self) -> None:
        self.requests = 0
        self.retries = 0
        self.bytes = 0
        self._outcomes: Counter[Outcome] = Counter()
        self._last_ok: datetime | None = None
        self._latencies: deque[float] = deque(maxlen=LATENCIES)

    def ended(self, answer: Payload | Refusal) -> None:
        """Count a fetch by how it ended."""
        if isinstance(answer, Refusal):
            self._outcomes[answer.outcome] += 1
            return
        self._outcomes["ok"] += 1
        self._last_ok = answer.seen_at
        self._latencies.append(answer.origin.took_ms / 1000)

    def stats(self) -> Stats:
        """Return the counts so far."""
        return Stats(
            requests=self.requests,
            retries=self.retries,
            outcomes=dict(self._outcomes),
            bytes=self.bytes,
            last_ok=self._last_ok,
            median_latency_s=median(self._latencies) if self._latencies else None,
            longest_latency_s=max(self._latencies, default=None),
        )
