"""How often each bookmaker is usually seen, and how long its prices count by that."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import Market
from mispriced.domain.model import Source


class CadenceRow(Struct, frozen=True, kw_only=True):
    """One bookmaker's market of a source: the seconds that usually pass between two sightings.

    After `limit_s` without one its prices are stale.
    """

    bookmaker: str
    source: Source
    market: Market
    usual_s: float
    limit_s: float


def cadence_rows(limits: FreshnessLimits) -> list[CadenceRow]:
    """Return a row for each cadence that is known, in the order of names."""
    found = []
    for key, usual_s in sorted(limits.learned.items()):
        bookmaker, *words = key.split("/")
        source, market = msgspec.convert(words, tuple[Source, Market])
        limit_s = limits.of(bookmaker, source, market).total_seconds()
        found.append(
            CadenceRow(bookmaker=bookmaker, source=source, market=market, usual_s=usual_s, limit_s=limit_s)
        )
    return found
