from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from mispriced.domain.markets import OUTCOMES, RESULTS, outcomes, paid_outcomes
from mispriced.domain.model import SOURCES, Quote, Source
from mispriced.domain.names import categorize
from mispriced.domain.plausibility import palpable
from mispriced.errors import Usage
from mispriced.simulator.fixtures import NAIROBI
from mispriced.simulator.prices import TICK_S
from mispriced.simulator.scenario import BOOKMAKERS, Offer
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.truth import covers

START = datetime(2026, 11, 22, 11, 7, 3, tzinfo=UTC)
SEEDS = range(3)
# The book sum a paid outcome that no mix of prices of one window may go below, unless it is planted.
SAFE_BOOK_SUM = 1.015
WINDOW: dict[Source, timedelta] = {"upcoming": timedelta(minutes=10), "live": timedelta(seconds=30)}


pytestmark = pytest.mark.xdist_group("seeded")  # tests of one worker share their worlds


@cache
def world(seed: int, start: datetime = START) -> Seeded:
    """Return the world of a seed, the same to every test that asks for it."""
    return Seeded(seed, start)


def all_offers(scenario: Seeded, source: Source, at: datetime) -> list[Offer]:
    return [offer for bookmaker in BOOKMAKERS[source] for offer in scenario.offers(bookmaker, source, at)]


