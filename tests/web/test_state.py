"""What a client of the stream has to be told: also what time alone changes, and what nobody says any more."""

from datetime import timedelta

import pytest

from mispriced.domain.model import Score
from mispriced.messages import Document
from mispriced.pipeline.views.rows import EventRow, MatchState
from mispriced.web.sports import Sport
from mispriced.web.state import Over, State, changes
from mispriced.web.v4 import Form, scores_v4
from tests.domain.quotes import NOON, quote


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def document(seen_at, **changed):
    given = {"revision": 1, "quotes": {"BookieAlpha": quote(source="live", seen_at=seen_at)}} | changed
    return Document(
        key="live/m1",
        match_id="m1",
        market="three_way",
        source="live",
        changed_at={"BookieAlpha": NOON},
        created=NOON,
        **given,
    )


def standing(status, match_id="m1"):
    return MatchState(
        match_id=match_id,
        status=status,
        minute=None,
        score=Score(home=0, away=0),
        red_cards=None,
        by="thesports",
        seen_at=NOON,
    )


def read(at, **content):
    return State(at=at, read_at=at, **content)


@pytest.mark.parametrize(("seen_s", "told"), [(40, []), (0, ["stale"])], ids=["seen again", "seen no more"])
def test_an_offer_that_counts_no_more_is_told_though_its_prices_are_the_same(seen_s, told):
    before = read(after(1), documents={"live/m1": document(NOON)})
    found = changes(before, read(after(41), documents={"live/m1": document(after(seen_s))}), {})
    assert [row.state for one in found for row in one.rows] == told


def test_an_offer_that_counts_again_is_told():
    before = read(after(41), documents={"live/m1": document(NOON)})
    [found] = changes(before, read(after(43), documents={"live/m1": document(after(42))}), {})
    assert (found.kind, [row.state for row in found.rows]) == ("odds", ["fresh"])


def test_between_whole_readings_the_age_of_what_was_not_read_says_nothing():
    kept = document(NOON)
    before = read(after(14), documents={"live/m1": kept})
    later = State(at=after(16), read_at=after(14), documents={"live/m1": kept})
    assert changes(before, later, {}) == ()
    [found] = changes(later, read(after(17), documents={"live/m1": document(NOON)}), {})
    assert [row.state for row in found.rows] == ["stale"]


def test_a_match_of_which_nobody_says_how_it_stands_is_over_for_the_client():
    [found] = changes(read(NOON, states={"m1": standing("in_play")}), read(after(60)), {})
    assert (found.kind, found.rows) == ("event-status", (Over(match_id="m1"),))


@pytest.mark.parametrize(
    ("status", "home"), [("not_started", None), ("delayed", None), ("first_half", "0"), ("ended", "0")]
)
def test_a_score_is_null_until_the_match_begins(status, home):
    event = EventRow(
        match_id="m1",
        home="Elche",
        away="Getafe",
        competition="",
        country="",
        category="men",
        kickoff=NOON,
        how="",
        sources=(),
        listed=(),
        state=standing(status),
    )
    found = scores_v4(event, Sport(key="soccer", title="Soccer", description=""), Form())
    assert (found.scores and found.scores[0].score, found.last_update is None) == (home, home is None)
