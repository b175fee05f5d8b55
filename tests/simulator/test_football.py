"""The football API on loopback: what it refuses, how long it takes, and what it does when it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from mispriced.simulator.crowd import Crowd
from mispriced.simulator.football import SECRET, USER, Behaviour, Football
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.server import Simulator, serve

NOW = datetime(2026, 11, 22, 11, 7, 3, tzinfo=UTC)
WHO = {"user": USER, "secret": SECRET}
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    running = await serve(Recorded(b'{"routes": []}', lambda _: b""), NOW, football=Football(Crowd(3)))
    yield running
    await running.close()


@pytest.fixture
async def ask(simulator: Simulator) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession() as session:

        async def get(path: str, **params: str) -> Any:
            async with session.get(f"{simulator.url}/thesports{path}", params=WHO | params) as answer:
                return await answer.json() if answer.status == 200 else answer.status

        yield get


async def test_an_item_comes_in_the_recorded_envelope(ask: Ask):
    found = await ask("/match/recent/list", uuid="m1")
    assert found["query"] == {"total": 1, "type": "uuid", "uuid": "m1"}
    assert [one["id"] for one in found["results"]] == ["m1"]
    nothing = {"code": 0, "query": {"total": 0, "type": "uuid", "uuid": "m9"}, "results": []}
    assert await ask("/match/recent/list", uuid="m9") == nothing
    assert await ask("/odds/history", uuid="m9") == {"code": 0, "results": {}}
    assert set(await ask("/match/detail_live")) == {"code", "results"}


async def test_wrong_credentials_are_refused_inside_a_200(ask: Ask):
    refused = {"err": "Unauthorized access, please contact our business staff."}
    assert await ask("/match/detail_live", secret="other") == refused


async def test_several_ids_in_one_call_are_refused(ask: Ask):
    assert (await ask("/odds/history", uuid="m1,m2"))["code"] == 100003


async def test_a_call_beyond_the_minutes_limit_is_refused_and_counted(ask: Ask, simulator: Simulator):
    assert simulator.football is not None
    simulator.football.behaviour = Behaviour(per_minute={"odds": 2})
    codes = [(await ask("/odds/history", uuid="m1"))["code"] for _ in range(3)]
    assert (codes, simulator.football.refused) == ([0, 0, 429], 1)
    assert (await ask("/team/additional/list", uuid="t1"))["code"] == 0


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("down", 503),
        ("rate_limited", {"code": 429, "msg": "Too many requests"}),
        ("not_authorised", {"err": "URL not authorized, please contact our business staff."}),
    ],
)
async def test_a_fault_lasts_until_it_is_taken_back(ask: Ask, simulator: Simulator, fault: str, answer: Any):
    async with aiohttp.ClientSession() as session:
        await session.post(f"{simulator.url}/_sim/football", json={"fault": fault})
        assert await ask("/country/list") == answer
        await session.post(f"{simulator.url}/_sim/football", json={"fault": None})
        assert (await ask("/country/list"))["code"] == 0


async def test_a_fault_that_there_is_not_is_refused(simulator: Simulator):
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{simulator.url}/_sim/football", json={"fault": "sleepy"})
        assert answer.status == 400


async def test_answers_take_as_long_as_was_drawn_for_them(ask: Ask, simulator: Simulator):
    behaviour = Behaviour(median_ms=20, sigma=0.35, latency_seed=7)
    assert simulator.football is not None
    simulator.football.behaviour = behaviour
    loop = asyncio.get_running_loop()
    for uuid in ("t1", "t2"):
        began = loop.time()
        await ask("/team/additional/list", uuid=uuid)
        assert loop.time() - began >= behaviour.latency_s("team", uuid)


def test_latency_is_lognormal_and_the_same_for_each_asker():
    behaviour = Behaviour(median_ms=230, sigma=0.35, latency_seed=1)
    drawn = sorted(behaviour.latency_s("odds", str(number)) for number in range(4001))
    assert drawn == sorted(behaviour.latency_s("odds", str(number)) for number in range(4001))
    assert drawn[2000] == pytest.approx(0.230, rel=0.03)
    assert drawn[3365] / drawn[2000] == pytest.approx(1.419, rel=0.05)  # e ** sigma, at one sigma
