"""One recorder a folder, by the kernel's word."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mispriced.errors import LockHeld, Misconfigured

LOCK: Final = "recorder.lock"


@contextmanager
def owned(root: Path) -> Iterator[None]:
    """Own the folder of a record; it is made when absent.

    Raises: LockHeld when another process does; Misconfigured when it cannot be written.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(f"record.dir {root}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockHeld(f"another process records into {root}") from error
        yield
    finally:
        os.close(lock)
