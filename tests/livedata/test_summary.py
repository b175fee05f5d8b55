"""A match as a flat record: the original's fields, right, then ours."""

import json

import msgspec
import pytest

from mispriced.livedata.environment import Conditions
from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.snapshot import assemble
from mispriced.livedata.summary import summaries, summarise
from mispriced.livedata.times import NEW_YORK
from mispriced.livedata.words import PHASES
from tests.livedata.api import SEEN, SEEN_AT, bodies, details_item, live_item, row, snapshot

EARLY = row("3", 1.66, 3.4, 5.5)
LATE = row("30", 1.5, 4.0, 6.0, at=SEEN - 5)


def summed(*live, source="api", **more):
    read = snapshot(bodies(list(live), **more), source=source)
    matches, skipped = assemble(read)
    return json.loads(
        msgspec.json.encode(summaries(read, matches, skipped, now=SEEN_AT, zone=NEW_YORK, took_s=0.5))
    )


def one(*live, **more):
    (found,) = summed(*live, **more)["summaries"]
    return found


GOLDEN = {
    "match_id": "m1",
    "home": "H1",
    "away": "A1",
    "home_id": "h1",
    "away_id": "a1",
    "score": "0-0",
    "status_id": 2,
    "competition": "Cup",
    "competition_id": "c1",
    "country": "Finland",
    "match_time": SEEN - 660,
    "kickoff": "2025-05-28T17:19:17Z",
    "venue": None,
    "home_position": "3",
    "away_position": None,
    "status": 2,
    "money_line": [EARLY],
    "money_line_american": [[*EARLY[:2], "-152", "+240", "+450", *EARLY[5:]]],
    "spread": [],
    "spread_american": [],
    "over_under": [],
    "over_under_american": [],
    "corners": [],
    "corners_american": [],
    "odds_company_id": "2",
    "odds_company_name": "BET365",
    "odds": {
        "2": {
            "name": "BET365",
            "money_line": [EARLY],
            "spread": [],
            "over_under": [],
            "corners": [],
            "latest": {"money_line": LATE},
            "latest_american": {"money_line": [*LATE[:2], "-200", "+300", "+500", *LATE[5:]]},
        }
    },
    "environment": {
        "weather": 1,
        "weather_description": "Partially cloudy",
        "temperature": "12°C",
        "temperature_fahrenheit": "53.6°F",
        "humidity": "75%",
        "wind_speed": "1.1m/s",
        "wind_speed_mph": "2.5mph",
        "pressure": "771mmHg",
    },
    "events": [
        {"type": 1, "name": "goal", "minute": 9, "side": "away", "score": "0-1", "player": "X"},
        {"type": 28, "name": "video assistant referee", "minute": 10},
    ],
    "v": 3,
    "source": "api",
    "seen_at": "2025-05-28T17:30:17Z",
    "status_name": "first_half",
    "status_description": "First half",
    "minute": 11,
    "scores": {
        "regular": {"home": 0, "away": 0},
        "half_time": {"home": 0, "away": 0},
        "overtime": None,
        "penalties": None,
    },
    "red_cards": {"home": 0, "away": 0},
    "yellow_cards": {"home": 0, "away": 0},
    "corner_count": {"home": 0, "away": 0},
    "latest": {"money_line": LATE},
    "latest_american": {"money_line": [*LATE[:2], "-200", "+300", "+500", *LATE[5:]]},
    "statistics": [{"type": 22, "name": "shots off target", "home": 0, "away": 1}],
}


def test_a_record_has_the_originals_fields_in_its_order_then_ours(shared_data):
    incidents = [
        {"type": 1, "position": 2, "time": 9, "home_score": 0, "away_score": 1, "player_name": "X"},
        {"type": 28, "position": 0, "time": 10, "var_reason": 2},
    ]
    environment = {
        "weather": 1, "pressure": "771mmHg", "temperature": "12°C", "wind": "1.1m/s", "humidity": "75%"
    }  # fmt: skip
    found = one(
        live_item(incidents=incidents, stats=[{"type": 22, "home": 0, "away": 1}]),
        details=[details_item(home_position="3", environment=environment)],
        odds={"m1": {"2": {"eu": [LATE, EARLY]}}},
    )
    assert found == GOLDEN
    recorded = json.loads((shared_data / "recorded/thesports/step2_sample_2025-06-10_v2.json").read_text())
    theirs = list(recorded["summaries"][0])
    assert list(found)[: len(theirs)] == theirs
    assert list(found["environment"]) == list(recorded["summaries"][0]["environment"])


