"""The original's document of its first step."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import Raw

from mispriced.livedata.document import Bodies, DailyCount, counted, daily_name, document
from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.snapshot import assemble
from tests.livedata.api import SEEN_AT, UNAUTHORISED, bodies, details_item, live_item, snapshot


def raw(body):
    return Raw(json.dumps(body).encode())


def each(table):
    return {key: raw(body) for key, body in table.items()}


def made(answers, **more):
    read = snapshot(answers, **more)
    given = Bodies(
        live=raw(answers["live_matches"]),
        details=each(answers["match_details"]),
        odds=each(answers["match_odds"]),
        teams=each(answers["team_info"]),
        competitions=each(answers["competition_info"]),
        countries=raw(answers["countries"]),
    )
    counter = DailyCount("2025-05-28", 7)
    found = document(read, given, assemble(read)[0], counter, now=SEEN_AT, fetch_s=0.5, total_s=3.14)
    return json.loads(msgspec.json.encode(found))


def test_every_raw_answer_is_in_it_as_it_came():
    answers = bodies([live_item()], odds={"m1": {}})
    found = made(answers)
    assert {name: found[name] for name in answers} == answers


def test_it_counts_by_status_and_lists_the_matches_of_each():
    live = [
        live_item("m1", 4, [2, 0, 0, 0, 0, 0, 0]),
        live_item("m2", 2),
        live_item("m3", 2),
        live_item("b1", 99),
    ]
    found = made(bodies(live, details=[details_item(key) for key in ("m1", "m2")]))
    assert found["unified_status_summary"] == {
        "total_matches_fetched": 4,
        "matches_with_status": 3,
        "matches_without_status": 1,
        "in_play_matches": 3,
        "status_breakdown": {"First half": 2, "Second half": 1},
        "formatted_summary": ["First half (ID: 2): 2", "Second half (ID: 4): 1"],
        "status_counts": {"2": 2, "4": 1},
    }
    assert found["detailed_status_mapping"] == {
        "First half": {"status_id": 2, "count": 2, "match_ids": ["m2", "m3"]},
        "Second half": {"status_id": 4, "count": 1, "match_ids": ["m1"]},
    }
    assert found["comprehensive_match_breakdown"]["Second half"] == {
        "status_id": 4,
        "count": 1,
        "matches": [
            {
                "match_id": "m1",
                "home_team": "H1",
                "away_team": "A1",
                "score": "2-0",
                "competition": "Cup",
                "formatted": "H1 2-0 A1 (Cup)",
                "source": "api",
            }
        ],
    }
    assert found["step1_completion_summary"] == {
        "completion_status": "partial",
        "daily_match_number": 7,
        "total_matches_fetched_all_statuses": 4,
        "in_play_matches": "3 (status IDs 2–7)",
        "other_status_matches": 0,
        "step1_execution_time": "0.50 seconds",
        "total_pipeline_time": "3.14 seconds",
        "source": "api",
    }
    assert found["ny_timestamp"] == "05/28/2025 01:30:17 PM EDT"


def test_a_cycle_in_which_all_was_refused_has_the_recorded_refusals_and_no_match(shared_data):
    path = shared_data / "recorded/thesports/step1_2025-06-06_unauthorized.json"
    recorded = json.loads(path.read_text())
    found = made(recorded)
    assert found["live_matches"] == found["countries"] == UNAUTHORISED
    assert found["unified_status_summary"]["total_matches_fetched"] == 0
    assert found["comprehensive_match_breakdown"] == recorded["comprehensive_match_breakdown"] == {}
    assert recorded.keys() <= found.keys()


def test_a_fallback_is_marked_at_every_level():
    found = made(bodies([live_item()]), source="fallback")
    (match,) = found["comprehensive_match_breakdown"]["First half"]["matches"]
    assert found["source"] == match["source"] == found["step1_completion_summary"]["source"] == "fallback"
    assert found["banner"] == FALLBACK_BANNER
    assert "banner" not in made(bodies([live_item()]))


def test_the_counter_begins_again_at_midnight_in_new_york():
    before_midnight = datetime(2025, 6, 7, 3, 59, tzinfo=UTC)
    first = counted(None, before_midnight)
    second = counted(first, before_midnight + timedelta(seconds=30))
    third = counted(second, before_midnight + timedelta(minutes=1))
    assert [first, second, third] == [
        DailyCount("2025-06-06", 1),
        DailyCount("2025-06-06", 2),
        DailyCount("2025-06-07", 1),
    ]


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (datetime(2025, 6, 7, 3, 59, tzinfo=UTC), "step1_2025-06-06.json"),
        (datetime(2025, 6, 7, 4, tzinfo=UTC), "step1_2025-06-07.json"),
    ],
)
def test_a_days_first_document_has_the_day_of_new_york(now, name):
    assert daily_name(now) == name


def test_the_recordings_statuses_are_counted(recorded_snapshot):
    matches, _ = assemble(recorded_snapshot)
    found = document(recorded_snapshot, Bodies(), matches, DailyCount("2025-05-28", 1), now=SEEN_AT)
    assert found.unified_status_summary.status_counts == {
        "2": 44, "3": 10, "4": 26, "8": 14, "9": 1, "13": 7
    }  # fmt: skip
    assert found.step1_completion_summary.completion_status == "complete"
    assert found.step1_completion_summary.in_play_matches == "80 (status IDs 2–7)"
