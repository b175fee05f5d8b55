"""The record's files: one folder a kind and day, each file named by the range of stream ids it holds.

A file whose range lies in another's is that one's past and counts no more: so a rewrite replaces, and
nothing doubles, whenever the writer is killed. A day is that of the stream ids, the server's clock. Not
here: what is in the files (rows.py).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

StreamId = tuple[int, int]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final[StreamId] = (0, 0)

NAME: Final = re.compile(r"(?P<stream>[a-z-]+)\.(?P<first>\d+-\d+)\.(?P<last>\d+-\d+)\.parquet")
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
PARTIAL: Final = ".partial"  # ends the name of a file that is being written
MERGED: Final = 8  # files of like size become one: a day of 1,440 files is some twenty


class Part(Struct, frozen=True, kw_only=True):
    """One file: the entries of one stream (`quotes-live`) of one day from `first` to `last`."""

    stream: str
    day: str
    first: StreamId
    last: StreamId
    bytes: int = 0

    @property
    def kind(self) -> str:
        """What the entries are: quotes, opportunities, states, health."""
        return self.stream.partition("-")[0]

    def path(self, root: Path) -> Path:
        """Return where the file is."""
        first, last = ("-".join(map(str, one)) for one in (self.first, self.last))
        return root / self.kind / self.day / f"{self.stream}.{first}.{last}.parquet"

    def holds(self, other: Part) -> bool:
        """Whether every entry of the other is in this one."""
        return self.stream == other.stream and self.first <= other.first and other.last <= self.last


def stream_id(text: str) -> StreamId:
    """Return an entry's id as two numbers, which compare as ids do.

    >>> stream_id("1778778000000-2")
    (1778778000000, 2)
    """
    milliseconds, _, count = text.partition("-")
    return int(milliseconds), int(count)


def day_of(entry: StreamId) -> str:
    """Return the day of an id.

    >>> day_of((1778778000000, 0))
    '2026-05-14'
    """
    return f"{EPOCH + timedelta(milliseconds=entry[0]):%Y-%m-%d}"


def all_parts(root: Path, kind: str = "*") -> list[Part]:
    """Return every file of a kind by stream and range, those included that count no more."""
    found = []
    for path in root.glob(f"{kind}/*/*.parquet"):
        name = NAME.fullmatch(path.name)
        if name and DAY.fullmatch(path.parent.name):
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue  # merged into another since it was listed
            part = Part(
                stream=name["stream"],
                day=path.parent.name,
                first=stream_id(name["first"]),
                last=stream_id(name["last"]),
                bytes=size,
            )
            if part.kind == path.parent.parent.name:
                found.append(part)
    return sorted(found, key=lambda one: (one.stream, one.first, one.last))


def counting(parts: Sequence[Part]) -> list[Part]:
    """Return the files that count: those that are not within another.

    >>> def part(first: int, last: int) -> Part:
    ...     return Part(stream="states", day="1970-01-01", first=(first, 0), last=(last, 0))
    >>> [one.first[0] for one in counting([part(1, 2), part(1, 4), part(3, 4), part(5, 6)])]
    [1, 5]
    """
    found: list[Part] = []
    for part in sorted(parts, key=lambda one: (one.stream, one.first, [-number for number in one.last])):
        if not (found and found[-1].holds(part)):
            found.append(part)
    return found


def last_held(root: Path) -> dict[str, StreamId]:
    """Return the last id that the record holds, by stream."""
    return {part.stream: part.last for part in counting(all_parts(root))}


def due_merges(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Yield runs of files of one stream and day that should be one: the newest ones of like size.

    A file belongs to the run while it is no longer than all newer ones of the run together.
    """
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.stream, part.day), []).append(part)
    for group in groups.values():
        run: list[Part] = []
        for part in reversed(group):
            if run and part.bytes > sum(one.bytes for one in run):
                break
            run.insert(0, part)
        if len(run) >= MERGED:
            yield run


def too_much(parts: Sequence[Part], oldest_day: str, most_bytes: int) -> list[Part]:
    """Return the files to remove: of days before `oldest_day`, and the oldest days beyond the size.

    The last file of each stream stays in any case: it says how far the record is.
    """
    lasts = {part.stream: part for part in parts}
    removable = [part for part in parts if lasts[part.stream] is not part]
    left = sum(part.bytes for part in parts)
    removed = []
    for part in sorted(removable, key=lambda one: (one.day, one.first)):
        if part.day >= oldest_day and left <= most_bytes:
            break
        removed.append(part)
        left -= part.bytes
    return removed


def publish(written: Path, path: Path) -> None:
    """Let a file that was written beside its place take it, on the disk before anybody is told."""
    for one in (written, written.parent):
        descriptor = os.open(one, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        if one is written:
            written.replace(path)
