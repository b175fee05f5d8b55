"""What a process answers on loopback: `/metrics`, `/healthz` (its loops turn), `/readyz` (its store answers).

Only 127.0.0.1, and only to requests that name a loopback host, so that no page in a browser can read it.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import structlog

from mispriced.telemetry.metrics import Metrics
from mispriced.telemetry.redact import redact

LONGEST_TURN_S: Final = 90.0  # an extraction may take 60 s, then its quotes are stored
REQUEST_S: Final = 5.0  # for a client to ask; a slow one costs one thread
HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
TEXT: Final = "text/plain; charset=utf-8"


class Health:
    """Whether the loops of this process turn. A loop that was never heard of counts from `expect` on."""

    def __init__(self, longest_turn_s: float = LONGEST_TURN_S) -> None:
        self._longest_turn_s = longest_turn_s
        self._turned: dict[str, float] = {}

    def turned(self, loop: str) -> None:
        """Say that a loop made a turn, also one in which the store was away."""
        self._turned[loop] = time.monotonic()

    expect = turned

    def reason(self) -> str:
        """Return why the process is not well; empty when it is."""
        now = time.monotonic()
        late = {
            loop: now - at for loop, at in sorted(self._turned.items()) if now - at > self._longest_turn_s
        }
        return "; ".join(
            f"{loop}: no turn for {seconds:.1f} s, at most {self._longest_turn_s:g} s are allowed"
            for loop, seconds in late.items()
        )


class HealthServer:
    """Serves one process's metrics and health in a thread, from construction to `close`.

    `ready` returns why the process can do nothing now, empty when it can. A port that is taken, as by
    another worker of the same settings, is replaced by a free one and said so.
    """

    def __init__(self, port: int, metrics: Metrics, health: Health, ready: Callable[[], str]) -> None:
        answers: dict[str, Callable[[str], tuple[int, bytes, str]]] = {
            "/metrics": lambda accept: (200, *metrics.render(accept)),
            "/healthz": lambda _: _answer(health.reason),
            "/readyz": lambda _: _answer(ready),
        }
        self._server = _bind(port, type("Handler", (_Handler,), {"answers": answers}))
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="metrics", daemon=True
        )
        self._thread.start()
        _log.info("metrics served", url=f"{self.url}/metrics")

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(REQUEST_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def handle_error(self, *_: object) -> None:
        _log.debug("metrics request ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_S
    answers: dict[str, Callable[[str], tuple[int, bytes, str]]]

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        path = self.path.partition("?")[0]
        if host not in HOSTS:
            status, body, content_type = 403, b"not a loopback host\n", TEXT
        elif path not in self.answers:
            status, body, content_type = 404, b"/metrics, /healthz, /readyz\n", TEXT
        else:
            status, body, content_type = self.answers[path](self.headers.get("Accept", ""))
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  (the name is http.server's)

    def version_string(self) -> str:
        return "mispriced"

    def log_message(self, *_: object) -> None:
        pass


def _bind(port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _log.warning("metrics port taken, using a free one", port=port)
        return _Server(("127.0.0.1", 0), handler)


def _answer(reason: Callable[[], str]) -> tuple[int, bytes, str]:
    try:
        found = reason()
    except Exception as error:
        found = str(error) or repr(error)
    return (503 if found else 200), redact(f"{found or 'ok'}\n").encode(), TEXT


_log: Final = structlog.get_logger()
