"""Times as the original prints them, in a zone of choice under the zone's own abbreviation."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

NEW_YORK: Final = ZoneInfo("America/New_York")
"""The original's zone: its day begins and its counter of matches ends at midnight there."""


def stamp(moment: datetime, zone: tzinfo) -> str:
    """Return the moment in the zone, with the abbreviation that holds on that day.

    >>> from datetime import UTC
    >>> stamp(datetime(2025, 6, 6, 15, 30, tzinfo=UTC), NEW_YORK)
    '06/06/2025 11:30:00 AM EDT'
    >>> stamp(datetime(2025, 1, 6, 15, 30, tzinfo=UTC), NEW_YORK)
    '01/06/2025 10:30:00 AM EST'
    """
    return moment.astimezone(zone).strftime("%m/%d/%Y %I:%M:%S %p %Z")
