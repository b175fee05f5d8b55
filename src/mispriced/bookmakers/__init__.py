"""The registry of bookmakers: the four that come along, and those of installed packages.

A package adds one by an entry point of the group `mispriced.bookmakers`. The registry is closed once
read: a name in a message is looked up in it and never imported. Not here: what an adapter is
(contract), how one is written (docs/add-a-bookmaker.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from msgspec import Struct

from mispriced.bookmakers.bookiealpha import BOOKIEALPHA
from mispriced.bookmakers.bookiebeta import BOOKIEBETA
from mispriced.bookmakers.bookiedelta import BOOKIEDELTA
from mispriced.bookmakers.bookiegamma import BOOKIEGAMMA
from mispriced.bookmakers.contract import Bookmaker
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES
from mispriced.errors import Usage, unknown

GROUP: Final = "mispriced.bookmakers"
DAYS: Final = range(5)  # today .. in four days
BUILT_IN: Final = (BOOKIEALPHA, BOOKIEBETA, BOOKIEGAMMA, BOOKIEDELTA)


class Registry(Struct, frozen=True):
    """The bookmakers by name, and why entry points were left out."""

    bookmakers: Mapping[str, Bookmaker]
    broken: tuple[str, ...]


def bookmakers() -> Mapping[str, Bookmaker]:
    """Return every bookmaker by name: the built-in ones first, then those of installed packages."""
    return registry().bookmakers


def find(name: str) -> Bookmaker:
    """Return the bookmaker of that name, without regard to case.

    Raises: Usage naming the known ones and the nearest.

    >>> find("bookiedelta").name
    'BookieDelta'
    """
    for known, bookmaker in bookmakers().items():
        if known.casefold() == name.casefold():
            return bookmaker
    raise Usage(unknown("bookmaker", name, bookmakers()))


def check(bookmaker: Bookmaker, source: str, markets: Sequence[str], period: str) -> None:
    """Make sure that the bookmaker has these markets and this period, live or upcoming.

    Live is read today only, so of the periods a live reading has the one of day 0.

    Raises: Usage naming the value, what is allowed and the nearest.
    """
    offered = next((have for have, _ in bookmaker.markets.items() if have == source), None)
    if offered is None:
        raise Usage(unknown(f"source of {bookmaker.name}", source, bookmaker.markets))
    for market in markets:
        if market not in bookmaker.markets[offered]:
            raise Usage(unknown(f"market of {bookmaker.name}", market, bookmaker.markets[offered]))
    periods = [word for word, day in bookmaker.periods.items() if source == "upcoming" or day == 0]
    if period not in periods:
        raise Usage(unknown(f"{source} period of {bookmaker.name}", period, periods))


@cache
def registry() -> Registry:
    """Return the bookmakers and what is broken about installed ones, read once in a process.

    A broken entry point costs its bookmaker and nothing else.
    """
    found = {bookmaker.name: bookmaker for bookmaker in BUILT_IN}
    broken = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            bookmaker = _load(point)
            if bookmaker.name.casefold() in {name.casefold() for name in found}:
                raise ValueError(f"there is a bookmaker {bookmaker.name} already")
        except Exception as error:  # whatever a third party's module does on import
            broken.append(f"{point.name} ({point.value}): {type(error).__name__}: {error}")
        else:
            found[bookmaker.name] = bookmaker
    return Registry(found, tuple(broken))


def problems(bookmaker: Bookmaker) -> list[str]:
    """Return what keeps a bookmaker from being read, nothing for a sound one."""
    found = []
    if sorted(bookmaker.markets) != sorted(bookmaker.steps):
        found.append(f"markets are of {sorted(bookmaker.markets)}, steps of {sorted(bookmaker.steps)}")
    found += [unknown("source", source, SOURCES) for source in bookmaker.markets if source not in SOURCES]
    for offered in bookmaker.markets.values():
        found += [unknown("market", market, MARKETS) for market in offered if market not in MARKETS]
    for steps in bookmaker.steps.values():
        found += [f"step {step} has no parser" for step in steps if step not in bookmaker.parsers]
    for period, day in bookmaker.periods.items():
        if day not in DAYS:
            found.append(f"period {period} is day {day}, must be {DAYS.start} to {DAYS.stop - 1}")
    if 0 not in bookmaker.periods.values():
        found.append("no period is day 0")
    return found


def _load(point: EntryPoint) -> Bookmaker:
    bookmaker = point.load()
    if not isinstance(bookmaker, Bookmaker):
        raise TypeError(f"it is a {type(bookmaker).__name__}, must be a Bookmaker")
    if found := problems(bookmaker):
        raise ValueError("; ".join(found))
    return bookmaker
