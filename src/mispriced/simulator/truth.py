"""The surebets that stand in what a scenario serves, by brute force over its prices and its ticks.

It knows which quotes are of one fixture because the scenario made them, and decides every sum exactly,
as fractions of the prices' decimal text. It shares no code with matching and detection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from mispriced.domain.markets import MARKETS, RESULTS, Result
from mispriced.domain.model import SOURCES, Source
from mispriced.simulator.scenario import BOOKMAKERS, Offer, Scenario

DOUBT: Final = 1e-9  # floats of a few reciprocals err by less: whatever is this close is reckoned exactly


class Best(Struct, frozen=True):
    """The highest price of an outcome and the first bookmaker that has it."""

    bookmaker: str
    price: float


class Surebet(Struct, frozen=True, kw_only=True):
    """An interval in which the best open prices of a cover of a fixture pay more than they cost.

    `cover`: outcomes of one market or several. From `from_` to before `to`, cut at the ends of what was
    asked. `at_once` is False where it takes a price of the tick before, which is gone. `best` and
    `book_sum`, what a certain return of 1 costs, are those of the interval's first tick. `events`: the
    event's id by bookmaker.
    """

    fixture: str
    cover: tuple[str, ...]
    source: Source
    from_: datetime = field(name="from")
    to: datetime
    planted: bool
    at_once: bool
    book_sum: float
    events: Mapping[str, str]
    best: Mapping[str, Best]


def surebets(scenario: Scenario, start: datetime, end: datetime) -> list[Surebet]:
    """Return every interval from `start` to `end` in which a surebet stands; `end` = `start`: that instant.

    Ordered by begin, then fixture, cover and source.
    """
    found: list[Surebet] = []
    for source in SOURCES:
        instants = [start, *scenario.changes(source, start, end)]
        standing: dict[tuple[str, tuple[str, ...], bool], Surebet] = {}
        before: dict[str, list[Offer]] = {}
        for at in instants:
            offers = _offers(scenario, source, at)
            strict = list(_stand(offers, {}, at))
            known = {(one.fixture, one.cover) for one in strict}
            mixed = [one for one in _stand(offers, before, at) if (one.fixture, one.cover) not in known]
            before = offers
            now = {(one.fixture, one.cover, one.at_once): one for one in (*strict, *mixed)}
            ended = [key for key in standing if key not in now]
            found.extend(replace(standing.pop(key), to=at) for key in ended)
            for key, surebet in now.items():
                standing.setdefault(key, surebet)
        found.extend(replace(surebet, to=end) for surebet in standing.values())
    return sorted(found, key=lambda one: (one.from_, one.fixture, one.cover, one.source))


@cache
def covers(results: frozenset[Result]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Return the sets of outcomes that are paid on each of these results, and how often at least.

    By trying every set. Left out is what has a leg too many, or is two such sets side by side.
    """
    paid = {outcome: results for row in MARKETS.values() for outcome, results in row.paid.items()}
    times: dict[frozenset[str], int] = {}
    found = []
    for size in range(1, len(paid) + 1):
        for legs in combinations(paid, size):
            often = min(sum(result in paid[outcome] for outcome in legs) for result in results)
            times[frozenset(legs)] = often
            parts = (
                times[frozenset(part)] + times.get(frozenset(legs) - set(part), 0)
                for smaller in range(1, size)
                for part in combinations(legs, smaller)
            )
            if size > 1 and often > max(parts):
                found.append((legs, often))
    return tuple(found)


def _offers(scenario: Scenario, source: Source, at: datetime) -> dict[str, list[Offer]]:
    found: dict[str, list[Offer]] = {}
    for bookmaker in BOOKMAKERS[source]:
        for offer in scenario.offers(bookmaker, source, at):
            found.setdefault(offer.fixture, []).append(offer)
    return found


def _stand(
    offers: Mapping[str, Sequence[Offer]], before: Mapping[str, Sequence[Offer]], at: datetime
) -> Iterator[Surebet]:
    """Yield what stands on these offers, and with `before` what stands on the better of two ticks."""
    for fixture, now in offers.items():
        best = _best([*now, *before.get(fixture, ())])
        for cover, often in covers(_results(now)):
            if not all(outcome in best for outcome in cover):
                continue
            prices = tuple(best[outcome].price for outcome in cover)
            if sum(1 / price for price in prices) > often + DOUBT or _total(prices) >= often:
                continue
            yield Surebet(
                fixture=fixture,
                cover=cover,
                source=now[0].quote.source,
                from_=at,
                to=at,
                planted=any(cover in offer.planted for offer in now),
                at_once=not before,
                book_sum=float(_total(prices) / often),
                events={offer.quote.bookmaker: offer.quote.event_id for offer in now},
                best={outcome: best[outcome] for outcome in cover},
            )


def _results(offers: Sequence[Offer]) -> frozenset[Result]:
    """Return the final results that the score of a fixture leaves: who has scored has scored."""
    score = offers[0].quote.score
    home, away = (score.home > 0, score.away > 0) if score else (False, False)
    impossible: set[Result] = set()
    if home or away:
        impossible.add(("draw", False))
    if home:
        impossible.add(("away", False))
    if away:
        impossible.add(("home", False))
    return frozenset(RESULTS) - impossible


def _best(offers: Iterable[Offer]) -> dict[str, Best]:
    best: dict[str, Best] = {}
    for offer in offers:
        for outcome, price in offer.quote.prices.items():
            if outcome not in best or price > best[outcome].price:
                best[outcome] = Best(offer.quote.bookmaker, price)
    return best


@lru_cache(maxsize=65536)
def _total(prices: Sequence[float]) -> Fraction:
    return sum((1 / Fraction(str(price)) for price in prices), start=Fraction(0))
