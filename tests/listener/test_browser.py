"""A real Chromium on the simulator's page: what it loads and is pushed reaches the documents."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from contextlib import asynccontextmanager

import msgspec
import pytest

from mispriced.backends.keys import Keys
from mispriced.backends.redis import RedisStore
from mispriced.bookmakers import find
from mispriced.cli.clock import SystemClock
from mispriced.errors import Retry
from mispriced.exchange import Refusal
from mispriced.listener.browser import Listener
from mispriced.listener.feed import Feed, receiver
from mispriced.listener.habits import Habits, Listening
from mispriced.listener.page import Reader
from mispriced.messages import Subscription
from mispriced.pipeline.eventstream import EventStream
from mispriced.pipeline.match import Match
from mispriced.pipeline.run import Consumer
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.server import serve
from tests.backends.servers import valkey
from tests.engines import program

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("network"),
    pytest.mark.timeout(120),
]

DELTA = find("BookieDelta")
QUICK = Habits(silent_s=8, first_pause_s=0.1, longest_pause_s=0.5, beat_s=0.1)
WITHIN_S = 40


@pytest.fixture(scope="module")
def chromium():
    return program("chromium")


@pytest.fixture
async def simulator():
    clock = SystemClock()
    running = await serve(Seeded(1, clock.now()), clock.now)
    yield running
    await running.close()


@asynccontextmanager
async def listening(url, receive, chromium, habits=QUICK):
    """Yield what the listener said of itself so far."""
    stop = asyncio.Event()
    said: list[Listening] = []
    listener = Listener(url, receive, SystemClock(), chromium, habits=habits, said=said.append)
    running = asyncio.create_task(listener.run(stop))
    try:
        yield said
        assert not running.done(), running
    finally:
        stop.set()
        await running


async def until(is_so):
    async with asyncio.timeout(WITHIN_S):
        while not is_so():  # noqa: ASYNC110  (what is waited for is in another process)
            await asyncio.sleep(0.05)


class Closed:
    """A site that answers nobody but its page."""

    async def fetch(self, site, request):
        return Refusal(request=request, outcome="blocked", reason="closed")


class Heard:
    """Reads like a receiver without a store; keeps the quotes' origins."""

    def __init__(self):
        self.reader = Reader(DELTA)
        self.origins = []

    def __call__(self, received):
        found = self.reader.read(received)
        self.origins += [one.origin.request for one in found.quotes]
        return bool(found.events or found.quotes)

    def frames(self):
        return sum(one.startswith("frame of ws://") for one in self.origins)

    def loaded(self):
        return sum(one.startswith("http://") for one in self.origins)


async def test_odds_of_xhr_and_of_frames_reach_the_documents(simulator, chromium):
    clock, stop = SystemClock(), threading.Event()
    with valkey() as server:
        stores = [RedisStore(server) for _ in range(8)]
        own, look = stores[:2]

        roles = []
        for store, (market, source) in zip(
            stores[2:5], [("three_way", "upcoming"), ("btts", "upcoming"), ("three_way", "live")], strict=True
        ):
            stage = EventStream(store, clock, Closed, DELTA, market, source, "0")
            read = Keys().event_stream(DELTA.name, market, source, "0")
            roles.append((Consumer(store, read, stage, clock, stop, batch_timeout_s=0), stage.close))
        for store, source in zip(stores[5:7], ("upcoming", "live"), strict=True):
            streams = tuple(store.data_stream(market, source) for market in ("three_way", "btts"))
            read = Subscription(streams=streams, group="match", consumer="test")
            matching = Match(store, clock)
            roles.append((Consumer(store, read, matching, clock, stop, batch_timeout_s=0), store.describe))
        threads = [threading.Thread(target=_run, args=role) for role in roles]
        for thread in threads:
            thread.start()

        def origins():
            return {
                (one.market, one.source, one.quotes[DELTA.name].origin.request.partition("/")[0])
                for one in look.documents()
            }

        wanted = {
            ("three_way", "upcoming", "http:"),
            ("btts", "upcoming", "http:"),
            ("three_way", "live", "frame of ws:"),
        }
        try:
            receive = receiver(Feed(DELTA, Keys()), own, clock)
            async with listening(f"{simulator.url}/delta-page", receive, chromium):
                await until(lambda: origins() == wanted)
        finally:
            stop.set()
            for thread in threads:
                thread.join(10)
            for store in stores:
                store.close()


