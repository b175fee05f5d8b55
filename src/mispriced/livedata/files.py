"""Writing a file so that what was in it stays until all of the new is on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct


class Written(Struct, frozen=True, kw_only=True):
    """How writing a file ended: the bytes that are on the disk, and what went wrong, if anything."""

    path: Path
    bytes: int = 0
    problem: str = ""


def failed(path: Path, error: OSError) -> Written:
    """Return that a file was not written, and why."""
    return Written(path=path, problem=f"{path.name}: {error.strerror or error}")


def write_whole(path: Path, content: bytes) -> int:
    """Put the content in the file's place in one step, on the disk; return its length.

    Raises: OSError; then the old file is as it was.
    """
    beside = beside_of(path)
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return len(content)


def append_whole(path: Path, lines: bytes) -> int:
    """Append lines, all or none; return the bytes written. A torn last line gets its end first.

    Raises: OSError; then the file is cut back to what it was.
    """
    with path.open("ab+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            lines = lines if file.read(1) == b"\n" else b"\n" + lines
        left = memoryview(lines)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            file.truncate(size)
            raise
    return len(lines)


def beside_of(path: Path) -> Path:
    """Return the name under which a file is made before it takes its place."""
    return path.with_name(f".{path.name}.{os.getpid()}.new")
