"""The reader of the store: what it is asked is answered also where reading takes longer than a tick."""

from mispriced.web import reader


def test_a_question_is_answered_though_every_reading_takes_longer_than_a_tick(site, monkeypatch):
    monkeypatch.setattr(reader, "TICK_S", 0.0)
    answers = [site.shown.reader.ask(lambda store: store.match_id("m1")) for _ in range(3)]
    assert [one.result(timeout=10) for one in answers] == ["m1"] * 3