async def test_a_dropped_socket_and_a_killed_browser_are_survived(simulator, chromium):
    heard = Heard()
    async with listening(f"{simulator.url}/delta-page", heard, chromium) as said:
        await until(heard.frames)
        for opened in (2, 3):
            await simulator.page.drop()
            await until(lambda opened=opened: simulator.page.opened == opened)
        before = heard.frames()
        await until(lambda: heard.frames() > before)
        killed = _children("chromium")
        assert killed
        for process in killed:
            os.kill(process, signal.SIGKILL)
        before = heard.loaded(), heard.frames()
        await until(lambda: said[-1].contexts == 2)
        await until(lambda: heard.loaded() > before[0] and heard.frames() > before[1])
        assert said[-1].last_useful is not None
    assert _children("chromium") == []


async def test_a_page_that_loads_itself_again_is_listened_to_in_the_same_context(simulator, chromium):
    heard = Heard()
    async with listening(f"{simulator.url}/delta-page?reload_ms=1500", heard, chromium) as said:
        for opened in (1, 2, 3):
            await until(lambda opened=opened: simulator.page.opened >= opened)
            before = heard.frames()
            await until(lambda before=before: heard.frames() > before)
        assert (said[-1].contexts, heard.loaded() > 0) == (1, True)


async def test_a_fresh_context_comes_after_so_many_messages_and_after_a_while(simulator, chromium):
    heard = Heard()
    habits = msgspec.structs.replace(QUICK, fresh_messages=4)
    async with listening(f"{simulator.url}/delta-page", heard, chromium, habits) as said:
        await until(lambda: said and said[-1].contexts == 3 and said[-1].ended == "full")
    habits = msgspec.structs.replace(QUICK, fresh_s=1)
    async with listening(f"{simulator.url}/delta-page", heard, chromium, habits) as said:
        await until(lambda: said and said[-1].contexts == 2 and said[-1].ended == "old")


async def test_a_silent_page_and_one_over_its_memory_are_begun_again(simulator, chromium):
    silent = msgspec.structs.replace(QUICK, silent_s=0.5)
    async with listening(f"{simulator.url}/_sim/state", Heard(), chromium, silent) as said:
        await until(lambda: said and said[-1].contexts == 2)
        assert (said[-1].ended, said[-1].last_useful) == ("silent", None)
    greedy = msgspec.structs.replace(QUICK, memory_bytes=1, memory_s=0.2)
    async with listening(f"{simulator.url}/delta-page", Heard(), chromium, greedy) as said:
        await until(lambda: said and said[-1].ended == "memory" and said[-1].contexts == 2)


async def test_a_site_that_is_away_is_tried_again_and_a_store_that_is_away_costs_no_context(
    simulator, chromium
):
    async with listening("http://127.0.0.1:1/", Heard(), chromium) as said:
        await until(lambda: said and said[-1].contexts == 3)
        assert "ERR_" in said[-1].ended

    def away(received):
        raise Retry("away")

    async with listening(f"{simulator.url}/delta-page", away, chromium) as said:
        await until(lambda: said and said[-1].messages >= 4)
        assert (said[-1].contexts, said[-1].useful) == (1, 0)


def _run(consumer, end):
    consumer.run()
    end()


def _children(name):
    """Return the processes below this one whose command has the name."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True).stdout
    parents, commands = {}, {}
    for line in listed.splitlines():
        pid, parent, command = line.split(None, 2)
        parents[int(pid)], commands[int(pid)] = int(parent), command

    def is_below(pid):
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    return [pid for pid, command in commands.items() if name in command and is_below(pid)]
