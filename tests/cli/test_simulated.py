"""The simulator as a child: started, asked, moved, and gone with whoever started it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mispriced.cli.simulated import Simulated
from mispriced.errors import Unavailable
from mispriced.settings import load

SEASON = """Div,Date,HomeTeam,AwayTeam,B365H,B365D,B365A,BWH,BWD,BWA
E0,18/08/12,Arsenal,Chelsea,2.0,3.4,4.0,2.1,3.3,3.9
E0,25/08/12,Chelsea,Arsenal,2.0,3.4,4.0,2.6,3.8,4.4
"""
BOOKS = "BookieAlpha=B365,BookieBeta=BW"

pytestmark = [pytest.mark.xdist_group("simulated"), pytest.mark.slow]


@pytest.fixture(scope="module")
def demo():
    with Simulated(["--seed", "4", "--plant", "6"]) as running:
        yield running


@pytest.fixture
def season(tmp_path):
    path = tmp_path / "season.csv"
    path.write_text(SEASON, encoding="utf-8")
    with Simulated(["--odds", str(path), "--books", BOOKS]) as running:
        yield running


def test_its_configuration_reads_every_bookmaker_there(demo):
    settings = load(demo.config)
    assert settings.simulated is True
    addresses = [
        site.base_url
        for one in settings.bookmakers.values()
        for site in (one.live, one.upcoming)
        if site is not None
    ]
    assert len(addresses) == 7
    assert all(address.startswith(f"{demo.url}/") for address in addresses)
    assert demo.ready["url"] == demo.url == f"http://127.0.0.1:{demo.ready['port']}"


def test_its_truth_is_what_stands_and_its_requests_are_counted(demo):
    now = datetime.now(UTC)
    standing = demo.truth(now, now + timedelta(seconds=1))
    planted = [one for one in standing if one.planted]
    assert len(planted) >= 6
    assert all(one.start <= now + timedelta(seconds=1) and one.end >= now for one in standing)
    before = demo.requests()
    with urllib.request.urlopen(f"{demo.url}/alpha-live/v1/uo/matches", timeout=10) as answer:
        assert answer.read()
    assert demo.requests() == before + 1


def test_a_proxy_of_the_environment_is_not_for_loopback(demo, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert demo.requests() >= 0


def test_a_clock_that_runs_cannot_be_moved(demo):
    with pytest.raises(Unavailable, match=rf"the simulator at {demo.url}/_sim/clock: HTTP Error 409"):
        demo.move_to(datetime.now(UTC))


def test_the_clock_of_a_season_stands_until_it_is_moved(season):
    first, last = (datetime.fromisoformat(season.ready[name]) for name in ("first", "last"))
    assert (first.isoformat(), last.date().isoformat()) == ("2012-08-18T04:00:00+03:00", "2012-08-25")
    assert season.truth(first, last) != []
    season.move_to(first + timedelta(days=5))
    with urllib.request.urlopen(f"{season.url}/_sim/state", timeout=10) as answer:
        assert b'"now":"2012-08-23T01:00:00Z"' in answer.read()


def test_a_world_that_it_refuses_ends_the_program_as_it_ended_itself(capfd):
    with pytest.raises(SystemExit) as ended, Simulated(["--odds", "absent.csv", "--books", BOOKS]) as refused:
        assert refused.url
    assert ended.value.code == 2
    assert capfd.readouterr().err == "mispriced: absent.csv: No such file or directory\n"


def test_a_simulator_that_went_away_is_unavailable(tmp_path):
    running = Simulated(["--plant", "0"])
    folder = running.config.parent
    running.close()
    with pytest.raises(Unavailable, match=rf"the simulator at {running.url}/_sim/counters: .*refused"):
        running.requests()
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it on Linux only")
def test_it_ends_when_its_starter_is_killed():
    text = (
        "import time; from mispriced.cli.simulated import Simulated; "
        "s = Simulated([]); print(s._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-P", "-c", text], stdout=subprocess.PIPE) as starter:
        pid = int(starter.stdout.readline())
        os.kill(starter.pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
