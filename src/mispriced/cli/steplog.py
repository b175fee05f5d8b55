"""The documents' log of the football cycle: lines of text in `step1.log`, turned over at midnight."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from mispriced.telemetry.redact import redact

NAME: Final = "step1.log"
KEPT: Final = 7  # days


class StepLog(logging.handlers.TimedRotatingFileHandler):
    """Writes lines as they are; what is wrong with the file is said once, and the cycle goes on."""

    def __init__(self, folder: Path) -> None:
        self._has_warned = False
        super().__init__(folder / NAME, when="midnight", backupCount=KEPT, encoding="utf-8", delay=True)

    def say(self, line: str) -> None:
        """Write a line without secrets."""
        with suppress(OSError):  # opening the file fails for the same reason and says so
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        self.emit(logging.makeLogRecord({"msg": redact(line)}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (the name is logging's)
        """Say once what is wrong."""
        if not self._has_warned:
            self._has_warned = True
            error = sys.exc_info()[1]
            sys.stderr.write(redact(f"mispriced: {self.baseFilename}: {error}; going on without this log\n"))
