"""Every answer of every bookmaker as a table: how it is printed, where its items are, what is in them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from mispriced.bookmakers import find
from mispriced.bookmakers.contract import ANY_DAY, Reading, read
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Event, Quote, Score, Source
from mispriced.exchange import Job, Payload, Request
from mispriced.simulator import wire
from tests.domain.quotes import KICKOFF, NOON, quote

Path = tuple[str | int, ...]
PRICES: dict[Market, dict[str, float]] = {
    "three_way": {"1": 2.3, "X": 3.2, "2": 3.55},
    "btts": {"yes": 1.86, "no": 1.99},
    "double_chance": {"1X": 1.33, "12": 1.39, "X2": 1.65},
}
PAGE = {"page": "1", "limit": "100", "pag_count": "50", "pag_min": "1", "offset": "0"}
TEAMS = {
    "61624652": ("Valencia", "Rayo Vallecano"),
    "70784812": ("Man City", "Palace"),
    "555": ("Ajax", "PSV"),
}


class Site(NamedTuple):
    """One step's answer: who prints it, the way to its list of items, and inside an item to its fields."""

    bookmaker: str
    source: Source
    step: str
    printed: Callable[[list[Quote]], Any]
    items: Path
    event_id: Path
    home: Path = ()
    away: Path = ()
    kickoff: Path = ()
    outcomes: Path = ()
    word: Path = ()
    price: Path = ()
    market: Market = "three_way"

    def __str__(self) -> str:
        return f"{self.bookmaker}-{self.step}"

    def answer(self) -> Any:
        """Return a sound answer of three events as JSON-able data."""
        return json.loads(json.dumps(self.printed(self.quotes())))

    def quotes(self) -> list[Quote]:
        """Return what the sound answer says."""
        return [made(self, event_id, self.market) for event_id in TEAMS]

    def job(self, markets: tuple[Market, ...] = tuple(MARKETS)) -> Job:
        period = next(word for word, day in find(self.bookmaker).periods.items() if day == 0)
        return Job(
            bookmaker=self.bookmaker,
            markets=markets,
            source=self.source,
            period=period,
            day=ANY_DAY,
            now=NOON,
        )

    def read(self, answer: Any, **changes: Any) -> Reading:
        """Return the reading of JSON-able data, or of bytes as they are."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        events = tuple({one.event_id: one.event for one in self.quotes()}.values())
        asked = Request(step=self.step, path="/", params=PAGE, events=events)
        payload = msgspec.structs.replace(Payload.of(asked, body, NOON), **changes)
        return read(find(self.bookmaker), payload, self.job())

    def rows(self, answer: Any) -> Any:
        """Return the list, or dict, of items inside an answer."""
        return at(answer, self.items)


def made(site: Site, event_id: str, market: Market) -> Quote:
    home, away = TEAMS[event_id]
    has_reference = site.bookmaker != "BookieBeta"
    return quote(
        site.bookmaker,
        PRICES[market],
        event_id=event_id,
        home=home,
        away=away,
        refs={"betradar": event_id} if has_reference else {},
        competition="LaLiga",
        country="Spain",
        kickoff=KICKOFF + timedelta(minutes=15),
        market=market,
        source=site.source,
        **({"score": Score(1, 0)} if site.source == "live" else {}),
    )


def at(data: Any, path: Path) -> Any:
    """Return what lies at a path of keys and places."""
    for key in path:
        data = data[key]
    return data


def put(data: Any, path: Path, value: Any) -> None:
    """Change what lies at a path."""
    at(data, path[:-1])[path[-1]] = value


def found(reading: Reading) -> dict[str, list[Any]]:
    """Return what a reading says of each event: its quotes, and itself where a request carries it."""
    said: dict[str, list[Any]] = {}
    for one in reading.quotes:
        said.setdefault(one.event_id, []).append(bare(one))
    for request in reading.requests:
        for event in request.events:
            if event not in said.setdefault(event.event_id, []):
                said[event.event_id].append(event)
    return said


def bare(one: Quote) -> Quote:
    return msgspec.structs.replace(one, origin=msgspec.UNSET)


def is_event(one: Quote | Event) -> bool:
    return isinstance(one, Event)


ALPHA = {
    "items": ("data",),
    "event_id": ("parent_match_id",),
    "home": ("home_team",),
    "away": ("away_team",),
    "kickoff": ("start_time",),
    "outcomes": ("odds", 0, "odds"),
    "word": ("odds", 0, "odds", 0, "display"),
    "price": ("odds", 0, "odds", 0, "odd_value"),
}
BETA = {
    "items": ("Contents", "Events"),
    "event_id": ("MatchId",),
    "home": ("Info", "HomeTeamName", "International"),
    "away": ("Info", "AwayTeamName", "International"),
    "kickoff": ("Info", "DateOfMatch"),
    "outcomes": ("Markets", 0, "MarketFields"),
    "word": ("Markets", 0, "MarketFields", 0, "FieldName", "International"),
    "price": ("Markets", 0, "MarketFields", 0, "Value"),
}
GAMMA = {
    "event_id": ("parent_match_id",),
    "home": ("home_team",),
    "away": ("away_team",),
    "kickoff": ("start_time",),
}
LINE = ("markets", 0, "lines", 0, "outcomes")
LIVE_LINE = ("markets", 0, "outcomes")
DELTA = {
    "event_id": ("id",),
    "home": ("competitors", 0, "name"),
    "away": ("competitors", 1, "name"),
}
SELECTIONS = ("markets", 0, "selections")
SITES = [
    Site("BookieAlpha", "upcoming", "matches", wire.alpha_matches, **ALPHA),
    Site("BookieAlpha", "live", "live", wire.alpha_live, **ALPHA),
    Site("BookieBeta", "upcoming", "events", wire.beta_events, **BETA),
    Site(
        "BookieGamma",
        "upcoming",
        "matches",
        wire.gamma_matches,
        items=("data", "leagues", 0, "matches"),
        outcomes=LINE,
        word=(*LINE, 0, "outcome_key"),
        price=(*LINE, 0, "odd_value"),
        **GAMMA,
    ),
    Site(
        "BookieGamma",
        "live",
        "live",
        wire.gamma_live,
        items=("data", "matches"),
        outcomes=LIVE_LINE,
        word=(*LIVE_LINE, 0, "outcome_key"),
        price=(*LIVE_LINE, 0, "odd_value"),
        **GAMMA,
    ),
    Site(
        "BookieDelta",
        "upcoming",
        "games",
        wire.delta_games,
        items=(),
        kickoff=("date",),
        outcomes=SELECTIONS,
        word=(*SELECTIONS, 0, "shortName"),
        price=(*SELECTIONS, 0, "odds"),
        **DELTA,
    ),
    Site(
        "BookieDelta",
        "live",
        "live_events",
        wire.delta_live_events,
        items=("events",),
        kickoff=("kickoffTimeUTC",),
        **DELTA,
    ),
    Site(
        "BookieDelta",
        "live",
        "live_markets",
        wire.delta_live_markets,
        items=("markets",),
        event_id=("eventId",),
        outcomes=SELECTIONS,
        word=(*SELECTIONS, 0, "name"),
        price=(*SELECTIONS, 0, "odds"),
    ),
    Site(
        "BookieDelta",
        "live",
        "live_markets",
        wire.delta_live_markets_of_2024,
        items=("markets",),
        event_id=("eventId",),
        outcomes=("selections",),
        word=("selections", 0, "name"),
        price=("selections", 0, "odds"),
    ),
    Site(
        "BookieDelta",
        "upcoming",
        "markets",
        lambda quotes: wire.delta_markets(quotes, ("btts",)),
        items=(),
        event_id=(),
        outcomes=(0, "selections"),
        word=(0, "selections", 0, "shortName"),
        price=(0, "selections", 0, "odds"),
        market="btts",
    ),
]
WITH_PRICES = [site for site in SITES if site.price]
WITH_TEAMS = [site for site in SITES if site.home]
