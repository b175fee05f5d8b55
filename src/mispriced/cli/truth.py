"""What was found against what stood: the simulator's truth and the opportunities of a cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from mispriced.domain.markets import OUTCOMES
from mispriced.domain.model import Source
from mispriced.messages import Leg, Opportunity


class Standing(Struct, frozen=True, kw_only=True):
    """A surebet as the simulator served it: from when to when, and the event's id at each bookmaker.

    `at_once` is False where it takes the prices of two ticks, one after the other: who reads one site
    before a tick and the next after it sees them.
    """

    fixture: str
    cover: tuple[str, ...]
    source: Source
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    planted: bool
    at_once: bool = True
    events: Mapping[str, str]


class Comparison(Struct, frozen=True, kw_only=True):
    """Counts of planted and found, and the two lists that must be empty.

    `planted` stood during the whole cycle; `found` of them, as the best of their match or among its
    alternatives; `also` are further ones that stood in a part of it and were found. `false` stood at no
    time between its legs' sightings. `by_cell` counts the planted of one market by source and market,
    `by_cover` those across markets by source and outcomes.
    """

    planted: int
    found: int
    also: int
    missed: tuple[str, ...]
    false: tuple[str, ...]
    by_cell: Mapping[str, int]
    by_cover: Mapping[str, int]


Cell = tuple[str, tuple[str, ...], Source]


def compare(
    opened: Iterable[Opportunity], standing: Iterable[Standing], start: datetime, end: datetime
) -> Comparison:
    """Return how the opportunities of a cycle from `start` to `end` compare with what stood."""
    rows: dict[tuple[str, str, str], list[Standing]] = defaultdict(list)
    planted: set[Cell] = set()
    for one in standing:
        for bookmaker, event_id in one.events.items():
            rows[one.source, bookmaker, event_id].append(one)
        if one.planted and one.at_once and one.start <= start and one.end >= end:
            planted.add((one.fixture, one.cover, one.source))
    seen: set[Cell] = set()
    false = set()
    for opportunity in opened:
        stood = {row.cover: row for row in _stood(opportunity, rows)}
        if opportunity.outcomes not in stood:
            false.add(f"{opportunity.id} {opportunity.source} {_legs(opportunity.legs)}")
        told = [opportunity.outcomes, *(one.outcomes for one in opportunity.alternatives)]
        seen |= {(stood[cover].fixture, cover, opportunity.source) for cover in told if cover in stood}
    cells: dict[str, int] = defaultdict(int)
    covers: dict[str, int] = defaultdict(int)
    for _, cover, source in planted:
        markets = {OUTCOMES[outcome] for outcome in cover}
        if len(markets) == 1:
            cells[f"{source} {markets.pop()}"] += 1
        else:
            covers[f"{source} {' '.join(cover)}"] += 1
    return Comparison(
        planted=len(planted),
        found=len(planted & seen),
        also=len(seen - planted),
        missed=tuple(
            sorted(f"{source} {' '.join(cover)} {fixture}" for fixture, cover, source in planted - seen)
        ),
        false=tuple(sorted(false)),
        by_cell=dict(sorted(cells.items())),
        by_cover=dict(sorted(covers.items())),
    )


def read_truth(body: bytes) -> list[Standing]:
    """Return the rows of the simulator's truth end point."""
    return msgspec.json.decode(body, type=list[Standing])


def _stood(opportunity: Opportunity, rows: Mapping[tuple[str, str, str], list[Standing]]) -> list[Standing]:
    """Return what stood in the opportunity's match while its legs were seen; nothing if they are of two."""
    first = min(_asked(leg) for leg in opportunity.legs)
    last = max(leg.quote.seen_at for leg in opportunity.legs)
    keys = [(opportunity.source, leg.bookmaker, leg.quote.event_id) for leg in opportunity.legs]
    shared = set.intersection(*({row.fixture for row in rows.get(key, ())} for key in keys))
    return [
        row
        for row in rows.get(keys[0], ())
        if row.fixture in shared and row.start <= last and row.end >= first
    ]


def _asked(leg: Leg) -> datetime:
    """Return when the answer was asked for: the price was served between then and `seen_at`."""
    took: Any = getattr(leg.quote.origin, "took_ms", 0)
    return leg.quote.seen_at - timedelta(milliseconds=took)


def _legs(legs: Iterable[Leg]) -> str:
    return ", ".join(
        f"{leg.outcome} {leg.price} {leg.bookmaker} {leg.quote.home}-{leg.quote.away}" for leg in legs
    )
