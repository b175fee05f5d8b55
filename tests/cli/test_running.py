"""The commands that run until they are stopped: how they end."""

import json
import os
import select
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from mispriced.backends.redis import RedisStore
from mispriced.cli.stores import own_server
from mispriced.launcher.owner import owned
from tests.cli.commands import COMMAND, SERVED, environment

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]

NOWHERE = """
[bookmakers.BookieAlpha.live]
base_url = "http://127.0.0.1:1/alpha"
[extract.live]
btts_stream = "XTR-BTTS_live_stream"
BookieAlpha.date = [-1]
"""


@contextmanager
def running(*words, **given):
    """Yield a command that runs in a group of its own, as under a terminal."""
    with subprocess.Popen(
        [*COMMAND, *words],
        env=environment(**given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process, number):
    """Return how a process ends after a signal to its group: exit code and standard error."""
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=20)
    return process.returncode, err.decode()


def left(session):
    """Return the processes of a session that run."""
    found = subprocess.run(["ps", "-s", str(session), "-o", "pid=,args="], capture_output=True, text=True)
    return found.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_simulator_that_is_stopped_ends_quietly(number, code):
    with running("simulate", "--json") as process:
        assert select.select([process.stdout], [], [], 30)[0]
        assert json.loads(process.stdout.readline())["url"].startswith("http://127.0.0.1:")
        assert ended(process, number) == (code, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_all_roles_that_are_stopped_end_quietly_with_nothing_in_hand(tmp_path, number, code):
    config = tmp_path / "nowhere.toml"
    config.write_text(NOWHERE, encoding="utf-8")
    with own_server() as url:
        given = {"REDIS_URL": url, "MISPRICED_DATA_DIR": str(tmp_path)}
        store = RedisStore(url)
        with running("up", "--config", str(config), **given) as process:
            until = time.monotonic() + 30
            while not store.notes("extraction/") and time.monotonic() < until:
                time.sleep(0.05)
            assert list(store.notes("extraction/")) == ["extraction/BookieAlpha/live/btts/-1"]
            ending, err = ended(process, number)
            assert (ending, SERVED.sub("", err)) == (code, "")
        assert left(process.pid) == ""
        assert not [one for one in store.backlog() if one.pending]
        store.close()


def test_a_data_directory_is_taken_by_one_of_them_and_not_at_all_beside_a_configured_server(tmp_path):
    config = tmp_path / "nowhere.toml"
    config.write_text(NOWHERE, encoding="utf-8")
    words = ("up", "--config", str(config), "--seconds", "0")
    with own_server() as url, owned(tmp_path / "run", "local"):
        for given, code in (({}, 75), ({"REDIS_URL": url}, 0)):
            with running(*words, MISPRICED_DATA_DIR=str(tmp_path), **given) as process:
                _, err = process.communicate(timeout=30)
                assert (process.returncode, "is the launcher of" in err.decode()) == (code, code == 75)


def test_it_ends_by_itself_after_so_many_seconds(tmp_path):
    config = tmp_path / "nowhere.toml"
    config.write_text(NOWHERE, encoding="utf-8")
    given = {"MISPRICED_DATA_DIR": str(tmp_path / "data")}
    for seconds in ("0", "0.3"):
        with running("up", "--config", str(config), "--seconds", seconds, **given) as process:
            _, err = process.communicate(timeout=30)
            assert (process.returncode, SERVED.sub("", err.decode())) == (0, "")
