"""The surebets that stand in what a scenario serves, by brute force over its prices and its ticks.

It knows which quotes are of one fixture because the scenario made them, and decides every sum exactly,
as fractions of the prices' decimal text. It shares no code with matching and detection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.simulator.scenario import BOOKMAKERS, Offer, Scenario


class Best(Struct, frozen=True):
    """The highest price of an outcome and the first bookmaker that has it."""

    bookmaker: str
    price: float


class Surebet(Struct, frozen=True, kw_only=True):
    """An interval in which the best open prices of a market of a fixture pay more than they cost.

    From `from_` to before `to`, cut at the ends of what was asked. `best` and `book_sum`, a paid
    outcome, are those of the interval's first tick. `events`: the event's id by bookmaker.
    """

    fixture: str
    market: Market
    source: Source
    from_: datetime = field(name="from")
    to: datetime
    planted: bool
    book_sum: float
    events: Mapping[str, str]
    best: Mapping[str, Best]


def surebets(scenario: Scenario, start: datetime, end: datetime) -> list[Surebet]:
    """Return every interval from `start` to `end` in which a surebet stands; `end` = `start`: that instant.

    Ordered by begin, then fixture, market and source.
    """
    found: list[Surebet] = []
    for source in SOURCES:
        instants = [start, *scenario.changes(source, start, end)]
        standing: dict[tuple[str, Market], Surebet] = {}
        for at in instants:
            now = {(one.fixture, one.market): one for one in _at(scenario, source, at)}
            ended = [key for key in standing if key not in now]
            found.extend(replace(standing.pop(key), to=at) for key in ended)
            for key, surebet in now.items():
                standing.setdefault(key, surebet)
        found.extend(replace(surebet, to=end) for surebet in standing.values())
    return sorted(found, key=lambda one: (one.from_, one.fixture, one.market, one.source))


def _at(scenario: Scenario, source: Source, at: datetime) -> Iterator[Surebet]:
    offers: dict[tuple[str, Market], list[Offer]] = {}
    for bookmaker in BOOKMAKERS[source]:
        for offer in scenario.offers(bookmaker, source, at):
            offers.setdefault((offer.fixture, offer.quote.market), []).append(offer)
    for (fixture, market), of_market in offers.items():
        best = _best(of_market)
        row = MARKETS[market]
        if best.keys() != row.paid.keys():
            continue
        # On every result each market pays the same number of its outcomes: see `paid_outcomes`.
        paid = sum(1 for results in row.paid.values() if ("home", True) in results)
        book_sum = _book_sum(tuple(one.price for one in best.values())) / paid
        if book_sum < 1:
            yield Surebet(
                fixture=fixture,
                market=market,
                source=source,
                from_=at,
                to=at,
                planted=any(offer.is_planted for offer in of_market),
                book_sum=float(book_sum),
                events={offer.quote.bookmaker: offer.quote.event_id for offer in of_market},
                best=best,
            )


def _best(offers: Iterable[Offer]) -> dict[str, Best]:
    best: dict[str, Best] = {}
    for offer in offers:
        for outcome, price in offer.quote.prices.items():
            if outcome not in best or price > best[outcome].price:
                best[outcome] = Best(offer.quote.bookmaker, price)
    return best


@lru_cache(maxsize=65536)
def _book_sum(prices: Sequence[float]) -> Fraction:
    return sum((1 / Fraction(str(price)) for price in prices), start=Fraction(0))
