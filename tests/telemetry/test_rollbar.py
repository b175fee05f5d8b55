"""Reports to Rollbar, against an endpoint of our own over a real socket."""

import base64
import json
import logging
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog

from mispriced import __version__, telemetry
from mispriced.telemetry.rollbar import CLOSE_S, MOST_CAUSES, MOST_FRAMES, MOST_WAITING, Account, Rollbar

TOKEN = "canary-token-0d1f"
PASSWORD = "canary/pass word"
SESSION = "canary-session-93"


class Endpoint:
    """Takes reports; `status` is answered, after `wait` is set."""

    def __init__(self):
        self.requests: list = []
        self.status = 200
        self.wait = threading.Event()
        self.wait.set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                endpoint.requests.append((self.path, dict(self.headers), body))
                endpoint.wait.wait(20)
                try:
                    self.send_response(endpoint.status)
                    if endpoint.status == 302:
                        self.send_header("Location", f"{endpoint.url}elsewhere")
                    self.end_headers()
                except OSError:
                    return

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api/1/item/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def items(self):
        return [json.loads(body)["data"] for _, _, body in self.requests]

    def close(self):
        self.wait.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint():
    opened = Endpoint()
    yield opened
    opened.close()


@pytest.fixture
def rollbar(endpoint):
    telemetry.configure("error")
    telemetry.hide([PASSWORD, SESSION])
    handler = Rollbar(Account(token=TOKEN, environment="test", endpoint=endpoint.url))
    telemetry.add("rollbar", handler)
    return handler


def fail(depth=0):
    password = PASSWORD  # a local that must not be reported
    if depth:
        return fail(depth - 1)
    try:
        raise KeyError(f"redis://me:{password}@host")
    except KeyError as error:
        raise ValueError(
            "Authorization: Basic " + base64.b64encode(f"me:{password}".encode()).decode()
        ) from error


def logged_failure(depth=0, **values):
    try:
        fail(depth)
    except ValueError:
        structlog.get_logger().error("message failed", exc_info=True, **values)


def test_an_error_is_an_item_of_the_documented_format(endpoint, rollbar, capsys):
    logged_failure(worker="extract/1", stream="odds-0")
    rollbar.close()
    ((path, headers, body),) = endpoint.requests
    assert path == "/api/1/item/"
    assert headers["X-Rollbar-Access-Token"] == TOKEN
    assert headers["Content-Type"] == "application/json"
    item = json.loads(body)["data"]
    assert abs(item.pop("timestamp") - time.time()) < 10
    assert item.pop("server").keys() == {"host", "pid"}
    assert len(item.pop("uuid")) == 36
    raised, cause = item.pop("body")["trace_chain"]
    assert item == {
        "environment": "test",
        "level": "error",
        "title": "message failed",
        "code_version": __version__,
        "platform": sys.platform,
        "language": "python",
        "custom": {"worker": "extract/1", "stream": "odds-0"},
        "notifier": {"name": "mispriced", "version": __version__},
    }
    assert raised["exception"] == {"class": "ValueError", "message": "Authorization: Basic bWU6***"}
    assert cause["exception"]["class"] == "KeyError"
    assert [frame["method"] for frame in raised["frames"]] == ["logged_failure", "fail"]
    assert set(raised["frames"][0]) == {"filename", "lineno", "method", "code"}
    assert rollbar.counts == {"sent": 1}


def test_no_secret_is_in_any_report_wherever_it_was(endpoint, rollbar, capsys):
    log = structlog.get_logger()
    logged_failure(
        depth=3, address=f"redis://me:{PASSWORD}@h", headers={"Cookie": f"sid={SESSION}", SESSION: [SESSION]}
    )
    log.error(
        f"cannot log in with {PASSWORD}",  # noqa: G004
        token=TOKEN,
        quoted="canary%2Fpass+word",
        error=repr(ValueError(PASSWORD)),
    )
    log.error("encoded", auth=base64.b64encode(f"you:{PASSWORD}".encode()), whole=TOKEN.encode().hex())
    logging.getLogger("redis").error("bad reply for %s", {"AUTH": PASSWORD})
    try:
        raise ValueError(SESSION)
    except ValueError as error:
        error.add_note(PASSWORD)
        logging.getLogger("redis").exception("with a note")
    telemetry.hide(["canary-in-source"])
    try:
        raise ValueError("canary-in-source")
    except ValueError:
        log.exception("a line of code is shown")
    rollbar.close()
    assert rollbar.counts == {"sent": 6}
    shown = capsys.readouterr().err
    assert "canary-in-source" not in shown + str(endpoint.requests)
    for _, headers, body in endpoint.requests:
        headers.pop("X-Rollbar-Access-Token")
        for text in (body.decode(), json.dumps(json.loads(body), ensure_ascii=False), str(headers), shown):
            for canary in (TOKEN, PASSWORD, SESSION, "canary%2F", "canary/", TOKEN.encode().hex()):
                assert canary not in text
            assert base64.b64encode(PASSWORD.encode())[:-3].decode() not in text
            assert base64.b64encode(f"you:{PASSWORD}".encode())[6:-4].decode() not in text


