"""Logs: one event, one line, values as fields; on standard error, in a file a process, in the audit log.

structlog makes the events, handlers of the standard library carry them, so that what libraries log takes
the same way. Every line is without secrets (`redact.py`).
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any, Final, Literal

import structlog

from mispriced.telemetry.audit import NAME as AUDIT
from mispriced.telemetry.audit import AuditFile, audit
from mispriced.telemetry.files import DailyFile, LogFiles
from mispriced.telemetry.line import JsonLine, TextLine
from mispriced.telemetry.redact import hide, redact
from mispriced.telemetry.uncaught import catch_uncaught

__all__ = [
    "Level", "LogFiles", "add", "audit", "audit_in", "catch_uncaught", "close", "configure", "hide", "redact",
    "render_json", "write_to",
]  # fmt: skip

Level = Literal["debug", "info", "warning", "error"]

OURS: Final = "mispriced."  # begins the names of the handlers that are set here
CONSOLE: Final = f"{OURS}console"


def configure(level: Level = "info", as_json: bool = False) -> None:
    """Send the logs of this process to standard error, in colour on a terminal or as JSON lines.

    Files and Rollbar of an earlier call end; `write_to`, `audit_in` and `add` set them anew.
    """
    close()
    console = _Console(sys.stderr)
    console.setFormatter(JsonLine() if as_json else TextLine(colors=sys.stderr.isatty()))
    console.setLevel(_number(level))
    _set(CONSOLE, console)


def render_json() -> None:
    """Show what goes to standard error as JSON lines from now on."""
    for handler in _ours():
        if handler.get_name() == CONSOLE:
            handler.setFormatter(JsonLine())


def write_to(files: LogFiles, level: Level = "info") -> None:
    """Write the log into a file of this process as well; `debug` on the console is kept there too."""
    handler = DailyFile(files)
    handler.setLevel(min([_number(level), *(one.level for one in _ours())]))
    _set(f"{OURS}file", handler)


def audit_in(folder: Path | None) -> None:
    """Keep the audit log in this folder; without one it is in the other logs only."""
    if folder is not None:
        _set(f"{OURS}audit", AuditFile(folder), logging.getLogger(AUDIT))


def add(name: str, handler: logging.Handler) -> None:
    """Tell a further handler, such as Rollbar's, of every record of its level."""
    _set(f"{OURS}{name}", handler)


def close() -> None:
    """End every handler that was set here; what a handler still has to send, it sends within its deadline."""
    for name in ("", AUDIT):
        logger = logging.getLogger(name)
        for handler in [one for one in logger.handlers if (one.get_name() or "").startswith(OURS)]:
            logger.removeHandler(handler)
            handler.close()


class _Console(logging.StreamHandler[Any]):
    """Standard error; a reader that went away ends no process."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (the name is logging's)
        error = sys.exc_info()[1]
        if not isinstance(error, OSError | ValueError):
            sys.stderr.write(redact(f"mispriced: a log line could not be shown: {error!r}\n"))


def _set(name: str, handler: logging.Handler, logger: logging.Logger | None = None) -> None:
    logger = logger or logging.getLogger()
    for old in [one for one in logger.handlers if one.get_name() == name]:
        logger.removeHandler(old)
        old.close()
    handler.set_name(name)
    logger.addHandler(handler)
    lowest = min((one.level for one in _ours()), default=logging.WARNING)
    logging.getLogger("mispriced").setLevel(lowest)
    logging.getLogger(AUDIT).setLevel(logging.INFO)  # whatever the others show, an action is kept
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=_logger,
        cache_logger_on_first_use=False,
    )


def _ours() -> list[logging.Handler]:
    return [one for one in logging.getLogger().handlers if (one.get_name() or "").startswith(OURS)]


def _logger(*_: object) -> logging.Logger:
    return logging.getLogger("mispriced")


def _number(level: Level) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
