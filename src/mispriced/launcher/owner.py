"""One owner of a run directory, by the kernel's word: whoever holds the lock of a file in it.

The file's text says which process that is and what it runs its workers on; without the lock the text
is of the past and not believed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.errors import LockHeld, Misconfigured


class Lock(Struct, frozen=True):
    """What only one process may be of a run directory: the file, what it is called, how it is ended."""

    file: str
    what: str
    ended_by: str


ASKED_S: Final = 0.5  # whoever asks for the owner has the lock for less
AGAIN_S: Final = 0.01

LAUNCHER: Final = Lock("launcher.lock", "the launcher", "`mispriced stop` ends it")
FOOTBALL: Final = Lock("live.lock", "the football cycle", "SIGTERM ends it after the cycle in hand")


class Owner(Struct, frozen=True, kw_only=True):
    """The process that owns a run directory."""

    pid: int
    runner: str


@contextmanager
def owned(run_dir: Path, runner: str, lock: Lock = LAUNCHER) -> Iterator[None]:
    """Own the run directory, as what the lock is of; it is made when absent.

    Raises: LockHeld naming the process that owns it; Misconfigured when it cannot be written.
    """
    try:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(run_dir / lock.file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(f"run directory {run_dir}: {error.strerror}") from error
    try:
        _take(held, run_dir, lock)
        os.ftruncate(held, 0)
        os.pwrite(held, msgspec.json.encode(Owner(pid=os.getpid(), runner=runner)), 0)
        yield
    finally:
        os.close(held)


def _take(held: int, run_dir: Path, lock: Lock) -> None:
    until = time.monotonic() + ASKED_S
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = owner(run_dir, lock)
            if holder is None and time.monotonic() < until:
                time.sleep(AGAIN_S)  # somebody asks, or owns it and has not said who it is yet
                continue
            who = f"process {holder.pid}" if holder else "another process"
            raise LockHeld(f"{who} is {lock.what} of {run_dir}; {lock.ended_by}") from error
        return


def owner(run_dir: Path, lock: Lock = LAUNCHER) -> Owner | None:
    """Return the process that owns the run directory now, None when nobody does."""
    try:
        held = os.open(run_dir / lock.file, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            return msgspec.json.decode(os.pread(held, 4096, 0), type=Owner)
        except msgspec.MsgspecError:
            return None  # it has the lock and has not said who it is yet
    finally:
        os.close(held)
    return None
