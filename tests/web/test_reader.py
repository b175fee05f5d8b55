"""The reader of the store: what it is asked is answered also where reading takes longer than a tick."""

import threading

import pytest

from mispriced.web import reader


def test_a_question_is_answered_though_every_reading_takes_longer_than_a_tick(site, monkeypatch):
    monkeypatch.setattr(reader, "TICK_S", 0.0)
    answers = [site.shown.reader.ask(lambda store: store.match_id("m1")) for _ in range(3)]
    assert [one.result(timeout=10) for one in answers] == ["m1"] * 3


def test_who_asks_and_goes_away_or_asks_what_fails_costs_the_others_nothing(site):
    """A browser that closes a page while its question waits cancels the question."""
    asked, goes_on = threading.Event(), threading.Event()

    def busy(store):
        asked.set()
        goes_on.wait(10)

    first = site.shown.reader.ask(busy)
    assert asked.wait(10)
    gone = site.shown.reader.ask(lambda store: "never asked for")
    wrong = site.shown.reader.ask(lambda store: store.notes("no such note")["no such note"])
    assert gone.cancel()
    assert not first.cancel()  # it is being answered: what comes is not waited for
    goes_on.set()
    with pytest.raises(KeyError):
        wrong.result(timeout=10)
    assert site.shown.reader.ask(lambda store: store.match_id("m1")).result(timeout=10) == "m1"


def test_a_process_whose_reader_ended_is_not_healthy(site):
    assert site.get("/healthz").status == 200
    site.shown.reader.close()
    assert (site.get("/healthz").status, site.get("/readyz").status) == (503, 200)
