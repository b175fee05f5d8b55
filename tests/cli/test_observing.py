"""What a long-running command is seen by: settings to log file, metrics, health and reports."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from mispriced import telemetry
from mispriced.cli.clock import SystemClock
from mispriced.cli.observing import observed, readings
from mispriced.cli.stores import open_store
from mispriced.messages import Effects, Handled, Output, Subscription
from mispriced.pipeline.run import Consumer
from mispriced.settings.model import Settings
from tests.backends.servers import valkey


@pytest.fixture(scope="module")
def server():
    with valkey() as url:
        yield url


@pytest.fixture(autouse=True)
def unconfigured():
    yield
    telemetry.close()
    structlog.reset_defaults()


class Passing:
    """Gives each message back without effects."""

    def handle(self, messages):
        return Handled(effects=tuple(Effects(message=one) for one in messages))

    def tick(self, now):
        pass


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def values(text):
    return {
        (one.name, *sorted(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_a_consumer_that_is_seen_tells_metrics_health_and_backlog(server, tmp_path):
    settings = Settings(metrics_port=0, log_dir=tmp_path)
    clock = SystemClock()
    store = open_store(server, settings)
    subscription = Subscription(streams=("odds-0",), group="extract", consumer="a")
    store.join(subscription)
    store.publish([Output(stream="odds-0", fields={"v": "1"})] * 7)
    stop = threading.Event()
    with observed(settings, clock, "extract", lambda: open_store(server, settings), shows_state=True) as seen:
        assert (
            values(get(f"{seen.url}/metrics")[1])["mispriced_backlog_messages", "extract", "odds-0", "unread"]
            == 7
        )
        reached, turned = seen.consumer("extract", "a")
        consumer = Consumer(
            store,
            subscription,
            Passing(),
            clock,
            stop,
            batch_timeout_s=0.01,
            reached=reached,
            observed=turned,
        )
        thread = threading.Thread(target=consumer.run)
        thread.start()
        name = ("mispriced_messages_handled_total", "a", "extract")
        until = time.monotonic() + 10
        while values(get(f"{seen.url}/metrics")[1]).get(name) != 7 and time.monotonic() < until:
            time.sleep(0.05)
        stop.set()
        thread.join()
        found = values(get(f"{seen.url}/metrics")[1])
        assert found[name] == 7
        assert found["mispriced_batch_seconds_count", "a", "extract"] == 1
        assert found["mispriced_store_up",] == 1
        assert get(f"{seen.url}/healthz") == (200, "ok\n")
        assert get(f"{seen.url}/readyz") == (200, "ok\n")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{seen.url}/healthz")
    store.close()


def test_a_server_that_is_away_is_not_ready_and_no_gauge_is_made_up(tmp_path):
    settings = Settings(metrics_port=0)
    away = f"unix://{tmp_path}/absent.sock"
    with observed(
        settings, SystemClock(), "up", lambda: open_store(away, settings), shows_state=True
    ) as seen:
        status, reason = get(f"{seen.url}/readyz")
        assert status == 503
        assert "absent.sock" in reason
        found = values(get(f"{seen.url}/metrics")[1])
        assert found["mispriced_store_up",] == 0
        assert not [key for key in found if key[0].startswith(("mispriced_backlog", "mispriced_opp"))]
        assert get(f"{seen.url}/healthz")[0] == 200


def test_the_store_is_read_as_gauges():
    now = datetime(2026, 5, 14, tzinfo=UTC)

    class Stored:
        def backlog(self):
            return []

        def opportunities(self):
            return []

        def notes(self, prefix):
            beat = {"at": now - timedelta(seconds=12), "streams": [], "handled": 1, "buried": 0, "failed": 0}
            return {
                "worker/match/a/b": json.dumps(beat, default=lambda at: at.isoformat()).encode(),
                "worker/match/old": b"{}",
            }

    class Clock:
        def now(self):
            return now

    assert [(one.name, one.labels, one.value) for one in readings(Stored(), Clock())] == [
        ("mispriced_heartbeat_age_seconds", ("match", "a/b"), 12.0)
    ]


def test_nothing_listens_and_nothing_is_written_unless_it_is_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with observed(Settings(), SystemClock(), "up") as seen:
        structlog.get_logger().error("x")
        assert seen.url is None
    assert list(tmp_path.iterdir()) == []


def test_up_keeps_who_started_and_stopped_it_and_dlq_who_replayed_what(tmp_path, server):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("REDIS_", "MISPRICED_"))
    } | {"LOG_DIR": str(tmp_path / "logs"), "REDIS_URL": server}
    configuration = tmp_path / "mispriced.toml"
    configuration.write_text(
        '[bookmakers.BookieAlpha.live]\nbase_url = "http://127.0.0.1:9"\n'
        '[extract.live]\nbtts_stream = "XTR-BTTS_live_stream"\nBookieAlpha.date = [-1]\n',
        encoding="utf-8",
    )
    store = open_store(server, Settings())
    subscription = Subscription(streams=("odds-9",), group="extract", consumer="a")
    store.join(subscription)
    store.publish([Output(stream="odds-9", fields={"v": "1"})] * 2)
    for message in store.read(subscription, 2, 1.0):
        store.bury(subscription, message, "no job", datetime.now(UTC))
    first, second = store.dead_letters("odds-9")
    for arguments in (["up", "--seconds", "0.2"], ["dlq", "replay", first.id], ["dlq", "drop", second.id]):
        run = subprocess.run(
            [sys.executable, "-m", "mispriced", *arguments, "--config", str(configuration)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert run.returncode == 0, run.stderr
    store.close()
    lines = [json.loads(line) for line in (tmp_path / "logs/audit.log").read_text().splitlines()]
    assert [(line["action"], line.get("what"), line.get("letter")) for line in lines] == [
        ("started", "up", None),
        ("stopped", "up", None),
        ("replayed", None, first.id),
        ("dropped", None, second.id),
    ]
    assert {line["uid"] for line in lines} == {os.getuid()}
    assert [path.name.split("_")[0] for path in (tmp_path / "logs").glob("*_*.log")] == ["up"]
