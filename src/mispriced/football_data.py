"""Historical odds as football-data.co.uk publishes them: one CSV file a season and division.

Encodings, ragged rows, NULs and renamed columns are dealt with here, once. Not here: what is made of
the prices (history, simulator).

Source: the site's notes.txt, and its files of 2005/06 to 2025/26.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

# The beginnings of bookmakers' columns, of all seasons. Max, Avg, BbMx and BbAv are the market's, and
# BFE is an exchange: no bookmakers.
BOOKMAKERS: Final = (
    *("B365", "BS", "BW", "GB", "IW", "LB", "PS", "P", "SO", "SB", "SJ", "SY", "VC", "WH"),
    *("1XB", "BF", "BFD", "BMGM", "BV", "CL"),
)
CLOSING: Final = "C"  # after a bookmaker's name: its prices at the kick-off
OUTCOMES: Final[Mapping[str, str]] = {"H": "1", "D": "X", "A": "2"}  # as columns end, and our names
TEAMS: Final = (("HomeTeam", "AwayTeam"), ("HT", "AT"))  # two files have the latter
GZIP: Final = b"\x1f\x8b"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Table(Struct, frozen=True, kw_only=True):
    """The rows of a file that are matches, short ones filled up with empty cells.

    `columns` is each name's place, of a name that occurs twice the first. `refused` counts the other
    rows by reason; a blank line is none of them.
    """

    columns: Mapping[str, int]
    rows: Sequence[Sequence[str]]
    refused: Mapping[str, int]

    def cells(self, name: str) -> list[str]:
        """Return the column's cell of every match, "" where the file has no such column."""
        place = self.columns.get(name)
        return [""] * len(self.rows) if place is None else [row[place] for row in self.rows]

    def prices(self, column: str) -> list[dict[str, float]]:
        """Return the valid prices of every match by outcome, of the bookmaker whose columns begin so."""
        cells = [map(valid_price, self.cells(column + ending)) for ending in OUTCOMES]
        return [
            {name: price for name, price in zip(OUTCOMES.values(), offered, strict=True) if price}
            for offered in zip(*cells, strict=True)
        ]

    @property
    def teams(self) -> tuple[str, str]:
        """The names of the columns that hold home and away."""
        return _teams(self.columns)


def read_table(data: bytes) -> Table:
    """Return the matches of a file, plain or gzip: rows that have a home team, an away team and a date."""
    lines = csv.reader(io.StringIO(_text(data), newline=""))
    head = [name.strip() for name in next(lines, [])]
    columns = {name: place for place, name in reversed(list(enumerate(head))) if name}
    needed = {name: columns.get(name, len(head)) for name in ("Date", *_teams(columns))}
    rows, refused = [], Counter[str]()
    for row in lines:
        row += [""] * (len(head) + 1 - len(row))  # one more than there are: a needed column may be absent
        missing = [name for name, place in needed.items() if not row[place].strip()]
        if not missing:
            rows.append(row)
        elif any(map(str.strip, row)):
            refused[f"no {missing[0]}"] += 1
    return Table(columns=columns, rows=rows, refused=refused)


def valid_price(text: str) -> float:
    """Return the price, decimal odds, 0.0 where the text is none: no number, or not greater than 1.

    >>> valid_price("2.10"), valid_price("1"), valid_price("-"), valid_price("inf")
    (2.1, 0.0, 0.0, 0.0)
    """
    try:
        price = float(text)
    except ValueError:
        return 0.0
    return price if math.isfinite(price) and price > 1 else 0.0


def _teams(columns: Mapping[str, int]) -> tuple[str, str]:
    return next((names for names in TEAMS if names[0] in columns), TEAMS[0])


def _text(data: bytes) -> str:
    plain = gzip.decompress(data) if data.startswith(GZIP) else data
    encoding = "utf-8-sig" if plain.startswith(BYTE_ORDER_MARK) else "cp1252"
    return plain.decode(encoding, "replace").replace("\x00", "")
