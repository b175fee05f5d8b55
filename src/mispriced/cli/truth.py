"""What was found against what stood: the simulator's truth and the opportunities of a cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Source
from mispriced.messages import Leg, Opportunity


class Standing(Struct, frozen=True, kw_only=True):
    """A surebet as the simulator served it: from when to when, and the event's id at each bookmaker."""

    fixture: str
    market: Market
    source: Source
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    planted: bool
    events: Mapping[str, str]


class Comparison(Struct, frozen=True, kw_only=True):
    """Counts of planted and found, and the two lists that must be empty.

    `planted` stood during the whole cycle; `found` of them; `also` are further ones that stood in a
    part of it and were found. `false` stood at no instant between its legs' sightings.
    """

    planted: int
    found: int
    also: int
    missed: tuple[str, ...]
    false: tuple[str, ...]
    by_cell: Mapping[str, int]


def compare(
    opened: Iterable[Opportunity], standing: Iterable[Standing], start: datetime, end: datetime
) -> Comparison:
    """Return how the opportunities of a cycle from `start` to `end` compare with what stood."""
    rows: dict[tuple[str, str, str, str], list[Standing]] = defaultdict(list)
    planted: dict[tuple[str, str, str], str] = {}
    for one in standing:
        for bookmaker, event_id in one.events.items():
            rows[one.market, one.source, bookmaker, event_id].append(one)
        if one.planted and one.start <= start and one.end >= end:
            planted[one.fixture, one.market, one.source] = f"{one.source} {one.market} {one.fixture}"
    found: set[tuple[str, str, str]] = set()
    also: set[tuple[str, str, str]] = set()
    false = []
    for opportunity in opened:
        proved = _stood(opportunity, rows)
        if proved is None:
            false.append(
                f"{opportunity.id} {opportunity.source} {opportunity.market} {_legs(opportunity.legs)}"
            )
            continue
        cell = (proved.fixture, proved.market, proved.source)
        (found if cell in planted else also).add(cell)
    cells: dict[str, int] = defaultdict(int)
    for _, market, source in planted:
        cells[f"{source} {market}"] += 1
    return Comparison(
        planted=len(planted),
        found=len(found),
        also=len(also),
        missed=tuple(sorted(name for cell, name in planted.items() if cell not in found)),
        false=tuple(sorted(false)),
        by_cell=dict(sorted(cells.items())),
    )


def read_truth(body: bytes) -> list[Standing]:
    """Return the rows of the simulator's truth end point."""
    return msgspec.json.decode(body, type=list[Standing])


def _stood(
    opportunity: Opportunity, rows: Mapping[tuple[str, str, str, str], list[Standing]]
) -> Standing | None:
    first = min(_asked(leg) for leg in opportunity.legs)
    last = max(leg.quote.seen_at for leg in opportunity.legs)
    fixtures = [{row.fixture for row in rows.get(_key(opportunity, leg), ())} for leg in opportunity.legs]
    shared = set.intersection(*fixtures)
    for row in rows.get(_key(opportunity, opportunity.legs[0]), ()):
        if row.fixture in shared and row.start <= last and row.end >= first:
            return row
    return None


def _key(opportunity: Opportunity, leg: Leg) -> tuple[str, str, str, str]:
    return opportunity.market, opportunity.source, leg.bookmaker, leg.quote.event_id


def _asked(leg: Leg) -> datetime:
    """Return when the answer was asked for: the price was served between then and `seen_at`."""
    took: Any = getattr(leg.quote.origin, "took_ms", 0)
    return leg.quote.seen_at - timedelta(milliseconds=took)


def _legs(legs: Iterable[Leg]) -> str:
    return ", ".join(
        f"{leg.outcome} {leg.price} {leg.bookmaker} {leg.quote.home}-{leg.quote.away}" for leg in legs
    )