def test_only_errors_are_reported(endpoint, rollbar):
    log = structlog.get_logger()
    log.info("state changed")
    log.warning("skipped")
    rollbar.close()
    assert endpoint.requests == []


def test_a_message_without_exception_is_a_message(endpoint, rollbar):
    structlog.get_logger().error("message without effects", stream="x")
    rollbar.close()
    assert endpoint.items()[0]["body"] == {"message": {"body": "message without effects"}}


def test_no_more_than_the_cap_is_sent_and_the_rest_is_counted(endpoint):
    telemetry.configure("error")
    handler = Rollbar(Account(token=TOKEN, endpoint=endpoint.url), most_a_minute=5)
    began = time.monotonic() // 60
    for number in range(1000):
        handler.emit(logging.LogRecord("x", logging.ERROR, "x", 1, f"error {number}", (), None))
    handler.close()
    assert time.monotonic() // 60 > began or handler.counts == {"sent": 5, "capped": 995}
    assert len(endpoint.requests) == handler.counts["sent"]


def test_who_logs_never_waits_and_what_does_not_fit_is_counted(endpoint, capsys):
    endpoint.wait.clear()
    handler = Rollbar(Account(token=TOKEN, endpoint=endpoint.url), most_a_minute=10**6)
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "error", (), None)
    slowest = 0.0
    for _ in range(MOST_WAITING + 50):
        began = time.monotonic()
        handler.emit(record)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.5
    assert handler.counts["full"] >= 49
    began = time.monotonic()
    handler.close()
    assert time.monotonic() - began < CLOSE_S + 0.5
    endpoint.wait.set()
    handler._thread.join(20)


def test_an_endpoint_that_is_away_is_said_once_without_the_token(capsys):
    handler = Rollbar(Account(token=TOKEN, endpoint="http://127.0.0.1:9/api/1/item/"))
    for _ in range(3):
        handler.emit(logging.LogRecord("x", logging.ERROR, "x", 1, "error", (), None))
    handler.close()
    said = capsys.readouterr().err
    assert said.count("a report to Rollbar failed") == 1
    assert TOKEN not in said
    assert handler.counts == {"failed": 3}


def test_a_redirect_takes_the_token_nowhere(endpoint, capsys):
    endpoint.status = 302
    handler = Rollbar(Account(token=TOKEN, endpoint=endpoint.url))
    handler.emit(logging.LogRecord("x", logging.ERROR, "x", 1, "error", (), None))
    handler.close()
    assert [path for path, _, _ in endpoint.requests] == ["/api/1/item/"]
    assert handler.counts == {"failed": 1}


def test_too_many_requests_is_a_pause(endpoint, capsys):
    endpoint.status = 429
    handler = Rollbar(Account(token=TOKEN, endpoint=endpoint.url))
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "error", (), None)
    handler.emit(record)
    deadline = time.monotonic() + 5
    while not handler.counts["failed"] and time.monotonic() < deadline:
        time.sleep(0.01)
    handler.emit(record)
    handler.close()
    assert len(endpoint.requests) == 1
    assert handler.counts == {"failed": 1, "capped": 1}


def test_a_deep_trace_and_a_long_chain_are_cut(endpoint, rollbar, capsys):
    logged_failure(depth=200)
    error = ValueError("0")
    for number in range(1, 20):
        following = ValueError(str(number))
        following.__cause__ = error
        error = following
    structlog.get_logger().error("chain", exc_info=error)
    rollbar.close()
    deep, long = (item["body"]["trace_chain"] for item in endpoint.items())
    assert len(deep[0]["frames"]) == MOST_FRAMES
    assert [one["exception"]["message"] for one in long] == [str(19 - n) for n in range(MOST_CAUSES)]


def test_an_exception_that_cannot_be_shown_is_reported_even_so(endpoint, rollbar, capsys):
    class Untold(Exception):
        def __str__(self):
            raise ValueError("no")

    structlog.get_logger().error("message failed", exc_info=Untold())
    rollbar.close()
    (trace,) = endpoint.items()[0]["body"]["trace_chain"]
    assert trace["exception"] == {
        "class": "Untold",
        "message": "<Untold that cannot be shown: ValueError>",
    }


def test_an_account_does_not_show_its_token():
    assert TOKEN not in repr(Account(token=TOKEN))
