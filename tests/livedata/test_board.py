"""The matches in play: which, in which order, with what beside them."""

import json
from datetime import timedelta

import msgspec
import pytest

from mispriced.livedata.board import board
from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.snapshot import assemble
from mispriced.livedata.summary import summaries
from mispriced.livedata.times import NEW_YORK
from mispriced.livedata.words import PHASES
from tests.livedata.api import SEEN, SEEN_AT, bodies, details_item, live_item, row, snapshot


def made(read, now=SEEN_AT):
    matches, skipped = assemble(read)
    return board(summaries(read, matches, skipped, now=now, zone=NEW_YORK), now=now, zone=NEW_YORK)


def shown(*live, source="api", now=SEEN_AT, **more):
    return made(snapshot(bodies(list(live), **more), source=source), now)


def test_in_play_is_status_2_to_7_and_everything_is_counted():
    found = shown(*(live_item(f"m{status:02}", status) for status in PHASES))
    assert [match.status_id for group in found.groups for match in group.matches] == [2, 3, 4, 5, 6, 7]
    assert [(one.status_id, one.count) for one in found.counts] == [(status, 1) for status in PHASES]
    assert (found.total_matches, found.in_play_matches) == (14, 6)


def test_groups_are_by_country_and_competition_and_matches_by_status_then_id():
    leagues = {"m1": "c3", "m2": "c2", "m3": "c1", "m4": "c2", "m5": "c2", "m6": ""}
    statuses = {"m1": 2, "m2": 7, "m3": 2, "m4": 3, "m5": 3, "m6": 2}
    live = [live_item(key, statuses[key]) for key in ("m6", "m5", "m2", "m4", "m1", "m3")]
    details = [details_item(key, competition_id=league) for key, league in leagues.items()]
    competitions = [
        {"id": "c1", "name": "Ykkonen", "country_id": "n1"},
        {"id": "c2", "name": "Cup", "country_id": "n1"},
        {"id": "c3", "name": "Ligue 1", "country_id": "n2"},
    ]
    countries = [{"id": "n1", "name": "Finland"}, {"id": "n2", "name": "Algeria"}]
    found = shown(*live, details=details, competitions=competitions, countries=countries)
    assert [
        (one.country, one.competition, [match.match_id for match in one.matches]) for one in found.groups
    ] == [
        (None, None, ["m6"]),
        ("Algeria", "Ligue 1", ["m1"]),
        ("Finland", "Cup", ["m4", "m5", "m2"]),
        ("Finland", "Ykkonen", ["m3"]),
    ]


def test_a_match_has_its_latest_odds_with_their_minute():
    tables = {"eu": [row("30", 1.5, 4.0, 6.0), row("3", 1.66, 3.4, 5.5, at=SEEN - 900)], "cr": [row("9")]}
    found = json.loads(msgspec.json.encode(shown(live_item(), odds={"m1": {"2": tables}})))
    (match,) = found["groups"][0]["matches"]
    assert match["odds"] == {"money_line": [SEEN - 60, "30", "-200", "+300", "+500", 2, 0, "0-0"]}
    assert (match["odds_company"], match["minute"], match["score"]) == ("BET365", 11, "0-0")


@pytest.mark.parametrize(
    ("source", "banner", "age_s"),
    [("api", None, None), ("fallback", FALLBACK_BANNER, None), ("last-known", None, 90)],
)
def test_a_board_says_what_it_is_of(source, banner, age_s):
    found = shown(live_item(), source=source, now=SEEN_AT + timedelta(seconds=90))
    (match,) = found.groups[0].matches
    assert (found.banner, found.age_s, found.source, match.source) == (banner, age_s, source, source)


def test_an_empty_list_is_a_board_without_groups():
    assert shown().groups == ()


def test_the_recordings_in_play_set_and_order_equal_an_independent_count(recorded, recorded_snapshot):
    names = {one["id"]: one["name"].strip() for one in recorded["countries"]["results"]}
    competitions = {key: body["results"][0] for key, body in recorded["competition_info"].items()}
    keys = []
    for item in recorded["live_matches"]["results"]:
        details = recorded["match_details"][item["id"]]["results"][0]
        competition = competitions[details["competition_id"]]
        status = details["status_id"]  # in the recording the same as the list's
        if 2 <= status <= 7:
            league = names.get(competition["country_id"], ""), competition["name"].strip()
            keys.append((*league, status, item["id"]))
    found = made(recorded_snapshot)
    assert [
        (group.country or "", group.competition or "", match.status_id, match.match_id)
        for group in found.groups
        for match in group.matches
    ] == sorted(keys)
    assert found.in_play_matches == len(keys) == 80
    assert {one.status_id: one.count for one in found.counts} == {2: 44, 3: 10, 4: 26, 8: 14, 9: 1, 13: 7}
