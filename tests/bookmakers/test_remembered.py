"""Reading with a memory of the answer before gives what reading without gives, for less work."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.bookmakers import find
from mispriced.bookmakers.contract import Reading, Skipped, read
from mispriced.bookmakers.listing import FURTHEST_KICKOFF
from mispriced.bookmakers.remembered import Remembered
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import Score
from mispriced.exchange import Payload, Request
from tests.bookmakers.sites import PAGE, SITES, WITH_PRICES, Site, at, put
from tests.domain.quotes import KICKOFF, NOON

[ALPHA] = [site for site in SITES if (site.bookmaker, site.step) == ("BookieAlpha", "live")]
[DELTA] = [site for site in SITES if site.printed.__name__ == "delta_live_markets"]
REMEMBERING = [
    site for site in WITH_PRICES if (site.bookmaker, site.source) != ("BookieDelta", "upcoming")
]  # the others' items are not read apart from the answer they stand in
JUNK: list[Any] = [None, True, "", "0.5", "1.91", 7, -1, [], {}, "2099-01-01 00:00:00"]
SCORES = [Score(0, 0), Score(1, 0)]


def payload(
    site: Site, answer: Any, seconds: int = 0, page: str = "1", score: Score | None = None
) -> Payload:
    events = tuple({one.event_id: one.event for one in site.quotes()}.values())
    if score is not None:
        events = tuple(msgspec.structs.replace(one, score=score) for one in events)
    asked = Request(step=site.step, path="/", params={**PAGE, "page": page}, events=events)
    return Payload.of(asked, json.dumps(answer).encode(), NOON + timedelta(seconds=seconds))


def told(reading: Reading) -> Reading:
    """Return a reading without how its skipped items begin: as they stood there, or as they were read."""
    reasons = tuple(Skipped(one.reason) for one in reading.skipped)
    return msgspec.structs.replace(reading, skipped=reasons)


def is_kept(before: Reading, after: Reading) -> list[bool]:
    """Say of each quote whether its prices are the very object that they were: its row was not read again."""
    return [one.prices is two.prices for one, two in zip(before.quotes, after.quotes, strict=True)]


@st.composite
def polls(draw: st.DrawFn, site: Site) -> tuple[Any, dict[str, Any]]:
    """Draw an answer like the site's sound one, and how it was asked for."""
    answer = site.answer()
    rows = site.rows(answer)
    keys = list(rows) if isinstance(rows, dict) else range(len(rows))
    for key in draw(st.lists(st.sampled_from(keys), max_size=2, unique=True)):
        fields = [path for path in (site.price, site.event_id, site.word, site.outcomes, site.home) if path]
        put(rows[key], draw(st.sampled_from(fields)), draw(st.sampled_from(JUNK)))
    if isinstance(rows, list):
        rows[:] = draw(st.lists(st.sampled_from(rows), max_size=4))
    how = {
        "seconds": draw(st.integers(-5, 5)),
        "page": draw(st.sampled_from("12")),
        "score": draw(st.sampled_from(SCORES)),
    }
    return answer, how


@pytest.mark.parametrize("site", SITES, ids=str)
@settings(deadline=None, max_examples=10)
@given(st.data())
def test_any_answers_are_read_as_without_a_memory(site: Site, data: st.DataObject) -> None:
    remembered = Remembered(most_bytes=data.draw(st.sampled_from([0, 3000, 1_000_000])))
    for _ in range(5):
        answer, how = data.draw(polls(site))
        markets = data.draw(st.sampled_from([tuple(MARKETS), ("btts",), (site.market,)]))
        days = data.draw(st.sampled_from([0, 0, 1]))
        job = msgspec.structs.replace(
            site.job(markets), day=data.draw(st.sampled_from([-1, 0])), now=NOON + timedelta(days=days)
        )
        asked = payload(site, answer, **how)
        expected = read(find(site.bookmaker), asked, job)
        assert told(remembered.read(find(site.bookmaker), asked, job)) == told(expected)


