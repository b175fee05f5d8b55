"""The directory for sockets: short, ours, closed to others, because their paths are limited."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mispriced.errors import Misconfigured

LONGEST_SOCKET_PATH: Final = 103  # bytes; sun_path with its NUL has 104 on macOS, 108 on Linux
LONGEST_SOCKET_NAME: Final = 21


def pick_runtime_dir(candidates: Iterable[Path]) -> Path:
    """Return the first candidate that is, or can be made, a directory for our sockets.

    That is: a real directory (no symbolic link), ours, closed to others (0700), with a path short
    enough for a socket in it. `/tmp/mispriced-UID` belongs last among the candidates.

    Raises: Misconfigured with what is wrong with each.
    """
    faults = []
    for candidate in candidates:
        fault = _fault_of(candidate)
        if fault is None:
            return candidate
        faults.append(f"{candidate}: {fault}")
    raise Misconfigured(f"no directory for the server's socket: {'; '.join(faults) or 'none given'}")


def _fault_of(runtime_dir: Path) -> str | None:
    if len(os.fsencode(runtime_dir / ("x" * LONGEST_SOCKET_NAME))) > LONGEST_SOCKET_PATH:
        return f"too long for a socket, which has {LONGEST_SOCKET_PATH} bytes"
    try:
        runtime_dir.mkdir(mode=0o700, exist_ok=True)
        facts = runtime_dir.lstat()
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISDIR(facts.st_mode):
        return "is a symbolic link or no directory"
    if facts.st_uid != os.geteuid():
        return f"belongs to user {facts.st_uid}"
    if facts.st_mode & 0o077:
        return f"is open to others (mode {stat.S_IMODE(facts.st_mode):o}, must be 700)"
    return None if os.access(runtime_dir, os.W_OK) else "cannot be written"
