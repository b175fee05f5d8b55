"""One launcher a run directory, by the kernel's word: whoever holds the lock of a file in it.

The file's text says which process that is and what it runs its workers on; without the lock the text
is of the past and not believed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.errors import LockHeld, Misconfigured

LOCK: Final = "launcher.lock"


class Owner(Struct, frozen=True, kw_only=True):
    """The launcher that owns a run directory."""

    pid: int
    runner: str


@contextmanager
def owned(run_dir: Path, runner: str) -> Iterator[None]:
    """Own the run directory; it is made when absent.

    Raises: LockHeld naming the process that owns it; Misconfigured when it cannot be written.
    """
    try:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(run_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(f"run directory {run_dir}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = owner(run_dir)
            who = f"process {holder.pid}" if holder else "another process"
            raise LockHeld(f"{who} is the launcher of {run_dir}; `mispriced stop` ends it") from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, msgspec.json.encode(Owner(pid=os.getpid(), runner=runner)), 0)
        yield
    finally:
        os.close(lock)


def owner(run_dir: Path) -> Owner | None:
    """Return the launcher that owns the run directory now, None when nobody does."""
    try:
        lock = os.open(run_dir / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return msgspec.json.decode(os.pread(lock, 4096, 0), type=Owner)
        except msgspec.MsgspecError:
            return None  # it has the lock and has not said who it is yet
    finally:
        os.close(lock)
    return None
