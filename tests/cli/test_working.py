"""One worker, started as document 2 says, on messages that anybody may write."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from mispriced.backends.redis import RedisStore
from mispriced.cli.simulated import Simulated
from tests.backends.servers import valkey
from tests.cli.commands import SIMULATED
from tests.engines import program
from tests.launcher.runner_contract import eventually

COMMAND = [sys.executable, "-P", "-m", "mispriced", "worker"]
STREAM = "XTR-BTTS_live_stream-0"
DOCUMENT_2 = {"STREAM": STREAM, "XTRTYPE": "btts-worker", "XTR_BATCH": "3"}
JOB = {"bookmaker": "BookieAlpha", "extractor_type": "btts", "data_source": "live", "stream_date": "-1"}
BAD = {"bookmaker": "os", "extractor_type": "bts", "data_source": "yesterday", "stream_date": "24H"}

pytestmark = [pytest.mark.slow, pytest.mark.engine]


@pytest.fixture(scope="module")
def simulated():
    with Simulated([]) as simulated:
        yield simulated


@pytest.fixture
def server():
    with valkey() as url:
        yield url


@contextmanager
def run_worker(url, config, environment):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("REDIS_", "MISPRICED_"))
    }
    given = {**clean, "REDIS_URL": url, "MISPRICED_CONFIG": str(config), **environment}
    with subprocess.Popen(COMMAND, env=given, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def xadd(url, fields, stream=STREAM):
    words = [word for pair in fields.items() for word in pair]
    command = [program("redis-cli"), "-s", url.removeprefix("unix://"), "XADD", stream, "*", *words]
    subprocess.run(command, check=True, capture_output=True)


def test_the_example_of_document_2_reads_what_redis_cli_writes(simulated, server):
    with run_worker(server, simulated.config, DOCUMENT_2) as process:
        for bookmaker, period in {"BookieAlpha": "-1", "BookieGamma": "0", "bookiedelta": "0"}.items():
            xadd(server, JOB | {"bookmaker": bookmaker, "stream_date": period})
        store = RedisStore(server, SIMULATED)
        eventually(lambda: len(store.notes("extraction/")) == 3, 20)
        assert sorted(store.notes("extraction/")) == [
            "extraction/BookieAlpha/live/btts/-1",
            "extraction/BookieDelta/live/btts/0",
            "extraction/BookieGamma/live/btts/0",
        ]
        eventually(lambda: not any(one.pending for one in store.backlog()), 5)
        assert store.dead_letters() == []
        process.send_signal(signal.SIGTERM)
        assert (process.wait(5), process.stderr.read()) == (0, b"")
        store.close()


def test_a_message_that_is_no_job_is_buried_with_its_reason_outside_any_batch(simulated, server):
    with run_worker(server, simulated.config, DOCUMENT_2) as process:
        for field, value in BAD.items():
            xadd(server, JOB | {field: value})
            xadd(server, {name: each for name, each in JOB.items() if name != field})
        xadd(server, JOB)
        store = RedisStore(server, SIMULATED)
        eventually(lambda: store.notes("extraction/"), 20)
        assert {one.error.partition(";")[0] for one in store.dead_letters()} == {
            "field bookmaker is missing",
            "field extractor_type is missing",
            "field data_source is missing",
            "field stream_date is missing",
            "unknown bookmaker 'os'",
            "unknown extractor_type 'bts'",
            "unknown data_source 'yesterday'",
            "unknown live period of BookieAlpha '24H'",
        }
        eventually(lambda: not any(one.pending + one.unread for one in store.backlog()), 5)
        assert process.poll() is None
        store.close()


def test_a_half_full_batch_is_closed_by_time(simulated, server):
    with run_worker(server, simulated.config, DOCUMENT_2 | {"MISPRICED_BATCH_TIMEOUT_S": "0.3"}):
        xadd(server, JOB)
        store = RedisStore(server, SIMULATED)
        eventually(lambda: store.notes("extraction/"), 20)
        store.close()


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "message"),
    [
        ([], {}, 78, "STREAM is not set: the task stream that the worker reads"),
        (["--role", "match"], {}, 78, "MISPRICED_SOURCE is not set: what the match worker reads"),
        (
            ["--role", "matches"],
            {},
            2,
            "unknown role 'matches'; allowed: extract, match, detect, events, listen, record, alerts; did",
        ),
        ([], {"STREAM": "s", "XTR_BATCH": "0"}, 78, "XTR_BATCH: input should be greater than or equal to 1"),
    ],
)
def test_what_a_worker_lacks_is_named(tmp_path, arguments, environment, code, message):
    clean = {"PATH": os.defpath, "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "HOME": str(tmp_path)}
    run = subprocess.run([*COMMAND, *arguments], env=clean | environment, capture_output=True, timeout=30)
    assert (run.returncode, message in run.stderr.decode()) == (code, True), run.stderr
