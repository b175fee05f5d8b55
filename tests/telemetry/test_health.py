"""What a process answers about itself, over a real socket."""

import http.client
import socket
import time

import pytest

from mispriced import telemetry
from mispriced.telemetry.health import Health, HealthServer
from mispriced.telemetry.metrics import Metrics


class Process:
    def __init__(self, longest_turn_s=0.1):
        self.metrics = Metrics()
        self.health = Health(longest_turn_s)
        self.why = ""
        self.server = HealthServer(0, self.metrics, self.health, self.ready)

    def ready(self):
        if self.why == "raise":
            raise ValueError("no answer from redis://:canary-ready-5@host")
        return self.why

    def ask(self, path, host=None, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=5)
        try:
            connection.request(method, path, headers={"Host": host} if host else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def process():
    started = Process()
    yield started
    started.server.close()


def test_healthz_is_well_while_every_loop_turns_and_says_which_does_not(process):
    process.health.expect("extract/a")
    process.health.expect("match/b")
    assert process.ask("/healthz") == (200, "ok\n")
    until = time.monotonic() + 0.15
    while time.monotonic() < until:
        process.health.turned("extract/a")
        time.sleep(0.01)
    status, reason = process.ask("/healthz")
    assert status == 503
    assert reason.startswith("match/b: no turn for 0.")
    assert "extract/a" not in reason
    process.health.turned("match/b")
    process.health.turned("extract/a")
    assert process.ask("/healthz") == (200, "ok\n")


def test_readyz_follows_the_store_and_shows_no_secret(process):
    telemetry.hide(["canary-ready-5"])
    assert process.ask("/readyz") == (200, "ok\n")
    process.why = "store: server away"
    assert process.ask("/readyz") == (503, "store: server away\n")
    process.why = "raise"
    assert process.ask("/readyz") == (503, "no answer from redis://:***@host\n")


def test_metrics_are_served_with_their_content_type(process):
    process.metrics.worker("match", "b").observed(3, 0, 0)
    status, body = process.ask("/metrics")
    assert status == 200
    assert 'mispriced_messages_handled_total{consumer="b",group="match"} 3.0' in body
    assert process.ask("/metrics", method="HEAD") == (200, "")


def test_other_paths_methods_and_hosts_get_nothing(process):
    assert process.ask("/")[0] == 404
    assert process.ask("/../etc/passwd")[0] == 404
    assert process.ask("/metrics", method="POST")[0] == 501
    assert process.ask("/metrics", host="evil.example")[0] == 403
    assert process.ask("/metrics", host="localhost:1")[0] == 200


def test_it_listens_on_loopback_only(process):
    assert process.server._server.server_address[0] == "127.0.0.1"


def test_a_client_that_says_nothing_holds_up_nobody(process):
    with socket.create_connection(("127.0.0.1", process.server.port)):
        assert process.ask("/healthz")[0] == 200


def test_a_port_that_is_taken_is_replaced_and_said_so(process, capsys):
    telemetry.configure("warning")
    second = HealthServer(process.server.port, Metrics(), Health(), str)
    try:
        assert second.port != process.server.port
        assert f"port={process.server.port}" in capsys.readouterr().err
    finally:
        second.close()


def test_nothing_is_left_when_it_is_closed():
    started = Process()
    started.server.close()
    with pytest.raises(ConnectionRefusedError):
        started.ask("/healthz")
