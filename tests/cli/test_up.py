"""The main job, whole: the demo, recorded answers, and what `up` leaves behind."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial

import pytest

from mispriced.cli.clock import SystemClock
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store, own_server
from mispriced.cli.system import System
from mispriced.cli.up import cycle
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES
from mispriced.settings import load
from tests.cli.commands import SERVED

SEEDS = int(os.environ.get("MISPRICED_TEST_SEEDS", "1"))  # 20 is the whole test
COMMAND = [sys.executable, "-P", "-m", "mispriced"]


def once(*arguments, code=0):
    run = subprocess.run([*COMMAND, "up", *arguments, "--once", "--json"], capture_output=True, timeout=120)
    assert run.returncode == code, run.stderr.decode()
    return json.loads(run.stdout)


def one_cycle(seed, plant=24):
    clock = SystemClock()
    with Simulated(["--seed", str(seed), "--plant", str(plant)]) as simulated, own_server() as address:
        settings = load(simulated.config)
        system = System(settings, clock, partial(open_store, address, settings))
        report = cycle(system, settings, clock, simulated)
        store = open_store(address, settings)
        backlog = store.backlog()
        store.close()
    return report, backlog


def assert_all_is_acknowledged(backlog):
    """Check that every message of a cycle was read and acknowledged, and that the report's group is gone."""
    groups = Counter(one.group for one in backlog)
    assert groups >= Counter({"extract": 18, "match": 6, "detect": 6})
    assert [one for one in backlog if one.unread or one.pending] == []
    assert "report" not in groups


@pytest.mark.slow
@pytest.mark.timeout(60 + 30 * SEEDS)
def test_what_is_planted_is_found_and_nothing_else_whatever_the_seed(capsys):
    drawn = random.Random(time.time_ns())
    seeds = [drawn.randrange(10**6) for _ in range(SEEDS)]
    with capsys.disabled():
        sys.stdout.write(f"\nseeds of the demo: {' '.join(map(str, seeds))}\n")
    cells = {f"{source} {market}" for source in SOURCES for market in MARKETS}
    for seed in seeds:
        report, backlog = one_cycle(seed)
        assert not report["missed"], seed
        assert not report["false"], seed
        assert report["planted"] == report["found"] >= 20, seed
        assert report["by_cell"].keys() == cells, seed
        assert_all_is_acknowledged(backlog)


@pytest.mark.slow
def test_where_nothing_is_planted_nothing_is_found():
    report, _ = one_cycle(seed=7, plant=0)
    assert (report["planted"], report["found"], report["also"]) == (0, 0, 0)
    assert not report["surebets"]
    assert report["because"]["best_sum"] >= 1


@pytest.mark.slow
def test_the_demo_says_that_it_is_simulated_and_how_it_went():
    report = once("--demo", "--seed", "3")
    assert report["simulated"] is True
    assert report["planted"] == report["found"] >= 20
    assert {name for name, row in report["bookmakers"].items() if row["quotes"]} == {
        "BookieAlpha",
        "BookieBeta",
        "BookieGamma",
        "BookieDelta",
    }
    assert all(set(row["outcomes"]) <= {"ok", "empty"} for row in report["bookmakers"].values())


@pytest.mark.slow
@pytest.mark.parametrize("flags", [[], ["--without-refs"]])
def test_recorded_answers_seven_minutes_and_a_goal_apart_are_no_surebet(shared_data, flags):
    report = once("--recorded", str(shared_data / "recorded" / "bookmakers"), *flags)
    last = report["dates"][-1]
    assert report["surebets"] == 0
    assert sorted(tuple(join["events"].values()) for join in last["joins"]) == [
        ("Chelsea - Brighton", "Chelsea FC - Brighton & Hove Albion"),
        ("Leeds - Brentford", "Leeds United - Brentford FC"),
        ("Sunderland - Fulham", "Sunderland AFC - Fulham FC"),
    ]
    assert {join["how"] for join in last["joins"]} == {"names" if flags else "reference"}
    assert last["because"]["nearest"][0] == (
        "live Leeds United - Brentford FC: 0.4729 on 1 X 2 refused: BookieAlpha was seen 435 s ago, "
        "live prices count for 15 s; scores differ: BookieAlpha 0:1, BookieDelta 1:1"
    )


@pytest.mark.slow
def test_sigterm_ends_the_demo_within_seconds_and_leaves_no_process():
    run = subprocess.Popen([*COMMAND, "up", "--demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time_to_start = time.monotonic() + 20
    children: list[str] = []
    while len(children) < 2 and time.monotonic() < time_to_start:
        time.sleep(0.2)
        found = subprocess.run(["pgrep", "-P", str(run.pid)], capture_output=True, text=True)
        children = found.stdout.split()
    assert len(children) == 2, "the server and the simulator"
    time.sleep(0.2)
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=15)
    assert run.returncode == 0
    assert SERVED.fullmatch(err.decode())
    assert b"SIMULATED" in out
    for child in children:
        assert subprocess.run(["ps", "-p", child], capture_output=True).returncode == 1, child
