"""Historical odds as arrays: what was offered on every match of a file, before it or at the kick-off.

Two layouts are read: football-data.co.uk's, and `closing_odds.csv.gz` of the data set behind Kaunitz,
Zhong and Kreiner 2017 (arXiv 1710.02824), which holds means and maxima and no single bookmaker.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from mispriced.errors import Skip, Usage
from mispriced.football_data import BOOKMAKERS, CLOSING, GZIP, OUTCOMES, Table, read_table, valid_price

Snapshot = Literal["pre", "closing"]
Prices = Literal["named", "market"]
PRICES: Final[tuple[Prices, ...]] = ("named", "market")
Numbers = npt.NDArray[np.float64]

UNKNOWN: Final = -1  # no result
ENOUGH: Final = 99  # where a file has a mean of prices and does not say of how many
# The market's columns: highest price, mean price, number of bookmakers. Of a file the first that it has.
MARKET: Final[Mapping[Snapshot, Sequence[tuple[str, str, str]]]] = {
    "pre": (("BbMx", "BbAv", "Bb1X2"), ("Max", "Avg", "")),
    "closing": (("MaxC", "AvgC", ""),),
}
KAUNITZ_OUTCOMES: Final = ("home_win", "draw", "away_win")
KAUNITZ_NEEDED: Final = ("match_date", "home_team", "away_team")


class OtherLayout(Skip):
    """The file is of neither layout: it may hold anything."""


class OddsTable(Struct, frozen=True, kw_only=True):
    """What was offered on the matches of a file at one time.

    `best`, `mean` and `offers` have the shape (outcome, match), outcomes in the order home, draw, away:
    highest price, mean price and number of prices; 0 where there is none. `books` has the shape
    (bookmaker, outcome, match), with no bookmaker where the file names none. `results` is the place of
    the outcome that was paid, `UNKNOWN` where the file has no result. `dates` are the file's own text.
    """

    season: str
    division: str
    snapshot: Snapshot
    best: Numbers
    mean: Numbers
    offers: Numbers
    books: Numbers
    results: npt.NDArray[np.int8]
    dates: Sequence[str]
    refused: Mapping[str, int]

    @property
    def matches(self) -> int:
        """How many matches the file has."""
        return len(self.dates)

    @property
    def quoted(self) -> npt.NDArray[np.bool_]:
        """Of each match, whether every outcome has a price."""
        return np.asarray((self.best > 0).all(axis=0))


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files named, and the .csv and .csv.gz files below the folders named, each once.

    Raises: Usage for a path that is not there or a folder without a file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(one for one in path.rglob("*") if one.name.endswith((".csv", ".csv.gz")))
            if not below:
                raise Usage(f"{path} holds no .csv or .csv.gz file")
            found.update(dict.fromkeys(below))
        elif path.exists():
            found[path] = None
        else:
            raise Usage(f"{path} is not there")
    return list(found)


def read_odds(path: Path, prices: Prices = "named") -> list[OddsTable]:
    """Return what a file holds: before the matches, and at the kick-off where it has that.

    `prices` says whose: the bookmakers that the file names, or the market's mean and maximum. A file's
    closing prices of named bookmakers count where a quoted match has more than one on average. No
    table: the file has no such prices.

    Raises: Skip when the file cannot be read, OtherLayout when it is of neither layout.
    """
    try:
        data = path.read_bytes()
        plain = gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError) as error:
        raise Skip(f"{path}: {error}") from error
    season, division = path.parent.name, path.name.removesuffix(".gz").removesuffix(".csv")
    if plain.startswith(b"match_id,"):
        return [_kaunitz(plain.decode("utf-8", "replace"), division)]
    table = read_table(plain)
    if not {"Date", *table.teams} <= table.columns.keys():
        raise OtherLayout(f"{path}: neither the layout of football-data nor that of closing_odds")

    read = _named if prices == "named" else _market
    found = (read(table, season, division, snapshot) for snapshot in ("pre", "closing"))
    return [one for one in found if one is not None]


def _named(table: Table, season: str, division: str, snapshot: Snapshot) -> OddsTable | None:
    suffix = CLOSING if snapshot == "closing" else ""
    named = [one for one in BOOKMAKERS if f"{one}{suffix}H" in table.columns]
    if not named:
        return None
    price = _Prices().__getitem__
    books = np.array(
        [[[*map(price, table.cells(one + suffix + ending))] for ending in OUTCOMES] for one in named]
    ).reshape(len(named), len(OUTCOMES), len(table.rows))
    offers = (books > 0).sum(axis=0).astype(np.float64)
    best = books.max(axis=0)
    mean = np.divide(books.sum(axis=0), offers, out=np.zeros_like(best), where=offers > 0)
    found = _table(table, season, division, snapshot, best, mean, offers, books)
    quoted = found.quoted
    if snapshot == "closing" and not (quoted.any() and _books_a_match(books, quoted) > 1):
        return None
    return found


def _books_a_match(books: Numbers, quoted: npt.NDArray[np.bool_]) -> float:
    """Return how many bookmakers have all of a quoted match's outcomes, on average."""
    return float((books[:, :, quoted] > 0).all(axis=1).sum(axis=0).mean())


