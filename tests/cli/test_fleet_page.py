"""A fleet with a bookmaker's page: its listener and event workers are workers like any other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from datetime import timedelta

import msgspec
import pytest

from mispriced.cli.clock import SystemClock
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store
from mispriced.pipeline.run import Heartbeat
from mispriced.settings import load
from mispriced.simulator.fixtures import NAIROBI
from tests.cli.test_fleet import STARTS_S, Launched, lives
from tests.engines import program
from tests.launcher.runner_contract import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.engine,
    pytest.mark.xdist_group("fleet"),
    pytest.mark.timeout(300),
]

NAMES = {
    "sim-three-way-upcoming-0", "sim-bookiedelta-three-way-upcoming-0",
    "sim-match-upcoming", "sim-detect-upcoming",
    "sim-three-way-live-0", "sim-bookiedelta-three-way-live-0", "sim-match-live", "sim-detect-live",
    "sim-listen-bookiedelta",
}  # fmt: skip


@pytest.fixture
def launched(tmp_path):
    """A fleet of today's matches, whose Delta has a page."""
    browser = program("chromium")
    with Simulated([]) as simulated:
        text = re.sub(r"date = \[([^,\]]+)[^\]]*\]", r"date = [\1]", simulated.config.read_text())
        page = f'page = "{simulated.url}/delta-page"'
        config = tmp_path / "page.toml"
        config.write_text(
            f'browser = "{browser}"\n'
            + text.replace("[bookmakers.BookieDelta]\n", f"[bookmakers.BookieDelta]\n{page}\n")
        )
        launched = Launched(tmp_path, config)
        yield launched
        launched.process.kill()
        launched.process.wait()
        for pid in launched.pids():
            if lives(pid):
                os.kill(pid, signal.SIGKILL)


def below(pid):
    """Return the processes that a process started, and those that they did."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def test_a_page_is_listened_to_by_a_fleet_through_a_crash_and_ends_with_it(launched):
    process = launched.begin("three_way", "all")
    eventually(lambda: len(launched.pids()) == len(NAMES), STARTS_S)
    store = open_store(f"unix://{launched.socket}", load(launched.config))
    seen: set[str] = set()
    now = SystemClock().now().astimezone(NAIROBI)
    least = 1 + (now.date() == (now + timedelta(minutes=20)).date())  # live, and what is left of today

    def wanted():
        time.sleep(0.2)
        # Delta is read over HTTP too, and a quote keeps the answer that first had its prices.
        quotes = [one.quotes["BookieDelta"] for one in store.documents() if "BookieDelta" in one.quotes]
        seen.update(one.origin.request.partition("/")[0] for one in quotes)
        notes = store.notes("worker/").items()
        beats = {name: msgspec.json.decode(note, type=Heartbeat) for name, note in notes}
        handled = [name for name, beat in beats.items() if "bookiedelta-three-way" in name and beat.handled]
        return len(handled) >= least and seen & {"http:", "frame of ws:"}

    try:
        eventually(wanted, 2 * STARTS_S)  # a browser starts too
    except AssertionError as error:
        told = launched.ask("status"), launched.ask("logs", "sim-listen-bookiedelta"), launched.log()
        raise AssertionError(f"seen {seen}\n" + "\n".join(told)) from error
    rows = {row["name"]: row for row in launched.status()["workers"]}
    assert rows.keys() == NAMES
    assert all(row["beat_s"] is not None for row in rows.values())
    assert rows["sim-bookiedelta-three-way-live-0"]["handled"] > 0
    assert "listener BookieDelta: last useful" in launched.ask("status")

    listener = int(rows["sim-listen-bookiedelta"]["identity"])
    browser = below(listener)
    assert len(browser) > 3
    os.kill(listener, signal.SIGKILL)
    eventually(lambda: not any(map(lives, browser)), 10)
    eventually(lambda: launched.status()["listeners"]["BookieDelta"]["useful"] > 0, 10)

    def is_back():
        [row] = [row for row in launched.status()["workers"] if row["name"] == "sim-listen-bookiedelta"]
        return row["deaths"] == 1 and row["handled"] > 0 and row["beat_s"] < 3

    eventually(is_back, STARTS_S)
    pids = launched.pids()
    everything = pids.union(*map(below, pids))
    store.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0, launched.log()
    assert not any(map(lives, everything))
    assert launched.pids() == set()


def test_a_page_of_a_bookmaker_that_has_no_event_stream_is_refused(launched):
    text = launched.config.read_text().replace(
        "[bookmakers.BookieDelta]\npage", "[bookmakers.BookieDelta]\n#"
    )
    page = '[bookmakers.BookieGamma]\npage = "http://127.0.0.1:1/"\n'
    launched.config.write_text(text.replace("[bookmakers.BookieGamma]\n", page))
    process = launched.begin("three_way", "all")
    assert process.wait(20) == 78
    assert "bookmakers.BookieGamma.page: BookieGamma does not answer by event id" in launched.log()
