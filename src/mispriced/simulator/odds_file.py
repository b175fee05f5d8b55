"""A scenario from historical odds: a football-data file, each bookmaker with one column's prices.

Only three-way prices, upcoming: a match is listed while its kick-off is ahead and on one of the five
Nairobi days from now's on. The prices do not move. Not here: where the bytes come from (server).
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from mispriced.domain.model import HIGHEST_PRICE, Quote, Source
from mispriced.domain.names import categorize
from mispriced.errors import Usage, unknown
from mispriced.simulator.fixtures import NAIROBI
from mispriced.simulator.scenario import BOOKMAKERS, Offer

LISTED_DAYS: Final = 6  # one more than a cycle reads: a site's last day goes on into the night
GZIP: Final = b"\x1f\x8b"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
OUTCOMES: Final = {"H": "1", "D": "X", "A": "2"}
TEAMS: Final = (("HomeTeam", "AwayTeam"), ("HT", "AT"))  # two files have the latter
# Of all seasons; a bookmaker that a season lacks has no price there.
FILES_BOOKMAKERS: Final = "B365 BS BW GB IW LB PS P SO SB SJ SY VC WH 1XB BF BFD BMGM BV CL"
CLOSING: Final = "C"  # after a bookmaker's name: its prices at the kick-off
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
    number = 0
    for row in read_rows(data, lambda columns: _check(books, columns)):
        home, away = next((names for names in TEAMS if names[0] in row), TEAMS[0])
        if not (row.get(home) and row.get(away) and row.get("Date")):
            continue
        number += 1
        yield Match(
            row=number,
            division=row.get("Div", ""),
            home=row[home],
            away=row[away],
            kickoff=_kickoff(row["Date"], row.get("Time", ""), number),
            prices={bookmaker: read_prices(row, column) for bookmaker, column in books.items()},
        )


def read_rows(
    data: bytes, check: Callable[[Mapping[str, int]], None] = lambda columns: None
) -> Iterator[dict[str, str]]:
    """Yield the file's rows by column, ragged ones with the columns that they have.

    `check` sees the place of each column before the first row.
    """
    rows = csv.reader(io.StringIO(_text(data)))
    head = [name.strip() for name in next(rows, [])]
    columns = {name: place for place, name in reversed(list(enumerate(head))) if name}
    check(columns)
    for cells in rows:
        yield {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}


def read_prices(row: Mapping[str, str], column: str) -> dict[str, float]:
    """Return a bookmaker's prices in a row, by outcome; what can be no price is absent."""
    found = {}
    for ending, outcome in OUTCOMES.items():
        try:
            price = float(row.get(column + ending, ""))
        except ValueError:
            continue
        if math.isfinite(price) and 1 < price <= HIGHEST_PRICE:
            found[outcome] = price
    return found


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


def _text(data: bytes) -> str:
    plain = gzip.decompress(data) if data.startswith(GZIP) else data
    encoding = "utf-8-sig" if plain.startswith(BYTE_ORDER_MARK) else "cp1252"
    return plain.decode(encoding, "replace").replace("\x00", "")


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
        if column not in present and column.removesuffix(CLOSING) not in FILES_BOOKMAKERS.split():
            raise Usage(f"--books: {unknown('column', column, present)}")


def _kickoff(day: str, clock: str, row: int) -> datetime:
    try:
        d, m, y = (int(part) for part in day.split("/"))
        hour, minute = (int(part) for part in clock.split(":")) if clock else (NO_TIME.hour, NO_TIME.minute)
        return uk_time(datetime.combine(date(y if y > 99 else 2000 + y, m, d), time(hour, minute)))
    except ValueError as error:
        raise Usage(f"odds file, match {row}: {day!r} {clock!r} is no date and time: {error}") from error


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
