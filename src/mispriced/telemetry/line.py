"""A log record as plain fields without secrets, and as a line: coloured text or JSON."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TypeAlias

import structlog

from mispriced.telemetry.redact import Plain, shared

# Control characters other than tab and newline; a bookmaker's text must not steer a terminal.
CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}

Raised: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]


def fields(record: logging.LogRecord) -> dict[str, Plain]:
    """Return what a record says: timestamp, level, event, its own values, and `exception` with the trace."""
    said: dict[str, object] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        "level": record.levelname.lower(),
    }
    if isinstance(record.msg, Mapping):
        said |= {str(name): value for name, value in record.msg.items() if name != "exc_info"}
    else:
        said |= {"event": _message(record), "logger": record.name}
    trace = raised(record)
    if trace is not None:
        said["exception"] = "".join(traceback.format_exception(*trace)).rstrip()
    return {name: shared.plain(value) for name, value in said.items()}


def raised(record: logging.LogRecord) -> Raised | None:
    """Return the exception that a record tells of, if any."""
    given: object = record.exc_info
    if isinstance(record.msg, Mapping):
        given = record.msg.get("exc_info") or given
    if given is True:
        given = sys.exc_info()
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple) and isinstance(given[1], BaseException):
        return type(given[1]), given[1], given[2]
    return None


class JsonLine(logging.Formatter):
    """Renders a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        return json.dumps(fields(record))


class TextLine(logging.Formatter):
    """Renders a record for a person, in colour if asked to."""

    def __init__(self, colors: bool) -> None:
        super().__init__()
        self._render = structlog.dev.ConsoleRenderer(
            colors=colors, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the text; an exception's trace follows on lines of its own."""
        safe = {name: _printable(name, value) for name, value in fields(record).items()}
        return str(self._render(None, record.levelname.lower(), safe))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:
        return f"{record.msg} {record.args} ({error})"


def _printable(name: str, value: Plain) -> Plain:
    if not isinstance(value, str):
        return value  # shown by its repr, as is text with a newline in it
    shown = value.translate(CONTROLS)
    return shown.replace("\n", "\\n") if name == "event" else shown
