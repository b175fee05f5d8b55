"""The fleet, whole: launched against the simulator as processes, watched, asked to end."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from mispriced.cli.clock import SystemClock
from mispriced.cli.opened import Opened
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store
from mispriced.cli.truth import compare
from mispriced.settings import load
from tests.launcher.runner_contract import eventually

COMMAND = [sys.executable, "-P", "-m", "mispriced"]
SECONDS = float(os.environ.get("MISPRICED_TEST_FLEET_S") or 10)
FOUND_WITHIN = timedelta(seconds=75)  # a cycle of upcoming matches and what follows it
STEP = timedelta(seconds=20)
JOBS = 69  # of both sources' first cycle
STARTS_S = 60.0  # longest wait for the first cycle of a fleet on a busy machine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fleet")]


class Launched:
    """A launcher in a place of its own, reached as a person would."""

    def __init__(self, place, config):
        self.place = place
        self.config = config
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REDIS_")},
            "MISPRICED_DATA_DIR": str(place / "data"),
            "MISPRICED_CONFIG": str(config),
        }

    def begin(self, *arguments):
        with (self.place / "launch.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "launch", *arguments], env=self.environment, stdout=log, stderr=log
            )
        return self.process

    def ask(self, *arguments):
        run = subprocess.run([*COMMAND, *arguments], env=self.environment, capture_output=True, timeout=60)
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode()

    def status(self):
        time.sleep(0.5)  # it is asked again and again, each time by a command
        return json.loads(self.ask("status", "--json"))

    @property
    def socket(self):
        return Path((self.place / "data" / "server.lock").read_text())

    def pids(self):
        records = (self.place / "data" / "run").glob("*.json")
        return {json.loads(record.read_bytes())["process"]["pid"] for record in records}

    def log(self):
        return (self.place / "launch.log").read_text()


def lives(pid):
    run = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True)
    return run.stdout.strip()[:1] not in (b"", b"Z")


def answers(path):
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


@pytest.fixture
def simulated():
    with Simulated(["--seed", str(random.Random(time.time_ns()).randrange(10**6))]) as simulated:
        yield simulated


@pytest.fixture
def launched(simulated, tmp_path):
    launched = Launched(tmp_path, simulated.config)
    yield launched
    launched.process.kill()
    launched.process.wait()
    for pid in launched.pids():
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


def windows(start, end):
    """Yield moments between which what stands all the time must be found; once in a short run."""
    length = min(FOUND_WITHIN, end - start)
    while start + length <= end:
        yield start, start + length
        start += STEP


@pytest.mark.timeout(SECONDS + 150)
def test_a_fleet_finds_what_is_planted_and_ends_without_a_trace(simulated, launched, capsys):
    clock = SystemClock()
    start = clock.now()
    process = launched.begin("all", "all")
    eventually((launched.place / "data" / "run" / "sim-detect-live-0.json").exists, STARTS_S)
    store = open_store(f"unix://{launched.socket}", load(simulated.config))
    opened = Opened(store)
    eventually(lambda: len(store.notes("extraction/")) >= JOBS, STARTS_S)
    first_cycle_s = (clock.now() - start).total_seconds()
    time.sleep(SECONDS)
    end = clock.now()
    found = opened.read(end)
    store.close()
    seen = launched.status()
    pids, address = launched.pids(), launched.socket

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code = process.wait(15)
    took_s = time.monotonic() - began

    stood = simulated.truth(start, end)
    compared = [compare(found, stood, *window) for window in windows(start, end)]
    with capsys.disabled():
        sys.stdout.write(
            f"\nfleet: {len(found)} opened in {(end - start).seconds} s; {len(compared)} windows,"
            f" {sum(one.planted for one in compared)} planted, {sum(one.found for one in compared)} found,"
            f" {len(compared[0].false)} false;"
            f" first cycle in {first_cycle_s:.1f} s, ended in {took_s:.1f} s\n"
        )
    assert [one.missed for one in compared] == [()] * len(compared)
    assert compared[0].false == ()
    assert compared[0].planted >= 10
    assert len(pids) == 22
    assert {(row["status"], row["deaths"]) for row in seen["workers"]} == {("running", 0)}
    assert code == 0, launched.log()
    assert not any(lives(pid) for pid in pids)
    assert launched.pids() == set()
    assert not answers(address)


@pytest.mark.timeout(150)
def test_workers_outlive_a_killed_launcher_and_the_next_one_adopts_them(launched):
    first = launched.begin("btts", "live")
    eventually(lambda: len(launched.pids()) == 3, STARTS_S)
    before = launched.pids()
    first.kill()
    first.wait()
    assert all(lives(pid) for pid in before)
    second = launched.begin("btts", "live")
    eventually(lambda: any(row["handled"] for row in launched.status()["workers"]), STARTS_S)
    assert launched.pids() == before
    second.send_signal(signal.SIGTERM)
    assert second.wait(15) == 0, launched.log()
    assert not any(lives(pid) for pid in before)


@pytest.mark.timeout(150)
def test_stop_ends_the_launcher_and_a_second_launcher_is_refused(launched):
    process = launched.begin("btts", "live")
    eventually(lambda: len(launched.pids()) == 3, STARTS_S)
    again = subprocess.run(
        [*COMMAND, "launch", "btts", "live"], env=launched.environment, capture_output=True, timeout=30
    )
    assert (again.returncode, f"process {process.pid} is the launcher" in again.stderr.decode()) == (75, True)
    eventually(lambda: any(row["handled"] for row in launched.status()["workers"]), STARTS_S)
    assert "sim-btts-live-0" in launched.ask("status")
    launched.ask("stop")
    assert process.wait(15) == 0, launched.log()
    assert launched.pids() == set()


@pytest.mark.timeout(180)
def test_a_killed_worker_and_a_killed_server_are_back_and_the_work_goes_on(launched):
    process = launched.begin("btts", "live")

    def rows():
        return {row["name"]: row for row in launched.status()["workers"]}

    def handled():
        return rows().get("sim-btts-live-0", {}).get("handled", 0)

    eventually(handled, STARTS_S)
    victim = int(rows()["sim-btts-live-0"]["identity"])
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not lives(victim), 5)
    eventually(lambda: rows()["sim-btts-live-0"]["deaths"] == 1 and handled(), 20)
    command = ["pgrep", "-f", f"valkey-server.*{launched.socket.name}"]
    server = int(subprocess.run(command, capture_output=True, text=True).stdout.split()[0])
    os.kill(server, signal.SIGKILL)
    eventually(lambda: not lives(server), 5)
    eventually(lambda: answers(launched.socket), 10)
    before = handled()
    eventually(lambda: handled() > before, 30)
    assert sorted(row["deaths"] for row in rows().values()) == [0, 0, 1]
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0, launched.log()
