"""States and events that the rest of the system takes from the API's matches."""

from datetime import timedelta

import pytest

from mispriced.domain.model import Event, Score
from mispriced.domain.state import EventState
from mispriced.livedata.provider import moment
from mispriced.livedata.snapshot import assemble
from mispriced.livedata.states import events, states
from tests.livedata.api import NOTHING, SEEN, SEEN_AT, bodies, details_item, live_item, snapshot

ONE = [1, 1, 0, 0, 2, 0, 0]


def matches(*live, seen_at=SEEN_AT, source="api", **more):
    return assemble(snapshot(bodies(list(live), **more), seen_at, source=source))[0]


def after(score, minutes, before):
    seen_at = SEEN_AT + timedelta(minutes=minutes)
    (state,) = states(matches(live_item(home=score), seen_at=seen_at), before)
    return {state.event_id: state}


def test_a_state_is_what_the_api_says_now():
    live = live_item("m1", 4, [2, 1, 1, 3, 6, 0, 0], [1, 1, 0, 2, 4, 0, 0], SEEN - 61)
    assert states(matches(live), {}) == [
        EventState(
            provider="TheSports",
            event_id="m1",
            home="H1",
            away="A1",
            kickoff=moment(SEEN - 660),
            status="second_half",
            minute=47,
            score=Score(2, 1),
            score_since=SEEN_AT,
            red_cards=Score(1, 0),
            seen_at=SEEN_AT,
        )
    ]


def test_a_score_stands_since_it_was_first_seen_also_when_a_goal_is_taken_back():
    first = after(NOTHING, 0, {})
    second = after(NOTHING, 1, first)
    goal = after(ONE, 2, second)
    same = after(ONE, 3, goal)
    taken_back = after(NOTHING, 4, same)
    since = [one["m1"].score_since for one in (first, second, goal, same, taken_back)]
    assert since == [SEEN_AT + timedelta(minutes=minute) for minute in (0, 0, 2, 2, 4)]


def test_a_goal_that_only_the_details_know_is_seen_when_they_changed():
    later = details_item(home_scores=ONE, updated_at=SEEN + 40)
    (state,) = states(matches(live_item(), details=[later]), {})
    assert (state.score, state.score_since) == (Score(1, 0), SEEN_AT + timedelta(seconds=40))


def test_details_with_a_clock_far_ahead_are_not_newer():
    ahead = details_item(home_scores=ONE, updated_at=SEEN + 3600)
    (state,) = states(matches(live_item(), details=[ahead]), {})
    assert (state.score, state.seen_at) == (Score(0, 0), SEEN_AT)


def test_what_a_fallback_said_is_no_previous_state():
    (made_up,) = states(matches(live_item(), source="fallback"), {})
    later = SEEN_AT + timedelta(minutes=1)
    (state,) = states(matches(live_item(), seen_at=later), {"m1": made_up})
    assert (made_up.is_fallback, state.is_fallback, state.score_since) == (True, False, later)


def test_a_known_match_keeps_our_id():
    (state,) = states(matches(live_item()), {})
    known = EventState(
        **{name: getattr(state, name) for name in state.__struct_fields__} | {"match_id": "x9"}
    )
    assert states(matches(live_item()), {"m1": known})[0].match_id == "x9"


def test_an_event_is_what_a_bookmaker_would_list():
    teams = {"h1": {"id": "h1", "name": "Valencia "}, "a1": {"id": "a1", "name": "Rayo Vallecano"}}
    found, skipped = events(matches(live_item(home=ONE), teams=teams))
    assert skipped == []
    assert found == [
        Event(
            bookmaker="TheSports",
            event_id="m1",
            home="Valencia",
            away="Rayo Vallecano",
            competition="Cup",
            country="Finland",
            kickoff=moment(SEEN - 660),
            source="live",
            score=Score(1, 0),
        )
    ]


@pytest.mark.parametrize(
    ("home", "away", "gender", "category"),
    [
        ("PPJ (W)", "VJS Vantaa (w)", 1, "women"),
        ("Morocco U18", "England U18", 1, "youth"),
        ("All Boys Reserves", "Chacarita Reserves", 1, "reserve"),
        ("Oman", "Lebanon", 1, "men"),
        ("Oman", "Lebanon", 2, "women"),
    ],
)
def test_the_category_is_by_names_then_by_gender(home, away, gender, category):
    teams = {
        "h1": {"id": "h1", "name": home, "gender": gender},
        "a1": {"id": "a1", "name": away, "gender": gender},
    }
    (event,), _ = events(matches(live_item(), teams=teams))
    assert event.category == category


def test_a_virtual_match_is_no_event_and_equal_names_are_reported():
    virtual = {"h1": {"id": "h1", "name": "Valencia SRL"}, "a1": {"id": "a1", "name": "Getafe SRL"}}
    assert events(matches(live_item(), teams=virtual)) == ([], [])
    same = {"h1": {"id": "h1", "name": "Valencia"}, "a1": {"id": "a1", "name": "Valencia"}}
    found, (skipped,) = events(matches(live_item(), teams=same))
    assert (found, skipped.reason) == ([], "match m1: TheSports: home and away are both 'Valencia'")


def test_a_match_whose_competition_is_not_known_yet_waits():
    """It may be one of youths: the names do not always say so."""
    found, (skipped,) = events(matches(live_item(), competitions=[]))
    assert (found, skipped.reason) == ([], "match m1: competition c1 is not known")


def test_every_recorded_match_has_a_state_and_an_event(recorded_snapshot):
    found, _ = assemble(recorded_snapshot)
    listed, skipped = events(found)
    assert (len(listed), skipped) == (102, [])
    assert [state.event_id for state in states(found, {})] == [match.id for match in found]
