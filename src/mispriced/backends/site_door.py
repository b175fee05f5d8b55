"""The door to one site: its turn, its tries, its redirects, its answer.

The deadline of a fetch runs from its turn: waiting for our own limits is no fault of the site's. All
of this runs on the loop's time; `seen_at`, the breaker and Retry-After run on the clock passed in.
Cookies are not kept.
"""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from typing import Final

import aiohttp
import msgspec
import stamina
from aiolimiter import AsyncLimiter
from msgspec import Struct
from multidict import CIMultiDict

from mispriced import __version__
from mispriced.backends.answers import Body, NoAnswer, age_s, check_body, check_head, retry_after_s
from mispriced.backends.breaker import COOL_DOWN_S, FAILURES, Breaker
from mispriced.backends.failures import explain
from mispriced.backends.guard import Guard
from mispriced.backends.traffic import Traffic
from mispriced.errors import Misconfigured
from mispriced.exchange import Payload, Refusal, Request, Site
from mispriced.ports import Clock

TRIES: Final = 3
MOST_REDIRECTS: Final = 3
REDIRECTS: Final = (301, 302, 303, 307, 308)
BURST_S: Final = 0.1  # the requests of so much of a second may go at once, the others at even distances
UNLIMITED: Final = 1e9  # requests a second; no machine sends as many


