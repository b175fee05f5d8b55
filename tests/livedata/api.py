"""Answers in the API's shapes, for tests: one small cycle, and the recorded one read by the parsers."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from mispriced.exchange import Payload
from mispriced.livedata.odds import parse_odds
from mispriced.livedata.provider import (
    PARSERS,
    ask,
    parse_competition,
    parse_country,
    parse_details,
    parse_live,
    parse_team,
)
from mispriced.livedata.snapshot import Snapshot

SEEN_AT = datetime(2025, 5, 28, 17, 30, 17, tzinfo=UTC)
SEEN = int(SEEN_AT.timestamp())
NOTHING = [0, 0, 0, 0, 0, 0, 0]
UNAUTHORISED = {"err": "Unauthorized access, please contact our business staff."}


def payload(step, body, uuid="", seen_at=SEEN_AT):
    """Return the payload of an answer given as JSON values, text or bytes."""
    if isinstance(body, Raw):
        body = bytes(body)
    elif not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    return Payload.of(ask(step, uuid), body, seen_at)


def read(step, body, uuid=""):
    """Return what the step's parser makes of the answer."""
    return PARSERS[step](payload(step, body, uuid))


def results(items):
    return {"code": 0, "results": items}


def live_item(match_id="m1", status=2, home=NOTHING, away=NOTHING, started=SEEN - 600, **more):
    score = [match_id, status, home, away, started, ""]
    return {"id": match_id, "score": score, "stats": [], "incidents": [], "tlive": [], **more}


def details_item(match_id="m1", home_team="h1", away_team="a1", **more):
    return {
        "id": match_id,
        "season_id": "",
        "competition_id": "c1",
        "home_team_id": home_team,
        "away_team_id": away_team,
        "status_id": 2,
        "match_time": SEEN - 660,
        "home_scores": NOTHING,
        "away_scores": NOTHING,
        "home_position": "",
        "away_position": "",
        "updated_at": SEEN - 60,
        **more,
    }


def row(minute="4", first=1.9, second=3.5, third=4.0, at=SEEN - 60, status=2, sealed=0, score="0-0"):
    return [at, minute, first, second, third, status, sealed, score]


class Recorded(Struct):
    """The recorded cycle; its odds, 40 MB, are not decoded."""

    live_matches: Any
    match_details: dict[str, Any]
    match_odds: dict[str, Raw]
    team_info: dict[str, Any]
    competition_info: dict[str, Any]
    countries: Any


def recorded_bodies(folder: Path):
    """Return the recorded cycle: the names of the original's document -> the answers."""
    with gzip.open(folder / "recorded/thesports/step1_output_20250528_173215.json.gz") as file:
        return msgspec.structs.asdict(msgspec.json.decode(file.read(), type=Recorded))


def snapshot(bodies, seen_at=SEEN_AT, **more):
    """Return the snapshot of answers under the names of the original's document."""
    skipped = []

    def answer(parse, step, body, uuid=""):
        read = parse(payload(step, body, uuid, seen_at))
        skipped.extend(read.skipped)
        return read

    def found(*args):
        return answer(*args).found

    def each(parse, step, name):
        answers = {key: found(parse, step, body, key) for key, body in bodies.get(name, {}).items()}
        return {key: items[0] for key, items in answers.items() if items}

    odds = {key: found(parse_odds, "odds", one, key) for key, one in bodies.get("match_odds", {}).items()}
    live = answer(parse_live, "live", bodies["live_matches"])
    return Snapshot(
        seen_at=seen_at,
        live=live.found,
        listed=live.listed,
        details=each(parse_details, "details", "match_details"),
        odds=odds,
        teams=each(parse_team, "team", "team_info"),
        competitions=each(parse_competition, "competition", "competition_info"),
        countries={one.id: one for one in found(parse_country, "country", bodies["countries"])},
        skipped=tuple(skipped),
        **more,
    )


def bodies(live, details=None, odds=None, teams=None, competitions=None, countries=None):
    """Return the answers of a small cycle from its items, under the original's names."""
    details = [details_item(one["id"]) for one in live] if details is None else details
    names = {one[key] for one in details for key in ("home_team_id", "away_team_id")}
    teams = {name: {"id": name, "name": name.upper()} for name in names} if teams is None else teams
    competitions = [{"id": "c1", "name": "Cup", "country_id": "n1"}] if competitions is None else competitions
    countries = [{"id": "n1", "name": "Finland"}] if countries is None else countries
    return {
        "live_matches": results(live),
        "match_details": {one["id"]: results([one]) for one in details},
        "match_odds": {key: results(one) for key, one in (odds or {}).items()},
        "team_info": {key: results([one]) for key, one in teams.items()},
        "competition_info": {one["id"]: results([one]) for one in competitions},
        "countries": results(countries),
    }
