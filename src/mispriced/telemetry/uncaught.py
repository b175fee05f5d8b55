"""What nobody caught: the trace is shown without secrets, and told to the log and to Rollbar."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TypeAlias

from mispriced.telemetry.redact import redact

Hook: TypeAlias = Callable[[threading.ExceptHookArgs], object]


def catch_uncaught() -> None:
    """Let exceptions that end the process or a thread go through the logs.

    A hook that somebody else set for threads is called as well.
    """
    sys.excepthook = _process
    before = threading.excepthook
    if before in (threading.__excepthook__, _thread):
        threading.excepthook = _thread
    else:
        threading.excepthook = _Both(before)


class _Both:
    """Calls a hook that was there, once, after ours."""

    def __init__(self, before: Hook) -> None:
        self._before: Hook = before._before if isinstance(before, _Both) else before

    def __call__(self, given: threading.ExceptHookArgs) -> None:
        _thread(given)
        self._before(given)


def _process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _tell("process ended by an exception", kind, error, trace)


def _thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None and not issubclass(given.exc_type, SystemExit):
        name = given.thread.name if given.thread else ""
        _tell(
            "thread ended by an exception", given.exc_type, given.exc_value, given.exc_traceback, thread=name
        )


def _tell(
    event: str,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    **values: object,
) -> None:
    log = logging.getLogger("mispriced")
    if log.hasHandlers():
        log.critical({"event": event, **values}, exc_info=(kind, error, trace))
    else:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))
