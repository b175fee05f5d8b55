"""How long a price may be believed: a quote's state at a moment, and the interval in which it holds.

fresh: seen within the limit and offered. stale: not seen again within the limit. suspended: the
bookmaker closed every outcome for now. gone: not seen for ten limits, or kicked off. Only fresh
quotes are compared, and only ones whose validity overlaps are paired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Quote, Source

State = Literal["fresh", "stale", "suspended", "gone"]

GONE_AFTER: Final = 10  # limits without a sighting; the documents keep a document as many cadences
FLOOR_S: Final = 5.0  # a live cycle; under it one late answer would make every price stale
CLOCK_SLACK: Final = timedelta(seconds=2)  # how far ahead another machine's clock may be


class FreshnessLimits(Struct, frozen=True, kw_only=True):
    """The longest age in seconds at which a price is still offered, by source and bookmaker.

    `by_bookmaker` has keys of the form `BookieAlpha/live` and stands before the source's limit. `learned`
    has the usual seconds between two sightings, by keys of the form `BookieAlpha/live/three_way`: after
    `cadences` of them, and `FLOOR_S` at least, a price is stale before its limit; 0 is never.
    """

    live_s: float = 15.0
    upcoming_s: float = 600.0
    by_bookmaker: Mapping[str, float] = {}
    cadences: float = 3.0
    learned: Mapping[str, float] = {}

    def of(self, bookmaker: str, source: Source, market: Market | None = None) -> timedelta:
        """Return the limit for a bookmaker's quotes of a source; with a market, by its cadence too.

        >>> FreshnessLimits(learned={"BookieAlpha/upcoming/btts": 60}).of("BookieAlpha", "upcoming", "btts")
        datetime.timedelta(seconds=180)
        """
        general = self.live_s if source == "live" else self.upcoming_s
        limit_s = self.by_bookmaker.get(f"{bookmaker}/{source}", general)
        usual_s = self.usual_s(bookmaker, source, market)
        if usual_s is not None:
            limit_s = min(limit_s, max(self.cadences * usual_s, FLOOR_S))
        return timedelta(seconds=limit_s)

    def usual_s(self, bookmaker: str, source: Source, market: Market | None) -> float | None:
        """Return the seconds that usually pass between two sightings, None where they do not count."""
        return self.learned.get(f"{bookmaker}/{source}/{market}") if self.cadences else None


class Validity(Struct, frozen=True):
    """The interval in which a price holds: from its first sighting to its last and the limit after it."""

    since: datetime
    until: datetime


def validity(quote: Quote, since: datetime, limits: FreshnessLimits) -> Validity:
    """Return the interval of a quote whose prices were first seen at `since`.

    A clock that was set back may have left `since` behind the last sighting; that one counts then.
    """
    limit = limits.of(quote.bookmaker, quote.source, quote.market)
    return Validity(min(since, quote.seen_at), quote.seen_at + limit)


def overlap(intervals: Iterable[Validity]) -> Validity | None:
    """Return what all of these intervals share, None where there is no such instant.

    Raises: ValueError when there is no interval.
    """
    given = list(intervals)
    if not given:
        raise ValueError("no interval is given, must be one or more")
    since, until = max(one.since for one in given), min(one.until for one in given)
    return Validity(since, until) if since <= until else None


def skew(sightings: Iterable[datetime]) -> timedelta:
    """Return how far apart the last sightings of quotes are that are paired.

    >>> from datetime import UTC
    >>> skew([datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC)])
    datetime.timedelta(seconds=5)
    """
    given = list(sightings)
    return max(given) - min(given)


def age(seen_at: datetime, now: datetime) -> timedelta:
    """Return how long ago something was seen, never negative.

    >>> from datetime import UTC
    >>> age(datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC), datetime(2026, 1, 1, 12, tzinfo=UTC))
    datetime.timedelta(0)
    """
    return max(now - seen_at, timedelta(0))


def has_kicked_off(quote: Quote, now: datetime) -> bool:
    """Return whether an upcoming match has begun since its price was seen."""
    return quote.source == "upcoming" and quote.seen_at < quote.kickoff <= now


def state(quote: Quote, now: datetime, limits: FreshnessLimits) -> State:
    """Return the quote's state at `now`.

    A sighting further in the future than clocks may differ is stale: one of the clocks is wrong. An
    upcoming price is gone at kick-off, unless it was seen after it: the match may begin late.
    """
    old = age(quote.seen_at, now)
    if old > limits.of(quote.bookmaker, quote.source) * GONE_AFTER or has_kicked_off(quote, now):
        return "gone"
    if old > limits.of(quote.bookmaker, quote.source, quote.market) or quote.seen_at > now + CLOCK_SLACK:
        return "stale"
    return "fresh" if quote.prices else "suspended"
