"""Requests of the API and what its answers hold, item by item."""

import json
from datetime import timedelta

import pytest

from mispriced.exchange import Payload
from mispriced.livedata.forms import Country, Slots
from mispriced.livedata.provider import PARSERS, PATHS, address, ask, minute
from tests.livedata.api import NOTHING, SEEN, SEEN_AT, UNAUTHORISED, details_item, live_item, read, results


def test_every_step_has_a_path_and_a_parser():
    assert list(PARSERS) == list(PATHS)


def test_a_request_names_its_item_and_no_credentials():
    asked = {str(ask("odds", "m1")), str(ask("live"))}
    assert asked == {"GET /odds/history?uuid=m1", "GET /match/detail_live"}
    assert "k3y" in address("https://api.example/v1", "me", "k3y")


@pytest.mark.parametrize(("step", "uuid"), [("team", ""), ("country", "n1")])
def test_an_id_stands_where_one_item_is_asked_for(step, uuid):
    with pytest.raises(ValueError, match=f"^{step} (needs|takes no) id"):
        ask(step, uuid)


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (UNAUTHORISED, "unauthorised", "live: Unauthorized access, please contact our business staff."),
        ({"err": "URL is not authorized"}, "unauthorised", "live: URL is not authorized"),
        ({"code": 429, "msg": "Too many"}, "rate_limited", "live: code 429 Too many"),
        ({"code": 100003, "err": "uuid is wrong"}, "error", "live: code 100003 uuid is wrong"),
        ({"code": 404, "msg": "Resource does not exist"}, "error", "live: code 404 Resource does not exist"),
        ({"code": 0, "err": ""}, "error", "live: code 0"),
        ({"code": 0}, "error", "live: neither results nor an error"),
        ({"code": 0, "results": None}, "error", "live: neither results nor an error"),
        ("", "error", "live: the answer is empty"),
        ("<html>502</html>", "error", "live: an HTML page, not JSON"),
        ({"code": 0, "results": []}, "empty", ""),
        ({"code": 0, "results": {}}, "empty", ""),
    ],
)
def test_an_answer_without_items_says_why(body, outcome, reason):
    answer = read("live", body)
    assert (answer.outcome, answer.reason, answer.found, answer.skipped) == (outcome, reason, (), ())


@pytest.mark.parametrize("step", ["live", "odds", "odds_live", "country"])
def test_a_refusal_is_no_empty_answer_in_any_step(step):
    assert read(step, UNAUTHORISED, "m1" if step == "odds" else "").outcome == "unauthorised"


def test_a_live_match_has_its_score_by_slot():
    home, away = [2, 1, 0, 3, 6, 0, 0], [1, 1, 1, 2, -1, 0, 0]
    (match,) = read("live", results([live_item("m1", 4, home, away, SEEN - 120)])).found
    assert match.score.home == Slots(2, 1, 0, 3, 6, 0, 0)
    assert match.score.away == Slots(1, 1, 1, 2, -1, 0, 0)
    assert (match.score.status_id, match.score.half_started_at) == (4, SEEN - 120)


BROKEN = {
    "unknown status '99'; allowed: 0, 1, 2": live_item("b1", status=99),
    "at least length 7": live_item("b2", home=[0, 0, 0]),
    "Expected `int`, got `null`": live_item("b3", home=[None, *NOTHING[1:]]),
    "Expected `int` >= 0": live_item("b4", away=[-1, *NOTHING[1:]]),
    "has the score of": live_item("b5", score=["other", 2, NOTHING, NOTHING, 0, ""]),
}


def test_five_broken_matches_of_many_cost_themselves_alone():
    sound = [live_item(f"m{number}") for number in range(97)]
    answer = read("live", results([*sound[:50], *BROKEN.values(), *sound[50:]]))
    assert answer.outcome == "ok"
    assert [match.id for match in answer.found] == [match["id"] for match in sound]
    assert len(answer.skipped) == 5
    for skipped, (reason, item) in zip(answer.skipped, BROKEN.items(), strict=True):
        assert reason in skipped.reason
        assert item["id"] in skipped.item


def test_nan_costs_its_match_and_not_the_list():
    sound, broken = results([live_item()]), live_item("b1")
    body = str(results([sound["results"][0], broken])).replace("'", '"')
    answer = read("live", body.replace('["b1", 2', '["b1", NaN'))
    assert [match.id for match in answer.found] == ["m1"]
    assert len(answer.skipped) == 1


def test_nothing_but_broken_matches_is_an_error():
    answer = read("live", results([BROKEN["at least length 7"]]))
    assert (answer.outcome, answer.found, len(answer.skipped)) == ("error", (), 1)


def test_a_match_listed_twice_counts_once_and_not_at_all_when_it_differs():
    same, differs = live_item("m1"), live_item("m2")
    answer = read("live", results([same, differs, same, live_item("m2", status=4)]))
    assert [match.id for match in answer.found] == ["m1"]
    assert [one.reason for one in answer.skipped] == ["live: match m2 is listed twice and differs"]


def test_another_item_than_the_one_asked_for_is_not_taken():
    answer = read("details", results([details_item("other")]), "m1")
    assert (answer.outcome, answer.reason) == ("error", "details: other was not asked for, m1 was")


def test_a_match_of_one_team_against_itself_is_none():
    answer = read("details", results([details_item(home_team="h1", away_team="h1")]), "m1")
    assert "home and away of m1 are both team h1" in answer.reason


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, None])
def test_a_team_without_a_name_is_none(name):
    assert read("team", results([{"id": "h1", "name": name}]), "h1").outcome == "error"


def test_results_may_be_a_list_an_object_of_items_or_one_item():
    finland = {"id": "n1", "name": "Finland"}
    for form in ([finland], {"0": finland}, finland):
        assert read("country", results(form)).found == (Country("n1", "Finland"),)


@pytest.mark.parametrize(
    ("status", "played_s", "expected"),
    [
        ("first_half", 0, 1),
        ("first_half", 59, 1),
        ("first_half", 47 * 60, 48),
        ("second_half", 60, 47),
        ("overtime", 0, 91),
        ("half_time", 60, None),
        ("penalties", 60, None),
        ("first_half", -1, None),
    ],
)
def test_the_minute_counts_from_the_kick_off_of_the_half(status, played_s, expected):
    assert minute(status, SEEN, SEEN_AT + timedelta(seconds=played_s)) == expected


def test_a_half_without_a_kick_off_has_no_minute():
    assert minute("overtime", 0, SEEN_AT) is None


def test_every_recorded_answer_is_ok_or_empty_and_whole(recorded):
    assert read("live", recorded["live_matches"]).skipped == ()
    assert len(read("live", recorded["live_matches"]).found) == 102
    assert len(read("country", recorded["countries"]).found) == 212
    for name, step in [
        ("match_details", "details"),
        ("team_info", "team"),
        ("competition_info", "competition"),
    ]:
        for uuid, body in recorded[name].items():
            answer = read(step, body, uuid)
            assert (answer.outcome, len(answer.found), answer.skipped) == ("ok", 1, ()), uuid


@pytest.mark.parametrize("name", ["live_matches", "countries"])
def test_the_recorded_refusal_is_told_from_an_empty_answer(shared_data, name):
    recorded = json.loads((shared_data / "recorded/thesports/step1_2025-06-06_unauthorized.json").read_text())
    assert read("live" if name == "live_matches" else "country", recorded[name]).outcome == "unauthorised"


def test_the_origin_of_an_answer_is_its_request():
    answer = Payload.of(ask("team", "h1"), b"{}", SEEN_AT)
    assert answer.origin.request == "GET /team/additional/list?uuid=h1"
