"""Odds of BookieBeta: the tree of tournaments, then the events of each with all their markets.

Prices are decimal odds as numbers, times UTC without a zone. Nothing is live, no reference id is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from msgspec import Raw, Struct, field, structs

from mispriced.bookmakers.contract import Bookmaker, Found, Rejected, decode, each
from mispriced.bookmakers.fields import utc_time
from mispriced.bookmakers.listing import Offer, Words, listed, quotes
from mispriced.domain.names import is_virtual
from mispriced.exchange import Job, Payload, Request

SITE_FILTER: Final = "24H"  # its only word for a day: for a later one ask for all and keep the day's
FOOTBALL: Final = 1
TABLES: Final[Mapping[str, Words]] = {
    "match result": ("three_way", {"W1": "1", "Draw": "X", "W2": "2"}),
    "both teams to score": ("btts", {"Yes": "yes", "No": "no"}),
    "double chance": ("double_chance", {"1X": "1X", "12": "12", "X2": "X2"}),
}
WANTED: Final = '{"ProviderId":1,"tournId":"1,%d,%d","filter":"%s","groupName":null,"subGroupName":null}'
SITE: Final = {"lang": "en", "siteid": "28"}
TREE: Final = {"providerId": "1", "h24": "false"}
ENDPOINTS: Final = {
    "tournaments": Request(step="tournaments", path="/api/pregame/getPregameData", params={**TREE, **SITE}),
    "events": Request(step="events", path="/api/Pregame/MarketsTreeEventsTable", params=SITE),
}


class Name(Struct, gc=False):
    text: str = field(name="International")


class Tournament(Struct, rename="pascal"):
    id: int
    name: Name


class Category(Struct, rename="pascal"):
    id: int
    tournaments: list[Raw]


class Sport(Struct, rename="pascal"):
    id: int
    categories: list[Raw]


class Tree(Struct, rename="pascal"):
    sports: list[Raw]


class Field(Struct, rename="pascal", gc=False):
    field_name: Name
    value: object
    active: bool


class Table(Struct, rename="pascal", gc=False):
    market_name: Name
    market_fields: list[Field]


class Info(Struct, rename="pascal", gc=False):
    home_team_name: Name
    away_team_name: Name
    tournament_name: Name
    category_name: Name
    date_of_match: datetime | None = None


class Match(Struct, rename="pascal", gc=False):
    match_id: int | str
    info: Info
    markets: list[Table]
    date_of_match: datetime | None = None


class Contents(Struct, rename="pascal"):
    events: list[Raw]


class Events(Struct, rename="pascal"):
    status: dict[str, object]
    contents: Contents


def start(job: Job) -> Iterator[Request]:
    yield ENDPOINTS["tournaments"]


def parse_tournaments(payload: Payload, job: Job) -> Iterator[Found]:
    def tournaments_of(category: Category) -> Iterable[Found]:
        return each(category.tournaments, Tournament, partial(events_of, job, category.id))

    def categories_of(sport: Sport) -> Iterable[Found]:
        return each(sport.categories, Category, tournaments_of) if sport.id == FOOTBALL else ()

    yield from each(decode(payload, Tree).sports, Sport, categories_of)


def events_of(job: Job, category_id: int, tournament: Tournament) -> Iterator[Request]:
    if not is_virtual(tournament.name.text):
        wanted = WANTED % (category_id, tournament.id, SITE_FILTER if job.period == SITE_FILTER else "All")
        yield structs.replace(ENDPOINTS["events"], json_body={"data": wanted})  # JSON inside JSON


def parse_events(payload: Payload, job: Job) -> Iterator[Found]:
    answer = decode(payload, Events)
    if answer.status.get("StatusCode") != 200:
        raise Rejected(f"events: the answer's own status is {answer.status!r:.80}")
    yield from each(answer.contents.events, Match, partial(quotes_of, payload, job), payload)


def quotes_of(payload: Payload, job: Job, match: Match) -> list[Found]:
    info = match.info
    event = listed(
        job,
        payload,
        event_id=match.match_id,
        teams=(info.home_team_name.text, info.away_team_name.text),
        league=(info.tournament_name.text, info.category_name.text),
        kickoff=utc_time(info.date_of_match or match.date_of_match),
        by_day=job.period != SITE_FILTER,
    )
    offered = ((TABLES.get(table.market_name.text.lower()), offers_of(table)) for table in match.markets)
    return [found for words, offers in offered for found in quotes(payload, job, event, words, offers)]


def offers_of(table: Table) -> list[Offer]:
    return [(one.field_name.text, one.value, one.active) for one in table.market_fields]


BOOKIEBETA: Final = Bookmaker(
    name="BookieBeta",
    periods={"24H": 0, "2D": 1, "3D": 2, "4D": 3, "5D": 4},
    markets={"upcoming": tuple(market for market, _ in TABLES.values())},
    steps={"upcoming": ("tournaments", "events")},
    start=start,
    parsers={"tournaments": parse_tournaments, "events": parse_events},
    cached={"tournaments": "tournament_ids"},
)
