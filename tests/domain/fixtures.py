"""Fixtures for the tests of matching."""

import csv
import gzip
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mispriced.domain.matching import Fixture, Matching
from mispriced.domain.names import categorize

KICKOFF = datetime(2026, 5, 14, 17, tzinfo=UTC)


def fixture(key: str, home: str, away: str, minutes: float = 0, **rest: Any) -> Fixture:
    """Return an event of the provider that the key begins with: a1 is of a."""
    rest = {"provider": key.rstrip("0123456789"), "kickoff": KICKOFF + timedelta(minutes=minutes)} | rest
    return Fixture(key=key, home=home, away=away, **rest)


def joined(matching: Matching) -> list[tuple[str, ...]]:
    """Return the keys of the joins of more than one event."""
    return [join.keys for join in matching.joins if len(join.keys) > 1]


def reasons(matching: Matching) -> dict[str, str]:
    return {left.key: left.reason for left in matching.left}


def read_events(path: Path) -> list[Fixture]:
    return [
        Fixture(
            key=row["event_id"],
            provider=row["provider"],
            kickoff=datetime.fromisoformat(row["kickoff_utc"]),
            home=row["home"],
            away=row["away"],
            competition=row["competition"],
            category=categorize(row["home"], row["away"], row["competition"]),
        )
        for row in _rows(path)
    ]


def read_truth(path: Path) -> dict[str, str]:
    return {row["event_id"]: row["truth_id"] for row in _rows(path)}


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
