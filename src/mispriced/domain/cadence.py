"""How often a bookmaker is usually seen: a quantile of the intervals between good sightings. Pure.

Not here: when a price is stale (freshness), where sightings are kept (pipeline/cadences).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from mispriced.domain.freshness import CLOCK_SLACK

KEPT: Final = 32  # intervals; two and a half minutes of live, half an hour of upcoming cycles
LEAST: Final = 8  # intervals; of fewer no part is usual
USUAL: Final = 0.9  # of the intervals are as short or shorter: one late answer in ten changes nothing
LONGEST_S: Final = 3600.0  # a longer one is a pause, a fleet that stood, or a clock that was set


class Sightings(Struct, frozen=True, kw_only=True):
    """When something was last seen, and the last intervals in seconds, the newest at the end."""

    last: datetime
    intervals: tuple[float, ...] = ()


def seen(before: Sightings | None, at: datetime) -> Sightings:
    """Return the sightings with one more.

    One that is no newer adds nothing: the site gave the same answer again. Time that went back, or on
    by more than `LONGEST_S`, is no interval; it is counted from there anew.
    """
    if before is None:
        return Sightings(last=at)
    seconds = (at - before.last).total_seconds()
    if -CLOCK_SLACK.total_seconds() <= seconds <= 0:
        return before
    if not 0 < seconds <= LONGEST_S:
        return Sightings(last=at, intervals=before.intervals)
    return Sightings(last=at, intervals=(*before.intervals, seconds)[-KEPT:])


def cadence(intervals: Sequence[float]) -> float | None:
    """Return the usual interval in seconds, None of fewer than `LEAST`.

    >>> cadence([60.0] * 18 + [61.0, 900.0])
    60.0
    """
    if len(intervals) < LEAST:
        return None
    return sorted(intervals)[math.ceil(USUAL * len(intervals)) - 1]
