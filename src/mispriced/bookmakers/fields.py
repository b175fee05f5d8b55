"""What adapters make of a site's fields: ids, flags, prices, scores, times.

Each raises ValueError with the value when the field cannot be what it should be. Not here: a site's
own words, they are the tables of its adapter; what the fields add up to (listing).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from mispriced.bookmakers.contract import ANY_DAY
from mispriced.domain.model import Score
from mispriced.exchange import Job

LocalTime = Annotated[datetime, Meta(tz=False)]
"""The type of a field that gives a time without a zone; in `Struct`s of answers."""
ZonedTime = Annotated[datetime, Meta(tz=True)]
"""The type of a field that gives a time with its zone; one without is refused."""

AHEAD: Final = timedelta(hours=3)
NAIROBI: Final = timezone(AHEAD, "EAT")  # no summer time; the four sites' home
LONGEST_SCORE: Final = 6  # characters, 99:99 and one
LONGEST_ID: Final = 15  # digits; the index holds ids as floats, exact up to there
OFF: Final = frozenset({0, -1, -2, -3, "0", "-1", "-2", "-3", "false", ""})  # flags; False is in it as 0
LAST_DAY: Final = 4  # periods are days 0 to 4
NIGHT_ENDS: Final = time(4)  # BookieAlpha's own days begin and end then


def price(printed: object) -> float:
    """Return a site's price, text or number, as decimal odds; `Quote` checks the range.

    Raises: ValueError for anything but a plain decimal number.

    >>> price("2.30")
    2.3
    >>> price("11/8")
    Traceback (most recent call last):
    ValueError: price is '11/8', must be a decimal number
    """
    if isinstance(printed, str):
        if printed.isascii() and printed.replace(".", "", 1).isdigit():
            return float(printed)
    elif isinstance(printed, (int, float)) and not isinstance(printed, bool):
        return float(printed)
    raise ValueError(f"price is {printed!r:.40}, must be a decimal number")


def identifier(value: int | str) -> str:
    """Return a site's id as text; the store's index holds it as a number.

    Raises: ValueError unless it is a whole number above 0.

    >>> identifier(61624652), identifier("61624652")
    ('61624652', '61624652')
    """
    text = str(value)
    if not (text.isdecimal() and text.isascii()) or len(text) > LONGEST_ID or not int(text):
        raise ValueError(f"id is {text[:40]!r}, must be a whole number above 0")
    return text


def whole(number: object) -> int | None:
    """Return a site's count, number or text, or None when it is none.

    >>> whole("832"), whole(7), whole("many"), whole(None), whole(-1)
    (832, 7, None, None, None)
    """
    text = str(number)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def nairobi_time(moment: datetime) -> datetime:
    """Return a site's local Nairobi time, given without a zone, as UTC.

    >>> nairobi_time(datetime(2026, 5, 14, 20)).isoformat()
    '2026-05-14T17:00:00+00:00'
    """
    return moment.replace(tzinfo=UTC) - AHEAD


def utc_time(moment: datetime | None) -> datetime:
    """Return a site's time, UTC where it gives no zone, as UTC.

    Raises: ValueError when there is none.

    >>> utc_time(datetime(2026, 5, 14, 20)).isoformat()
    '2026-05-14T20:00:00+00:00'
    """
    if moment is None:
        raise ValueError("the time is missing")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def nairobi_day(job: Job) -> date:
    """Return the date in Nairobi that the job's day is."""
    return job.now.astimezone(NAIROBI).date() + timedelta(days=max(job.day, 0))


def days_of(job: Job) -> list[date]:
    """Return the Nairobi dates to ask a site for: the job's, and the next for the night after the last."""
    return [nairobi_day(job), *([nairobi_day(job) + timedelta(days=1)] if has_night(job) else [])]


def is_of_day(kickoff: datetime, job: Job) -> bool:
    """Say whether an event that kicks off then belongs to the job, by the kick-off's Nairobi day.

    The night after the last day belongs to it too: its matches are on no other day of the cycle, and
    where cycles are days apart nobody would read them before they are played.
    """
    if job.day == ANY_DAY:
        return True
    local = kickoff.astimezone(NAIROBI)
    night = local.date() - nairobi_day(job) == timedelta(days=1) and local.time() < NIGHT_ENDS
    return local.date() == nairobi_day(job) or (has_night(job) and night)


def has_night(job: Job) -> bool:
    """Say whether the job's day goes on to the next morning: the last day of a cycle does."""
    return job.day == LAST_DAY


def score(printed: object) -> Score | UnsetType:
    """Return the score of a text such as "1:0", or nothing when it is none.

    >>> score("4:2"), score("null")
    (Score(home=4, away=2), UNSET)
    """
    if not isinstance(printed, str):
        return UNSET
    home, _, away = printed.partition(":")
    if home.isdecimal() and away.isdecimal() and printed.isascii() and len(printed) < LONGEST_SCORE:
        return Score(int(home), int(away))
    return UNSET
