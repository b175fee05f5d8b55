"""A scenario from historical odds: a football-data file, each bookmaker with one column's prices.

Only three-way prices, upcoming: a match is listed while its kick-off is ahead and on one of the five
Nairobi days from now's on. The prices do not move. Not here: where the bytes come from (server).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from mispriced.domain.model import HIGHEST_PRICE, Quote, Source
from mispriced.domain.names import categorize
from mispriced.errors import Usage, unknown
from mispriced.football_data import BOOKMAKERS as COLUMNS
from mispriced.football_data import CLOSING, OUTCOMES, read_table
from mispriced.simulator.fixtures import NAIROBI
from mispriced.simulator.scenario import BOOKMAKERS, Offer

LISTED_DAYS: Final = 6  # one more than a cycle reads: a site's last day goes on into the night
NO_TIME: Final = time(15, 0)  # the usual Saturday kick-off, where the file has none
DIVISIONS: Final[Mapping[str, tuple[str, str]]] = {
    "E0": ("England", "Premier League"),
    "E1": ("England", "Championship"),
    "E2": ("England", "League One"),
    "E3": ("England", "League Two"),
    "EC": ("England", "National League"),
    "SP1": ("Spain", "LaLiga"),
    "SP2": ("Spain", "LaLiga 2"),
    "I1": ("Italy", "Serie A"),
    "I2": ("Italy", "Serie B"),
    "B1": ("Belgium", "Pro League"),
    "P1": ("Portugal", "Primeira Liga"),
}

# Each bookmaker's id of a match is its number plus the row; the first is Betradar's as well.
REFERENCE_BASE: Final = 30_000_000
ID_BASES: Final = {"BookieBeta": 500_000, "BookieDelta": 8_000_000}


class Match(Struct, frozen=True, kw_only=True):
    """A row of the file: `row` counts matches from 1, `prices` by bookmaker, then outcome."""

    row: int
    division: str
    home: str
    away: str
    kickoff: datetime
    prices: Mapping[str, Mapping[str, float]]


class OddsFile:
    """The file's matches as a scenario; see `Scenario`."""

    def __init__(self, data: bytes, books: Mapping[str, str]) -> None:
        """Read the file; `books` is the column's beginning by bookmaker, such as B365.

        Raises: Usage for an unknown bookmaker or column, or a date that is none.
        """
        self.matches = sorted(read_matches(data, books), key=lambda match: (match.kickoff, match.row))
        self._kickoffs = [match.kickoff for match in self.matches]
        self._offers = lru_cache(maxsize=2 * len(BOOKMAKERS["upcoming"]))(self._offers_at)

    def days(self) -> tuple[date, date]:
        """Return the Nairobi days of the first and of the last kick-off.

        Raises: Usage when the file has no match.
        """
        if not self.matches:
            raise Usage("the odds file has no match")
        first, last = (
            kickoff.astimezone(NAIROBI).date() for kickoff in (self._kickoffs[0], self._kickoffs[-1])
        )
        return first, last

    def offers(self, bookmaker: str, source: Source, now: datetime) -> Sequence[Offer]:
        """Return the bookmaker's quotes of the matches ahead; an outcome without a price is absent."""
        return () if source == "live" else self._offers(bookmaker, now)

    def changes(self, source: Source, start: datetime, end: datetime) -> Sequence[datetime]:
        """Return the kick-offs and Nairobi midnights after `start` and before `end`."""
        if source == "live":
            return []
        instants = set(self._kickoffs[bisect_right(self._kickoffs, start) :])
        midnight = datetime.combine(start.astimezone(NAIROBI).date(), time(), NAIROBI).astimezone(UTC)
        while (midnight := midnight + timedelta(days=1)) < end:
            instants.add(midnight)
        return sorted(instant for instant in instants if instant < end)

    def summary(self, now: datetime) -> Mapping[str, Any]:
        """Return the number of matches and the first and last day."""
        first, last = self.days()
        return {"scenario": "odds", "matches": len(self.matches), "first": first, "last": last}

    def _offers_at(self, bookmaker: str, now: datetime) -> Sequence[Offer]:
        today = datetime.combine(now.astimezone(NAIROBI).date(), time(), NAIROBI)
        listed = slice(
            bisect_right(self._kickoffs, now),
            bisect_right(self._kickoffs, today + timedelta(days=LISTED_DAYS, microseconds=-1)),
        )
        return [
            Offer(_quote(match, bookmaker, now), f"row {match.row}")
            for match in self.matches[listed]
            if match.prices.get(bookmaker)
        ]


