"""A match put together from the answers of a cycle."""

from mispriced.domain.model import Score
from mispriced.livedata.snapshot import assemble
from tests.livedata.api import SEEN, bodies, details_item, live_item, snapshot

LATER = SEEN + 30
ONE = [1, 0, 0, 0, 3, 0, 0]


def assembled(*args, **named):
    return assemble(snapshot(bodies(*args, **named)))


def test_details_that_changed_after_the_list_know_more():
    newer = details_item(home_scores=ONE, updated_at=LATER)
    older = details_item(home_scores=ONE, updated_at=SEEN)
    scores = [assembled([live_item()], [one])[0][0].score for one in (newer, older)]
    assert scores == [Score(1, 0), Score(0, 0)]


def test_a_half_that_the_list_does_not_know_yet_has_no_minute():
    (match,), _ = assembled([live_item(status=2)], [details_item(status_id=4, updated_at=LATER)])
    assert (match.status, match.minute) == ("second_half", None)


def test_a_match_without_details_or_a_team_is_left_out_and_the_others_are_whole():
    live = [live_item("m1"), live_item("m2"), live_item("m3"), live_item("m4")]
    details = [details_item("m1"), details_item("m3", away_team="gone"), details_item("m4", home_team="gone")]
    teams = {name: {"id": name, "name": name} for name in ("h1", "a1")}
    matches, skipped = assembled(live, details, teams=teams)
    assert [match.id for match in matches] == ["m1"]
    assert [one.reason for one in skipped] == [
        "match m2: its details were not read",
        "match m3: its away team gone is not known",
        "match m4: its home team gone is not known",
    ]


def test_an_unknown_competition_or_country_is_reported_and_an_empty_one_is_not():
    live = [live_item("m1"), live_item("m2"), live_item("m3"), live_item("m4")]
    ids = {"m1": "c1", "m2": "", "m3": "gone", "m4": "c2"}
    details = [details_item(match_id, competition_id=one) for match_id, one in ids.items()]
    competitions = [
        {"id": "c1", "name": "Friendly", "country_id": ""},
        {"id": "c2", "name": "Cup", "country_id": "gone"},
    ]
    matches, skipped = assembled(live, details, competitions=competitions)
    assert [(match.competition and match.competition.name, match.country) for match in matches] == [
        ("Friendly", None),
        (None, None),
        (None, None),
        ("Cup", None),
    ]
    assert [one.reason for one in skipped] == [
        "match m3: competition gone is not known",
        "match m4: country gone is not known",
    ]


def test_every_recorded_match_is_whole(recorded_snapshot):
    matches, skipped = assemble(recorded_snapshot)
    assert (len(matches), skipped, recorded_snapshot.skipped) == (102, [], ())
    assert sum(bool(match.odds) for match in matches) == 88


def test_a_recorded_score_is_the_newer_of_list_and_details(recorded, recorded_snapshot):
    expected = {}
    for item in recorded["live_matches"]["results"]:
        details = recorded["match_details"][item["id"]]["results"][0]
        home, away = item["score"][2:4]
        if details["updated_at"] > SEEN:
            home, away = details["home_scores"], details["away_scores"]
        expected[item["id"]] = Score(home[0], away[0])
    matches, _ = assemble(recorded_snapshot)
    assert {match.id: match.score for match in matches} == expected
    assert sum(score != Score(0, 0) for score in expected.values()) == 69
