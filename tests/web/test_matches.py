"""Matches and odds, by the API."""

import pytest

from tests.web.conftest import MARKUP


def test_matches_come_by_kickoff_with_listings_and_score(standing):
    rows = standing.get("/api/v1/events").json["items"]
    assert [(one["match_id"], one["sources"]) for one in rows] == [
        ("m3", ["live"]), ("m1", ["upcoming"]), ("m2", ["upcoming"]),
    ]  # fmt: skip
    assert rows[0]["home"] == MARKUP
    state = {name: rows[0]["state"][name] for name in ("status", "score", "by", "minute")}
    assert state == {"status": "in_play", "score": [1, 0], "by": rows[0]["state"]["by"], "minute": None}
    assert rows[0]["state"]["by"] in ("BookieAlpha", "BookieDelta")
    assert rows[1]["state"] is None
    listed = [(one["bookmaker"], one["event_id"], one["home"]) for one in rows[1]["listed"]]
    assert listed == [("BookieAlpha", "1", "Valencia"), ("BookieBeta", "2", "Valencia")]


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("source=upcoming", ["m1", "m2"]),
        ("bookmaker=BookieGamma", ["m2"]),
        ("competition=premier%20league", ["m3", "m2"]),
        ("kickoff_from=2099-01-01T00:00:00Z", []),
        ("kickoff_to=2099-01-01T00:00:00", ["m3", "m1", "m2"]),
    ],
)
def test_matches_are_narrowed(standing, query, matches):
    assert [one["match_id"] for one in standing.get(f"/api/v1/events?{query}").json["items"]] == matches


def test_parts_by_cursor_are_all_odds(standing):
    whole = standing.get("/api/v1/odds").json["items"]
    parts = [standing.get("/api/v1/odds?limit=2").json]
    while parts[-1]["next"]:
        parts.append(standing.get(f"/api/v1/odds?limit=2&cursor={parts[-1]['next']}").json)
    assert [one for part in parts for one in part["items"]] == whole
    assert len(parts) == 4
    assert len(whole) == 7
    gamma = next(one for one in whole if one["bookmaker"] == "BookieGamma")
    assert (gamma["prices"], gamma["suspended"], gamma["state"]) == ({"1": 2.4, "X": 3.4}, ["2"], "fresh")


@pytest.mark.parametrize(
    ("query", "number"),
    [("match_id=m1", 3), ("match_id=m1&match_id=m3", 5), ("market=double_chance", 1), ("state=stale", 0),
     ("source=live&bookmaker=BookieDelta", 1)],
)  # fmt: skip
def test_odds_are_narrowed(standing, query, number):
    assert len(standing.get(f"/api/v1/odds?{query}").json["items"]) == number


def test_one_match_has_all_that_is_offered_and_stands_on_it(standing):
    found = standing.get("/api/v1/events/m1").json
    assert found["event"]["competition"] == "LaLiga"
    assert found["offers"] == standing.get("/api/v1/odds?match_id=m1").json["items"]
    assert [one["match_id"] for one in found["opportunities"]] == ["m1"]


@pytest.mark.parametrize("path", ["/api/v1/events/m9", "/api/v1/odds?match_id=m9"])
def test_a_match_that_is_none_is_not_found_and_says_what_there_is(standing, path):
    answer = standing.get(path)
    assert answer.status == 404
    assert "unknown match 'm9'; allowed: m3, m1, m2" in answer.json["detail"]
