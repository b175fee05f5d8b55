from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from mispriced.domain.markets import RESULTS, Market
from mispriced.domain.model import Quote, Source
from mispriced.simulator.scenario import Offer
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.truth import Best, Surebet, covers, surebets

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Prices = dict[str, float]


class Told:
    """A scenario of one fixture: the prices by bookmaker from each minute on."""

    def __init__(
        self, market: Market, minutes: Sequence[dict[str, Prices]], planted: tuple[str, ...] = ()
    ) -> None:
        self.market = market
        self.minutes = minutes
        self.planted = planted

    def sites(self) -> set[tuple[str, Source]]:
        return {("BookieAlpha", "upcoming"), ("BookieGamma", "upcoming")}

    def summary(self, now: datetime) -> dict[str, str]:
        return {}

    def offers(self, bookmaker: str, source: Source, now: datetime) -> Sequence[Offer]:
        told = self.minutes[min(int((now - START) / MINUTE), len(self.minutes) - 1)]
        if source == "live" or bookmaker not in told:
            return []
        quote = Quote(
            bookmaker=bookmaker,
            event_id="7",
            home="Valencia",
            away="Getafe",
            kickoff=START + timedelta(days=1),
            market=self.market,
            prices=told[bookmaker],
            suspended=() if told[bookmaker] else ("1",),
            source=source,
            seen_at=now,
        )
        return [Offer(quote, "fixture", (self.planted,))]

    def changes(self, source: Source, start: datetime, end: datetime) -> Sequence[datetime]:
        ticks = [START + MINUTE * minute for minute in range(1, len(self.minutes))]
        return [tick for tick in ticks if start < tick < end]


def usual() -> dict[str, Prices]:
    return {"BookieAlpha": {"1": 2.0, "X": 3.0, "2": 3.0}, "BookieGamma": {"1": 2.1, "X": 3.1, "2": 3.2}}


def raised() -> dict[str, Prices]:
    return {"BookieAlpha": {"1": 2.0, "X": 3.0, "2": 6.0}, "BookieGamma": {"1": 2.1, "X": 3.1, "2": 3.2}}


def intervals(scenario: Told, minutes: float) -> list[tuple[float, float]]:
    found = [one for one in surebets(scenario, START, START + MINUTE * minutes) if one.at_once]
    return [((one.from_ - START) / MINUTE, (one.to - START) / MINUTE) for one in found]


def test_an_interval_goes_from_the_first_tick_to_the_one_that_ends_it():
    scenario = Told("three_way", [usual(), raised(), raised(), usual(), raised()])
    assert intervals(scenario, 10) == [(1, 3), (4, 10)]


def test_intervals_are_cut_at_the_ends_of_the_question():
    scenario = Told("three_way", [raised(), raised(), usual()])
    begin, end = START + MINUTE / 2, START + MINUTE * 1.5
    assert [(one.from_, one.to) for one in surebets(scenario, begin, end) if one.at_once] == [(begin, end)]


def test_an_instant_can_be_asked_for():
    scenario = Told("three_way", [raised()], planted=("1", "X", "2"))
    assert surebets(scenario, START, START) == [
        Surebet(
            fixture="fixture",
            cover=("1", "X", "2"),
            source="upcoming",
            from_=START,
            to=START,
            planted=True,
            at_once=True,
            book_sum=0.9654377880184332,
            events={"BookieAlpha": "7", "BookieGamma": "7"},
            best={
                "1": Best("BookieGamma", 2.1),
                "X": Best("BookieGamma", 3.1),
                "2": Best("BookieAlpha", 6.0),
            },
        )
    ]


def test_break_even_is_no_surebet_although_floats_say_so():
    even = {"1": 1.44, "X": 7.2, "2": 6.0}
    assert sum(1 / price for price in even.values()) < 1
    assert intervals(Told("three_way", [{"BookieAlpha": even}]), 1) == []
    assert intervals(Told("three_way", [{"BookieAlpha": even | {"2": 6.01}}]), 1) == [(0, 1)]


def test_double_chance_breaks_even_at_two():
    fair = {"1X": 1.5, "12": 1.5, "X2": 1.5}
    assert intervals(Told("double_chance", [{"BookieAlpha": fair}]), 1) == []
    assert intervals(Told("double_chance", [{"BookieAlpha": fair | {"X2": 1.51}}]), 1) == [(0, 1)]


def test_only_open_outcomes_count():
    closed = {"BookieAlpha": {}, "BookieGamma": {"1": 2.1, "X": 3.1, "2": 3.2}}
    without = {"BookieAlpha": {"2": 6.0}, "BookieGamma": {"1": 2.1, "2": 3.2}}
    scenario = Told("three_way", [raised(), closed, raised(), without])
    assert intervals(scenario, 4) == [(0, 1), (2, 3)]


def test_the_truth_of_the_seeded_scenario_is_what_is_planted():
    start = datetime(2026, 11, 22, 11, 7, 3, tzinfo=UTC)
    scenario = Seeded(1, start)
    found = surebets(scenario, start, start + timedelta(seconds=180))
    planted = {
        (plant.fixture.key, plant.cover, plant.source): plant
        for later_s in range(0, 180, 5)
        for plant in scenario.plants(start + timedelta(seconds=later_s))
    }
    assert {(one.fixture, one.cover, one.source) for one in found if one.planted} == set(planted)
    outcomes = {
        (one.fixture.key, one.source, outcome) for one in planted.values() for outcome in one.raised.values()
    }  # what is raised makes other covers stand, and nothing else does
    for one in found:
        assert any((one.fixture, one.source, outcome) in outcomes for outcome in one.cover)
        if one.planted and one.at_once:
            assert 0.93 <= one.book_sum <= 0.99
            assert len({best.bookmaker for best in one.best.values()}) >= 2


def test_a_price_that_is_gone_by_the_next_tick_stands_with_it_but_not_at_once():
    first = {"BookieAlpha": {"1": 2.0, "X": 3.0, "2": 6.0}, "BookieGamma": {"1": 1.8, "X": 2.8, "2": 3.0}}
    second = {"BookieAlpha": {"1": 1.8, "X": 2.8, "2": 3.0}, "BookieGamma": {"1": 2.2, "X": 3.3, "2": 3.0}}
    scenario = Told("three_way", [first, second, second])
    (mixed,) = surebets(scenario, START, START + MINUTE * 3)
    assert (mixed.at_once, mixed.from_, mixed.to) == (False, START + MINUTE, START + MINUTE * 2)


def test_after_a_goal_the_results_that_cannot_come_need_no_leg():
    every = frozenset(RESULTS)
    assert ("1", "yes") not in dict(covers(every))
    assert dict(covers(every - {("draw", False), ("away", False)}))["1", "yes"] == 1


def test_the_answer_names_the_interval_from_and_to():
    found = surebets(Told("three_way", [raised()]), START, START + MINUTE)
    (row,) = msgspec.json.decode(msgspec.json.encode(found))
    assert (row["from"], row["to"]) == ("2026-11-22T12:00:00Z", "2026-11-22T12:01:00Z")
    assert row["best"]["2"] == {"bookmaker": "BookieAlpha", "price": 6.0}
