"""The order of calls, and how many a minute."""

from __future__ import annotations

import pytest

from mispriced.livedata.calls import Budget, Call, Queue


def queue(**per_minute: int) -> Queue:
    return Queue(Budget(per_minute))


def taken(waiting: Queue, now_s: float = 0.0) -> list[Call]:
    found = []
    while call := waiting.take(now_s):
        found.append(call)
    return found


def test_what_leads_to_more_goes_first_and_in_play_before_the_rest():
    waiting = queue()
    for step, uuid, is_in_play in [
        ("country", "", True), ("odds", "a", True), ("team", "t", True), ("details", "later", False),
        ("details", "a", True), ("odds", "later", False), ("competition", "c", True), ("live", "", True),
    ]:  # fmt: skip
        waiting.add(Call(step, uuid), is_in_play)
    assert taken(waiting) == [
        Call("live"), Call("details", "a"), Call("details", "later"), Call("odds", "a"),
        Call("team", "t"), Call("competition", "c"), Call("odds", "later"), Call("country"),
    ]  # fmt: skip


def test_odds_that_were_read_longest_ago_go_first():
    waiting = queue()
    for uuid, read_at in (("new", 50.0), ("never", 0.0), ("old", 20.0)):
        waiting.add(Call("odds", uuid), read_at=read_at)
    assert [one.uuid for one in taken(waiting)] == ["never", "old", "new"]


def test_a_call_is_made_once():
    waiting = queue()
    waiting.add(Call("team", "t"))
    assert taken(waiting) == [Call("team", "t")]
    waiting.add(Call("team", "t"))
    assert taken(waiting) == []
    assert waiting.wait_s(0) is None


def test_a_limited_step_lets_the_others_pass_and_comes_when_its_minute_is_over():
    waiting = queue(odds=2)
    for place in range(3):
        waiting.add(Call("odds", str(place)))
    waiting.add(Call("country"))
    assert [str(one.step) for one in taken(waiting, 10.0)] == ["odds", "odds", "country"]
    assert waiting.wait_s(15.0) == pytest.approx(55.5)
    assert taken(waiting, 70.0) == []
    assert taken(waiting, 70.5) == [Call("odds", "2")]


def test_calls_that_the_door_made_again_count():
    budget = Budget({"odds": 3})
    budget.count("odds", 0.0)
    budget.count_retries(2, 0.0)
    assert (budget.wait_s("odds", 1.0), budget.wait_s("team", 1.0)) == (59.5, 0.0)


def test_calls_of_a_process_before_count_for_the_next():
    before = Budget({"odds": 2})
    before.count("odds", 1000.0)
    before.count("odds", 1030.0)
    after = Budget({"odds": 2})
    after.resume(before.ages_s(1040.0), 5.0)
    assert after.wait_s("odds", 5.0) == pytest.approx(20.5)


def test_what_is_given_up_comes_in_order():
    waiting = queue()
    waiting.add(Call("odds", "rest"), is_in_play=False)
    waiting.add(Call("odds", "live"))
    waiting.add(Call("team", "t"))
    assert waiting.give_up(["odds"]) == [Call("odds", "live"), Call("odds", "rest")]
    assert taken(waiting) == [Call("team", "t")]


def test_calls_for_matches_that_are_over_go():
    waiting = queue()
    for uuid in ("on", "over"):
        waiting.add(Call("odds", uuid))
    waiting.keep_only("odds", ["on"])
    assert taken(waiting) == [Call("odds", "on")]
