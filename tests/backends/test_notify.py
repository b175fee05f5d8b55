"""Targets on loopback: what they get, and what becomes of what they answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mispriced.backends import notify
from mispriced.backends.notify import Chat, Webhook, open_target
from mispriced.errors import Misconfigured, Retry, Skip
from mispriced.messages import Delivery
from mispriced.telemetry.redact import redact
from tests.domain.quotes import NOON

# of apprise's, where Python still has what it takes the place of
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

T = "alerts.targets.t"
SECRET = "example-secret-of-a-webhook"
DELIVERY = Delivery(id="7-0", title="Surebet", text="legs", alert=b'{"state":"opened"}')


class Now:
    def now(self):
        return NOON


class Fake(ThreadingHTTPServer):
    """A service on loopback that answers as told and keeps what it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.reached: Callable[[int], object] = lambda number: None  # told how many came, before it answers

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Fake

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.server.reached(len(self.server.got))
        status, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Fake]:
    with Fake() as fake:
        thread = threading.Thread(target=fake.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield fake
        finally:
            fake.shutdown()
            thread.join()


@pytest.fixture
def fake() -> Iterator[Fake]:
    with served() as one:
        yield one


def test_a_webhook_gets_the_alert_and_a_signature_that_its_receiver_can_check(fake):
    Webhook("hook", f"http://{fake.place}/in?key=1", SECRET, Now()).send(DELIVERY)
    [(headers, body)] = fake.got
    assert json.loads(body) == {"id": "7-0", "title": "Surebet", "text": "legs", "alert": {"state": "opened"}}
    assert headers["X-Mispriced-Delivery"] == "7-0"
    fields = dict(part.split("=") for part in headers["X-Mispriced-Signature"].split(","))
    signed = fields["t"].encode() + b"." + body
    assert fields == {
        "t": str(int(NOON.timestamp())),
        "v1": hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest(),
    }


@pytest.mark.parametrize(
    ("answer", "kind", "after_s"),
    [
        ((429, {"Retry-After": "37"}), Retry, 37),
        ((429, {}), Retry, 5),
        ((503, {"Retry-After": "Thu, 14 May 2026 12:01:00 GMT"}), Retry, 60),
        ((500, {}), Retry, None),
        ((410, {}), Skip, None),
        ((302, {"Location": "http://127.0.0.1:9/"}), Skip, None),
    ],
)
def test_what_a_webhook_answers_says_whether_and_when_it_is_tried_again(fake, answer, kind, after_s):
    fake.answers = [answer]
    with pytest.raises(kind, match=f"hook: status {answer[0]}") as raised:
        Webhook("hook", f"http://{fake.place}/", None, Now()).send(DELIVERY)
    assert getattr(raised.value, "after_s", None) == after_s
    assert len(fake.got) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "after_s"), [(429, Retry, 60), (502, Retry, None), (404, Skip, None)]
)
def test_what_a_chat_service_answers_is_known_from_apprise(fake, answer, kind, after_s):
    fake.answers = [(answer, {})]
    with pytest.raises(kind, match=f"phone: status {answer}") as raised:
        Chat("phone", f"json://{fake.place}/token-of-an-example").send(DELIVERY)
    assert getattr(raised.value, "after_s", None) == after_s
    assert len(fake.got) == 1


def test_a_chat_service_gets_title_and_text(fake):
    Chat("phone", f"json://{fake.place}/").send(DELIVERY)
    [(_, body)] = fake.got
    sent = json.loads(body)
    assert (sent["title"], sent["message"]) == ("Surebet", "legs")


def test_a_target_that_is_gone_or_hangs_is_tried_later(monkeypatch):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(Retry, match="hook: ClientConnectorError"):
            Webhook("hook", f"http://{place}/", None, Now()).send(DELIVERY)
        with pytest.raises(Retry, match="phone: not sent"):
            Chat("phone", f"json://{place}/").send(DELIVERY)
        listening.listen()
        monkeypatch.setattr(notify, "DEADLINE_S", 0.1)
        with pytest.raises(Retry, match="hook: TimeoutError"):
            Webhook("hook", f"http://{place}/", None, Now()).send(DELIVERY)
        with pytest.raises(Retry, match="phone: not sent"):
            Chat("phone", f"json://{place}/?rto=0.1&cto=0.1").send(DELIVERY)


def test_nothing_that_apprise_says_is_shown(fake, caplog):
    fake.answers = [(500, {})]
    with caplog.at_level(logging.DEBUG), pytest.raises(Retry) as raised:
        Chat("phone", f"json://{fake.place}/token-of-an-example").send(DELIVERY)
    assert "token" not in str(raised.value)
    assert "token" not in caplog.text


@pytest.mark.parametrize(
    ("url", "secret", "said"),
    [
        ("bogus://example-token", None, "alerts.targets.t.url: apprise does not know this address"),
        ("http://h.example/", None, f"base_url of {T} is http, must be https unless it is loopback"),
        ("https://10.0.0.1/", None, "base_url of alerts.targets.t: 10.0.0.1 is not public"),
        ("https://hooks.example/", "short", "alerts.targets.t.secret: must have at least 16 characters"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_showing_it(url, secret, said):
    with pytest.raises(Misconfigured) as raised:
        open_target("t", url, secret, Now())
    assert redact(str(raised.value)) == said
