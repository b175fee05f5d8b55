"""Errors reported to Rollbar from a thread of their own: capped, without locals, without secrets.

The documented item format is posted here and not through Rollbar's package: that one takes secrets out by
the name of a key, sends the process's arguments, keeps its settings in module globals, and queues without
a bound. Source: https://docs.rollbar.com/reference/create-item

Not here: which records are errors (the handler's level), and what is secret (`redact.py`).
"""

from __future__ import annotations

import contextlib
import json
import linecache
import logging
import os
import queue
import socket
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Final

from msgspec import Struct

from mispriced import __version__
from mispriced.telemetry.line import fields, raised
from mispriced.telemetry.redact import redact, shared

MOST_WAITING: Final = 100  # reports
MOST_A_MINUTE: Final = 30  # of one process; a crash loop must not use up the account
MOST_FRAMES: Final = 50  # of each exception, its last ones
MOST_CAUSES: Final = 5
DEADLINE_S: Final = 5.0  # of one report
CLOSE_S: Final = 2.0  # for what is left at the end of the process, which has to be gone within 5 s
PAUSE_S: Final = 60.0  # after an answer 429

SHOWN: Final = frozenset({"timestamp", "level", "event", "exception"})  # have places of their own in an item


class Account(Struct, frozen=True, kw_only=True):
    """Where reports go, and under which name."""

    token: str
    environment: str = "production"
    endpoint: str = "https://api.rollbar.com/api/1/item/"

    def __repr__(self) -> str:
        return f"Account({self.environment!r}, {self.endpoint!r})"


class Rollbar(logging.Handler):
    """Reports records; whoever logs never waits. `counts`: sent, failed, capped, full."""

    def __init__(self, account: Account, most_a_minute: int = MOST_A_MINUTE) -> None:
        super().__init__(logging.ERROR)
        self._account = account
        shared.hide([account.token])
        self._most_a_minute = most_a_minute
        self._minute = 0
        self._in_minute = 0
        self._paused_until = 0.0
        self._has_given_up = False
        self.counts: Counter[str] = Counter()
        self._waiting: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        self._thread = threading.Thread(target=self._send_all, name="rollbar", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Make the report and queue it, or count why not."""
        if threading.current_thread() is self._thread:
            return  # what sending logs is not sent
        if self._is_capped():
            self.counts["capped"] += 1
            return
        try:
            self._waiting.put_nowait(_body(record, self._account.environment, dict(self.counts)))
        except queue.Full:
            self.counts["full"] += 1
        except Exception as error:  # a value that cannot be told must not end the one who logs it
            self._refused(repr(error))

    def close(self) -> None:
        """Send what waits, for no longer than a deadline."""
        if self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._waiting.put(None, timeout=CLOSE_S / 2)
            self._thread.join(CLOSE_S / 2)
        self._has_given_up = True
        super().close()

    def _is_capped(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._in_minute = minute, 0
        self._in_minute += 1
        return self._in_minute > self._most_a_minute or time.monotonic() < self._paused_until

    def _send_all(self) -> None:
        while not self._has_given_up and (body := self._waiting.get()) is not None:
            try:
                self._send(body)
                self.counts["sent"] += 1
            except urllib.error.HTTPError as error:
                self._refused(error.code)
                error.close()
            except (OSError, ValueError) as error:
                self._refused(str(error))

    def _send(self, body: bytes) -> None:
        request = urllib.request.Request(
            self._account.endpoint,
            data=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": f"mispriced/{__version__}",
                "X-Rollbar-Access-Token": self._account.token,
            },
        )
        with self._opener.open(request, timeout=DEADLINE_S):
            pass  # the status is the answer

    def _refused(self, reason: int | str) -> None:
        if reason == 429:
            self._paused_until = time.monotonic() + PAUSE_S
        if not self.counts["failed"]:
            sys.stderr.write(redact(f"mispriced: a report to Rollbar failed: {reason}; going on without\n"))
        self.counts["failed"] += 1


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the token would go along."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _body(record: logging.LogRecord, environment: str, counts: Mapping[str, int]) -> bytes:
    said = fields(record)
    event = str(said.get("event", ""))
    custom: dict[str, object] = {name: value for name, value in said.items() if name not in SHOWN}
    if lost := {name: number for name, number in counts.items() if name != "sent"}:
        custom["not_reported"] = lost
    trace = raised(record)
    error = None if trace is None else trace[1]
    body = (
        {"message": {"body": event}}
        if error is None
        else {"trace_chain": [_trace(one) for one in _chain(error)]}
    )
    item = {
        "environment": environment,
        "body": body,
        "level": {"fatal": "critical"}.get(record.levelname.lower(), record.levelname.lower()),
        "title": event[:255],
        "timestamp": int(record.created),
        "uuid": str(uuid.uuid4()),
        "code_version": __version__,
        "platform": sys.platform,
        "language": "python",
        "server": {"host": socket.gethostname(), "pid": os.getpid()},
        "custom": custom,
        "notifier": {"name": "mispriced", "version": __version__},
    }
    return json.dumps({"data": shared.plain(item)}).encode()


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found and len(found) < MOST_CAUSES:
        found.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return found


def _trace(error: BaseException) -> dict[str, object]:
    return {
        "frames": _frames(error.__traceback__),
        "exception": {"class": type(error).__name__, "message": shared.plain(error)},
    }


def _frames(trace: TracebackType | None) -> list[dict[str, object]]:
    found = []
    for frame, line in list(traceback.walk_tb(trace))[-MOST_FRAMES:]:
        code = frame.f_code
        found.append(
            {
                "filename": code.co_filename,
                "lineno": line,
                "method": code.co_qualname,
                "code": linecache.getline(code.co_filename, line, frame.f_globals).strip(),
            }
        )
    return found