@pytest.mark.parametrize("site", REMEMBERING, ids=str)
def test_a_row_that_did_not_change_is_not_read_again(site: Site) -> None:
    remembered, bookmaker = Remembered(), find(site.bookmaker)
    first = remembered.read(bookmaker, payload(site, site.answer()), site.job())
    answer = site.answer()
    rows = site.rows(answer)
    put(rows[0], site.price, "9.5" if isinstance(at(rows[0], site.price), str) else 9.5)
    again = remembered.read(bookmaker, payload(site, answer, seconds=7), site.job())
    assert is_kept(first, again) == [False, True, True]
    assert {one.seen_at for one in again.quotes} == {NOON + timedelta(seconds=7)}
    assert {one.origin for one in again.quotes} == {payload(site, answer).origin}


def test_a_broken_row_is_reported_each_time() -> None:
    remembered, answer = Remembered(), ALPHA.answer()
    put(ALPHA.rows(answer)[0], ALPHA.price, "11/8")
    for seconds in range(3):
        reading = remembered.read(find("BookieAlpha"), payload(ALPHA, answer, seconds), ALPHA.job())
        assert (reading.outcome, len(reading.quotes)) == ("partial", 2)
        assert [one.reason for one in reading.skipped] == [
            "BookieAlpha: three_way of event 61624652: price is '11/8', must be a decimal number"
        ]


def test_a_goal_since_the_answer_before_is_in_the_quotes() -> None:
    remembered = Remembered()
    scores = [
        {
            one.score
            for one in remembered.read(
                find("BookieDelta"), payload(DELTA, DELTA.answer(), place, score=score), DELTA.job()
            ).quotes
        }
        for place, score in enumerate(SCORES)
    ]
    assert scores == [{one} for one in SCORES]


def test_the_time_of_an_older_answer_judges_its_own_kickoffs() -> None:
    remembered, answer = Remembered(), ALPHA.answer()
    ahead = KICKOFF + timedelta(minutes=15) - NOON
    seconds = round((ahead - FURTHEST_KICKOFF).total_seconds())
    outcomes = [
        remembered.read(find("BookieAlpha"), payload(ALPHA, answer, moment), ALPHA.job()).outcome
        for moment in (seconds, seconds - 1, seconds)
    ]
    assert outcomes == ["ok", "rejected", "ok"]


def test_only_the_last_answers_within_the_bytes_are_remembered() -> None:
    bookmaker, answer = find("BookieAlpha"), ALPHA.answer()
    remembered = Remembered(most_bytes=2 * len(json.dumps(answer)))

    def asked(page: str) -> Reading:
        return remembered.read(bookmaker, payload(ALPHA, answer, page=page), ALPHA.job())

    first = {page: asked(page) for page in "123"}
    for page, kept in {"3": True, "2": True, "1": False}.items():
        assert is_kept(first[page], asked(page)) == [kept] * 3


@pytest.mark.parametrize(
    "change",
    [{"markets": ("btts",)}, {"day": 1}, {"now": NOON + timedelta(days=1)}],
    ids=lambda change: next(iter(change)),
)
def test_rows_of_another_order_are_not_taken(change: dict[str, Any]) -> None:
    [site] = [one for one in SITES if (one.bookmaker, one.step) == ("BookieGamma", "matches")]
    remembered, bookmaker, asked = Remembered(), find(site.bookmaker), payload(site, site.answer())
    today = msgspec.structs.replace(site.job(), day=0)
    other = msgspec.structs.replace(today, **change)
    counts = [len(remembered.read(bookmaker, asked, job).quotes) for job in (today, other, today)]
    assert counts == [3, 0, 3]


def test_rows_of_another_request_are_not_taken() -> None:
    [site] = [one for one in SITES if one.bookmaker == "BookieBeta"]
    remembered, bookmaker, asked = Remembered(), find(site.bookmaker), payload(site, site.answer())
    bodies = [{"data": "1"}, {"data": "2"}, {"data": "1"}]
    requests = [msgspec.structs.replace(asked.request, json_body=body) for body in bodies]
    first, other, again = (
        remembered.read(bookmaker, msgspec.structs.replace(asked, request=request), site.job())
        for request in requests
    )
    assert is_kept(first, other) == [False] * 3
    assert is_kept(first, again) == [True] * 3
