"""The TheSports football API: what is asked of it, and what its answers hold. Never asks.

A request names no credentials: they stand in the site's address (`address`), which the door adds to
every call, so that no request, payload, origin or log line has them. Times are seconds since 1970.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import urlencode

from mispriced.bookmakers.contract import Skipped
from mispriced.domain.state import Status
from mispriced.exchange import Payload, Request
from mispriced.livedata.answers import Answer, answered, read_list
from mispriced.livedata.forms import Competition, Country, Details, LiveMatch, Team
from mispriced.livedata.odds import parse_odds, parse_odds_live
from mispriced.livedata.words import check_status

Step = Literal["live", "details", "odds", "odds_live", "team", "competition", "country"]
PATHS: Final[Mapping[Step, str]] = {
    "live": "/match/detail_live",
    "details": "/match/recent/list",
    "odds": "/odds/history",
    "odds_live": "/odds/live",
    "team": "/team/additional/list",
    "competition": "/competition/additional/list",
    "country": "/country/list",
}
OF_ONE: Final[frozenset[Step]] = frozenset({"details", "odds", "team", "competition"})
"""Steps that ask for one item by its id; several ids in a call are refused by the API."""
ODDS_PER_MINUTE: Final = 120
"""Calls of `odds` that the API allows; beyond it the address is blocked."""

# When the half being played began, in minutes of the match.
BEGINS: Final[Mapping[Status, int]] = {"first_half": 0, "second_half": 45, "overtime": 90}


def address(base_url: str, user: str, secret: str) -> str:
    """Return the site's address with the credentials in its query: a secret, whole.

    >>> address("https://api.example/v1/football", "me", "a&b")
    'https://api.example/v1/football?user=me&secret=a%26b'
    """
    return f"{base_url}?{urlencode({'user': user, 'secret': secret})}"


def ask(step: Step, uuid: str = "") -> Request:
    """Return the request of a step; `uuid` is the id of the match, team or competition.

    Raises: ValueError when a step of one item has no id, or another step has one.

    >>> str(ask("details", "y0or5jh8l922qwz"))
    'GET /match/recent/list?uuid=y0or5jh8l922qwz'
    """
    if (step in OF_ONE) != bool(uuid):
        raise ValueError(f"{step} {'needs' if step in OF_ONE else 'takes no'} id, got {uuid!r}")
    return Request(step=step, path=PATHS[step], params={"uuid": uuid} if uuid else {})


def parse_live(payload: Payload) -> Answer[LiveMatch]:
    """Return the matches of the live list, each once; two that differ under one id are left out."""

    def check(match: LiveMatch) -> None:
        check_status(match.score.status_id)
        if match.score.match_id != match.id:
            raise ValueError(f"match {match.id} has the score of {match.score.match_id}")

    answer = read_list(payload, LiveMatch, check)
    times = Counter(match.id for match in answer.found)
    if times.total() == len(times):
        return answer
    kept = {match.id: match for match in answer.found}
    torn = {match.id for match in answer.found if kept[match.id] != match}
    found = [match for match in kept.values() if match.id not in torn]
    why = [Skipped(f"live: match {one} is listed twice and differs") for one in sorted(torn)]
    return answered(found, [*answer.skipped, *why])


def parse_details(payload: Payload) -> Answer[Details]:
    """Return the details of the match that was asked for."""

    def check(details: Details) -> None:
        _check_asked(payload, details.id)
        check_status(details.status_id)
        if details.home_team_id == details.away_team_id:
            raise ValueError(f"home and away of {details.id} are both team {details.home_team_id}")

    return read_list(payload, Details, check)


def parse_team(payload: Payload) -> Answer[Team]:
    """Return the team that was asked for."""
    return read_list(payload, Team, lambda team: _check_asked(payload, team.id))


def parse_competition(payload: Payload) -> Answer[Competition]:
    """Return the competition that was asked for."""
    return read_list(payload, Competition, lambda competition: _check_asked(payload, competition.id))


def parse_country(payload: Payload) -> Answer[Country]:
    """Return all countries; a competition names its own by id."""
    return read_list(payload, Country)


def minute(status: Status, half_started_at: int, now: datetime) -> int | None:
    """Return the minute being played, from 1, injury time counted on; None where it is not known.

    Source: the vendor's formula.

    >>> minute("second_half", 1748452491, datetime.fromtimestamp(1748452491 + 61, UTC))
    47
    """
    played_s = int(now.timestamp()) - half_started_at
    if status not in BEGINS or not half_started_at or played_s < 0:
        return None
    return BEGINS[status] + played_s // 60 + 1


def moment(seconds: int) -> datetime:
    """Return a time of the API as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)


PARSERS: Final[Mapping[Step, Callable[[Payload], Answer[Any]]]] = {
    "live": parse_live,
    "details": parse_details,
    "odds": parse_odds,
    "odds_live": parse_odds_live,
    "team": parse_team,
    "competition": parse_competition,
    "country": parse_country,
}


def _check_asked(payload: Payload, found: str) -> None:
    asked = payload.request.params.get("uuid", found)
    if found != asked:
        raise ValueError(f"{found} was not asked for, {asked} was")
