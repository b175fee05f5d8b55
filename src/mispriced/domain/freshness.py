"""How long a price may be believed: a quote's state at a moment.

fresh: seen within the limit and offered. stale: not seen again within the limit. suspended: the
bookmaker closed every outcome for now. gone: not seen for ten limits, or kicked off. Only fresh
quotes are compared, so that legs whose validity does not overlap are never paired.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.model import Quote, Source

State = Literal["fresh", "stale", "suspended", "gone"]

GONE_AFTER: Final = 10  # limits without a sighting; the documents keep a document as many cadences
CLOCK_SLACK: Final = timedelta(seconds=2)  # how far ahead another machine's clock may be


class FreshnessLimits(Struct, frozen=True, kw_only=True):
    """The longest age in seconds at which a price is still offered, by source and bookmaker.

    `by_bookmaker` has keys of the form `BookieAlpha/live` and stands before the source's limit.
    """

    live_s: float = 15.0
    upcoming_s: float = 600.0
    by_bookmaker: Mapping[str, float] = {}

    def of(self, bookmaker: str, source: Source) -> timedelta:
        """Return the limit for a bookmaker's quotes of a source."""
        general = self.live_s if source == "live" else self.upcoming_s
        return timedelta(seconds=self.by_bookmaker.get(f"{bookmaker}/{source}", general))


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
    limit = limits.of(quote.bookmaker, quote.source)
    old = age(quote.seen_at, now)
    if old > limit * GONE_AFTER or has_kicked_off(quote, now):
        return "gone"
    if old > limit or quote.seen_at > now + CLOCK_SLACK:
        return "stale"
    return "fresh" if quote.prices else "suspended"
