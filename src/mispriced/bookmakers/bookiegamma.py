"""Odds of BookieGamma: upcoming, the competitions of a day and the matches of each; live, one list.

Prices are strings, kick-off is local Nairobi time without a zone, flags are numbers or strings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from msgspec import Raw, Struct

from mispriced.bookmakers.contract import Bookmaker, Found, Rejected, decode, each
from mispriced.bookmakers.fields import OFF, LocalTime, days_of, nairobi_time, score
from mispriced.bookmakers.listing import Offer, Words, ask, listed, quotes
from mispriced.domain.names import is_virtual
from mispriced.exchange import Job, Limits, Payload, Request

TABLES: Final[Mapping[str, Words]] = {  # by sub type: Betradar's number of the market
    "1": ("three_way", {"1": "1", "X": "X", "2": "2"}),
    "29": ("btts", {"Yes": "yes", "No": "no"}),
    "10": ("double_chance", {"1 or X": "1X", "1 or 2": "12", "X or 2": "X2"}),
}
SUB_TYPES: Final = {market: sub_type for sub_type, (market, _) in TABLES.items()}
SITE: Final = {"sport_id": "soccer", "sportsbook": "sportsbook"}
EVENTS: Final = {"resource": "sportevents", "platform": "mobile", "mode": "1", "sport_id": "1"}
ENDPOINTS: Final = {  # the sport is a word at the first address and a number at the second
    "competitions": Request(step="competitions", path="/sportsbook/v1", params={"resource": "sport", **SITE}),
    "live": Request(step="live", path="/sportsbook/v1", params={"resource": "live", **SITE}),
    "matches": Request(step="matches", path="/odi/sportsbook", params=EVENTS),
}


class Outcome(Struct, gc=False):
    outcome_key: str
    odd_value: object
    active: int | str
    status: int | str = 1


class Line(Struct, gc=False):
    outcomes: list[Outcome]


class Table(Struct, gc=False):
    sub_type_id: int | str
    lines: list[Line] | None = None  # upcoming
    outcomes: list[Outcome] | None = None  # live
    status: int | str = 1


class Match(Struct, gc=False):
    parent_match_id: int | str
    home_team: str
    away_team: str
    start_time: LocalTime
    competition_name: str
    category_name: str
    markets: list[Table]
    current_score: object = None
    result: object = None


class Competition(Struct):
    competition_id: int | str
    competition_name: str


class League(Struct):
    matches: list[Raw]


class Lists(Struct):
    competitions: list[Raw] | None = None
    leagues: list[Raw] | None = None
    matches: list[Raw] | None = None


class Answer(Struct):
    status_code: int | str
    data: Lists


def start(job: Job) -> Iterator[Request]:
    live = [ask(ENDPOINTS["live"], {"sub_type_id": SUB_TYPES[market]}) for market in job.markets]
    upcoming = [ask(ENDPOINTS["competitions"], {"day": str(day)}) for day in days_of(job)]
    yield from live if job.source == "live" else upcoming


def parse_competitions(payload: Payload, job: Job) -> Iterator[Found]:
    def requests_of(competition: Competition) -> Iterator[Request]:
        of_it = {"day": payload.request.params["day"], "competition_id": str(competition.competition_id)}
        for market in () if is_virtual(competition.competition_name) else job.markets:
            yield ask(ENDPOINTS["matches"], {**of_it, "sub_type_id": SUB_TYPES[market]})

    yield from each(rows_of(payload, "competitions"), Competition, requests_of)


def parse_matches(payload: Payload, job: Job) -> Iterator[Found]:
    leagues, read_match = rows_of(payload, "leagues"), partial(quotes_of, payload, job)
    yield from each(leagues, League, lambda one: each(one.matches, Match, read_match, payload))


def parse_live(payload: Payload, job: Job) -> Iterator[Found]:
    yield from each(rows_of(payload, "matches"), Match, partial(quotes_of, payload, job), payload)


def rows_of(payload: Payload, name: str) -> list[Raw]:
    answer = decode(payload, Answer)
    if str(answer.status_code) != "200" or (rows := getattr(answer.data, name)) is None:
        raise Rejected(f"{payload.request.step}: status {answer.status_code!r:.20}, or no data.{name}")
    return list(rows)


def quotes_of(payload: Payload, job: Job, match: Match) -> list[Found]:
    event = listed(
        job,
        payload,
        event_id=match.parent_match_id,
        betradar=match.parent_match_id,
        teams=(match.home_team, match.away_team),
        league=(match.competition_name, match.category_name),
        kickoff=nairobi_time(match.start_time),
        score=score(match.current_score or match.result),
        by_day=job.source == "upcoming",
    )
    offered = ((TABLES.get(str(table.sub_type_id)), offers_of(table)) for table in match.markets)
    return [found for words, offers in offered for found in quotes(payload, job, event, words, offers)]


def offers_of(table: Table) -> list[Offer]:
    if table.lines is None and table.outcomes is None:
        raise ValueError(f"market {table.sub_type_id} has neither lines nor outcomes")
    return [
        (one.outcome_key, one.odd_value, OFF.isdisjoint((table.status, one.status, one.active)))
        for one in table.outcomes or [one for line in table.lines or () for one in line.outcomes]
    ]


BOOKIEGAMMA: Final = Bookmaker(
    name="BookieGamma",
    periods={"0": 0, "1": 1, "2": 2, "3": 3, "4": 4},
    markets={"upcoming": tuple(SUB_TYPES), "live": tuple(SUB_TYPES)},
    steps={"upcoming": ("competitions", "matches"), "live": ("live",)},
    start=start,
    parsers={"competitions": parse_competitions, "matches": parse_matches, "live": parse_live},
    limits=Limits(connections=50, per_second=10),  # the site answers 429 above this
    cached={"competitions": "competition_ids"},
)
