"""Which surebets are planted, where and when, and the price that makes each.

A plant raises one bookmaker's price of one outcome until the best prices of all bookmakers sum to a
target below break-even, and lowers that bookmaker's other prices, so that its own book looks usual and
at least one leg is another's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from random import Random
from typing import Final

from msgspec import Struct

from mispriced.domain.markets import MARKETS, Market, outcomes, paid_outcomes
from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Usage
from mispriced.simulator.fixtures import BREAK_S, HALF_S, MINUTE_S, Calendar, Fixture
from mispriced.simulator.prices import LOWEST_PRICE, Outcomes, Prices, is_closed, offered

EPOCH_S: Final = 420  # each place is planted anew so often, one place after another
SHORTEST_S: Final = 200  # a plant that a goal or the kick-off would end sooner goes elsewhere
STEP_S: Final = 20  # plants begin and end at multiples of it after the start
EVERY_LATE: Final = 4  # each cell's fourth plant begins or ends within the first three minutes
BOOK_SUMS: Final[Mapping[Market, tuple[float, float]]] = {  # per paid outcome
    "three_way": (0.96, 0.982),
    "btts": (0.96, 0.982),
    "double_chance": (0.972, 0.985),  # its two paid outcomes double what the one raised price must make up
}
LOW_BOOK_SUM: Final = 0.94  # below 0.95 is suspected of being a slip
EVERY_LOW: Final = 12  # one place of so many is that low
OWN_BOOK: Final = 1.02  # the raising bookmaker's own book sum per paid outcome, at least
OWN_SHADE: Final = 1.1  # how much its other probabilities rise at least: another's price is better
LIKELY: Final[Mapping[Market, tuple[float, float]]] = {  # prices of outcomes that are raised
    "three_way": (1.4, 2.5),
    "btts": (1.25, 2.4),
    "double_chance": (1.12, 1.36),
}
LIVE_S: Final = HALF_S + BREAK_S + 25 * MINUTE_S  # after it prices run away

CELLS: Final[tuple[tuple[Market, Source], ...]] = tuple(
    (market, source) for source in SOURCES for market in MARKETS
)


class Plant(Struct, frozen=True, kw_only=True, eq=False):
    """A planted surebet: from `from_s` to before `to_s` the best prices sum to `book_sum` a paid outcome."""

    fixture: Fixture
    market: Market
    source: Source
    bookmaker: str
    outcome: str
    book_sum: float
    from_s: int
    to_s: int


class Plan:
    """The plants of a seed, for ever: `count` places spread over the cells, each planted in every epoch.

    A plant ends before its place's next begins. Epochs take turns with the fixtures, so that no two
    plants meet although an epoch is planned without the one before it; the first has all.
    """

    def __init__(self, seed: int, start_s: int, count: int, calendar: Calendar, prices: Prices) -> None:
        self._seed = seed
        self._start_s = start_s
        self._count = count
        self._calendar = calendar
        self._prices = prices
        self._of_epoch = lru_cache(maxsize=8)(self._planted)
        if len(self._of_epoch(0)) < count:
            raise Usage(f"--plant {count}: there is room for {len(self._of_epoch(0))} in this scenario")

    def standing(self, at_s: int) -> Mapping[tuple[str, Market, Source], Plant]:
        """Return the plants that stand at an instant, by fixture, market and source."""
        if at_s < self._start_s or not self._count:
            return {}
        epoch = (at_s - self._start_s) // EPOCH_S
        return {
            key: plant
            for one in (epoch - 1, epoch)
            if one >= 0
            for key, plant in self._of_epoch(one).items()
            if plant.from_s <= at_s < plant.to_s
        }

    def _planted(self, epoch: int) -> Mapping[tuple[str, Market, Source], Plant]:
        chance = Random(f"{self._seed}/plants/{epoch}")
        begin_s = self._start_s + epoch * EPOCH_S
        free = {cell: list(self._candidates(*cell, begin_s, epoch)) for cell in CELLS}
        for candidates in free.values():
            chance.shuffle(candidates)
        found: dict[tuple[str, Market, Source], Plant] = {}
        taken: set[str] = set()
        late = 0
        for place in range(min(self._count, sum(map(len, free.values())))):
            market, source = CELLS[place % len(CELLS)]
            row = place // len(CELLS)
            is_late = row % EVERY_LATE == EVERY_LATE - 1
            late += is_late
            from_s, to_s = _interval(place, late if is_late and epoch == 0 else 0, epoch == 0)
            from_s, to_s = begin_s + from_s, begin_s + to_s
            plant = self._place(free, taken, market, source, from_s, to_s, place, chance)
            if plant is not None:
                found[plant.fixture.key, plant.market, plant.source] = plant
                taken.add(plant.fixture.key)
        return found

    def _place(
        self,
        free: dict[tuple[Market, Source], list[Fixture]],
        taken: set[str],
        market: Market,
        source: Source,
        from_s: int,
        to_s: int,
        place: int,
        chance: Random,
    ) -> Plant | None:
        """Return a plant of the cell, or of another when it is full; on a fixture without one if it can."""
        for cell in ((market, source), *CELLS):
            candidates = free[cell]
            for fixture in sorted(candidates, key=lambda one: one.key in taken):
                chosen = self._leg(fixture, *cell, from_s, chance)
                until_s = min(to_s, _undisturbed_until(fixture, cell[1], from_s))
                if chosen is None or until_s < min(to_s, from_s + SHORTEST_S):
                    continue
                candidates.remove(fixture)
                is_low = place % EVERY_LOW == 0 and cell[0] != "double_chance"
                book_sum = LOW_BOOK_SUM if is_low else chance.uniform(*BOOK_SUMS[cell[0]])
                return Plant(
                    fixture=fixture,
                    market=cell[0],
                    source=cell[1],
                    bookmaker=chosen[0],
                    outcome=chosen[1],
                    book_sum=round(book_sum, 4),
                    from_s=from_s,
                    to_s=until_s,
                )
        return None

    def _candidates(self, market: Market, source: Source, at_s: int, epoch: int) -> Iterator[Fixture]:
        fixtures = self._calendar.live(at_s) if source == "live" else self._calendar.upcoming(at_s)
        used = {plant.fixture.key for plant in self._of_epoch(0).values()} if epoch == 1 else set()
        for fixture in fixtures:
            is_turn = epoch == 0 or (fixture.number % 2 == epoch % 2 and fixture.key not in used)
            if is_turn and fixture.category != "virtual" and len(_sellers(fixture, market, source)) >= 2:
                yield fixture

    def _leg(
        self, fixture: Fixture, market: Market, source: Source, at_s: int, chance: Random
    ) -> tuple[str, str] | None:
        """Return a bookmaker and an outcome to raise, or None where no price is of the usual size."""
        sellers = _sellers(fixture, market, source)
        books = [self._prices.book(fixture, name, source, at_s) for name in sellers]
        if not all(outcome in book for book in books for outcome in outcomes(market)):
            return None
        lowest, highest = LIKELY[market]
        usual = {one: max(book[one] for book in books) for one in outcomes(market)}
        likely = [one for one, price in usual.items() if lowest <= price <= highest]
        return (chance.choice(sellers), min(likely, key=usual.__getitem__)) if likely else None


def raised(plant: Plant, books: Mapping[str, Outcomes]) -> Outcomes:
    """Return the plant's bookmaker's prices of its market, given every bookmaker's usual ones.

    The usual ones, where the others do not offer all other outcomes at that instant.
    """
    usual = books[plant.bookmaker]
    others = [outcome for outcome in outcomes(plant.market) if outcome != plant.outcome]
    best = [
        max(
            (book[one] for name, book in books.items() if name != plant.bookmaker and one in book),
            default=0.0,
        )
        for one in others
    ]
    paid = paid_outcomes(plant.market)
    if plant.outcome not in usual or not all(best):
        return usual
    left = plant.book_sum * paid - sum(1 / price for price in best)
    price = math.ceil(100 / left - 1e-9) / 100
    shown = {outcome: 1 / usual[outcome] for outcome in others if outcome in usual}
    shade = max(OWN_SHADE, (OWN_BOOK * paid - 1 / price) / sum(shown.values()))
    lowered = {one: offered(min(share * shade, 0.999)) or LOWEST_PRICE for one, share in shown.items()}
    return {plant.outcome: price} | lowered


def _interval(place: int, late: int, is_first: bool) -> tuple[int, int]:
    """Return from when to when a place's plant stands, in seconds of its epoch.

    In the first epoch from the start on, but for the late ones: the odd of them begin within the first
    three minutes, the even ones end there. Later, a gap of 20 to 60 s after the place's plant before.
    """
    steps = EPOCH_S // STEP_S
    turn_s = STEP_S * (place * 8 % steps)
    end_s = EPOCH_S + turn_s - STEP_S * (1 + place % 3)
    soon_s = STEP_S * (1 + late % 8)
    if late % 2:
        return soon_s, end_s
    if late:
        return 0, soon_s
    return 0 if is_first else turn_s, end_s


def _sellers(fixture: Fixture, market: Market, source: Source) -> list[str]:
    return [
        name
        for name, markets in fixture.markets.items()
        if market in markets and (source == "upcoming" or name != "BookieBeta")
    ]


def _undisturbed_until(fixture: Fixture, source: Source, from_s: int) -> int:
    """Return until when nothing but drift happens to the fixture's prices: a time of the steps."""
    if source == "upcoming":
        end_s = fixture.kickoff_s
    else:
        if any(is_closed(fixture, name, from_s) for name in fixture.markets):
            return from_s
        goals = (goal.at_s for goal in fixture.goals if goal.at_s >= from_s)
        end_s = min([*goals, fixture.kickoff_s + LIVE_S])
    return end_s - (end_s - from_s) % STEP_S
