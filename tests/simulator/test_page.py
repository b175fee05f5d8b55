"""The page of a bookmaker: what it asks is there, and its socket pushes live odds in the site's own form."""

import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from mispriced.bookmakers import find
from mispriced.listener.page import Reader, Received
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.server import serve

START = datetime(2026, 11, 22, 11, 7, 3, tzinfo=UTC)


@pytest.fixture
async def simulator():
    running = await serve(Seeded(1, START), START + timedelta(hours=1))
    yield running
    await running.close()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_every_path_that_the_page_asks_is_answered(simulator, session):
    async with session.get(f"{simulator.url}/delta-page") as answer:
        assert answer.content_type == "text/html"
        paths = re.findall(r'ask\("([^"]+)"', await answer.text())
    assert len(paths) == 3
    for path in paths:
        async with session.get(simulator.url + path) as answer:
            assert (answer.status, answer.content_type) == (200, "application/json")


async def test_a_frame_holds_the_live_odds_and_another_comes_when_they_are_others(simulator, session):
    reader, now = Reader(find("BookieDelta")), simulator.now()
    async with session.get(f"{simulator.url}/delta-live/api/live/sports/1/events?limit=100") as answer:
        reader.read(Received(body=await answer.read(), address=str(answer.url), seen_at=now))
    async with session.ws_connect(f"{simulator.url}/delta-page/socket") as socket:
        frames = [await socket.receive_str(timeout=5)]
        later = (now + timedelta(minutes=1)).isoformat()
        async with session.post(f"{simulator.url}/_sim/clock", json={"now": later}) as moved:
            assert moved.status == 200
        frames.append(await socket.receive_str(timeout=5))
    first, second = (
        reader.read(Received(body=one.encode(), address="ws://x", seen_at=now, is_frame=True)).quotes
        for one in frames
    )
    assert {one.market for one in first} == {"three_way", "btts", "double_chance"}
    assert [one.prices for one in first] != [one.prices for one in second]


async def test_a_dropped_socket_is_closed_and_can_be_opened_again(simulator, session):
    for opened in (1, 2):
        async with session.ws_connect(f"{simulator.url}/delta-page/socket") as socket:
            await socket.receive_str(timeout=5)
            assert simulator.page.opened == opened
            await simulator.page.drop()
            assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_a_world_without_live_answers_pushes_nothing(session):
    running = await serve(Recorded(b'{"routes": []}', lambda _: b""), START)
    try:
        async with session.ws_connect(f"{running.url}/delta-page/socket") as socket:
            with pytest.raises(TimeoutError):
                await socket.receive_str(timeout=0.1)
    finally:
        await running.close()