def book_sums(offers: Iterable[Offer]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the book sums of every cover where nothing is planted, with the highest price of all offers."""
    best: dict[str, dict[str, float]] = defaultdict(dict)
    planted = set()
    for offer in offers:
        if offer.planted:
            planted.add(offer.fixture)
        for outcome, price in offer.quote.prices.items():
            best[offer.fixture][outcome] = max(price, best[offer.fixture].get(outcome, 0.0))
    return {
        (fixture, cover): sum(1 / prices[outcome] for outcome in cover) / often
        for fixture, prices in best.items()
        if fixture not in planted
        for cover, often in covers(frozenset(RESULTS))
        if prices.keys() >= set(cover)
    }


def start_of(seed: int) -> datetime:
    """Return a start at another hour of another day for every seed."""
    return START + timedelta(days=seed, hours=5 * seed, seconds=7 * seed)


def test_a_seed_is_one_world():
    one, same, other = world(1), Seeded(1, START), Seeded(2, START)
    for source in SOURCES:
        for later_s in (0, 700):
            at = START + timedelta(seconds=later_s)
            assert all_offers(one, source, at) == all_offers(same, source, at)
        assert all_offers(one, source, START) != all_offers(other, source, START)


@pytest.mark.parametrize("source", SOURCES)
def test_the_order_of_questions_does_not_matter(source: Source):
    later = START + timedelta(minutes=20)
    forward, backward = Seeded(3, START), Seeded(3, START)
    first = all_offers(forward, source, START), all_offers(forward, source, later)
    last = all_offers(backward, source, later), all_offers(backward, source, START)
    assert first == last[::-1]


@pytest.mark.parametrize("source", SOURCES)
def test_offers_change_at_ticks_only(source: Source):
    scenario = world(1)
    end = START + timedelta(seconds=3 * TICK_S[source])
    instants = [START, *scenario.changes(source, START, end)]
    assert len(instants) == 4
    for tick, following in zip(instants, [*instants[1:], end], strict=True):
        just_before = following - timedelta(microseconds=1)
        assert all_offers(scenario, source, tick) == all_offers(scenario, source, just_before)
    assert all_offers(scenario, source, START) != all_offers(scenario, source, end)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_a_surebet_unless_it_is_planted(seed: int, source: Source):
    scenario = world(seed, start_of(seed))
    for later_s in (seed % 3 * 700,) if source == "upcoming" else (0, 60, 2400):
        begin = start_of(seed) + timedelta(seconds=later_s)
        instants = [begin + WINDOW[source] * part / 3 for part in range(4)]
        sums = book_sums(offer for at in instants for offer in all_offers(scenario, source, at))
        assert len(sums) > 20
        assert min(sums.values()) >= SAFE_BOOK_SUM


def test_a_goal_leaves_no_surebet_behind():
    scenario = world(1)
    goals = {
        goal.at_s
        for fixture in scenario._calendar.live(int(START.timestamp()))
        for goal in fixture.goals
        if 0 < goal.at_s - START.timestamp() < 600
    }
    assert goals
    for at_s in goals:
        goal = datetime.fromtimestamp(at_s, UTC)
        around = [goal + timedelta(seconds=seconds) for seconds in range(-30, 91, 5)]
        for place in range(len(around) - 6):
            window = around[place : place + 7]
            sums = book_sums(offer for at in window for offer in all_offers(scenario, "live", at))
            assert min(sums.values()) >= SAFE_BOOK_SUM


@pytest.mark.parametrize("hour", range(0, 24, 6))
def test_every_hour_has_five_days_and_live_matches(hour: int):
    start = START + timedelta(hours=hour)
    scenario = world(1, start)
    upcoming = {one.fixture: one.quote for one in all_offers(scenario, "upcoming", start)}
    live = {one.fixture: one.quote for one in all_offers(scenario, "live", start)}
    today = start.astimezone(NAIROBI).date()
    days = Counter(
        (quote.kickoff.astimezone(NAIROBI).date() - today).days
        for quote in upcoming.values()
        if quote.category != "virtual"
    )
    assert sorted(days) == [0, 1, 2, 3, 4]
    assert 120 <= days.total() <= 240
    assert 15 <= sum(quote.category != "virtual" for quote in live.values()) <= 40
    assert {quote.category for quote in upcoming.values()} >= {"men", "women", "virtual"}
    assert all(quote.kickoff > start for quote in upcoming.values())
    assert all(quote.kickoff <= start for quote in live.values())


def test_a_live_match_was_upcoming_before():
    scenario = world(1)
    before = {one.fixture: one.quote for one in all_offers(scenario, "upcoming", START)}
    live = {one.fixture: one.quote for one in all_offers(scenario, "live", START + timedelta(hours=1))}
    known = live.keys() & before.keys()
    assert len(known) > 10
    for fixture in known:
        assert live[fixture].kickoff == before[fixture].kickoff


def test_ids_are_those_of_each_site():
    scenario = world(1)
    at = START + timedelta(hours=1)
    ids: dict[str, dict[str, Quote]] = defaultdict(dict)
    for source in SOURCES:
        for offer in all_offers(scenario, source, at if source == "live" else START):
            ids[offer.fixture][f"{offer.quote.bookmaker}/{source}"] = offer.quote
    everywhere = next(of for of in ids.values() if len(of) == 7)
    reference = everywhere["BookieAlpha/upcoming"].event_id
    for site in ("BookieAlpha/live", "BookieGamma/upcoming", "BookieGamma/live"):
        assert everywhere[site].event_id == reference
    delta = everywhere["BookieDelta/upcoming"].event_id, everywhere["BookieDelta/live"].event_id
    assert len({reference, *delta}) == 3
    assert {site for site, quote in everywhere.items() if not quote.refs} == {"BookieBeta/upcoming"}
    assert {quote.refs["betradar"] for quote in everywhere.values() if quote.refs} == {reference}


def test_names_differ_but_say_the_same_side():
    scenario = world(1)
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for offer in all_offers(scenario, "upcoming", START):
        quote = offer.quote
        names[offer.fixture][quote.bookmaker] = quote.home
        assert categorize(quote.home, quote.away, quote.competition, quote.country) == quote.category
    shared = [of for of in names.values() if len(of) > 1]
    differently = [of for of in shared if len(set(of.values())) > 1]
    assert len(differently) > len(shared) / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_surebets_are_planted_in_every_cell(seed: int):
    start = start_of(seed)
    scenario = world(seed, start)
    seen = {
        (plant.fixture.key, plant.cover, plant.source): plant
        for later_s in range(0, 180, 10)
        for plant in scenario.plants(start + timedelta(seconds=later_s))
    }
    whole = [
        plant
        for plant in seen.values()
        if plant.from_s <= start.timestamp() and plant.to_s >= start.timestamp() + 180
    ]
    cells = Counter((plant.cover, plant.source) for plant in whole)
    of_markets = {cell: number for cell, number in cells.items() if len(cell[0]) > 2 or "yes" in cell[0]}
    across = {cell: number for cell, number in cells.items() if cell not in of_markets}
    assert len(seen) == 30
    assert (sum(of_markets.values()), sum(across.values())) == (18, 6)
    assert len(of_markets) == 6
    assert min(of_markets.values()) >= 1  # at night few live matches have room for a double chance
    assert {cover for cover, _ in across} <= {("1", "X2"), ("X", "12"), ("2", "1X")}


def test_none_are_planted_when_none_are_asked_for():
    scenario = Seeded(1, START, planted=0)
    assert scenario.plants(START) == []
    assert not any(offer.planted for offer in all_offers(scenario, "live", START))


def test_more_surebets_than_fixtures_are_refused():
    with pytest.raises(Usage, match=r"--plant 5000: there is room for \d+"):
        Seeded(1, START, planted=5000)


def test_the_demo_lives_on():
    scenario = world(1)
    for minutes in (10, 60, 60 * 24 * 3):
        at = START + timedelta(minutes=minutes)
        standing, soon = scenario.plants(at), scenario.plants(at + timedelta(minutes=3))
        assert len(standing) > 12
        assert {plant.from_s for plant in soon} - {plant.from_s for plant in standing}


@pytest.mark.parametrize("seed", range(6))
def test_no_planted_price_is_so_long_that_it_is_not_believed(seed: int):
    scenario = world(seed, start_of(seed))
    for later_s in (0, 45, 130):
        at = start_of(seed) + timedelta(seconds=later_s)
        for plant in scenario.plants(at):
            quotes = [
                offer.quote
                for offer in all_offers(scenario, plant.source, at)
                if offer.fixture == plant.fixture.key and offer.planted
            ]
            assert palpable(quotes) == ()
            for bookmaker, outcome in plant.raised.items():
                (book,) = (
                    one.prices for one in quotes if one.bookmaker == bookmaker and outcome in one.prices
                )
                market = OUTCOMES[outcome]
                own = sum(1 / price for price in book.values()) / paid_outcomes(market)
                assert 1 < own < 1.25 or book.keys() != set(outcomes(market))