# Of each status what it changes: minute, score, scores by phase. Two goals to one, 90 s into a half.
HOME, AWAY = [1, 1, 0, 2, 5, 2, 4], [1, 0, 1, 3, -1, 1, 3]
BY_STATUS = {
    0: ("abnormal", None), 1: ("not_started", None), 2: ("first_half", 2), 3: ("half_time", None),
    4: ("second_half", 47), 5: ("overtime", 92), 6: ("overtime", 92), 7: ("penalties", None),
    8: ("ended", None), 9: ("delayed", None), 10: ("interrupted", None), 11: ("cut", None),
    12: ("cancelled", None), 13: ("undecided", None),
}  # fmt: skip


@pytest.mark.parametrize("status_id", PHASES)
def test_each_status_has_its_record(status_id):
    found = one(live_item("m1", status_id, HOME, AWAY, SEEN - 90))
    status_name, minute = BY_STATUS[status_id]
    changed = {
        "score": "2-1",
        "status_id": status_id,
        "status": status_id,
        "status_name": status_name,
        "status_description": PHASES[status_id].description,
        "minute": minute,
        "scores": {
            "regular": {"home": 1, "away": 1},
            "half_time": {"home": 1, "away": 0},
            "overtime": {"home": 2, "away": 1},
            "penalties": {"home": 4, "away": 3},
        },
        "red_cards": {"home": 0, "away": 1},
        "yellow_cards": {"home": 2, "away": 3},
        "corner_count": None,
    }
    nothing: dict[str, object] = {
        "home_position": None, "odds_company_id": None, "odds_company_name": None, "odds": {}, "events": [],
        "money_line": [], "money_line_american": [], "latest": {}, "latest_american": {}, "statistics": [],
        "environment": dict.fromkeys(Conditions.__struct_fields__),
    }  # fmt: skip
    assert found == GOLDEN | nothing | changed


def test_0_is_a_status_and_not_missing():
    found = summed(live_item(status=0))
    assert found["summaries"][0]["status_id"] == 0
    assert found["metadata"]["total_matches"] == 1


def test_the_document_says_what_was_left_out_and_why():
    live = [live_item("m1"), live_item("m2"), live_item("b1", home=[0])]
    found = summed(*live, details=[details_item("m1")])
    assert found["metadata"] == {
        "total_matches": 1,
        "timestamp": "2025-05-28T17:30:17Z",
        "source": "api",
        "processing_time": "0.50 seconds",
    }
    processing = found["step2_processing_summary"]
    assert [one["reason"] for one in processing.pop("skipped")] == [
        "live: Expected `array` of at least length 7, got 1 - at `$.score[2]`",
        "match m2: its details were not read",
    ]
    assert processing == {
        "source": "api",
        "processed_at": "05/28/2025 01:30:17 PM EDT",
        "total_matches_processed": 1,
        "matches_with_odds": 0,
        "matches_left_out": 2,
        "processing_time": "0.50 seconds",
    }


def test_a_fallback_is_marked_at_every_level():
    found = summed(live_item(), source="fallback")
    marks = [found["metadata"], found["step2_processing_summary"], *found["summaries"]]
    assert [one["source"] for one in marks] == ["fallback"] * 3
    assert found["banner"] == FALLBACK_BANNER
    assert "banner" not in summed(live_item())


def test_every_recorded_match_is_flat_with_the_recordings_score(recorded, recorded_snapshot):
    matches, skipped = assemble(recorded_snapshot)
    found = [summarise(match) for match in matches]
    assert (len(found), skipped) == (102, [])
    expected = {}
    for item in recorded["live_matches"]["results"]:
        home, away = item["score"][2:4]
        details = recorded["match_details"][item["id"]]["results"][0]
        if details["updated_at"] > SEEN:
            home, away = details["home_scores"], details["away_scores"]
        expected[item["id"]] = f"{home[0]}-{away[0]}"  # nothing recorded went to overtime goals
    assert {one.match_id: one.score for one in found} == expected
    assert sum(one.score != "0-0" for one in found) == 69
    assert sum(one.odds_company_id is not None for one in found) == 88


def test_every_recorded_match_has_its_country_by_id(recorded, recorded_snapshot):
    names = {one["id"]: one["name"] for one in recorded["countries"]["results"]}
    competitions = {key: body["results"][0] for key, body in recorded["competition_info"].items()}
    expected = {
        key: names.get(competitions[body["results"][0]["competition_id"]]["country_id"])
        for key, body in recorded["match_details"].items()
    }
    found = {match.id: summarise(match).country for match in assemble(recorded_snapshot)[0]}
    assert found == expected
    assert sum(country is None for country in found.values()) == 8  # international competitions


def test_the_shoot_out_of_the_recording_is_no_score(recorded_snapshot):
    matches, _ = assemble(recorded_snapshot)
    (found,) = [summarise(match) for match in matches if match.id == "jw2r09hkl2p7rz8"]
    assert (found.score, found.scores.penalties.home, found.scores.penalties.away) == ("2-2", 4, 3)


def test_nothing_of_nothing_is_a_document_too():
    assert summed(live_item(), details=[])["summaries"] == []
