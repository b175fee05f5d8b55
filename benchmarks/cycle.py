"""How near a football cycle comes to the time that no schedule beats, beside the documents' two phases.

The simulator's API has 49 matches, 94 teams and 22 competitions: the documents' 216 calls, at most 30
in flight. Each answer takes a lognormal time (median 230 ms, sigma 0.35) drawn by seed, end point and
id, so that every variant meets the same times; each seed is another draw. The lower bound of a seed is
the list, then the longer of all other answers' times over 30 and the longest chain from a match's
details to one of its teams.

Timed is asking and reading the answers; what a cycle does after that (matches put together, states and
events put into an embedded store) is a row of its own. The peer is the documents' strategy through the
same door: details and odds gathered, then teams, competitions and country. The sequential run alone has
a clock ten times as fast, against a bound that is ten times as short.

Usage: PYTHONPATH=src python benchmarks/cycle.py
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from mispriced.backends import embedded
from mispriced.backends.connection import Link
from mispriced.backends.http import HttpDoor
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.cli.wiring import quiet_retries
from mispriced.exchange import Limits as SiteLimits
from mispriced.exchange import Payload, Site
from mispriced.livedata.crawl import Limits
from mispriced.livedata.cycle import Cycle, Options
from mispriced.livedata.provider import PARSERS, Step, address, ask
from mispriced.livedata.words import PROVIDER
from mispriced.simulator.crowd import Crowd
from mispriced.simulator.football import SECRET, USER, Behaviour, Football
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.server import serve

SEEDS = 20
IN_FLIGHT = 30
MATCHES, TEAMS, COMPETITIONS = 49, 94, 22
MEDIAN_MS, SIGMA = 230.0, 0.35
FAST = 10  # times as fast as real: the sequential run alone
AIM_MEDIAN, AIM_WORST, AIM_SEQUENTIAL, AIM_WARM, AIM_WARM_REQUESTS = 1.15, 1.30, 22.0, 0.48, 0.50

Call = tuple[Step, str]


def run(seeds: int = SEEDS) -> dict[str, Any]:
    """Return the figures of cold and warm cycles, and a row a seed."""
    quiet_retries()
    gc.freeze()  # as `mispriced live` does, for every variant
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mispriced-bench-")))
        server = opened.enter_context(embedded.start(folder / "data", runtime_dir=folder))
        store_url = f"unix://{server.socket_path}"
        url = opened.enter_context(_simulator())
        _cycles(url, store_url)  # until all are warm
        measured = [_measure(url, store_url, seed) for seed in range(1, seeds + 1)]
        _behave(url, 1, FAST)
        sequential = _timed(url, _one_by_one) / (_bound(1) / FAST)
    ratios = [one["cold"] / one["bound"] for one in measured]
    two_phase = [one["two_phase"] / one["bound"] for one in measured]
    rows: list[dict[str, Any]] = [
        _row("lower bound, median", statistics.median(one["bound"] for one in measured), "s"),
        _row("cold cycle, median", statistics.median(one["cold"] for one in measured), "s"),
        _row("two phases, median", statistics.median(one["two_phase"] for one in measured), "s"),
        _row("warm cycle, median", statistics.median(one["warm"] for one in measured), "s"),
        _row(
            "a cold cycle after its last answer, median",
            statistics.median(one["after"] for one in measured),
            "s",
        ),
        _row("one by one / its bound", sequential, "bounds"),
        _row("calls of a cold cycle", measured[0]["requests"], "calls"),
        _row("calls of a warm cycle", measured[0]["warm_requests"], "calls"),
        _row("most in flight, as the API saw it", max(one["in_flight"] for one in measured), "calls"),
    ]
    for one, ratio in zip(measured, ratios, strict=True):
        rows.append(_row(f"seed {one['seed']}: cold / bound", ratio, "bounds"))
    return {
        "name": "cycle",
        "cold": {
            "ratio_to_bound_median": round(statistics.median(ratios), 3),
            "ratio_to_bound_worst": round(max(ratios), 3),
            "speedup_over_sequential": round(sequential / statistics.median(ratios), 1),
            "two_phase_ratio_to_bound_median": round(statistics.median(two_phase), 3),
        },
        "warm": {
            "ratio_to_two_phase": round(
                statistics.median(one["warm"] / one["two_phase"] for one in measured), 3
            ),
            "requests_ratio": round(measured[0]["warm_requests"] / measured[0]["requests"], 3),
        },
        "rows": rows,
    }


def _row(what: str, figure: float, unit: str) -> dict[str, Any]:
    return {"what": what, "figure": round(figure, 3), "unit": unit}


def _measure(url: str, store_url: str, seed: int) -> dict[str, Any]:
    _behave(url, seed, 1)
    bound_s = _bound(seed)
    two_phase_s = _timed(url, _two_phases)
    return {"seed": seed, "bound": bound_s, "two_phase": two_phase_s, **_cycles(url, store_url)}


def _cycles(url: str, store_url: str) -> dict[str, Any]:
    """Return the figures of a cycle that knows nothing and of the next one."""
    link = Link(store_url)
    link.call("FLUSHALL")
    link.close()
    store = RedisStore(store_url)
    door = _door(url)
    limits = Limits(in_flight=IN_FLIGHT)
    options = Options(limits=limits, per_minute={})  # so many cycles a minute no API allows
    cycle = Cycle(door, lambda: door.stats(PROVIDER), SystemClock(), store, options)
    reports, took = [], []
    with asyncio.Runner() as runner:
        for _ in range(2):
            began = time.perf_counter()
            result = cycle.run(runner)
            took.append(time.perf_counter() - began)
            reports.append(result.report)
            if result.report.errors or result.report.matches != MATCHES:
                raise RuntimeError(f"the cycle is not whole: {result.report}")
        runner.run(door.aclose())
    store.close()
    cold_s, warm_s = (one.phases["live"] + one.phases["enrich"] for one in reports)
    return {
        "cold": cold_s,
        "warm": warm_s,
        "after": took[0] - cold_s,
        "requests": reports[0].requests,
        "warm_requests": reports[1].requests,
        "in_flight": int(_behave(url)["most_at_once"]),
    }


def _timed(url: str, work: Callable[[HttpDoor], Awaitable[None]]) -> float:
    async def timed() -> float:
        async with _door(url) as door:
            began = time.perf_counter()
            await work(door)
            return time.perf_counter() - began

    return asyncio.run(timed())


async def _two_phases(door: HttpDoor) -> None:
    """Do as the documents do: two gathers, a barrier between them."""
    matches = [one.id for one in (await _found(door, ("live", "")))]
    details = asyncio.gather(*(_found(door, ("details", one)) for one in matches))
    await asyncio.gather(details, *(_found(door, ("odds", one)) for one in matches))
    found = [one for answer in details.result() for one in answer]
    await asyncio.gather(*(_found(door, call) for call in _second_phase(found)))


async def _one_by_one(door: HttpDoor) -> None:
    matches = [one.id for one in await _found(door, ("live", ""))]
    details: list[Any] = []
    for match_id in matches:
        details += await _found(door, ("details", match_id))
        await _found(door, ("odds", match_id))
    for call in _second_phase(details):
        await _found(door, call)


def _second_phase(details: Iterable[Any]) -> list[Call]:
    """Return the calls that follow from details, each once."""
    calls: dict[Call, None] = {}
    for one in details:
        calls |= {("team", one.home_team_id): None, ("team", one.away_team_id): None}
        calls[("competition", one.competition_id)] = None
    return [*calls, ("country", "")]


async def _found(door: HttpDoor, call: Call) -> Sequence[Any]:
    payload = await door.fetch(PROVIDER, ask(*call))
    if not isinstance(payload, Payload):
        raise RuntimeError(f"{call} was refused: {payload.reason}")
    return PARSERS[call[0]](payload).found


def _bound(seed: int) -> float:
    """Return the seconds that no schedule of the seed's answers beats."""
    behaviour = Behaviour(median_ms=MEDIAN_MS, sigma=SIGMA, latency_seed=seed)
    crowd, now = Crowd(MATCHES, TEAMS, COMPETITIONS), datetime.now(UTC)
    details = [crowd.results("details", f"m{place}", now)[0] for place in range(MATCHES)]
    chain_s = max(
        behaviour.latency_s("details", one["id"])
        + max(behaviour.latency_s("team", one[f"{side}_team_id"]) for side in ("home", "away"))
        for one in details
    )
    calls: list[Call] = [(step, f"m{place}") for step in ("details", "odds") for place in range(MATCHES)]
    calls += [("team", f"t{place}") for place in range(TEAMS)]
    calls += [("competition", f"c{place}") for place in range(COMPETITIONS)]
    work_s = sum(behaviour.latency_s(*call) for call in [*calls, ("country", "")])
    return behaviour.latency_s("live", "") + max(work_s / IN_FLIGHT, chain_s)


