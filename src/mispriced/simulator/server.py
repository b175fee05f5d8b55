"""The simulator's web server on loopback, its truth and its controls; and the reading of its files.

`/alpha/…` and the like answer as the bookmakers do. `/_sim/truth`, `/_sim/state`, `/_sim/clock` and
`/_sim/counters` are for whoever runs it. `/delta-page` is a site's page for a browser, `/thesports/…` the
football API where there is one.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from mispriced.errors import Usage
from mispriced.simulator.answers import PREFIXES, Answers, Call
from mispriced.simulator.football import Football, FootballSite
from mispriced.simulator.odds_file import OddsFile
from mispriced.simulator.page import Page
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.recorded_cycle import RecordedCycle
from mispriced.simulator.scenario import Scenario
from mispriced.simulator.sites import Sites
from mispriced.simulator.truth import surebets

LOOPBACK: Final = "127.0.0.1"
PORTS_TRIED: Final = 100  # above a taken one, for a free one to suggest

Now = Callable[[], datetime] | datetime
"""A clock that runs, or the instant at which one stands until it is moved."""


class Simulator:
    """A running server; `url` is its address without a slash at the end."""

    def __init__(self, world: Scenario | Recorded, now: Now, football: Football | None = None) -> None:
        self.url = ""
        self.port = 0
        self._scenario = None if isinstance(world, Recorded) else world
        self._answers: Answers = world if isinstance(world, Recorded) else Sites(world)
        self._now = now
        self.page = Page(self._answers, self.now)
        self.football = FootballSite(football, self.now) if football else None
        self._counters: Counter[tuple[str, str]] = Counter()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)

    def now(self) -> datetime:
        """Return the simulator's time."""
        return self._now if isinstance(self._now, datetime) else self._now()

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 is any free one.

        Raises: Usage when the port is taken, with one that is free.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno == errno.EADDRNOTAVAIL:
                raise Usage(f"--host is {host}, must be an address of this machine") from error
            if error.errno != errno.EADDRINUSE:
                raise Usage(f"--port {port}: {error.strerror}") from error
            raise Usage(f"--port {port} is taken; {_free_port(host, port)} is free") from error
        self.port = self._runner.addresses[0][1]
        self.url = f"http://{host}:{self.port}"

    async def close(self) -> None:
        """Stop listening and end what is in flight."""
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/_sim/truth", self._truth)
        application.router.add_get("/_sim/state", self._state)
        application.router.add_post("/_sim/clock", self._clock)
        application.router.add_get("/_sim/counters", self._count)
        self.page.add_to(application)
        if self.football is not None:
            self.football.add_to(application)
        application.router.add_route("*", "/{prefix}/{path:.*}", self._site)
        return application

    async def _site(self, request: web.Request) -> web.Response:
        site = PREFIXES.get(request.match_info["prefix"])
        if site is None:
            return _json({"error": "no such site"}, 404)
        body = await request.read() if request.method == "POST" else b""
        call = Call(*site, "/" + request.match_info["path"], dict(request.query), body)
        answer = self._answers.answer(call, self.now())
        if answer is None:
            return _json({"error": "no such path"}, 404)
        self._counters[site[0], request.path] += 1
        # A recorded answer says its age, as one out of a cache does: so it is seen when it was recorded.
        age_s = (self.now() - answer.recorded_at).total_seconds() if answer.recorded_at else 0.0
        headers = {"Age": f"{age_s:.0f}"} if age_s > 0 else None
        return web.Response(body=answer.body, content_type="application/json", headers=headers)

    async def _truth(self, request: web.Request) -> web.Response:
        if self._scenario is None:
            return _json({"error": "recorded answers have no truth"}, 404)
        try:
            now = self.now()
            start = _moment(request.query["from"]) if "from" in request.query else now
            end = _moment(request.query["to"]) if "to" in request.query else max(now, start)
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        # In a thread: a long interval takes seconds, and the sites go on answering.
        return _json(await asyncio.to_thread(surebets, self._scenario, start, end))

    async def _state(self, _: web.Request) -> web.Response:
        now = self.now()
        clock = "virtual" if isinstance(self._now, datetime) else "real"
        return _json({"now": _stamp(now), "clock": clock, **self._answers.summary(now)})

    async def _clock(self, request: web.Request) -> web.Response:
        if not isinstance(self._now, datetime):
            return _json({"error": "the clock is the machine's: it cannot be moved"}, 409)
        try:
            self._now = _moment(msgspec.json.decode(await request.read(), type=dict[str, str])["now"])
        except (msgspec.DecodeError, KeyError, ValueError) as error:
            return _json({"error": f'expected {{"now": "2026-01-01T12:00:00Z"}}: {error}'}, 400)
        return _json({"now": _stamp(self._now)})

    async def _count(self, _: web.Request) -> web.Response:
        counted: dict[str, dict[str, int]] = {}
        for (bookmaker, path), requests in sorted(self._counters.items()):
            counted.setdefault(bookmaker, {})[path] = requests
        if self.football is not None:
            counted["TheSports"] = dict(self.football.counters)
        return _json(counted)


async def serve(
    world: Scenario | Recorded,
    now: Now,
    host: str = LOOPBACK,
    port: int = 0,
    football: Football | None = None,
) -> Simulator:
    """Return the simulator of a world, listening.

    Raises: Usage when the port is taken, with one that is free.
    """
    simulator = Simulator(world, now, football)
    await simulator.start(host, port)
    return simulator


def run(
    world: Scenario | Recorded,
    now: Now,
    ready: Callable[[Simulator], None],
    host: str = LOOPBACK,
    port: int = 0,
    football: Football | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; `ready` is called once it listens.

    Raises: Usage when the port is taken, with one that is free. KeyboardInterrupt on Ctrl-C.
    """

    async def until_stopped() -> None:
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        simulator = await serve(world, now, host, port, football)
        try:
            ready(simulator)
            await stopped.wait()
        finally:
            await simulator.close()

    asyncio.run(until_stopped())


def load_odds(path: Path, books: Mapping[str, str]) -> OddsFile:
    """Return the scenario of a football-data file, plain or gzip.

    Raises: Usage when it cannot be read, or for an unknown bookmaker or column.
    """
    return OddsFile(_bytes(path), books)


def load_cycle(directory: Path) -> RecordedCycle | None:
    """Return the recorded cycle of the football API in a directory, None where it has none.

    Raises: Usage when it cannot be read.
    """
    found = sorted(directory.glob("step1_output_*.json.gz")) or sorted(directory.glob("step1_subset.json"))
    return RecordedCycle(_bytes(found[0])) if found else None


def load_recorded(directory: Path, with_refs: bool = True) -> Recorded:
    """Return the recorded answers that the directory's routes.json names.

    Raises: Usage when a file cannot be read or routes.json is none.
    """
    return Recorded(_bytes(directory / "routes.json"), lambda name: _bytes(directory / name), with_refs)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Usage(f"{path}: {error.strerror}") from error


def _moment(text: str) -> datetime:
    """Return an instant given as ISO 8601 or as milliseconds since the epoch.

    Raises: ValueError.
    """
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus in a query stands for a space
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"time is {text[:40]!r}: {error}") from error
    raise ValueError(f"time is {text!r}, must have a zone")


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _json(content: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), status=status, content_type="application/json")


def _free_port(host: str, taken: int) -> int:
    for port in range(taken + 1, min(taken + PORTS_TRIED, 65535) + 1):
        with socket.socket() as attempt:
            try:
                attempt.bind((host, port))
            except OSError:
                continue
            return port
    return 0
