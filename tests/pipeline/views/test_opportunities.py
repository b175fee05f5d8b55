"""What stands, what would with prices that are not believed, and the proof, on a real store."""

import pytest

from mispriced.errors import Usage
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import Detect, standing
from mispriced.pipeline.views.opportunities import explain, suspects
from tests.pipeline.boards import after, live
from tests.pipeline.by_hand import ByHand

BELIEVED = DetectRules()
FAIR = {"1": 2.0, "X": 3.4, "2": 4.0}
LONGER = {"1": 2.4, "X": 3.2, "2": 3.2}  # with FAIR a surebet, by itself a book like any other
EXCHANGED = {"1": 4.0, "X": 3.4, "2": 2.0}


@pytest.fixture
def running(store):
    found = ByHand(store)
    found.detect = Detect(store, found.clock, BELIEVED)
    return found


def test_a_price_that_is_not_believed_makes_a_suspect_and_no_surebet(running):
    names = ("BookieAlpha", "BookieBeta", "BookieGamma")
    running.arrive(*(live(name, FAIR) for name in names), live("BookieDelta", EXCHANGED))
    running.judge()
    now = running.clock.now()
    assert standing(running.store, now, BELIEVED) == []
    (one,) = suspects(running.store, now, BELIEVED)
    assert one.flags != ()
    assert ("BookieDelta", 4.0) in [(leg.bookmaker, leg.price) for leg in one.legs]


def test_without_a_price_that_is_doubted_there_is_no_suspect(running):
    running.arrive(live("BookieAlpha", FAIR), live("BookieBeta", LONGER))
    running.judge()
    now = running.clock.now()
    assert len(standing(running.store, now, BELIEVED)) == 1
    assert suspects(running.store, now, BELIEVED) == []


def test_a_proof_says_how_long_its_prices_hold_together_and_who_was_left_out(running):
    running.arrive(live("BookieAlpha", FAIR, seen_s=-2), live("BookieBeta", LONGER))
    running.arrive(live("BookieGamma", FAIR, seen_s=-60))
    running.judge()
    (one,) = running.store.opportunities()
    found = explain(running.store, one.id, running.clock.now(), BELIEVED)
    assert found["stands"]
    assert found["together"] == {"since": after(0).isoformat(), "until": after(13).isoformat()}
    assert found["legs"][0]["bookmaker"] == "BookieBeta"
    assert found["left_out"] == ["BookieGamma was seen 60 s ago, live prices count for 15 s"]
    assert found["rules_not_verified"] == ["BookieAlpha", "BookieBeta"]


def test_an_id_that_is_not_open_is_named_with_the_nearest(running):
    running.arrive(live("BookieAlpha", FAIR), live("BookieBeta", LONGER))
    running.judge()
    (one,) = running.store.opportunities()
    with pytest.raises(Usage, match=one.id):
        explain(running.store, one.id[:-1], running.clock.now(), BELIEVED)
