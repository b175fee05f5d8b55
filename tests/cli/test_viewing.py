"""The live view on a real store: what a goal does to it, seen as a user sees it."""

import re

import pytest
from rich.console import Console

from mispriced.cli.viewing import state_of
from mispriced.domain.model import Event, Score
from mispriced.domain.state import EventState
from mispriced.messages import Assignment
from mispriced.settings.model import Settings
from tests.domain.quotes import KICKOFF, NOON
from tests.pipeline.boards import after, offer
from tests.pipeline.by_hand import MATCH, ByHand
from tests.pipeline.conftest import open_store, server, store

__all__ = ["open_store", "server", "store"]  # the fixtures of the pipeline's tests

PLAIN = Settings(plausibility={"detect_flagged": True})  # so that a test may have any price


@pytest.fixture
def running(store):
    return ByHand(store)


NAMED = {
    "event_id": "y0or5jh8",
    "home": "Valencia",
    "away": "Rayo Vallecano",
    "kickoff": KICKOFF,
}


def state(score, minute, score_since, seen_s):
    """Return what the provider says of the match."""
    return EventState(
        **NAMED,
        provider="TheSports",
        status="second_half",
        minute=minute,
        score=Score(*score),
        score_since=after(score_since),
        seen_at=after(seen_s),
    )


def shown(running):
    """Return the live view as words with single spaces."""
    console = Console(width=400, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(state_of(running.store, {}, PLAIN, running.clock, ""))
    return re.sub(r"[\s│]+", " ", captured.get())


def test_a_goal_takes_its_surebet_away_until_each_bookmaker_was_read_again(running):
    def read(bookmaker, seen_s, **prices):
        running.move_to(seen_s)
        running.arrive(offer(bookmaker, seen_s=seen_s, **prices))
        running.detect.tick(after(seen_s))
        running.judge()
        return shown(running)

    def said(score, minute, score_since, seen_s):
        running.move_to(seen_s)
        running.store.put_states([state(score, minute, score_since, seen_s)], after(seen_s))
        running.detect.tick(after(seen_s))
        return shown(running)

    read("BookieAlpha", 0, yes=2.1)
    read("BookieBeta", 0, no=2.1)
    (match_id,) = {one.match_id for one in running.store.events()[1]}
    event = Event(**NAMED, bookmaker="TheSports", source="live")
    running.store.commit(MATCH, (), NOON, [Assignment(event=event, match_id=match_id)])
    before = said((0, 0), 67, -4000, 0)
    assert "mispriced 1 surebets" in before
    assert "0:0 second half 67' (TheSports 0 s ago)" in before

    after_goal = said((1, 0), 68, 5, 5)
    assert "mispriced 0 surebets" in after_goal
    assert "no surebet now, because" in after_goal

    one_read = read("BookieAlpha", 6, yes=2.1)
    assert "mispriced 0 surebets" in one_read

    both_read = read("BookieBeta", 7, no=2.1)
    assert "mispriced 1 surebets" in both_read
    assert "1:0 second half 68', score new 2 s ago (TheSports 2 s ago)" in both_read
