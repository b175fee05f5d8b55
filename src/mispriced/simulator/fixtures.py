"""The seeded calendar: who meets whom and when, how strong, which goals fall, who lists it.

Every Nairobi day has its fixtures by seed and date alone, so a simulator that runs for days goes on,
and a match that is live was upcoming before: the same fixture on the other side of its kick-off.
Times are whole seconds since the epoch here (`_s`), because prices are reckoned for thousands of instants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from random import Random
from typing import Final

from msgspec import Struct

from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Category
from mispriced.simulator.clubs import FIRST, SECOND, Club, Competition

NAIROBI: Final = timezone(timedelta(hours=3), "EAT")  # no summer time; the four sites' home
DAYS: Final = 5  # that the bookmakers list: today and the four after it
MINUTE_S: Final = 60
DAY_S: Final = 86_400

# Kick-offs in Nairobi time (hour, minute) by where the competition is played.
EUROPE: Final = ((14, 30), (15, 0), (16, 0), (17, 0), (17, 30), (19, 30), (20, 0), (21, 45), (22, 0))
AMERICAS: Final = ((0, 30), (1, 0), (2, 0), (3, 0), (3, 30), (4, 30), (21, 45), (22, 0), (23, 0))
AFRICA: Final = ((13, 0), (15, 0), (16, 0), (19, 0))
OVERSEAS: Final = frozenset({"Brazil", "Argentina", "Uruguay", "Chile", "Ecuador", "Paraguay", "USA"})

ROUND_DAYS: Final = 5  # a club of the first leagues plays once in so many days
HALVES: Final[Mapping[int, int]] = {0: 0, 2: 1}  # day of a league's round -> which half of its pairs
SHORT_NOTICE_EVERY_S: Final = 5 * MINUTE_S  # a second-league match kicks off so often, day and night
SHORT_NOTICE_LISTED_S: Final = 90 * MINUTE_S  # before its kick-off
VIRTUAL_EVERY_S: Final = 10 * MINUTE_S
VIRTUAL_LISTED_S: Final = 12 * 60 * MINUTE_S  # fills Alpha's second page
LISTED_S: Final = 30 * DAY_S

BREAK_S: Final = 15 * MINUTE_S
HALF_S: Final = 45 * MINUTE_S
LONGEST_MATCH_S: Final = 2 * HALF_S + BREAK_S + 8 * MINUTE_S

# The chance that a side of the same clubs plays at the same minute, and that a bookmaker lists a match.
SIDES: Final[Mapping[Category, float]] = {"women": 0.1, "youth": 0.05, "reserve": 0.04}
LISTS: Final[Mapping[str, Mapping[str, float]]] = {
    "BookieAlpha": {"first": 0.97, "second": 0.97, "side": 0.9, "virtual": 1.0},
    "BookieBeta": {"first": 0.75, "second": 0.35, "side": 0.5, "virtual": 0.0},
    "BookieGamma": {"first": 0.95, "second": 0.95, "side": 0.7, "virtual": 0.6},
    "BookieDelta": {"first": 0.93, "second": 0.95, "side": 0.6, "virtual": 0.4},
}
LISTS_FURTHER_MARKET: Final = 0.97


class Goal(Struct, frozen=True):
    """A goal: when, and by whom (0 home, 1 away)."""

    at_s: int
    side: int


class Fixture(Struct, frozen=True, kw_only=True, eq=False):  # hashed by identity: a key of caches
    """A match of the calendar; `rates` are the goals expected of home and away in 90 minutes.

    `number` is unique and the base of every bookmaker's id. `markets` by the bookmakers that list it.
    """

    key: str
    number: int
    competition: Competition
    home: Club
    away: Club
    category: Category
    kickoff_s: int
    ends_s: int
    listed_s: int
    rates: tuple[float, float]
    goals: tuple[Goal, ...]
    markets: Mapping[str, frozenset[Market]]

    @property
    def kickoff(self) -> datetime:
        """When it begins, UTC."""
        return datetime.fromtimestamp(self.kickoff_s, UTC)


class Calendar:
    """The fixtures of a seed, by day."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._on = lru_cache(maxsize=16)(self._fixtures_on)
        self._short_notice_round = lru_cache(maxsize=4)(self._pairs_of_second_leagues)

    def upcoming(self, now_s: int) -> list[Fixture]:
        """Return the matches that are listed and have not begun, of the five Nairobi days from now's on."""
        today = datetime.fromtimestamp(now_s, NAIROBI).date()
        return [
            fixture
            for ahead in range(DAYS)
            for fixture in self._on(today + timedelta(days=ahead))
            if fixture.listed_s <= now_s < fixture.kickoff_s
        ]

    def live(self, now_s: int, ended_s: int = 0) -> list[Fixture]:
        """Return the matches that have begun and not ended, or no longer than `ended_s` ago."""
        today = datetime.fromtimestamp(now_s, NAIROBI).date()
        return [
            fixture
            for day in (today - timedelta(days=1), today)
            for fixture in self._on(day)
            if fixture.kickoff_s <= now_s < fixture.ends_s + ended_s
        ]

    def _fixtures_on(self, day: date) -> tuple[Fixture, ...]:
        midnight_s = int(datetime(day.year, day.month, day.day, tzinfo=NAIROBI).timestamp())
        chance = Random(f"{self._seed}/{day}")
        maker = _Maker(day, chance, self._seed)
        for competition, home, away in self._first_league_pairs(day):
            hour, minute = chance.choice(_slots(competition))
            kickoff_s = midnight_s + (hour * 60 + minute) * MINUTE_S
            maker.add("first", "men", competition, home, away, kickoff_s, LISTED_S)
            for category, often in SIDES.items():
                if chance.random() < often:
                    maker.add("side", category, competition, home, away, kickoff_s, LISTED_S)
        for place in range(DAY_S // SHORT_NOTICE_EVERY_S):
            kickoff_s = midnight_s + place * SHORT_NOTICE_EVERY_S
            round_number, pair = divmod(kickoff_s // SHORT_NOTICE_EVERY_S, _SECOND_PAIRS)
            competition, home, away = self._short_notice_round(round_number)[pair]
            maker.add("second", "men", competition, home, away, kickoff_s, SHORT_NOTICE_LISTED_S)
        for place in range(DAY_S // VIRTUAL_EVERY_S):
            competition = FIRST[place % 2]
            home, away = chance.sample(competition.clubs, 2)
            kickoff_s = midnight_s + place * VIRTUAL_EVERY_S
            maker.add("virtual", "virtual", competition, home, away, kickoff_s, VIRTUAL_LISTED_S)
        return tuple(maker.made)

    def _first_league_pairs(self, day: date) -> Iterator[tuple[Competition, Club, Club]]:
        """Yield the pairs of the day: half of a league's round on each of two days of the five."""
        round_number, place = divmod(day.toordinal(), ROUND_DAYS)
        for index, competition in enumerate(FIRST):
            half = HALVES.get((place - index) % ROUND_DAYS)
            if half is not None:
                pairs = _pairs(competition, Random(f"{self._seed}/{round_number}/{competition.country}"))
                yield from ((competition, home, away) for home, away in pairs[half::2])

    def _pairs_of_second_leagues(self, round_number: int) -> list[tuple[Competition, Club, Club]]:
        chance = Random(f"{self._seed}/short notice/{round_number}")
        pairs = [(one, home, away) for one in SECOND for home, away in _pairs(one, chance)]
        chance.shuffle(pairs)
        return pairs


class _Maker:
    """Collects the fixtures of one day, each with the next number."""

    def __init__(self, day: date, chance: Random, seed: int) -> None:
        self.made: list[Fixture] = []
        self._day = day
        self._chance = chance
        self._seed = seed

    def add(
        self,
        kind: str,
        category: Category,
        competition: Competition,
        home: Club,
        away: Club,
        kickoff_s: int,
        listed_before_s: int,
    ) -> None:
        chance = self._chance
        edge = chance.uniform(-0.6, 0.6)  # of home over away; keeps every result likelier than 1 in 15
        total = chance.uniform(2.2, 3.0)
        share = 0.54 + 0.3 * edge
        rates = (round(total * share, 3), round(total * (1 - share), 3))
        place = len(self.made)
        self.made.append(
            Fixture(
                key=f"{self._day}/{place:03d}",
                number=(self._day.toordinal() - date(2020, 1, 1).toordinal()) * 1000 + place,
                competition=competition,
                home=home,
                away=away,
                category=category,
                kickoff_s=kickoff_s,
                ends_s=kickoff_s + LONGEST_MATCH_S - chance.randrange(6) * MINUTE_S,
                listed_s=kickoff_s - listed_before_s,
                rates=rates,
                goals=tuple(_goals(kickoff_s, rates, chance)),
                markets=_listings(kind, chance),
            )
        )


def played(fixture: Fixture, at_s: int) -> float:
    """Return the share of the 90 minutes that is played, 0 to 1; the break stands still."""
    since_s = at_s - fixture.kickoff_s
    running_s = min(since_s, HALF_S) + max(0, since_s - HALF_S - BREAK_S)
    return min(max(running_s / (2 * HALF_S), 0.0), 1.0)


def _goals(kickoff_s: int, rates: tuple[float, float], chance: Random) -> Iterator[Goal]:
    minute = 0.0
    while (minute := minute + 90 * chance.expovariate(sum(rates))) < 90:
        since_s = int(minute * MINUTE_S) + (BREAK_S if minute >= 45 else 0)
        yield Goal(kickoff_s + since_s // 5 * 5, int(chance.random() > rates[0] / sum(rates)))


def _listings(kind: str, chance: Random) -> Mapping[str, frozenset[Market]]:
    markets = ("three_way",) if kind == "virtual" else tuple(MARKETS)
    return {
        bookmaker: frozenset(
            market for market in markets if market == "three_way" or chance.random() < LISTS_FURTHER_MARKET
        )
        for bookmaker, often in LISTS.items()
        if chance.random() < often[kind]
    }


def _slots(competition: Competition) -> tuple[tuple[int, int], ...]:
    if competition.country in OVERSEAS:
        return AMERICAS
    return AFRICA if competition.country == "Kenya" else EUROPE


def _pairs(competition: Competition, chance: Random) -> list[tuple[Club, Club]]:
    drawn = chance.sample(competition.clubs, len(competition.clubs))
    return list(zip(drawn[::2], drawn[1::2], strict=True))


_SECOND_PAIRS: Final = sum(len(competition.clubs) // 2 for competition in SECOND)
