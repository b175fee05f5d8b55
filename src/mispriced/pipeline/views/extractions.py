"""How reading the bookmakers goes: the last report of every extraction, by site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.domain.model import SOURCES, Source
from mispriced.messages import KnownEvent
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.views.matches import of_bookmakers
from mispriced.ports import Store

GOOD: Final = ("ok", "empty")  # outcomes of an answer after which nothing is wrong


class SiteRow(Struct, frozen=True, kw_only=True):
    """One bookmaker's site of one source: what its last readings gave.

    `outcomes` counts answers by kind; `paused_until`: nobody asks the site before.
    """

    bookmaker: str
    source: Source
    events: int
    quotes: int
    requests: int
    skipped: int
    outcomes: Mapping[str, int]
    reasons: tuple[str, ...]
    seconds: float
    last_read: datetime | None
    last_good: datetime | None
    paused_until: datetime | None = None


def read_extractions(store: Store) -> list[Extraction]:
    """Return the last report of every extraction.

    Raises: Retry when the server is away.
    """
    notes = store.notes("extraction/")
    return [msgspec.json.decode(body, type=Extraction) for _, body in sorted(notes.items())]


def by_site(extractions: Iterable[Extraction]) -> dict[tuple[str, str], list[Extraction]]:
    """Return the reports by bookmaker and source."""
    groups: dict[tuple[str, str], list[Extraction]] = {}
    for one in extractions:
        groups.setdefault((one.bookmaker, one.source), []).append(one)
    return dict(sorted(groups.items()))


def failures(extractions: Iterable[Extraction]) -> Counter[str]:
    """Return how many answers of the last readings were not good, by outcome."""
    found: Counter[str] = Counter()
    for one in extractions:
        found.update({name: number for name, number in one.outcomes.items() if name not in GOOD})
    return found


def events_by_site(known: Iterable[KnownEvent]) -> Counter[tuple[str, str]]:
    """Return how many events of each bookmaker and source are in the index."""
    return Counter((one.event.bookmaker, str(one.event.source)) for one in of_bookmakers(known))


def site_rows(
    extractions: Iterable[Extraction],
    known: Iterable[KnownEvent],
    paused: Mapping[str, datetime] | None = None,
) -> list[SiteRow]:
    """Return a row a bookmaker and source that was ever read or has events, in the order of names."""
    groups = by_site(extractions)
    events = events_by_site(known)
    found = []
    for bookmaker, source in sorted(groups.keys() | events.keys()):
        reports = groups.get((bookmaker, source), [])
        outcomes: Counter[str] = Counter()
        for one in reports:
            outcomes.update(one.outcomes)
        found.append(
            SiteRow(
                bookmaker=bookmaker,
                source=next(one for one in SOURCES if one == source),
                events=events[bookmaker, source],
                quotes=sum(one.quotes for one in reports),
                requests=sum(one.requests for one in reports),
                skipped=sum(one.skipped for one in reports),
                outcomes=dict(outcomes),
                reasons=tuple(dict.fromkeys(reason for one in reports for reason in one.reasons)),
                seconds=round(sum(one.seconds for one in reports), 3),
                last_read=max((one.at for one in reports), default=None),
                last_good=max((one.last_good for one in reports if one.last_good), default=None),
                paused_until=(paused or {}).get(f"{bookmaker}/{source}"),
            )
        )
    return found
