"""The football API on loopback: envelopes, credentials, limits per minute, latency and faults.

`/thesports/…` answers as the API does, errors inside HTTP 200 included. `POST /_sim/football` changes
latency and faults while it runs. What is played is a `FootballWorld`'s.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any, Final, Literal, Protocol

import msgspec
from aiohttp import web
from msgspec import Struct

Step = Literal["live", "details", "odds", "team", "competition", "country"]
PATHS: Final[Mapping[str, Step]] = {
    "/match/detail_live": "live",
    "/match/recent/list": "details",
    "/odds/history": "odds",
    "/team/additional/list": "team",
    "/competition/additional/list": "competition",
    "/country/list": "country",
}
OF_ONE: Final[frozenset[Step]] = frozenset({"details", "odds", "team", "competition"})
USER: Final = "simulated-user"
SECRET: Final = "simulated-secret"
MINUTE_S: Final = 60.0
PER_MINUTE: Final[Mapping[Step, int]] = {"odds": 120}  # the vendor's; the other steps have none

Fault = Literal["down", "unauthorised", "not_authorised", "rate_limited", "garbage", "hang"]
ERRORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "unauthorised": {"err": "Unauthorized access, please contact our business staff."},
    "not_authorised": {"err": "URL not authorized, please contact our business staff."},
    "rate_limited": {"code": 429, "msg": "Too many requests"},
    "many_ids": {"code": 100003, "msg": "uuid is not supported"},
    "missing": {"code": 404, "msg": "Not found"},
}
HANG_S: Final = 3600.0
LEAST_COMPRESSED: Final = 1024  # bytes; below it web servers leave a body as it is
UNLIMITED: Final = 1_000_000_000


class FootballWorld(Protocol):
    """Matches, teams, competitions and odds at every instant."""

    @property
    def recorded_at(self) -> datetime | None:
        """When the answers were recorded, None for a world that goes on."""
        ...

    def results(self, step: Step, uuid: str, now: datetime) -> Any:
        """Return the `results` of an answer at `now`, as JSON values; for an unknown id the empty ones."""
        ...


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the API answers. Latency is lognormal, drawn by seed, path and id: the same for each asker.

    `median_ms` 0 is none. `speed`: so many times faster than said. `fault` lasts until it is taken back.
    """

    median_ms: float = 0.0
    sigma: float = 0.35
    latency_seed: int = 0
    speed: float = 1.0
    fault: Fault | None = None
    per_minute: Mapping[Step, int] = msgspec.field(default_factory=lambda: dict(PER_MINUTE))

    def latency_s(self, step: str, uuid: str) -> float:
        """Return how long an answer takes."""
        if not self.median_ms:
            return 0.0
        drawn = Random(f"{self.latency_seed}/{step}/{uuid}").gauss(0, self.sigma)
        return self.median_ms / 1000 * math.exp(drawn) / self.speed


class Football(Struct, frozen=True):
    """A football API to serve: what is played, and how it answers."""

    world: FootballWorld
    behaviour: Behaviour = Behaviour()


class FootballSite:
    """The API over a world. `refused` counts calls beyond a limit, `most_at_once` those in flight."""

    def __init__(self, football: Football, now: Callable[[], datetime]) -> None:
        self.behaviour = football.behaviour
        self.counters: Counter[str] = Counter()
        self.refused = 0
        self.most_at_once = 0
        self._world = football.world
        self._now = now
        self._at_once = 0
        self._calls: dict[Step, deque[float]] = {step: deque() for step in PATHS.values()}

    def add_to(self, application: web.Application) -> None:
        """Serve the API and its control with this application."""
        application.router.add_get("/thesports/{path:.*}", self._answer)
        application.router.add_post("/_sim/football", self._control)

    async def _answer(self, request: web.Request) -> web.Response:
        path = "/" + request.match_info["path"]
        step = PATHS.get(path)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self.counters[path] += 1
        try:
            return await self._of_step(step, request.query)
        finally:
            self._at_once -= 1

    async def _of_step(self, step: Step | None, query: Mapping[str, str]) -> web.Response:
        is_refused = step is not None and self._is_refused(step, time.monotonic())
        uuid = query.get("uuid", "")
        behaviour = self.behaviour
        await asyncio.sleep(behaviour.latency_s(step or "", uuid))
        match behaviour.fault:
            case "down":
                return web.Response(status=503)
            case "hang":
                await asyncio.sleep(HANG_S)
            case "garbage":
                return _json(b'{"code":0,"results":[{"id":')
            case "unauthorised" | "not_authorised" | "rate_limited" as error:
                return _json(ERRORS[error])
            case _:
                pass
        if (query.get("user"), query.get("secret")) != (USER, SECRET):
            return _json(ERRORS["unauthorised"])
        if step is None:
            return _json(ERRORS["missing"])
        if is_refused:
            self.refused += 1
            return _json(ERRORS["rate_limited"])
        if "," in uuid:
            return _json(ERRORS["many_ids"])
        return self._good(step, uuid)

    def _good(self, step: Step, uuid: str) -> web.Response:
        now = self._now()
        results = self._world.results(step, uuid, now)
        body: dict[str, Any] = {"code": 0}
        if step in OF_ONE and step != "odds":
            body["query"] = {"total": len(results), "type": "uuid", "uuid": uuid}
        recorded_at = self._world.recorded_at
        age_s = (now - recorded_at).total_seconds() if recorded_at else 0.0
        return _json(body | {"results": results}, {"Age": f"{age_s:.0f}"} if age_s > 0 else None)

    def _is_refused(self, step: Step, at_s: float) -> bool:
        """Count a call; return whether it is one too many within a minute."""
        calls = self._calls[step]
        while calls and calls[0] <= at_s - MINUTE_S:
            calls.popleft()
        if len(calls) >= self.behaviour.per_minute.get(step, UNLIMITED):
            return True
        calls.append(at_s)
        return False

    async def _control(self, request: web.Request) -> web.Response:
        try:
            changes = msgspec.json.decode(await request.read() or b"{}", type=dict[str, Any])
            whole = msgspec.to_builtins(self.behaviour) | changes
            self.behaviour = msgspec.convert(whole, Behaviour)
        except msgspec.MsgspecError as error:
            return web.Response(status=400, text=str(error))
        for calls in self._calls.values():
            calls.clear()
        state = {"refused": self.refused, "most_at_once": self.most_at_once, "calls": dict(self.counters)}
        return _json(msgspec.to_builtins(self.behaviour) | state)


def _json(content: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    answer = web.Response(body=body, content_type="application/json", headers=headers)
    if len(body) > LEAST_COMPRESSED:
        answer.enable_compression()
    return answer
