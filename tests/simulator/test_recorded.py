import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from mispriced.domain.model import Source
from mispriced.errors import Usage
from mispriced.simulator.answers import Answer, Call
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.server import load_recorded

MAY_12 = datetime(2026, 5, 12, 8, tzinfo=UTC)
MAY_13 = datetime(2026, 5, 13, 12, tzinfo=UTC)
AUGUST_30 = datetime(2026, 8, 30, 14, 42, 50, tzinfo=UTC)
MATCHES = b'{"data": [ {"parent_match_id": "61624652"} ],\n "meta": {"total": "655"}}'
GAMES = b'[ {"id": 1, "betradarId": 61624652} ]'
MARKETS = b'{ "1": [], "2": [] }'
LIVE_MARKETS = b'{"markets": [ {"eventId": 1}, {"eventId": 2} ]}'
FILES = {"matches.json": MATCHES, "games.json": GAMES, "markets.json": MARKETS, "live.json": LIVE_MARKETS}


def route(
    bookmaker: str, source: str, step: str, path: str, file: str, at: datetime = MAY_12
) -> dict[str, str]:
    return {
        "bookmaker": bookmaker,
        "source": source,
        "step": step,
        "path": path,
        "file": file,
        "recorded_at": at.isoformat(),
    }


ROUTES = [
    route("BookieAlpha", "upcoming", "matches", "/v1/uo/matches", "matches.json"),
    route("BookieDelta", "upcoming", "games", "/api/upcoming/games", "games.json"),
    route("BookieDelta", "upcoming", "markets", "/api/games/markets", "markets.json"),
    route("BookieDelta", "live", "live_markets", "/api/live/event/markets", "live.json", AUGUST_30),
]


def recordings(routes: list[dict[str, str]] | None = None, with_refs: bool = True) -> Recorded:
    listed = {"note": "", "routes": ROUTES if routes is None else routes}
    return Recorded(json.dumps(listed).encode(), FILES.__getitem__, with_refs)


def ask(
    scenario: Recorded,
    bookmaker: str,
    path: str,
    params: Mapping[str, str] = {},
    now: datetime = MAY_12,
    source: Source = "upcoming",
) -> bytes:
    answer = scenario.answer(Call(bookmaker, source, path, params), now)
    assert answer is not None
    return answer.body


def test_a_body_is_served_as_it_was_recorded():
    scenario = recordings()
    for params in ({}, {"page": "1", "limit": "100", "sub_type_id": "29", "period_id": "3"}):
        call = Call("BookieAlpha", "upcoming", "/v1/uo/matches", params)
        assert scenario.answer(call, MAY_12) == Answer(MATCHES, MAY_12)
    assert ask(scenario, "BookieDelta", "/api/upcoming/games", {"pag_min": "1"}) == GAMES
    assert ask(scenario, "BookieDelta", "/api/games/markets", {"games": "2,1,3"}) == MARKETS


def test_past_the_last_event_is_an_empty_page_of_the_same_shape():
    scenario = recordings()
    page = ask(scenario, "BookieAlpha", "/v1/uo/matches", {"page": "2"})
    assert json.loads(page) == {"data": [], "meta": {"total": "655"}}
    assert ask(scenario, "BookieDelta", "/api/upcoming/games", {"pag_min": "51"}) == b"[]"


def test_ids_that_are_not_in_the_file_are_absent():
    scenario = recordings()
    assert json.loads(ask(scenario, "BookieDelta", "/api/games/markets", {"games": "2,3"})) == {"2": []}
    assert json.loads(ask(scenario, "BookieDelta", "/api/games/markets", {"games": "3"})) == {}
    path, params = "/api/live/event/markets", {"eventId": "2,3"}
    body = ask(scenario, "BookieDelta", path, params, AUGUST_30, "live")
    assert json.loads(body) == {"markets": [{"eventId": 2}]}


def test_a_file_of_another_date_is_not_served():
    scenario = recordings()
    call = Call("BookieAlpha", "upcoming", "/v1/uo/matches", {})
    assert scenario.answer(call, MAY_13) == Answer(b'{"data":[],"meta":{"total":"0"}}')
    assert ask(scenario, "BookieDelta", "/api/live/event/markets", {"eventId": "1"}, MAY_12, "live") == (
        b'{"markets":[]}'
    )


def test_a_step_without_a_file_is_empty_and_another_path_is_none():
    scenario = recordings(ROUTES[:1])
    assert ask(scenario, "BookieDelta", "/api/games/markets", {"games": "1"}) == b"{}"
    assert scenario.answer(Call("BookieDelta", "upcoming", "/api/navigation", {}), MAY_12) is None


def test_the_list_of_games_is_served_at_each_of_its_addresses():
    scenario = recordings([route("BookieDelta", "upcoming", "games", "/api/todays/1/games", "games.json")])
    assert ask(scenario, "BookieDelta", "/api/upcoming/games") == GAMES
    assert ask(scenario, "BookieDelta", "/api/todays/1/games") == GAMES


def test_each_date_stands_at_its_last_recording():
    assert recordings().dates() == [(date(2026, 5, 12), MAY_12), (date(2026, 8, 30), AUGUST_30)]
    assert recordings().sites() == {
        ("BookieAlpha", "upcoming"),
        ("BookieDelta", "upcoming"),
        ("BookieDelta", "live"),
    }


def test_without_refs_no_id_is_shared_and_each_is_still_its_own():
    scenario = recordings(with_refs=False)
    assert json.loads(ask(scenario, "BookieAlpha", "/v1/uo/matches"))["data"] == [
        {"parent_match_id": "561624652"}
    ]
    assert json.loads(ask(scenario, "BookieDelta", "/api/upcoming/games")) == [{"id": 1, "betradarId": 0}]


def test_routes_that_are_none_are_refused():
    with pytest.raises(Usage, match=r"routes\.json: "):
        Recorded(b'{"routes": [{"bookmaker": "BookieAlpha"}]}', FILES.__getitem__)


def test_a_directory_without_routes_is_refused(tmp_path: Path):
    with pytest.raises(Usage, match="No such file"):
        load_recorded(tmp_path)


def test_the_real_recordings_are_served_byte_by_byte(shared_data: Path):
    folder = shared_data / "recorded" / "bookmakers"
    scenario = load_recorded(folder)
    events: dict[str, Any] = {
        "markets": {"games": "8887261"},
        "live_markets": {"eventId": "1702585,1702591,1702597"},
    }
    assert len(scenario.routes) == 8
    for one in scenario.routes:
        call = Call(one.bookmaker, one.source, one.path, events.get(one.step, {}))
        expected = Answer((folder / one.file).read_bytes(), one.recorded_at)
        assert scenario.answer(call, one.recorded_at) == expected
    assert [moment for _, moment in scenario.dates()] == [
        MAY_12,
        MAY_13,
        datetime(2026, 5, 14, 12, tzinfo=UTC),
        AUGUST_30,
    ]
