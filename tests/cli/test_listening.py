"""The listener and the worker of an event stream as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import pytest

from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.cli.simulated import Simulated
from mispriced.domain.model import Quote
from mispriced.listener.habits import Listening
from mispriced.messages import Output, Subscription
from mispriced.pipeline.eventstream import event_fields
from tests.backends.servers import valkey
from tests.cli.commands import SIMULATED
from tests.domain.quotes import NOON, quote
from tests.engines import program
from tests.launcher.runner_contract import eventually

pytestmark = [pytest.mark.slow]
NOTE = "listener/BookieDelta"
GAMES = "/delta/api/upcoming/games?type=prematch&sportId=1&pag_count=20&pag_min=1"  # as its page asks
PERIODS = {"live": "0", "upcoming": "01234"}
NOTHING = msgspec.json.encode(
    Listening(at=NOON, url="", last_useful=None, messages=0, useful=0, dropped=0, contexts=0, ended="")
)


@pytest.fixture(scope="module")
def simulated():
    with Simulated([]) as simulated:
        yield simulated


@pytest.fixture
def server():
    with valkey() as url:
        yield url


@pytest.fixture
def looking(server):
    store = RedisStore(server, SIMULATED)
    yield store
    store.close()


@contextmanager
def running(url, config, *arguments):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("REDIS_", "MISPRICED_"))
    }
    given = {**clean, "REDIS_URL": url, "MISPRICED_CONFIG": str(config)}
    command = [sys.executable, "-P", "-m", "mispriced", *arguments]
    with subprocess.Popen(command, env=given, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def test_the_worker_of_an_event_stream_stores_its_quotes_and_ends_on_sigterm(simulated, server, looking):
    one = quote(
        "BookieDelta",
        {"yes": 1.8, "no": 1.95},
        market="btts",
        kickoff=SystemClock().now() + timedelta(hours=1),
        seen_at=SystemClock().now(),
    )
    read = SIMULATED.event_stream("BookieDelta", "btts", "upcoming", "0")
    looking.publish([Output(stream=read.streams[0], fields=event_fields(one.event, one))])
    looking.publish([Output(stream=read.streams[0], fields={"event_id": "1"})])
    with running(server, simulated.config, "extract-events", "bookiedelta", "btts", "upcoming") as process:
        eventually(lambda: len(looking.dead_letters()) == 1, 20)
        [left] = [each for each in looking.backlog() if each.stream == read.streams[0]]
        eventually(lambda: not any(each.pending + each.unread for each in looking.backlog()), 5)
        assert left.group == read.group
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert [line.split()[4] for line in process.stderr.read().splitlines()] == [b"buried"]
    [letter] = looking.dead_letters()
    assert letter.error.startswith("field home is missing")
    unknown = Subscription(streams=(looking.data_stream("btts", "upcoming"),), group="match", consumer="m")
    [sent] = looking.read(unknown, 10, 0)
    assert msgspec.json.decode(sent.fields["quote"], type=Quote) == one


@pytest.mark.engine
def test_listen_feeds_the_event_streams_says_how_it_is_and_ends_on_sigterm(simulated, server, looking):
    page = f"{simulated.url}/delta-page"

    def games():
        with urllib.request.urlopen(simulated.url + GAMES) as answer:
            real = [one for one in json.load(answer) if one["country"]["iso"] != "sim"]
        return {str(one["id"]) for one in real}

    def said():
        return msgspec.json.decode(looking.notes(NOTE).get(NOTE, NOTHING), type=Listening)

    arguments = ("listen", "BookieDelta", page, "--browser", program("chromium"))
    listed = games()
    with running(server, simulated.config, *arguments) as process:
        eventually(lambda: said().useful >= 4, 40)  # games, their markets, live events, a frame
        assert (said().url, said().contexts, said().ended) == (page, 1, "")
        assert said().last_useful is not None
        process.send_signal(signal.SIGTERM)
        assert (process.wait(10), process.stderr.read()) == (0, b"")
    fed = {}
    for source, periods in PERIODS.items():
        streams = [SIMULATED.event_stream("BookieDelta", "three_way", source, one) for one in periods]
        entries = [entry for read in streams for entry in looking.read(read, 10_000, 0)]
        fed[source] = {entry.fields["event_id"].decode() for entry in entries}
    assert fed["upcoming"] >= listed & games() != set()
    assert len(fed["live"]) > 10


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("listen", "BookieDelta", "ftp://x"), 2, "must begin with https:// or http://"),
        (("listen", "BookieGamma", "http://127.0.0.1:1", "--browser", sys.executable), 2, "by event id"),
        (("listen", "BookieDelta", "http://127.0.0.1:1", "--browser", "/no"), 78, "no browser at /no"),
        (("extract-events", "BookieDelta", "bts", "live"), 2, "did you mean 'btts'?"),
        (("extract-events", "BookieDelta", "btts", "later"), 2, "unknown source of BookieDelta"),
        (("extract-events", "BookieDelta", "btts", "live", "3"), 2, "unknown live period of BookieDelta"),
        (("extract-events", "BookieGamma", "btts", "live"), 2, "does not answer by event id"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_the_reason(simulated, server, arguments, code, said):
    with running(server, simulated.config, *arguments) as process:
        _, shown = process.communicate(timeout=20)
    assert (process.returncode, said in shown.decode()) == (code, True), shown