def _door(url: str) -> HttpDoor:
    base_url = address(f"{url}/thesports", USER, SECRET)
    limits = SiteLimits(connections=IN_FLIGHT, per_second=0, deadline_s=30.0)
    return HttpDoor({PROVIDER: Site(key=PROVIDER, base_url=base_url, limits=limits)}, SystemClock())


def _behave(url: str, seed: int | None = None, speed: float = 1.0) -> dict[str, Any]:
    """Set how the API answers, where a seed is given; return what it has seen."""
    given = {} if seed is None else {
        "median_ms": MEDIAN_MS, "sigma": SIGMA, "latency_seed": seed, "speed": speed, "per_minute": {},
    }  # fmt: skip
    request = urllib.request.Request(f"{url}/_sim/football", data=msgspec.json.encode(given))
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return msgspec.json.decode(answer.read(), type=dict[str, Any])


@contextmanager
def _simulator() -> Iterator[str]:
    """Yield the address of the API in a process of its own, which has a core to itself."""
    path = os.pathsep.join(one for one in sys.path if one)
    with subprocess.Popen(
        [sys.executable, __file__, "serve"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def _serve() -> None:
    world = Football(Crowd(MATCHES, TEAMS, COMPETITIONS), Behaviour(per_minute={}))
    running = await serve(
        Recorded(b'{"routes": []}', lambda _: b""), lambda: datetime.now(UTC), football=world
    )
    sys.stdout.write(running.url + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Print the figures, or be the simulator."""
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
        return
    figure = run()
    for row in figure["rows"]:
        print(f"{row['what']:48} {row['figure']:10} {row['unit']}")
    print(figure["cold"], figure["warm"])


if __name__ == "__main__":
    main()
