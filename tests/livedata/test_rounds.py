"""Cycle after cycle: the rate, the lines, and what an error costs."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from mispriced.backends.redis import RedisStore
from mispriced.livedata.cycle import Cycle, Options, Result
from mispriced.livedata.report import Report, Thresholds
from mispriced.livedata.rounds import Rounds
from mispriced.simulator.crowd import Crowd
from tests.livedata.virtual import START, Api, LoopClock, VirtualLoop


class Machine:
    """Rounds on virtual time; `lines` is the log."""

    def __init__(self, store: RedisStore, matches: int = 3, later=None) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop)
        self.api = Api(Crowd(matches), self.clock)
        self.lines: list[str] = []
        cycle = Cycle(self.api, self.api.counts, self.clock, store, Options())
        self.rounds = Rounds(
            cycle, self.clock, store, Thresholds(), later or {}, self.lines.append, lambda: 100.0
        )
        self.runner = asyncio.Runner(loop_factory=lambda: self.loop)

    def keep_on(self, cycles: int, on_cycle=lambda report: None) -> list[Report]:
        reports: list[Report] = []

        def told(report: Report) -> None:
            reports[:] = [*reports[-9:], report]
            on_cycle(report)

        def pause(seconds: float) -> bool:
            self.clock.sleep(seconds)
            return reports[-1].number >= cycles

        self.rounds.keep_on(self.runner, 60.0, pause, told)
        return reports


@pytest.fixture
def make(store: RedisStore) -> Iterator[Callable[..., Machine]]:
    """Yield what makes a machine."""
    made: list[Machine] = []

    def make_one(**given: Any) -> Machine:
        made.append(Machine(store, **given))
        return made[-1]

    yield make_one
    for one in made:
        one.runner.close()


def test_a_thousand_cycles_keep_the_rate_without_overlap_and_memory(make, store: RedisStore):
    machine = make(matches=1)
    blocks: list[int] = []
    drift_s: list[float] = []
    overlaps: list[int] = []
    ended_s = 0.0

    def measure(report: Report) -> None:
        nonlocal ended_s
        began_s = (report.at - START).total_seconds()
        drift_s[:] = [max([*drift_s, abs(began_s - 60.0 * (report.number - 1))])]
        if began_s < ended_s:
            overlaps.append(report.number)
        ended_s = began_s + report.phases["total"]
        machine.api.asked.clear()
        machine.api.times.clear()
        machine.lines.clear()
        if report.number in (200, 1000):
            gc.collect()
            blocks.append(sys.getallocatedblocks())

    reports = machine.keep_on(1000, measure)
    assert drift_s[0] < 0.05
    assert overlaps == []
    assert (reports[-1].number, reports[-1].overruns) == (1000, 0)
    assert blocks[1] - blocks[0] < 1000


def test_a_cycle_that_takes_too_long_skips_a_beginning_and_counts_it(make, store: RedisStore):
    machine = make()
    machine.rounds._later = {"summary": lambda result: machine.clock.sleep(130.0) or ()}
    reports = machine.keep_on(2)
    assert [(one.at - reports[0].at).total_seconds() for one in reports] == pytest.approx([0, 180])
    assert [one.overruns for one in reports] == [2, 4]
    assert reports[0].levels["cycle_s"] == "critical"


def test_an_error_in_a_step_stops_neither_the_next_nor_the_rounds(make, store: RedisStore):
    shown: list[int] = []

    def broken(result: Result) -> list[str]:
        raise OSError(28, "No space left on device")

    def show(result: Result) -> list[str]:
        shown.append(result.report.number)
        return []

    machine = make(later={"summary": broken, "display": show})
    reports = machine.keep_on(2)
    assert shown == [1, 2]
    assert "No space left on device" in reports[0].reasons[-1]
    assert store.notes("livedata/").keys() == {"livedata/last", "livedata/good"}


def test_the_log_has_the_documents_lines(make, store: RedisStore):
    machine = make(later={"summary": lambda _: (), "display": lambda _: ()})
    machine.keep_on(1)
    names = [line.partition(":")[0] for line in machine.lines]
    assert names[:5] == [
        "STEP 1a – LIVE FETCH", "STEP 1b – ENRICH (async)", "STEP 2 – run_step2", "STEP 7 – run_step7",
        "TOTAL CYCLE TIME",
    ]  # fmt: skip
    assert machine.lines[5].startswith("3 matches (3 in play, 3 with odds) from api; 15 requests, 0 retries")
    assert "sleeping" in machine.lines[6]


def test_the_last_report_and_the_last_good_cycle_are_kept(make, store: RedisStore):
    machine = make()
    [first] = machine.keep_on(1)
    good = store.notes("livedata/good")["livedata/good"]
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault="down")
    second = machine.rounds.once(machine.runner)
    notes = store.notes("livedata/")
    assert notes["livedata/good"] == good
    assert msgspec.json.decode(notes["livedata/last"], type=Report) == second
    assert (first.source, second.source) == ("api", "last-known")
