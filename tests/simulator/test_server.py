"""The simulator over real sockets, read by the real adapters."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
from msgspec import UNSET

from mispriced.bookmakers import find
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Quote, Source
from mispriced.errors import Usage
from mispriced.exchange import Job, Payload, Refusal, Request
from mispriced.pipeline.extract import extract
from mispriced.simulator.answers import PREFIXES
from mispriced.simulator.fixtures import NAIROBI
from mispriced.simulator.odds_file import OddsFile
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.scenario import BOOKMAKERS, Scenario
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.server import Simulator, serve

START = datetime(2026, 11, 22, 11, 7, 3, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 22, 30, 1, tzinfo=UTC)  # 01:30 in Nairobi
LOCAL_PREFIX = {site: prefix for prefix, site in PREFIXES.items()}
Ask = Callable[[Request], Awaitable[Payload | Refusal]]


def fetch_of(session: aiohttp.ClientSession, simulator: Simulator, bookmaker: str, source: Source) -> Ask:
    async def fetch(request: Request) -> Payload | Refusal:
        address = f"{simulator.url}/{LOCAL_PREFIX[bookmaker, source]}{request.path}"
        method = "GET" if request.json_body is None else "POST"
        async with session.request(
            method, address, params=dict(request.params), json=request.json_body
        ) as answer:
            assert answer.status == 200
            return Payload.of(request, await answer.read(), simulator.now())

    return fetch


def job_of(
    bookmaker: str, source: Source, markets: tuple[Market, ...], period: str, day: int, at: datetime
) -> Job:
    return Job(bookmaker=bookmaker, source=source, markets=markets, period=period, day=day, now=at)


def is_of_period(quote: Quote, day: int, at: datetime) -> bool:
    """Say whether the site lists an event under its word for a day."""
    today = datetime.combine(at.astimezone(NAIROBI).date(), datetime.min.time(), NAIROBI)
    begin, end = today + timedelta(days=day), today + timedelta(days=day + 1)
    if quote.source == "live":
        return True
    if quote.bookmaker == "BookieAlpha":
        begin = begin + timedelta(hours=4) if day else begin
        return begin <= quote.kickoff < end + timedelta(hours=4, minutes=1)
    if quote.bookmaker == "BookieBeta" and day == 0:
        return quote.kickoff < at + timedelta(hours=24)
    return begin <= quote.kickoff < end


def plain(quotes: list[Quote]) -> dict[tuple[str, Market], Quote]:
    """Return the quotes by event and market, without what tells when and where each was read."""
    return {
        (quote.event_id, quote.market): msgspec.structs.replace(
            quote, seen_at=START, origin=UNSET, suspended=tuple(sorted(quote.suspended))
        )
        for quote in quotes
    }


async def check_round_trip(scenario: Scenario, at: datetime, markets_together: bool) -> int:
    """Read everything with the adapters, compare with what the scenario offers, return how much it was."""
    simulator = await serve(scenario, at)
    count = 0
    try:
        async with aiohttp.ClientSession() as session:
            for source in SOURCES:
                for bookmaker in BOOKMAKERS[source]:
                    served = [offer.quote for offer in scenario.offers(bookmaker, source, at)]
                    football = [quote for quote in served if quote.category != "virtual"]
                    fetch = fetch_of(session, simulator, bookmaker, source)
                    for period, day in (
                        find(bookmaker).periods.items() if source == "upcoming" else [("0", 0)]
                    ):
                        each_market = [(market,) for market in MARKETS]
                        for markets in [tuple(MARKETS)] if markets_together else each_market:
                            job = job_of(bookmaker, source, markets, period, day, at)
                            quotes, report = await extract(find(bookmaker), job, fetch)
                            expected = [
                                quote
                                for quote in football
                                if quote.market in markets and is_of_period(quote, day, at)
                            ]
                            assert report.reasons == ()
                            assert plain(quotes) == plain(expected)
                            assert len(quotes) == len(expected)
                            count += len(quotes)
    finally:
        await simulator.close()
    return count


@pytest.mark.parametrize("markets_together", [False, True])
async def test_adapters_read_exactly_what_the_scenario_offers(markets_together: bool):
    assert await check_round_trip(Seeded(1, START), START, markets_together) > 1500


async def test_adapters_read_exactly_what_is_offered_at_night_and_after_a_goal():
    scenario = Seeded(2, NIGHT)
    closed = next(
        at
        for at in (NIGHT + timedelta(seconds=5 * tick) for tick in range(2000))
        if any(offer.quote.suspended for offer in scenario.offers("BookieGamma", "live", at))
    )
    await check_round_trip(scenario, closed, markets_together=True)


async def test_adapters_read_the_odds_file_with_every_decimal():
    head = "Div,Date,Time,HomeTeam,AwayTeam,B365H,B365D,B365A,BWH,BWD,BWA,IWH,IWD,IWA,WHH,WHD,WHA"
    row = "SP2,24/11/2026,18:30,{0},{1},1.2345,10,19,,8.25,18.5,,,,1.12,8.5,21.123"
    rows = [row.format("Barcelona B", "Málaga"), row.format("Cádiz", "Nott'm Forest")]
    books = {"BookieAlpha": "B365", "BookieBeta": "BW", "BookieGamma": "IW", "BookieDelta": "WH"}
    scenario = OddsFile("\n".join([head, *rows]).encode("cp1252"), books)
    assert await check_round_trip(scenario, START, markets_together=True) == 6


async def test_recorded_bytes_come_with_their_age():
    body = b'{"data": [ ],\n "meta": {"total": "0"}}'
    route = {
        "bookmaker": "BookieAlpha",
        "source": "live",
        "step": "live",
        "path": "/v1/uo/matches",
        "file": "live.json",
        "recorded_at": "2026-08-30T14:35:35Z",
    }
    scenario = Recorded(json.dumps({"routes": [route]}).encode(), {"live.json": body}.__getitem__)
    simulator = await serve(scenario, datetime(2026, 8, 30, 14, 42, 50, tzinfo=UTC))
    async with aiohttp.ClientSession(simulator.url) as session:
        async with session.get("/alpha-live/v1/uo/matches?page=1") as answer:
            assert (await answer.read(), answer.headers["Age"]) == (body, "435")
        async with session.get("/_sim/truth") as answer:
            assert answer.status == 404
    await simulator.close()


async def test_the_truth_is_asked_for_by_iso_time_or_milliseconds():
    scenario = Seeded(1, START)
    simulator = await serve(scenario, lambda: START)
    end = START + timedelta(seconds=60)
    async with aiohttp.ClientSession(simulator.url) as session:

        async def truth(**params: str) -> list[dict[str, str]]:
            async with session.get("/_sim/truth", params=params) as answer:
                assert answer.status == 200
                found: list[dict[str, str]] = await answer.json()
                return found

        by_iso = await truth(**{"from": START.isoformat(), "to": end.isoformat()})
        by_ms = {"from": str(int(START.timestamp() * 1000)), "to": str(int(end.timestamp() * 1000))}
        assert by_iso == await truth(**by_ms)
        assert len(by_iso) > 18
        assert by_iso[0].keys() >= {"fixture", "cover", "source", "from", "to", "planted", "events", "best"}
        assert {row["from"] for row in await truth()} == {"2026-11-22T11:07:03Z"}
        for wrong in ("yesterday", "2026-11-22T11:07:03", "9" * 30):
            async with session.get("/_sim/truth", params={"from": wrong}) as answer:
                assert answer.status == 400
    await simulator.close()


async def test_a_virtual_clock_is_moved_and_a_real_one_is_not():
    standing = await serve(Seeded(1, START), START)
    running = await serve(Seeded(1, START), lambda: START)
    later = {"now": "2026-11-23T00:00:00+00:00"}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{standing.url}/_sim/clock", json=later) as answer:
            assert (answer.status, await answer.json()) == (200, {"now": "2026-11-23T00:00:00Z"})
        async with session.get(f"{standing.url}/_sim/state") as answer:
            state = await answer.json()
            assert (state["now"], state["clock"]) == ("2026-11-23T00:00:00Z", "virtual")
        async with session.post(f"{standing.url}/_sim/clock", json={"then": "now"}) as answer:
            assert answer.status == 400
        async with session.post(f"{running.url}/_sim/clock", json=later) as answer:
            assert answer.status == 409
        async with session.get(f"{running.url}/_sim/state") as answer:
            state = await answer.json()
            assert (state["clock"], state["scenario"], state["seed"]) == ("real", "seeded", 1)
            assert len(state["planted"]) > 18
    await standing.close()
    await running.close()


async def test_requests_are_counted_by_bookmaker_and_path():
    simulator = await serve(Seeded(1, START), START)
    async with aiohttp.ClientSession(simulator.url) as session:
        for path in ("/alpha/v1/uo/matches", "/alpha/v1/uo/matches?page=2", "/gamma-live/sportsbook/v1"):
            async with session.get(path) as answer:
                assert answer.status == 200
        for path in ("/epsilon/v1", "/alpha/v1/other"):
            async with session.get(path) as answer:
                assert answer.status == 404
        async with session.get("/_sim/counters") as answer:
            assert await answer.json() == {
                "BookieAlpha": {"/alpha/v1/uo/matches": 2},
                "BookieGamma": {"/gamma-live/sportsbook/v1": 1},
            }
    await simulator.close()


async def test_unknown_ids_give_empty_lists():
    simulator = await serve(Seeded(1, START), START)
    day = str(START.astimezone(NAIROBI).date())
    async with aiohttp.ClientSession(simulator.url) as session:
        for path, params, empty in [
            ("/alpha/v1/uo/matches", {"page": "99", "limit": "100"}, ["data"]),
            ("/gamma/odi/sportsbook", {"competition_id": "0", "day": day}, ["data", "leagues"]),
            ("/gamma/odi/sportsbook", {}, ["data", "leagues"]),
            ("/delta/api/games/markets", {"games": "1,2", "markets": "10"}, []),
            ("/delta/api/upcoming/games", {"pag_count": "50", "pag_min": "5001"}, []),
            ("/delta-live/api/live/event/markets", {"eventId": "1", "type": "194#0#0"}, ["markets"]),
            ("/delta-live/api/live/sports/1/events", {"offset": "500"}, ["events"]),
        ]:
            async with session.get(path, params=params) as answer:
                found = await answer.json()
                for key in empty:
                    found = found[key]
                assert len(found) == 0
        inner = {"tournId": "1,2,3", "filter": "All"}
        table = "/beta/api/Pregame/MarketsTreeEventsTable"
        async with session.post(table, json={"data": json.dumps(inner)}) as answer:
            assert await answer.json() == {"Status": {"StatusCode": 200}, "Contents": {"Events": []}}
        async with session.post(table, json={"data": "no JSON"}) as answer:
            assert (await answer.json())["Status"] == {"StatusCode": 400}
    await simulator.close()


async def test_alpha_gives_pages_of_the_size_asked_for():
    scenario = Seeded(1, START)
    simulator = await serve(scenario, START)
    offers = scenario.offers("BookieAlpha", "upcoming", START)
    expected = {offer.quote.event_id for offer in offers if offer.quote.market == "btts"}
    seen: list[str] = []
    async with aiohttp.ClientSession(simulator.url) as session:
        for page in range(1, 30):
            params = {"page": str(page), "limit": "12", "sub_type_id": "29", "period_id": "9"}
            async with session.get("/alpha/v1/uo/matches", params=params) as answer:
                found = await answer.json()
            assert found["meta"]["total"] == str(len(expected))
            seen += [match["parent_match_id"] for match in found["data"]]
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    await simulator.close()


async def test_a_taken_port_is_named_with_a_free_one():
    first = await serve(Seeded(1, START), START)
    with pytest.raises(Usage, match=rf"--port {first.port} is taken; (\d+) is free") as raised:
        await serve(Seeded(1, START), START, port=first.port)
    free = int(str(raised.value).split()[-3])
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", free))
    await first.close()


def test_it_serves_until_it_is_terminated(tmp_path: Path):
    script = tmp_path / "simulate.py"
    script.write_text(
        "from datetime import UTC, datetime\n"
        "from mispriced.simulator.seeded import Seeded\n"
        "from mispriced.simulator.server import run\n"
        "now = datetime(2026, 11, 22, tzinfo=UTC)\n"
        "run(Seeded(1, now), now, lambda simulator: print(simulator.url, flush=True))\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    process.stdout.close()
