"""Which surebets are planted, where and when; the price that makes each is in raising.

A plant raises one bookmaker's price of one outcome until the best prices of a cover sum to a target
below break-even, and lowers that bookmaker's other prices of the market, so that its own book looks
usual and at least one leg is another's. A cover is a market, or outcomes of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from random import Random
from typing import Final

from msgspec import Struct

from mispriced.domain.markets import MARKETS, OUTCOMES, Market, outcomes
from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Usage
from mispriced.simulator.fixtures import BREAK_S, HALF_S, MINUTE_S, Calendar, Fixture
from mispriced.simulator.prices import Prices, is_closed

EPOCH_S: Final = 420  # each place is planted anew so often, one place after another
SHORTEST_S: Final = 200  # a plant that a goal or the kick-off would end sooner goes elsewhere
STEP_S: Final = 20  # plants begin and end at multiples of it after the start
EVERY_LATE: Final = 4  # each cell's fourth plant begins or ends within the first three minutes
ACROSS: Final = (("1", "X2"), ("X", "12"), ("2", "1X"))  # planted beside the markets themselves
EVERY_ACROSS: Final = 4  # one of them for so many in a market
ACROSS_BOOK_SUMS: Final = (0.965, 0.982)
BOOK_SUMS: Final[Mapping[Market, tuple[float, float]]] = {  # per paid outcome
    "three_way": (0.96, 0.982),
    "btts": (0.96, 0.982),
    "double_chance": (0.972, 0.985),  # its two paid outcomes double what the one raised price must make up
}
LOW_BOOK_SUM: Final = 0.94  # below 0.95 is suspected of being a slip
EVERY_LOW: Final = 12  # one place of so many is that low
LIKELY: Final[Mapping[Market, tuple[float, float]]] = {  # prices of outcomes that are raised
    "three_way": (1.4, 2.5),
    "btts": (1.25, 2.4),
    "double_chance": (1.12, 1.36),
}
LIVE_S: Final = HALF_S + BREAK_S + 25 * MINUTE_S  # after it prices run away

Cell = tuple[tuple[str, ...], Source]
CELLS: Final[tuple[Cell, ...]] = tuple((outcomes(market), source) for source in SOURCES for market in MARKETS)
CELLS_ACROSS: Final[tuple[Cell, ...]] = tuple((cover, source) for cover in ACROSS for source in SOURCES)


class Plant(Struct, frozen=True, kw_only=True, eq=False):
    """A planted surebet: from `from_s` to before `to_s` the best prices of `cover` sum to `book_sum`.

    `outcome` of `market` is the one whose price is raised, at `bookmaker`.
    """

    fixture: Fixture
    cover: tuple[str, ...]
    market: Market
    source: Source
    bookmaker: str
    outcome: str
    book_sum: float
    from_s: int
    to_s: int


class Plan:
    """The plants of a seed, for ever: `count` places spread over the cells, each planted in every epoch.

    Beside them a quarter as many across markets, on matches of their own, as far as there is room. A
    plant ends before its place's next begins. Epochs take turns with the fixtures, so that no two plants
    meet although an epoch is planned without the one before it; the first has all.
    """

    def __init__(self, seed: int, start_s: int, count: int, calendar: Calendar, prices: Prices) -> None:
        self._seed = seed
        self._start_s = start_s
        self._count = count
        self._calendar = calendar
        self._prices = prices
        self._of_epoch = lru_cache(maxsize=8)(self._planted)
        room = sum(len(plant.cover) > 2 or plant.market == "btts" for plant in self._of_epoch(0).values())
        if room < count:
            raise Usage(f"--plant {count}: there is room for {room} in this scenario")

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
        free = {cell: list(self._candidates(*cell, begin_s, epoch)) for cell in (*CELLS, *CELLS_ACROSS)}
        for candidates in free.values():
            chance.shuffle(candidates)
        found: dict[tuple[str, Market, Source], Plant] = {}
        taken: set[str] = set()
        late = 0
        for place in range(min(self._count, sum(len(free[cell]) for cell in CELLS))):
            row = place // len(CELLS)
            is_late = row % EVERY_LATE == EVERY_LATE - 1
            late += is_late
            interval = _interval(begin_s, place, late if is_late and epoch == 0 else 0, epoch == 0)
            plant = self._place(free, (CELLS[place % len(CELLS)], *CELLS), taken, interval, place, chance)
            if plant is not None:
                found[plant.fixture.key, plant.market, plant.source] = plant
                taken.add(plant.fixture.key)
        for cell in CELLS_ACROSS:
            free[cell] = [one for one in free[cell] if one.key not in taken]
        for place in range(self._count // EVERY_ACROSS):
            cell = CELLS_ACROSS[place % len(CELLS_ACROSS)]
            interval = _interval(begin_s, place, 0, epoch == 0)
            plant = self._place(free, (cell, *CELLS_ACROSS), taken, interval, place, chance)
            if plant is not None:
                found[plant.fixture.key, plant.market, plant.source] = plant
                for other in CELLS_ACROSS:
                    free[other] = [one for one in free[other] if one is not plant.fixture]
        return found

    def _place(
        self,
        free: dict[Cell, list[Fixture]],
        cells: Iterable[Cell],
        taken: set[str],
        interval: tuple[int, int],
        place: int,
        chance: Random,
    ) -> Plant | None:
        """Return a plant of the first cell that has room; on a fixture without one if it can."""
        from_s, to_s = interval
        for cover, source in cells:
            candidates = free[cover, source]
            for fixture in sorted(candidates, key=lambda one: one.key in taken):
                chosen = self._leg(fixture, cover, source, from_s, chance)
                until_s = min(to_s, _undisturbed_until(fixture, source, from_s))
                if chosen is None or until_s < min(to_s, from_s + SHORTEST_S):
                    continue
                candidates.remove(fixture)
                bookmaker, outcome = chosen
                market = OUTCOMES[outcome]
                is_across = cover != outcomes(market)
                is_low = place % EVERY_LOW == 0 and market != "double_chance" and not is_across
                bounds = ACROSS_BOOK_SUMS if is_across else BOOK_SUMS[market]
                return Plant(
                    fixture=fixture,
                    cover=cover,
                    market=market,
                    source=source,
                    bookmaker=bookmaker,
                    outcome=outcome,
                    book_sum=round(LOW_BOOK_SUM if is_low else chance.uniform(*bounds), 4),
                    from_s=from_s,
                    to_s=until_s,
                )
        return None

    def _candidates(self, cover: tuple[str, ...], source: Source, at_s: int, epoch: int) -> Iterator[Fixture]:
        fixtures = self._calendar.live(at_s) if source == "live" else self._calendar.upcoming(at_s)
        used = {plant.fixture.key for plant in self._of_epoch(0).values()} if epoch == 1 else set()
        for fixture in fixtures:
            is_turn = epoch == 0 or (fixture.number % 2 == epoch % 2 and fixture.key not in used)
            is_sold = all(len(_sellers(fixture, OUTCOMES[one], source)) >= 2 for one in cover)
            if is_turn and fixture.category != "virtual" and is_sold:
                yield fixture

    def _leg(
        self, fixture: Fixture, cover: tuple[str, ...], source: Source, at_s: int, chance: Random
    ) -> tuple[str, str] | None:
        """Return a bookmaker and an outcome to raise, or None where no price is of the usual size."""
        usual = {}
        for outcome in cover:
            sellers = _sellers(fixture, OUTCOMES[outcome], source)
            prices = [self._prices.book(fixture, name, source, at_s).get(outcome, 0.0) for name in sellers]
            if not all(prices):
                return None
            usual[outcome] = max(prices)
        likely = [one for one in cover if LIKELY[OUTCOMES[one]][0] <= usual[one] <= LIKELY[OUTCOMES[one]][1]]
        if not likely:
            return None
        outcome = min(likely, key=usual.__getitem__)
        return chance.choice(_sellers(fixture, OUTCOMES[outcome], source)), outcome


def _interval(begin_s: int, place: int, late: int, is_first: bool) -> tuple[int, int]:
    """Return from when to when a place's plant stands in an epoch.

    In the first epoch from the start on, but for the late ones: the odd of them begin within the first
    three minutes, the even ones end there. Later, a gap of 20 to 60 s after the place's plant before.
    """
    steps = EPOCH_S // STEP_S
    turn_s = STEP_S * (place * 8 % steps)
    end_s = EPOCH_S + turn_s - STEP_S * (1 + place % 3)
    soon_s = STEP_S * (1 + late % 8)
    if late % 2:
        return begin_s + soon_s, begin_s + end_s
    if late:
        return begin_s, begin_s + soon_s
    return begin_s if is_first else begin_s + turn_s, begin_s + end_s


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
