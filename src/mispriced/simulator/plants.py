"""Which surebets are planted, where and when; the price that makes each is in raising.

A plant raises each price of a cover a little, each at another bookmaker, until the best prices sum to a
target below break-even: nobody's own book looks odd, and no price is too long to be believed. A cover
is a market, or outcomes of two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations, permutations
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
BOOK_SUMS: Final = (0.984, 0.991)  # per paid outcome: lower, a price would be too long to be believed
LOW_BOOK_SUM: Final = 0.945  # below 0.95 is suspected of being a slip
EVERY_LOW: Final = 12  # one place of so many is that low, in a market that it does not strain
USUAL: Final = (1.07, 9.0)  # prices of a planted cover: others cannot move enough and be believed
LIVE_S: Final = HALF_S + BREAK_S + 25 * MINUTE_S  # after it prices run away

Cell = tuple[tuple[str, ...], Source]
Place = tuple[str, bool, Source]
"""A fixture, whether on its goals, and the source: where no second plant is."""
# Those that fewer matches have room for come first.
CELLS: Final[tuple[Cell, ...]] = tuple(
    (outcomes(market), source) for market in reversed(tuple(MARKETS)) for source in reversed(SOURCES)
)
CELLS_ACROSS: Final[tuple[Cell, ...]] = tuple((cover, source) for cover in ACROSS for source in SOURCES)


class Plant(Struct, frozen=True, kw_only=True, eq=False):
    """A planted surebet: from `from_s` to before `to_s` the best prices of `cover` sum to `book_sum`.

    `raised`: by bookmaker the outcome whose price it raises.
    """

    fixture: Fixture
    cover: tuple[str, ...]
    source: Source
    raised: Mapping[str, str]
    book_sum: float
    from_s: int
    to_s: int


class Plan:
    """The plants of a seed, for ever: `count` places spread over the cells, each planted in every epoch.

    Beside them a quarter as many across markets, on matches of their own, as far as there is room. A
    plant ends before its place's next begins. Epochs take turns with the fixtures, so that no two plants
    meet although an epoch is planned without the one before it; the first has all.
    """

    def __init__(
        self,
        seed: int,
        start_s: int,
        count: int,
        calendar: Calendar,
        prices: Prices,
        is_believed: Callable[[Plant], bool],
    ) -> None:
        """`is_believed`: a plant of whose prices it says no goes elsewhere."""
        self._seed = seed
        self._start_s = start_s
        self._count = count
        self._calendar = calendar
        self._prices = prices
        self._is_believed = is_believed
        self._of_epoch = lru_cache(maxsize=8)(self._planted)
        places = {
            (one.key, is_on_goals(OUTCOMES[cover[0]]), source)
            for cover, source in CELLS
            for one in self._candidates(cover, source, start_s, 0)
        }
        if count > len(places):
            raise Usage(f"--plant {count}: there is room for {len(places)} at most in this scenario")
        room = sum((plant.cover, plant.source) in CELLS for plant in self._of_epoch(0).values())
        if room < count:
            raise Usage(f"--plant {count}: there is room for {room} in this scenario")

    def standing(self, at_s: int) -> Mapping[Place, Plant]:
        """Return the plants that stand at an instant."""
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

    def _planted(self, epoch: int) -> Mapping[Place, Plant]:
        chance = Random(f"{self._seed}/plants/{epoch}")
        begin_s = self._start_s + epoch * EPOCH_S
        free = {cell: list(self._candidates(*cell, begin_s, epoch)) for cell in (*CELLS, *CELLS_ACROSS)}
        for candidates in free.values():
            chance.shuffle(candidates)
        found: dict[Place, Plant] = {}
        late = 0
        places = range(min(self._count, sum(len(free[cell]) for cell in CELLS)))
        for place in sorted(places, key=lambda place: (place % len(CELLS), place)):
            row = place // len(CELLS)
            is_late = row % EVERY_LATE == EVERY_LATE - 1
            late += is_late
            interval = _interval(begin_s, place, late if is_late and epoch == 0 else 0, epoch == 0)
            is_low = place % EVERY_LOW == EVERY_LOW - 1
            book_sum = LOW_BOOK_SUM if is_low else round(chance.uniform(*BOOK_SUMS), 4)
            self._place(found, free, (CELLS[place % len(CELLS)], *CELLS), interval, book_sum, chance)
        for place in range(self._count // EVERY_ACROSS):
            cell = CELLS_ACROSS[place % len(CELLS_ACROSS)]
            interval = _interval(begin_s, place, 0, epoch == 0)
            book_sum = round(chance.uniform(*BOOK_SUMS), 4)
            self._place(found, free, (cell, *CELLS_ACROSS), interval, book_sum, chance)
        return found

    def _place(
        self,
        found: dict[Place, Plant],
        free: Mapping[Cell, list[Fixture]],
        cells: Iterable[Cell],
        interval: tuple[int, int],
        book_sum: float,
        chance: Random,
    ) -> None:
        """Plant in the first cell that has room, where no other is: its bookmakers' books stay usual."""
        from_s, to_s = interval
        for cover, source in cells:
            for fixture in list(free[cover, source]):
                key = (fixture.key, is_on_goals(OUTCOMES[cover[0]]), source)
                until_s = min(to_s, _undisturbed_until(fixture, source, from_s))
                if key in found or until_s < min(to_s, from_s + SHORTEST_S):
                    continue
                for raised in self._raisers(fixture, cover, source, from_s, chance):
                    plant = Plant(
                        fixture=fixture,
                        cover=cover,
                        source=source,
                        raised=raised,
                        book_sum=book_sum,
                        from_s=from_s,
                        to_s=until_s,
                    )
                    if self._is_believed(plant):
                        found[key] = plant
                        return
                free[cover, source].remove(fixture)

    def _candidates(self, cover: tuple[str, ...], source: Source, at_s: int, epoch: int) -> Iterator[Fixture]:
        fixtures = self._calendar.live(at_s) if source == "live" else self._calendar.upcoming(at_s)
        used = {plant.fixture.key for plant in self._of_epoch(0).values()} if epoch == 1 else set()
        for fixture in fixtures:
            is_turn = epoch == 0 or (fixture.number % 2 == epoch % 2 and fixture.key not in used)
            is_sold = all(len(_sellers(fixture, OUTCOMES[one], source)) >= 2 for one in cover)
            if is_turn and fixture.category != "virtual" and is_sold:
                yield fixture

    def _raisers(
        self, fixture: Fixture, cover: tuple[str, ...], source: Source, at_s: int, chance: Random
    ) -> Iterator[dict[str, str]]:
        """Yield who may raise which outcome, each another; nothing where a price is not usual.

        With fewer bookmakers than outcomes one outcome stays at the best of the usual prices.
        """
        sellers = {outcome: _sellers(fixture, OUTCOMES[outcome], source) for outcome in cover}
        for outcome, names in sellers.items():
            prices = [self._prices.book(fixture, name, source, at_s).get(outcome, 0.0) for name in names]
            if not all(USUAL[0] <= price <= USUAL[1] for price in prices):
                return
        names = sorted({name for found in sellers.values() for name in found})
        several = min(len(names), len(cover))
        for outcomes_raised in combinations(cover, several):
            for chosen in permutations(chance.sample(names, len(names)), several):
                raised = dict(zip(chosen, outcomes_raised, strict=True))
                if all(name in sellers[outcome] for name, outcome in raised.items()):
                    yield raised


def is_on_goals(market: Market) -> bool:
    """Return whether a market is on the goals, and not on who wins: its prices tell nothing of those."""
    return market == "btts"


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
