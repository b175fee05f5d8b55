"""How many planted errors the flags catch in real odds, and how many real quotes they flag.

The odds are 20 seasons of football-data files beside the checkout (or under MISPRICED_SHARED_DATA): 1X2 of
up to ten bookmakers before the match and at its kick-off. Every quote that is flagged as published counts
as a false alarm, although some are errors of the files. Planted, one at a time, in one bookmaker of a match
that at least two price: home and away swapped, the columns shifted by one, a price ten times and one two
to four times too long. A swap counts in every match whose two prices differ, however little.

Usage: PYTHONPATH=src python benchmarks/plausibility.py
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from mispriced.domain.model import HIGHEST_PRICE, Quote
from mispriced.domain.odds import book_sum
from mispriced.domain.plausibility import SUSPECT_BOOK_SUM, flags, palpable
from mispriced.errors import Fatal
from mispriced.football_data import BOOKMAKERS, CLOSING, read_table

SEED = 1
PLANTED_EVERY = 8  # matches, where every file is read
AIM_CAUGHT = 0.95
AIM_FALSE = 0.001
OUTCOMES = ("1", "X", "2")
SEEN = datetime(2005, 8, 1, tzinfo=UTC)
KICKOFF = datetime(2005, 8, 2, tzinfo=UTC)

Prices = dict[str, float]
Books = dict[str, Prices]


class Figures:
    """What was counted; `missed` has the planted errors that no flag is on."""

    def __init__(self) -> None:
        self.quotes = 0
        self.alarms: list[str] = []
        self.planted: Counter[str] = Counter()
        self.caught: Counter[str] = Counter()
        self.suspects: Counter[str] = Counter()
        self.flagged: Counter[str] = Counter()
        self.explained: Counter[str] = Counter()

    @property
    def share_caught(self) -> float:
        """The part of the planted errors whose bookmaker is flagged."""
        return sum(self.caught.values()) / sum(self.planted.values())

    @property
    def share_false(self) -> float:
        """The part of the published quotes that is flagged."""
        return len(self.alarms) / self.quotes


def odds_folder() -> Path:
    """Return where the historical odds are.

    Raises: Fatal where they are not.
    """
    given = os.environ.get("MISPRICED_SHARED_DATA")
    folder = (Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data") / "odds"
    if not folder.is_dir():
        raise Fatal(f"no historical odds at {folder}, MISPRICED_SHARED_DATA names another place")
    return folder


def measure(files: Sequence[Path], planted_every: int, quotes_every: int = 1) -> Figures:
    """Return the figures of the files: errors and quotes of every so many matches, suspects of all."""
    figures, chance = Figures(), Random(SEED)
    for path in files:
        for snapshot, books in matches(path.read_bytes()):
            for number, each in enumerate(books):
                _seek_suspect(each, snapshot, figures)
                if number % quotes_every == 0:
                    found = palpable(quotes_of(each))
                    figures.quotes += len(each)
                    flagged = {flag.bookmaker: str(flag) for flag in found}
                    figures.alarms += [f"{path.parent.name} {path.name}: {text}" for text in flagged.values()]
                whole = sorted(name for name, prices in each.items() if len(prices) == len(OUTCOMES))
                if number % planted_every == 0 and len(whole) > 1:
                    for kind, name, wrong in _errors(each, whole, chance):
                        figures.planted[kind] += 1
                        found = palpable(quotes_of(each | {name: wrong}))
                        figures.caught[kind] += any(flag.bookmaker == name for flag in found)
    return figures


def matches(data: bytes) -> Iterator[tuple[str, list[Books]]]:
    """Yield the prices of the file's matches before it and at the kick-off.

    The kick-off's are left out where a match has no more than one bookmaker on average, as in the reference.
    """
    table = read_table(data)
    for snapshot, ending in (("pre", ""), ("closing", CLOSING)):
        by_bookmaker = [table.prices(name + ending) for name in BOOKMAKERS]
        books = [
            {
                name: prices
                for name, prices in zip(BOOKMAKERS, offered, strict=True)
                if prices and max(prices.values()) <= HIGHEST_PRICE
            }
            for offered in zip(*by_bookmaker, strict=True)
        ]
        quoted = [each for each in books if all(any(one in p for p in each.values()) for one in OUTCOMES)]
        if snapshot == "pre" or sum(map(len, quoted)) > len(quoted):
            yield snapshot, [each for each in books if each]


def quotes_of(books: Mapping[str, Prices]) -> list[Quote]:
    """Return the prices as quotes of one match."""
    return [
        Quote(
            bookmaker=name,
            event_id="1",
            home="home",
            away="away",
            kickoff=KICKOFF,
            market="three_way",
            prices=prices,
            source="upcoming",
            seen_at=SEEN,
        )
        for name, prices in books.items()
    ]


def _errors(books: Books, whole: Sequence[str], chance: Random) -> Iterator[tuple[str, str, Prices]]:
    """Yield an error of each kind that differs from what it replaces and is a price at all."""
    name = chance.choice(whole)
    other = chance.choice([one for one in whole if one != name])
    right, outcome = books[name], chance.choice(OUTCOMES)
    for kind, wrong in (
        ("home and away swapped", {"1": right["2"], "X": right["X"], "2": right["1"]}),
        ("columns shifted", {"1": right["X"], "X": right["2"], "2": books[other]["1"]}),
        ("a price x 10", right | {outcome: round(right[outcome] * 10, 3)}),
        ("a price x 2 to 4", right | {outcome: round(right[outcome] * chance.uniform(2, 4), 3)}),
    ):
        if wrong != right and max(wrong.values()) <= HIGHEST_PRICE:
            yield kind, name, wrong


def _seek_suspect(books: Books, snapshot: str, figures: Figures) -> None:
    best = {
        outcome: max(prices.get(outcome, 0.0) for prices in books.values())
        for outcome in OUTCOMES
        if any(outcome in prices for prices in books.values())
    }
    if len(best) == len(OUTCOMES) and sum(1 / price for price in best.values()) < 1:
        total = book_sum("three_way", best.values())
        if total < Fraction(str(SUSPECT_BOOK_SUM)):
            figures.suspects[snapshot] += 1
            figures.flagged[snapshot] += any(one.startswith("suspect") for one in flags([], float(total)))
            figures.explained[snapshot] += bool(palpable(quotes_of(books)))


def run() -> list[dict[str, Any]]:
    """Return the figures over every file."""
    figures = measure(sorted(odds_folder().glob("*/*.csv.gz")), PLANTED_EVERY)
    caught = [
        {
            "what": f"planted, {kind}: caught of {number}",
            "figure": figures.caught[kind] / number,
            "unit": "share",
        }
        for kind, number in figures.planted.items()
    ]
    rules = Counter(alarm.split(": ")[1] for alarm in figures.alarms)
    suspects = [
        row
        for snapshot, number in figures.suspects.items()
        for row in (
            {"what": f"surebets below {SUSPECT_BOOK_SUM}, {snapshot}", "figure": number, "unit": "matches"},
            {"what": "  of them flagged", "figure": figures.flagged[snapshot], "unit": "matches"},
            {"what": "  with a quote flagged", "figure": figures.explained[snapshot], "unit": "matches"},
        )
    ]
    return [
        {
            "name": "planted errors caught",
            "rows": caught,
            "ratio": figures.share_caught,
            "aim": AIM_CAUGHT,
            "better": "higher",
        },
        {
            "name": "published quotes flagged, per 1,000",
            "rows": [
                {"what": "published quotes", "figure": figures.quotes, "unit": "quotes"},
                *({"what": f"  flagged {rule}", "figure": n, "unit": "quotes"} for rule, n in rules.items()),
                *suspects,
            ],
            "ratio": 1000 * figures.share_false,
            "aim": 1000 * AIM_FALSE,
            "better": "lower",
        },
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
