"""Odds of BookieAlpha: one list of matches for each market, in pages; live ones from a second host.

Prices are decimal odds as strings; kick-off is local Nairobi time without a zone. Live answers have
numbers where upcoming ones have strings. E-sports and simulated matches are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from msgspec import Raw, Struct

from mispriced.bookmakers.contract import Bookmaker, Found, decode, each
from mispriced.bookmakers.fields import LocalTime, is_on, nairobi_time, score
from mispriced.bookmakers.listing import Words, ask, further_pages, listed, quotes
from mispriced.ports import Job, Payload, Request

PERIODS: Final = {"-1": 0, "1": 1, "2": 2, "3": 3, "4": 4}
FOOTBALL: Final = "14"
TABLES: Final[Mapping[str, Words]] = {  # by sub type: Betradar's number of the market
    "1": ("three_way", {"1": "1", "x": "X", "2": "2"}),
    "29": ("btts", {"yes": "yes", "no": "no"}),
    "10": ("double_chance", {"1/x": "1X", "1/2": "12", "x/2": "X2"}),
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
OPEN: Final = ("STARTED", "")  # of `bet_status`, which upcoming matches do not have

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
    bet_status: str = ""
    current_score: object = None


class LiveOdd(Odd, kw_only=True, gc=False):
    odd_active: Flag
    market_active: Flag


class LiveGroup(Group, kw_only=True, gc=False):
    odds: list[LiveOdd]  # type: ignore[assignment]


class LiveMatch(Match, kw_only=True, gc=False):
    odds: list[LiveGroup]  # type: ignore[assignment]
    bet_status: str


class Paging(Struct):
    total: object = None
    limit: object = None


class Matches(Struct):
    data: list[Raw]
    meta: Paging | None = None


def start(job: Job) -> Iterator[Request]:
    period = {"period_id": job.period} if job.source == "upcoming" else {}
    for market in job.markets:
        yield ask(ENDPOINTS[job.source], {**period, "sub_type_id": SUB_TYPES[market]})


def parse(payload: Payload, job: Job) -> Iterator[Found]:
    answer = decode(payload, Matches)
    form = LiveMatch if job.source == "live" else Match
    yield from each(answer.data, form, partial(quotes_of, payload, job))
    if answer.meta is not None and payload.request.params["page"] == "1":
        yield from further_pages(payload.request, answer.meta.total, answer.meta.limit)


def quotes_of(payload: Payload, job: Job, match: Match) -> Iterable[Found]:
    if str(match.sport_id) != FOOTBALL or is_on(match.is_esport) or is_on(match.is_srl):
        return
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
    for group in match.odds:
        is_open = match.bet_status in OPEN and is_on(group.market_active)
        offers = (
            (odd.display, odd.odd_value, is_open and is_on(odd.odd_active) and is_on(odd.market_active))
            for odd in group.odds
        )
        yield from quotes(payload, job, event, TABLES.get(str(group.sub_type_id)), offers)


BOOKIEALPHA: Final = Bookmaker(
    name="BookieAlpha",
    periods=PERIODS,
    markets={"upcoming": tuple(SUB_TYPES), "live": tuple(SUB_TYPES)},
    steps={"upcoming": ("matches",), "live": ("live",)},
    start=start,
    parsers={"matches": parse, "live": parse},
)
