"""The seeded scenario: fixtures, spellings, drifting prices and planted surebets as quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from msgspec import UNSET

from mispriced.domain.markets import MARKETS, OUTCOMES, Market, outcomes
from mispriced.domain.model import Quote, Source
from mispriced.domain.plausibility import palpable
from mispriced.simulator.fixtures import Calendar, Fixture
from mispriced.simulator.plants import Place, Plan, Plant
from mispriced.simulator.prices import TICK_S, Outcomes, Prices, is_closed, score_at
from mispriced.simulator.raising import raised, rise
from mispriced.simulator.scenario import BOOKMAKERS, Offer
from mispriced.simulator.spelling import spell, spell_competition

PLANTED: Final = 24  # surebets at once, unless said otherwise
MOST_BELIEVED: Final = 0.4  # logits that a plant may raise prices
KEPT_TICKS: Final = 128  # offers of so many bookmakers and ticks: a minute of all

# Each bookmaker's ids are its own numbers, except the reference id of Betradar.
BETRADAR_BASE: Final = 60_000_000
UPCOMING_BASE: Final = {"BookieBeta": 500_000, "BookieDelta": 8_000_000}
LIVE_BASE: Final = {"BookieDelta": 70_000_000}


class Seeded:
    """The demo's scenario; see `Scenario`."""

    def __init__(self, seed: int, start: datetime, planted: int = PLANTED) -> None:
        self._seed = seed
        self._calendar = Calendar(seed)
        self._prices = Prices(seed)
        self._offers = lru_cache(maxsize=KEPT_TICKS)(self._offers_at)
        self._names = lru_cache(maxsize=16384)(self._spelt)
        start_s = _floor(int(start.timestamp()), TICK_S["upcoming"])
        self._plan = Plan(seed, start_s, planted, self._calendar, self._prices, self._is_believed)

    def offers(self, bookmaker: str, source: Source, now: datetime) -> Sequence[Offer]:
        """Return what the bookmaker serves at `now`, virtual matches among them."""
        return self._offers(bookmaker, source, _floor(int(now.timestamp()), TICK_S[source]))

    def changes(self, source: Source, start: datetime, end: datetime) -> Sequence[datetime]:
        """Return the ticks after `start` and before `end`."""
        tick_s = TICK_S[source]
        first = datetime.fromtimestamp(_floor(int(start.timestamp()), tick_s) + tick_s, UTC)
        count = max(-((first - end) // timedelta(seconds=tick_s)), 0)
        return [first + timedelta(seconds=tick_s * place) for place in range(count)]

    def summary(self, now: datetime) -> Mapping[str, Any]:
        """Return the seed, the planted surebets and the number of fixtures."""
        at_s = int(now.timestamp())
        return {
            "scenario": "seeded",
            "seed": self._seed,
            "planted": [_shown(plant) for plant in self.plants(now)],
            "upcoming": len(self._calendar.upcoming(at_s)),
            "live": len(self._calendar.live(at_s)),
        }

    def plants(self, at: datetime) -> Sequence[Plant]:
        """Return the surebets that are planted at an instant."""
        return list(self._plan.standing(int(at.timestamp())).values())

    def _offers_at(self, bookmaker: str, source: Source, at_s: int) -> tuple[Offer, ...]:
        if bookmaker not in BOOKMAKERS[source]:
            return ()
        seen_at = datetime.fromtimestamp(at_s, UTC)
        standing = self._plan.standing(at_s)
        fixtures = self._calendar.live(at_s) if source == "live" else self._calendar.upcoming(at_s)
        return tuple(
            offer
            for fixture in fixtures
            if bookmaker in fixture.markets
            for offer in self._of_fixture(fixture, bookmaker, source, at_s, seen_at, standing)
        )

    def _of_fixture(
        self,
        fixture: Fixture,
        bookmaker: str,
        source: Source,
        at_s: int,
        seen_at: datetime,
        standing: Mapping[Place, Plant],
    ) -> Iterator[Offer]:
        book = self._prices.book(fixture, bookmaker, source, at_s)
        is_live = source == "live"
        closed = is_live and is_closed(fixture, bookmaker, at_s)
        home, away, competition, country = self._names(fixture, bookmaker)
        event_id, refs = _ids(fixture, bookmaker, source)
        here = [
            plant
            for is_goals in (False, True)
            if (plant := standing.get((fixture.key, is_goals, source))) is not None
        ]
        for plant in here:
            if bookmaker in plant.raised:
                book = {**book, **raised(plant, self._books(fixture, source, at_s), bookmaker)}
        for market in MARKETS:
            if market not in fixture.markets[bookmaker]:
                continue
            prices = {} if closed else {one: book[one] for one in outcomes(market) if one in book}
            suspended = tuple(one for one in outcomes(market) if one not in prices) if is_live else ()
            if not prices and not suspended:
                continue
            quote = Quote(
                bookmaker=bookmaker,
                event_id=event_id,
                refs=refs,
                home=home,
                away=away,
                competition=competition,
                country=country,
                category=fixture.category,
                kickoff=fixture.kickoff,
                market=market,
                prices=prices,
                suspended=suspended,
                source=source,
                seen_at=seen_at,
                score=score_at(fixture, at_s) if is_live else UNSET,
            )
            yield Offer(quote, fixture.key, _covers(here, market))

    def _is_believed(self, plant: Plant) -> bool:
        """Whether no rule of plausibility speaks against what is planted, for as long as it stands."""
        fixture, source = plant.fixture, plant.source
        markets = {OUTCOMES[outcome] for outcome in plant.cover}
        standing = {(fixture.key, markets == {"btts"}, source): plant}
        known: dict[str, Outcomes] = {}
        for at_s in range(plant.from_s, plant.to_s, TICK_S[source]):
            books = self._books(fixture, source, at_s)
            if books == known:
                continue
            known = books
            step = rise(plant, books)
            if step is None or step > MOST_BELIEVED:
                return False
            seen_at = datetime.fromtimestamp(at_s, UTC)
            quotes = [
                offer.quote
                for name in books
                for offer in self._of_fixture(fixture, name, source, at_s, seen_at, standing)
            ]
            if any(flag.market in markets for flag in palpable(quotes)):
                return False
        return True

    def _books(self, fixture: Fixture, source: Source, at_s: int) -> dict[str, Outcomes]:
        """Return every bookmaker's usual prices of the markets that it lists."""
        return {
            name: {
                outcome: price
                for outcome, price in self._prices.book(fixture, name, source, at_s).items()
                if OUTCOMES[outcome] in markets
            }
            for name, markets in fixture.markets.items()
            if name in BOOKMAKERS[source]
        }

    def _spelt(self, fixture: Fixture, bookmaker: str) -> tuple[str, str, str, str]:
        is_virtual = fixture.category == "virtual"
        return (
            spell(fixture.home, bookmaker, fixture.category, self._seed),
            spell(fixture.away, bookmaker, fixture.category, self._seed),
            spell_competition(fixture.competition, bookmaker, fixture.category, self._seed),
            "Simulated Reality League" if is_virtual else fixture.competition.country,
        )


def _covers(plants: Iterable[Plant], market: Market) -> tuple[tuple[str, ...], ...]:
    """Return the covers that are planted with a quote of the market."""
    return tuple(one.cover for one in plants if any(OUTCOMES[outcome] == market for outcome in one.cover))


def _shown(plant: Plant) -> dict[str, Any]:
    return {
        "fixture": plant.fixture.key,
        "match": f"{plant.fixture.home.name} - {plant.fixture.away.name}",
        "cover": plant.cover,
        "source": plant.source,
        "raised": plant.raised,
        "book_sum": plant.book_sum,
        "to": datetime.fromtimestamp(plant.to_s, UTC),
    }


def _ids(fixture: Fixture, bookmaker: str, source: Source) -> tuple[str, Mapping[str, str]]:
    betradar = str(BETRADAR_BASE + fixture.number)
    base = (LIVE_BASE if source == "live" else UPCOMING_BASE).get(bookmaker)
    event_id = betradar if base is None else str(base + fixture.number)
    return event_id, {} if bookmaker == "BookieBeta" else {"betradar": betradar}


def _floor(moment_s: int, tick_s: int) -> int:
    return moment_s - moment_s % tick_s
