"""What scores do to quotes: which is the score, who is suspect, when it is sure enough."""

from datetime import timedelta

import pytest
from msgspec import UNSET

from mispriced.domain.goals import HOLD_OFF, Scoreline, confirmed, differing_scores, scoreline, suspicion
from mispriced.domain.model import Score
from mispriced.domain.state import EventState
from tests.domain.quotes import KICKOFF, NOON, quote


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def live(bookmaker, score, seen_s=0.0):
    told = UNSET if score is None else Score(*score)
    return quote(bookmaker, source="live", score=told, seen_at=at(seen_s))


def line_of(*quotes, changes=None, state=None, since=None):
    known = {(name, "three_way"): at(seconds) for name, seconds in (since or {}).items()}
    changed = {(name, "three_way"): at(seconds) for name, seconds in (changes or {}).items()}
    return scoreline(quotes, known, changed, NOON, state)


def provider(score, since_s, **changes):
    return EventState(
        provider="TheSports", event_id="e", home="a", away="b", kickoff=KICKOFF, status="first_half",
        score=Score(*score), score_since=at(since_s), seen_at=at(since_s), **changes,
    )  # fmt: skip


def test_nobody_tells_a_score_of_upcoming_matches_or_without_one():
    assert line_of(live("A", None)) is None
    assert scoreline([quote("A", score=Score(1, 0))], {}, {}, NOON) is None


def test_agreeing_reports_are_one_score_that_stood_since_the_first_of_them():
    assert line_of(live("A", (1, 0)), live("B", (1, 0)), since={"A": -20, "B": -5}) == Scoreline(
        score=Score(1, 0), changed_at=None, stood_since=at(-20), reporters=("A", "B"), doubters=()
    )


def test_of_differing_reports_the_one_that_changed_last_counts_even_when_a_goal_was_taken_back():
    quotes = live("A", (0, 0)), live("B", (1, 0))
    assert line_of(*quotes, changes={"A": 30, "B": 10}) == Scoreline(
        score=Score(0, 0), changed_at=at(30), stood_since=at(30), reporters=("A",), doubters=("B",)
    )


def test_of_differing_first_reports_the_one_with_more_goals_counts():
    assert line_of(live("A", (0, 0)), live("B", (1, 0))).score == Score(1, 0)


def test_a_provider_is_a_reporter_and_its_fallback_is_none():
    line = line_of(live("A", (0, 0)), state=provider((1, 0), 5))
    assert (line.score, line.changed_at, line.reporters, line.doubters) == (
        Score(1, 0), at(5), ("TheSports",), ("A",),
    )  # fmt: skip
    assert line_of(live("A", (0, 0)), state=provider((1, 0), 5, is_fallback=True)).score == Score(0, 0)
    assert line_of(live("A", (0, 0)), state=provider((1, 0), -151)).score == Score(0, 0)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (live("B", (1, 0), 10), ""),
        (live("B", None, 10), ""),
        (live("B", (1, 0), 9), "B was seen 1 s before the score became 1:0"),
        (live("B", None, 4), "B was seen 6 s before the score became 1:0"),
        (live("B", (0, 0), 12), "B is at 0:0, the score is 1:0"),
        (quote("B", seen_at=NOON), ""),
    ],
)
def test_what_is_of_another_score_or_older_than_the_change_is_suspect(one, reason):
    line = line_of(live("A", (1, 0), 10), changes={"A": 10})
    assert suspicion(one, line) == reason
    assert suspicion(one, None) == ""


def test_a_score_is_confirmed_by_two_unopposed_after_the_hold_off_for_quotes_that_are_newer():
    quotes = live("A", (1, 0), 40), live("B", (1, 0), 40)
    line = line_of(*quotes, changes={"A": 10, "B": 12})
    end = at(12) + HOLD_OFF
    assert confirmed(line, quotes, end) == Score(1, 0)
    assert confirmed(line, quotes, end - timedelta(seconds=1)) is None
    assert confirmed(line_of(quotes[0], changes={"A": 10}), quotes, end) is None
    doubted = line_of(*quotes, live("C", (0, 0)), changes={"A": 10, "B": 12})
    assert confirmed(doubted, quotes, end) is None
    assert confirmed(line, [live("C", None, 11)], end) is None
    assert confirmed(line, [live("C", None, 13)], end) == Score(1, 0)
    assert confirmed(None, quotes, end) is None


def test_differing_scores_are_named_and_equal_ones_are_not():
    assert differing_scores([live("B", (1, 1)), live("A", (0, 1)), live("C", None)]) == [
        "scores differ: A 0:1, B 1:1"
    ]
    assert differing_scores([live("A", (0, 1)), live("B", (0, 1))]) == []