def _market(table: Table, season: str, division: str, snapshot: Snapshot) -> OddsTable | None:
    columns = next(
        (one for one in MARKET[snapshot] if {f"{one[0]}H", f"{one[1]}H"} <= table.columns.keys()), None
    )
    if columns is None:
        return None
    highest, mean, count = columns
    price = _Prices().__getitem__

    def read(column: str) -> Numbers:
        return np.array([[*map(price, table.cells(column + ending))] for ending in OUTCOMES])

    shape = (len(OUTCOMES), len(table.rows))
    numbers = [_number(cell) for cell in table.cells(count)] if count else [ENOUGH] * len(table.rows)
    offers = np.broadcast_to(np.array(numbers, dtype=np.float64), shape)
    nobody = np.empty((0, *shape))
    return _table(table, season, division, snapshot, read(highest), read(mean), offers, nobody)


def _table(table: Table, season: str, division: str, snapshot: Snapshot, *arrays: Numbers) -> OddsTable:
    best, mean, offers, books = arrays
    goals = zip(table.cells("FTHG"), table.cells("FTAG"), table.cells("FTR"), strict=True)
    return OddsTable(
        season=season,
        division=division,
        snapshot=snapshot,
        best=best,
        mean=mean,
        offers=offers,
        books=books,
        results=np.array([_result(*one) for one in goals], dtype=np.int8),
        dates=[cell.strip() for cell in table.cells("Date")],
        refused=table.refused,
    )


def _kaunitz(text: str, division: str) -> OddsTable:
    rows, refused = [], Counter[str]()
    for row in csv.DictReader(io.StringIO(text, newline="")):
        missing = [name for name in KAUNITZ_NEEDED if not (row.get(name) or "").strip()]
        if missing:
            refused[f"no {missing[0]}"] += 1
        else:
            rows.append(row)

    def read(kind: str) -> Numbers:
        names = [f"{kind}_{outcome}" for outcome in KAUNITZ_OUTCOMES]
        return np.array([[_number(row.get(name) or "") for row in rows] for name in names])

    best, mean = (np.where(prices > 1, prices, 0.0) for prices in (read("max_odds"), read("avg_odds")))
    results = [_result(row.get("home_score") or "", row.get("away_score") or "", "") for row in rows]
    return OddsTable(
        season="",
        division=division,
        snapshot="closing",
        best=best,
        mean=mean,
        offers=read("n_odds"),
        books=np.empty((0, len(KAUNITZ_OUTCOMES), len(rows))),
        results=np.array(results, dtype=np.int8),
        dates=[row["match_date"] for row in rows],
        refused=refused,
    )


def _result(home: str, away: str, letter: str) -> int:
    try:
        goals = float(home) - float(away)
    except ValueError:
        return {"H": 0, "D": 1, "A": 2}.get(letter.strip(), UNKNOWN)
    return UNKNOWN if goals != goals else 1 - (goals > 0) + (goals < 0)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if np.isfinite(number) else 0.0


class _Prices(dict[str, float]):
    """Texts read once each: a file's half a million prices are some thousand texts."""

    def __missing__(self, text: str) -> float:
        price = self[text] = valid_price(text)
        return price
