"""Odds of BookieAlpha: one list of matches for each market, in pages; live ones from a second host.

Prices are decimal odds as strings; kick-off is local Nairobi time without a zone. Live answers have
numbers where upcoming ones have strings. E-sports and simulated matches are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final, Generic

from msgspec import Struct

from mispriced.bookmakers.contract import Bookmaker, Found, Row, decode_rows, each
from mispriced.bookmakers.fields import OFF, LocalTime, nairobi_time, score
from mispriced.bookmakers.listing import Offer, Words, ask, further_pages, listed, quotes
from mispriced.exchange import Job, Payload, Request

FOOTBALL: Final = "14"
TABLES: Final[Mapping[str, Words]] = {  # by sub type: Betradar's number of the market
    "1": ("three_way", {"1": "1", "X": "X", "2": "2"}),
    "29": ("btts", {"YES": "yes", "NO": "no"}),
    "10": ("double_chance", {"1/X": "1X", "1/2": "12", "X/2": "X2"}),
}
SUB_TYPES: Final = {market: sub_type for sub_type, (market, _) in TABLES.items()}
PATH: Final = "/v1/uo/matches"
PAGING: Final = {"page": "1", "limit": "100"}  # the site was seen to give up to 1000 a page
ENDPOINTS: Final = {
    "upcoming": Request(
        step="matches",
        path=PATH,
        params={**PAGING, "tab": "upcoming", "sport_id": FOOTBALL, "sort_id": "2", "esports": "false"},
    ),
    "live": Request(step="live", path=PATH, params={**PAGING, "sport": FOOTBALL, "sort": "1"}),
}
OPEN: Final = "STARTED"  # of `bet_status`, which upcoming matches do not have

Flag = int | str | bool


class Odd(Struct, gc=False):
    display: str
    odd_value: object
    odd_active: Flag = 1
    market_active: Flag = 1


class Group(Struct, gc=False):
    sub_type_id: int | str
    odds: list[Odd]
    market_active: Flag = 1


class Match(Struct, kw_only=True, gc=False):
    parent_match_id: int | str
    home_team: str
    away_team: str
    start_time: LocalTime
    competition_name: str
    category: str
    sport_id: int | str
    odds: list[Group]
    is_esport: Flag = False
    is_srl: Flag = False
    bet_status: str = OPEN
    current_score: object = None


class LiveOdd(Odd, kw_only=True, gc=False):
    odd_active: Flag
    market_active: Flag


class LiveGroup(Group, kw_only=True, gc=False):
    odds: list[LiveOdd]  # type: ignore[assignment]
    market_active: Flag


class LiveMatch(Match, kw_only=True, gc=False):
    odds: list[LiveGroup]  # type: ignore[assignment]
    bet_status: str


class Paging(Struct):
    total: object = None
    limit: object = None


class Matches(Struct, Generic[Row]):
    data: list[Row]
    meta: Paging | None = None


def start(job: Job) -> Iterator[Request]:
    period = {"period_id": job.period} if job.source == "upcoming" else {}
    for market in job.markets:
        yield ask(ENDPOINTS[job.source], {**period, "sub_type_id": SUB_TYPES[market]})


def parse(payload: Payload, job: Job) -> Iterator[Found]:
    form = LiveMatch if job.source == "live" else Match
    answer = decode_rows(payload, Matches, form)
    yield from each(answer.data, form, partial(quotes_of, payload, job), payload)
    if answer.meta is not None and payload.request.params["page"] == "1":
        yield from further_pages(payload.request, answer.meta.total, answer.meta.limit)


def quotes_of(payload: Payload, job: Job, match: Match) -> list[Found]:
    if str(match.sport_id) != FOOTBALL or match.is_esport not in OFF or match.is_srl not in OFF:
        return []
    event = listed(
        job,
        payload,
        event_id=match.parent_match_id,
        betradar=match.parent_match_id,
        teams=(match.home_team, match.away_team),
        league=(match.competition_name, match.category),
        kickoff=nairobi_time(match.start_time),
        score=score(match.current_score),
    )
    found: list[Found] = []
    for group in match.odds:
        found += quotes(payload, job, event, TABLES.get(str(group.sub_type_id)), offers_of(match, group))
    return found


def offers_of(match: Match, group: Group) -> list[Offer]:
    is_open = match.bet_status == OPEN and group.market_active not in OFF
    return [
        (odd.display, odd.odd_value, is_open and odd.odd_active not in OFF and odd.market_active not in OFF)
        for odd in group.odds
    ]


BOOKIEALPHA: Final = Bookmaker(
    name="BookieAlpha",
    periods={"-1": 0, "1": 1, "2": 2, "3": 3, "4": 4},
    markets={"upcoming": tuple(SUB_TYPES), "live": tuple(SUB_TYPES)},
    steps={"upcoming": ("matches",), "live": ("live",)},
    start=start,
    parsers={"matches": parse, "live": parse},
    search_fields={"id": "id", "start_time": "kickoff", "competition_name": "competition"},
)
