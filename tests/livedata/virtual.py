"""A loop whose time runs only while it waits, its clock, and the football API without a network."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from mispriced.exchange import Payload, Refusal, Request
from mispriced.livedata.provider import PATHS
from mispriced.simulator.football import Behaviour, FootballWorld

START = datetime(2026, 11, 22, 16, 40, tzinfo=UTC)
STEPS = {path: step for step, path in PATHS.items()}


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next moment at which something is due."""

    def __init__(self) -> None:
        self.at_s = 0.0
        super().__init__()

    def time(self) -> float:
        return self.at_s

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.at_s = max(self.at_s, self._scheduled[0]._when)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


class LoopClock:
    """The loop's time, as a `Clock`."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.at_s)

    def monotonic(self) -> float:
        return self._loop.at_s

    def sleep(self, seconds: float) -> None:
        self._loop.at_s += seconds


class Api:
    """A `Fetcher` that answers as the API over a world does, and counts."""

    def __init__(self, world: FootballWorld, clock: LoopClock, **behaviour: Any) -> None:
        self.world = world
        self.behaviour = Behaviour(**({"median_ms": 230.0} | behaviour))
        self.asked: list[tuple[str, str]] = []
        self.times: list[tuple[str, float]] = []
        self.refused = self.retries = self.bytes = 0
        self.at_once = self.most_at_once = 0
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    @property
    def requests(self) -> int:
        return len(self.asked)

    def counts(self) -> Counts:
        return Counts(requests=self.requests, retries=self.retries, bytes=self.bytes)

    def count(self) -> Counter[str]:
        """Return how often each step was asked for."""
        return Counter(step for step, _ in self.asked)

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        step, uuid = STEPS[request.path], request.params.get("uuid", "")
        now_s = self._clock.monotonic()
        self.asked.append((step, uuid))
        self.times.append((step, now_s))
        calls = self._calls.setdefault(step, deque())
        while calls and calls[0] <= now_s - 60:
            calls.popleft()
        is_refused = len(calls) >= self.behaviour.per_minute.get(step, 10**9)
        calls.append(now_s)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.behaviour.latency_s(step, uuid))
        finally:
            self.at_once -= 1
        body: dict[str, Any]
        if self.behaviour.fault == "down":
            return Refusal(request=request, outcome="rejected", reason="status 503")
        if is_refused or self.behaviour.fault == "rate_limited":
            self.refused += 1
            body = {"code": 429, "msg": "Too many requests"}
        elif self.behaviour.fault == "unauthorised":
            body = {"err": "Unauthorized access, please contact our business staff."}
        else:
            body = {"code": 0, "results": self.world.results(step, uuid, self._clock.now())}
        encoded = msgspec.json.encode(body)
        self.bytes += len(encoded)
        return Payload.of(request, encoded, self._clock.now())


class Counts(msgspec.Struct, frozen=True):
    """What a door counts."""

    requests: int
    retries: int
    bytes: int
