"""What the record answers, of entries written by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from mispriced.backends.moments import microseconds
from mispriced.domain.model import encode
from mispriced.history import parquet, read
from mispriced.history.read import Period
from mispriced.history.rows import KINDS, row_of
from mispriced.history.shelf import Part, stream_id
from mispriced.messages import Leg, Message, Opportunity
from mispriced.pipeline.views.past import Hour, Margin, Price, Survival
from tests.domain.quotes import KICKOFF, NOON, quote


def write(root, stream, entries):
    """Write entries as one file, their ids a second apart."""
    kind = KINDS[stream.partition("-")[0]]
    messages = [
        Message(stream="s", id=f"{1778760000000 + 1000 * number}-0", fields=one)
        for number, one in enumerate(entries)
    ]
    part = Part(
        stream=stream, day="2026-05-14", first=stream_id(messages[0].id), last=stream_id(messages[-1].id)
    )
    parquet.write(root, part, [row_of(kind, one) for one in messages])


def quotes(*given):
    return [{"quote": encode(one), "match_id": match_id.encode(), "before": b""} for match_id, one in given]


def told(name, state, at: datetime, *books: str, profit=0.02):
    legs = tuple(
        Leg(market="btts", outcome=outcome, bookmaker=book, price=2.1, share=0.5, quote=quote(book))
        for outcome, book in zip(("1", "2"), books, strict=True)
    )
    body = Opportunity(
        id=name, kind="surebet", match_id="m1", source="live", home="a",
        away="b", competition="", kickoff=KICKOFF, legs=legs, book_sum=0.98, profit=profit,
        opened_at=at, changed_at=at,
    )  # fmt: skip
    return {
        "id": name.encode(), "state": state.encode(), "reason": b"", "body": encode(body),
        "at": str(microseconds(at)).encode(),
    }  # fmt: skip


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_prices_of_a_match_come_by_market_bookmaker_and_time(tmp_path):
    later = quote("BookieAlpha", seen_at=after(60), prices={"1": 2.4}, suspended=("X",))
    write(tmp_path, "quotes-upcoming", quotes(("m1", quote("BookieBeta")), ("m1", later), ("m2", quote())))
    write(tmp_path, "quotes-live", quotes(("m1", quote("BookieAlpha", source="live"))))
    three = {"1": 2.3, "X": 3.2, "2": 3.55}

    def price(bookmaker, source="upcoming", at=NOON, prices=three, suspended=()):
        return Price(
            bookmaker=bookmaker, market="three_way", source=source, seen_at=at, before=None, prices=prices,
            suspended=list(suspended),
        )  # fmt: skip

    assert read.quotes(tmp_path, "m1") == [
        price("BookieAlpha", source="live"),
        price("BookieAlpha", at=after(60), prices={"1": 2.4}, suspended=["X"]),
        price("BookieBeta"),
    ]
    assert read.quotes(tmp_path, "m1", "btts") == []
    assert read.quotes(tmp_path, "m1", period=Period(since=after(60), until=after(61))) == [
        price("BookieAlpha", at=after(60), prices={"1": 2.4}, suspended=["X"])
    ]


def test_opportunities_are_counted_by_hour_and_survive_until_they_close(tmp_path):
    write(
        tmp_path,
        "opportunities",
        [
            told("one", "opened", NOON, "B", "A", profit=0.03),
            told("one", "changed", after(5), "B", "A"),
            told("two", "opened", after(10), "A", "B"),
            told("one", "closed", after(20), "B", "A"),
            told("one", "opened", after(3600), "A", "B"),
            told("two", "closed", after(3700), "A", "B"),
            told("three", "opened", after(3710), "A", "C"),
        ],
    )
    assert read.opportunities(tmp_path) == [
        Hour(hour=NOON, opened=2, closed=1, best_profit=0.03),
        Hour(hour=after(3600), opened=2, closed=1, best_profit=0.02),
    ]
    assert read.survival(tmp_path) == [
        Survival(
            bookmakers="A + B", opened=3, closed=2, median_s=1855.0, longest_s=3690.0, best_profit=0.03,
            survived={"5": 1.0, "15": 1.0, "60": 0.5, "300": 0.5},
        ),
        Survival(
            bookmakers="A + C", opened=1, closed=0, median_s=None, longest_s=None, best_profit=0.02,
            survived={},
        ),
    ]  # fmt: skip
    assert [one.opened for one in read.survival(tmp_path, Period(until=after(3600)))] == [2]


def test_a_margin_is_of_quotes_with_every_outcome_and_against_their_markets_break_even(tmp_path):
    double = quote(market="double_chance", prices={"1X": 1.25, "12": 1.25, "X2": 2.0})
    write(
        tmp_path,
        "quotes-upcoming",
        quotes(
            ("m1", quote(prices={"1": 2.0, "X": 4.0, "2": 4.0})),
            ("m1", quote(prices={"1": 2.0, "X": 4.0, "2": 2.0}, seen_at=after(1))),
            ("m1", quote(prices={"1": 2.0}, seen_at=after(2))),
            ("m1", double),
        ),
    )
    alpha = {"bookmaker": "BookieAlpha", "source": "upcoming"}
    assert read.margins(tmp_path) == [
        Margin(
            market="double_chance", quotes=1, mean=pytest.approx(0.05), lowest=pytest.approx(0.05), **alpha
        ),
        Margin(market="three_way", quotes=2, mean=0.125, lowest=0.0, **alpha),
    ]


def offered(root, hours):
    """Return the match ids and prices of the board so many hours after noon."""
    return [(one.match_id, one.prices) for one in read.board(root, after(3600 * hours))]


def test_a_kick_off_that_was_brought_forward_is_over_when_it_is(tmp_path):
    corrected = quote(kickoff=after(3 * 3600), seen_at=after(3600), prices={"1": 2.5})
    write(tmp_path, "quotes-upcoming", quotes(("m1", quote(prices={"1": 2.0})), ("m1", corrected)))
    assert offered(tmp_path, 0.5) == [("m1", {"1": 2.0})]
    assert offered(tmp_path, 2) == [("m1", {"1": 2.5})]
    assert offered(tmp_path, 4) == []


def test_a_kick_off_that_was_put_back_is_not_over_before(tmp_path):
    corrected = quote(kickoff=after(8 * 3600), seen_at=after(3600), prices={"1": 2.5})
    write(tmp_path, "quotes-upcoming", quotes(("m1", quote(prices={"1": 2.0})), ("m1", corrected)))
    assert offered(tmp_path, 7) == [("m1", {"1": 2.5})]


def test_an_event_that_joined_another_match_is_offered_in_that_one_alone(tmp_path):
    alone, joined = (quote(event_id="8", prices={"1": one}) for one in (2.0, 2.6))
    joined = msgspec.structs.replace(joined, seen_at=after(7200))
    other = quote("BookieBeta", event_id="9", prices={"1": 2.1})
    write(tmp_path, "quotes-upcoming", quotes(("m2", alone), ("m3", other), ("m3", joined)))
    assert offered(tmp_path, 1) == [("m2", {"1": 2.0}), ("m3", {"1": 2.1})]
    assert offered(tmp_path, 4) == [("m3", {"1": 2.6}), ("m3", {"1": 2.1})]


def test_of_two_prices_seen_at_once_the_later_entry_counts(tmp_path):
    kind, stream = KINDS["quotes"], "quotes-upcoming"
    messages = [
        Message(stream="s", id=f"1778760000000-{number}", fields=fields)
        for number, fields in zip(
            (9, 10), quotes(*(("m1", quote(prices={"1": one})) for one in (2.0, 2.6))), strict=True
        )
    ]
    first, last = (stream_id(one.id) for one in messages)
    part = Part(stream=stream, day="2026-05-14", first=first, last=last)
    parquet.write(tmp_path, part, [row_of(kind, one) for one in messages])
    assert offered(tmp_path, 1) == [("m1", {"1": 2.6})]


def test_nothing_recorded_is_an_empty_answer(tmp_path):
    assert read.quotes(tmp_path, "m1") == []
    for ask in (read.opportunities, read.survival, read.margins, read.health):
        assert ask(tmp_path) == []