def read_matches(data: bytes, books: Mapping[str, str]) -> Iterator[Match]:
    """Yield the rows that have a home team, an away team and a date.

    A price counts if it is a number greater than 1. `Time` is UK local time, 15:00 where absent.

    Raises: Usage for an unknown bookmaker or column, or a date that is none.
    """
    table = read_table(data)
    _check(books, table.columns)
    texts = zip(*(table.cells(name) for name in ("Div", "Date", "Time", *table.teams)), strict=True)
    prices = {bookmaker: table.prices(column) for bookmaker, column in books.items()}
    for place, cells in enumerate(texts):
        division, day, clock, home, away = map(str.strip, cells)
        yield Match(
            row=place + 1,
            division=division,
            home=home,
            away=away,
            kickoff=_kickoff(day, clock, place + 1),
            prices={bookmaker: _quotable(offered[place]) for bookmaker, offered in prices.items()},
        )


def uk_time(local: datetime) -> datetime:
    """Return UK local time, given without a zone, as UTC.

    Summer time by the rule that holds since 1996: from the last Sunday of March to that of October.
    Reckoned here because Python brings no table of zones to every machine.

    >>> uk_time(datetime(2025, 8, 16, 15)).isoformat(), uk_time(datetime(2025, 12, 26, 15)).isoformat()
    ('2025-08-16T14:00:00+00:00', '2025-12-26T15:00:00+00:00')
    """
    begin, end = (datetime.combine(_last_sunday(local.year, month), time(2)) for month in (3, 10))
    offset = timedelta(hours=1) if begin <= local < end else timedelta(0)
    return (local - offset).replace(tzinfo=UTC)


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _check(books: Mapping[str, str], columns: Mapping[str, int]) -> None:
    """Refuse a bookmaker that is not simulated and a column that no season has."""
    present = [
        name[:-1]
        for name in sorted(columns, key=columns.__getitem__)
        if name.endswith("H") and all(name[:-1] + ending in columns for ending in OUTCOMES)
    ]
    for bookmaker, column in books.items():
        if bookmaker not in BOOKMAKERS["upcoming"]:
            raise Usage(f"--books: {unknown('bookmaker', bookmaker, BOOKMAKERS['upcoming'])}")
        if column not in present and column.removesuffix(CLOSING) not in COLUMNS:
            raise Usage(f"--books: {unknown('column', column, present)}")


def _kickoff(day: str, clock: str, row: int) -> datetime:
    try:
        d, m, y = (int(part) for part in day.split("/"))
        hour, minute = (int(part) for part in clock.split(":")) if clock else (NO_TIME.hour, NO_TIME.minute)
        return uk_time(datetime.combine(date(y if y > 99 else 2000 + y, m, d), time(hour, minute)))
    except ValueError as error:
        raise Usage(f"odds file, match {row}: {day!r} {clock!r} is no date and time: {error}") from error


def _quotable(prices: Mapping[str, float]) -> dict[str, float]:
    return {outcome: price for outcome, price in prices.items() if price <= HIGHEST_PRICE}


def _quote(match: Match, bookmaker: str, now: datetime) -> Quote:
    country, competition = DIVISIONS.get(match.division, ("", match.division))
    reference = str(REFERENCE_BASE + match.row)
    base = ID_BASES.get(bookmaker)
    return Quote(
        bookmaker=bookmaker,
        event_id=reference if base is None else str(base + match.row),
        refs={} if bookmaker == "BookieBeta" else {"betradar": reference},
        home=match.home,
        away=match.away,
        competition=competition,
        country=country,
        category=categorize(match.home, match.away, competition, country),
        kickoff=match.kickoff,
        market="three_way",
        prices=match.prices[bookmaker],
        source="upcoming",
        seen_at=now,
    )
