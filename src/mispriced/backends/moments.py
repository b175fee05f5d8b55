"""Times as the store keeps them: whole microseconds since 1970, UTC, as numbers or their digits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Return the moment's microseconds since 1970.

    >>> microseconds(datetime(2026, 5, 14, 17, tzinfo=UTC))
    1778778000000000
    """
    return (moment - EPOCH) // MICROSECOND


def moment(value: int | bytes | str) -> datetime:
    """Return the moment of microseconds since 1970.

    >>> moment(b"1778778000000000").isoformat()
    '2026-05-14T17:00:00+00:00'
    """
    return EPOCH + int(value) * MICROSECOND
