"""The audit log: who started, stopped, pinned, banned, replayed or dropped what.

Lines are only ever appended, and never rotated or cleared: `audit.log` beside the other logs.
"""

from __future__ import annotations

import json
import logging
import os
import pwd
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mispriced.telemetry.redact import shared

NAME: Final = "mispriced.audit"
FILE: Final = "audit.log"


def audit(action: str, **facts: object) -> None:
    """Keep that this user did `action` (a word such as "replayed") with these facts."""
    who = {"uid": os.getuid(), "user": _user(), "pid": os.getpid()}
    logging.getLogger(NAME).info({"event": "audit", "action": action, **who, **facts})


class AuditFile(logging.Handler):
    """Appends each action as a line of JSON, whole, with those of other processes."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / FILE
        self._has_warned = False

    def emit(self, record: logging.LogRecord) -> None:
        """Append the line and see it on the disk."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        given = record.msg if isinstance(record.msg, dict) else {"action": record.getMessage()}
        facts = {"at": at} | {name: value for name, value in given.items() if name != "event"}
        line = json.dumps(shared.plain(facts)) + "\n"
        try:
            self._append(line.encode())
        except OSError as error:
            if not self._has_warned:
                self._has_warned = True
                sys.stderr.write(f"mispriced: no audit log at {self._path}: {error.strerror}\n")

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""  # a container's user without a name