class Options(Struct, frozen=True, kw_only=True):
    """What holds for all sites. Seconds, where `_s`.

    turn_s: the longest wait for a free connection and the rate. Retry-After counts at least
    `retry_after_s`, which is also what a missing or unreadable one counts, and at most
    `most_retry_after_s`; one of up to `waited_out_s` is waited out within the fetch.
    hidden_params: query parameters whose values are not cited in an `Origin`.
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    turn_s: float = 60.0
    retry_s: float = 0.2
    retry_after_s: float = 5.0
    most_retry_after_s: float = 900.0
    waited_out_s: float = 5.0
    failures: int = FAILURES
    cool_down_s: float = COOL_DOWN_S
    hidden_params: frozenset[str] = frozenset({"user", "secret"})


class SiteDoor:
    """The door to one site."""

    def __init__(self, site: Site, clock: Clock, options: Options) -> None:
        limits = site.limits
        if limits.connections < 1 or not limits.deadline_s > 0:
            raise Misconfigured(
                f"limits of {site.key}: {limits.connections} connections, {limits.deadline_s:g} s deadline;"
                " must be at least 1 and greater than 0"
            )
        self.breaker = Breaker(clock, options.failures, options.cool_down_s)
        self.traffic = Traffic()
        self._clock = clock
        self._options = options
        self._guard = Guard(site)
        self._limits = limits
        self._headers = CIMultiDict({"Accept": "application/json", "User-Agent": f"mispriced/{__version__}"})
        self._headers.update(self._guard.headers)
        self._headers.update(site.headers)
        self._headers["Accept-Encoding"] = "gzip, deflate"  # a browser's headers name more
        self._slots = asyncio.Semaphore(limits.connections)
        self._limiter = _limiter(limits.per_second)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, request: Request) -> Payload | Refusal:
        """Return the answer, or why there is none."""
        try:
            answer: Payload | Refusal = await self._fetch(request)
        except NoAnswer as refused:
            answer = Refusal(
                request=request, outcome=refused.outcome, reason=refused.reason, after_s=refused.after_s
            )
        self.traffic.ended(answer)
        return answer

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _fetch(self, request: Request) -> Payload:
        self._check_open()
        is_probe: bool | None = None
        is_well: bool | None = None  # what a cancelled fetch says of the site
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._options.turn_s) as deadline, self._slots:
                self._check_open()  # so that a queue before a closed site is gone at once
                await self._limiter.acquire()
                self._check_open()
                is_probe = self.breaker.enter()
                until = loop.time() + self._limits.deadline_s
                deadline.reschedule(until)
                payload = await self._tries(request, until)
            is_well = True
            return payload
        except NoAnswer as refused:
            is_well = refused.is_well
            raise
        except TimeoutError as error:
            if is_probe is None:
                reason = f"no turn within {self._options.turn_s:g} s at our own limits"
                raise NoAnswer("retry_later", reason, after_s=self._options.retry_s) from error
            is_well = False
            raise NoAnswer("rejected", f"no whole answer within {self._limits.deadline_s:g} s") from error
        finally:
            if is_probe is not None:
                self.breaker.leave(is_probe, is_well)

    async def _tries(self, request: Request, until: float) -> Payload:
        def next_try(error: Exception) -> bool | float:
            if not isinstance(error, NoAnswer) or not error.is_passing or self.breaker.state != "closed":
                return False
            if error.after_s is None:
                return True
            wait_s = error.after_s + self._options.retry_s
            is_in_time = asyncio.get_running_loop().time() + wait_s < until
            return wait_s if is_in_time and error.after_s <= self._options.waited_out_s else False

        try:
            return await self._ask(request)
        except NoAnswer as error:
            first = error
        tries = stamina.retry_context(
            on=next_try,
            attempts=TRIES,
            timeout=None,
            wait_initial=self._options.retry_s,
            wait_jitter=self._options.retry_s,
        )
        async for attempt in tries:
            with attempt:
                if attempt.num == 1:
                    raise first  # most fetches end with it, and need nothing of all this
                await self._limiter.acquire()
                self.traffic.retries += 1
                return await self._ask(request)
        raise AssertionError("the last try returns or raises")

    async def _ask(self, request: Request) -> Payload:
        url = self._guard.url(request)
        body = None if request.json_body is None else msgspec.json.encode(request.json_body)
        for hop in range(MOST_REDIRECTS + 1):
            if hop:
                await self._limiter.acquire()
            self._check_held()
            self.traffic.requests += 1
            started = asyncio.get_running_loop().time()
            try:
                async with self._opened().request(
                    "GET" if body is None else "POST",
                    url,
                    data=body,
                    headers=None if body is None else {"Content-Type": "application/json"},
                    allow_redirects=False,
                    proxy=self._guard.proxy,
                    proxy_headers=self._guard.proxy_headers,
                ) as response:
                    location = response.headers.get("Location")
                    if response.status not in REDIRECTS or location is None:
                        whole = await self._body(response)
                        took_s = asyncio.get_running_loop().time() - started
                        return self._payload(request, whole, took_s, age_s(response.headers.get("Age")))
                    url = self._guard.redirected(url, location)
                    body = body if response.status in (307, 308) else None
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise explain(error, self._options.connect_s, self._options.read_s) from error
        raise NoAnswer("rejected", f"more than {MOST_REDIRECTS} redirects")

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        options = self._options
        header = response.headers.get("Retry-After")
        wait_s = retry_after_s(header, self._clock.now(), options.retry_after_s, options.most_retry_after_s)
        try:
            check_head(response.status, response.headers, wait_s)
            body = Body(", ".join(response.headers.getall("Content-Encoding", [])))
            async for chunk in response.content.iter_any():
                self.traffic.bytes += len(chunk)
                body.add(chunk)
            whole = body.complete()
            check_body(response.status, whole)
        except NoAnswer as refused:
            response.close()  # what is left of the body is not read
            if refused.after_s is not None:
                self.breaker.hold(refused.after_s)
            raise
        return whole

    def _payload(self, request: Request, body: bytes, took_s: float, old_s: float) -> Payload:
        hidden = self._options.hidden_params
        params = {name: "***" if name in hidden else value for name, value in request.params.items()}
        cited = msgspec.structs.replace(request, params=params)
        seen_at = self._clock.now() - timedelta(seconds=old_s)
        payload = Payload.of(cited, body, seen_at, timedelta(seconds=took_s))
        return msgspec.structs.replace(payload, request=request)

    def _check_open(self) -> None:
        self._check_held()
        if closed_s := self.breaker.closed_s():
            reason = f"breaker open for {closed_s:.3g} s more: the site failed {self._options.failures} times"
            raise NoAnswer("retry_later", reason, after_s=closed_s, is_well=None)

    def _check_held(self) -> None:
        if held_s := self.breaker.held_s():
            reason = f"the site asked to wait, {held_s:.3g} s are left"
            raise NoAnswer("retry_later", reason, after_s=held_s, is_well=None)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limits.connections, socket_factory=self._guard.open_socket
                ),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._options.connect_s, sock_read=self._options.read_s
                ),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # `Body` does, within its bound
            )
            # Else it sends a GET again by itself, past the rate, the window and the counts.
            self._session._retry_connection = False
        return self._session


def _limiter(per_second: float) -> AsyncLimiter:
    if not 0 < per_second < math.inf:
        return AsyncLimiter(UNLIMITED, 1)
    burst = max(1.0, per_second * BURST_S)
    return AsyncLimiter(burst, burst / per_second)
