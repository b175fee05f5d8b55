"""Summaries on the disk: a JSON file with a bounded history, and a line a match.

A failure comes back as a reason and is never raised: the cycle's result is elsewhere, too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct

from mispriced.livedata.files import Written, append_whole, failed, write_whole
from mispriced.livedata.records import VERSION, Processing, Summaries, Summary
from mispriced.livedata.snapshot import Provenance
from mispriced.livedata.times import NEW_YORK, stamp

MOST_ENTRIES: Final = 100
"""Cycles in a history, as in the original."""


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cycle in the history: its matches by id, each with its own company's odds alone."""

    banner: str | None = None
    timestamp: datetime
    source: Provenance
    total_matches: int
    matches: dict[str, Summary]


class History(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The original's document with history, oldest first; old entries are copied as they are."""

    banner: str | None = None
    v: int
    source: Provenance
    history: list[Raw]
    last_updated: datetime
    total_entries: int
    latest_match_count: int
    ny_timestamp: str
    step2_processing_summary: Processing


class Kept(Struct, frozen=True):
    """What is read of a history that is there."""

    history: list[Raw]


def write_history(path: Path, summaries: Summaries, now: datetime, most: int = MOST_ENTRIES) -> Written:
    """Add the cycle to the history file and drop the oldest beyond `most`.

    A file that is no history is kept aside under a name of its own, which is said, and a new history
    begins.
    """
    try:
        old, problem = _entries(path, now)
        entry = Raw(msgspec.json.encode(_entry(summaries, now)))
        entries = [*old, entry][-most:]
        history = History(
            banner=summaries.banner,
            v=VERSION,
            source=summaries.metadata.source,
            history=entries,
            last_updated=now,
            total_entries=len(entries),
            latest_match_count=len(summaries.summaries),
            ny_timestamp=stamp(now, NEW_YORK),
            step2_processing_summary=summaries.step2_processing_summary,
        )
        size = write_whole(path, msgspec.json.encode(history))
    except OSError as error:
        return failed(path, error)
    return Written(path=path, bytes=size, problem=problem)


def append_lines(path: Path, summaries: Summaries) -> Written:
    """Append the matches as JSON, one a line."""
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in summaries.summaries)
    try:
        return Written(path=path, bytes=append_whole(path, lines))
    except OSError as error:
        return failed(path, error)


def _entry(summaries: Summaries, now: datetime) -> Entry:
    return Entry(
        banner=summaries.banner,
        timestamp=now,
        source=summaries.metadata.source,
        total_matches=len(summaries.summaries),
        matches={one.match_id: _own_odds(one) for one in summaries.summaries},
    )


def _own_odds(one: Summary) -> Summary:
    own = {key: prices for key, prices in one.odds.items() if key == one.odds_company_id}
    return msgspec.structs.replace(one, odds=own)


def _entries(path: Path, now: datetime) -> tuple[list[Raw], str]:
    """Return the entries of the file that is there, and where it was moved if it is no history."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept).history, ""
    except FileNotFoundError:
        return [], ""
    except (msgspec.DecodeError, UnicodeDecodeError, IsADirectoryError, PermissionError):
        name = f"{path.name}.unreadable-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        numbered = (path.with_name(f"{name}-{number}" if number else name) for number in count())
        aside = next(free for free in numbered if not free.exists())
        path.rename(aside)
        return [], f"{path.name}: no history could be read in it, kept as {aside.name}"
