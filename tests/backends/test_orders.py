"""The texts by which the scripts see that something is another."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from mispriced.backends.orders import event_digest, prices_text, print_of
from mispriced.domain.model import Origin, Score
from tests.domain.quotes import KICKOFF, NOON, quote


@pytest.mark.parametrize(
    "changes",
    [
        {"home": "Getafe"},
        {"away": "Getafe"},
        {"competition": "LaLiga"},
        {"category": "women"},
        {"kickoff": KICKOFF + timedelta(minutes=1)},
        {"refs": {"betradar": "1"}},
    ],
)
def test_what_the_matcher_goes_by_changes_the_events_digest(changes: dict[str, object]):
    assert event_digest(quote(**changes)) != event_digest(quote())


@pytest.mark.parametrize(
    "changes",
    [{"prices": {"1": 2.0}}, {"seen_at": NOON + timedelta(1)}, {"score": Score(1, 0)}, {"country": "Spain"}],
)
def test_what_it_does_not_go_by_does_not(changes: dict[str, object]):
    assert event_digest(quote(**changes)) == event_digest(quote()) == event_digest(quote().event)


def test_the_order_of_prices_and_references_is_no_difference():
    turned = quote(prices={"2": 3.55, "1": 2.3, "X": 3.2})
    assert prices_text(turned) == prices_text(quote()) == "[[2.3,3.2,3.55],[]]@"
    refs = {"a": "1", "b": "2"}
    assert event_digest(quote(refs=refs)) == event_digest(quote(refs=dict(reversed(refs.items()))))


def test_prices_suspended_outcomes_and_score_are_told_apart():
    given = [
        quote(),
        quote(prices={"1": 2.3, "X": 3.2}),
        quote(prices={"1": 2.3, "X": 3.2}, suspended=("2",)),
        quote(score=Score(0, 0)),
        quote(score=Score(1, 0)),
    ]
    texts = {prices_text(one) for one in given}
    assert len(texts) == len(given)
    assert not any(" " in text for text in texts)


def test_a_text_is_the_same_after_the_wire():
    one = quote(prices={"1": 1.1 + 2.2, "X": 3.2}, refs={"betradar": "1"})
    again = msgspec.json.decode(msgspec.json.encode(one), type=type(one))
    assert (prices_text(again), event_digest(again)) == (prices_text(one), event_digest(one))


def test_a_quote_that_is_seen_again_has_the_same_text_and_a_changed_one_its_own():
    one, origin = quote(), Origin(request="GET /", sha256="", step="live")
    text = print_of(one)
    again = one.seen_again(NOON + timedelta(seconds=1), origin)
    assert again == quote(seen_at=NOON + timedelta(seconds=1), origin=origin)
    assert print_of(again) is text
    dearer = msgspec.structs.replace(again, prices={"1": 2.4, "X": 3.2, "2": 3.55})
    moved = msgspec.structs.replace(again, kickoff=KICKOFF + timedelta(minutes=1))
    assert print_of(dearer) == f"[[2.4,3.2,3.55],[]]@ {event_digest(one)}"
    assert print_of(moved) == f"{prices_text(one)} {event_digest(moved)}"
    assert len({text, print_of(dearer), print_of(moved)}) == 3
