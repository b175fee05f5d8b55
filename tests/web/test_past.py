"""What the page asks of the record: a day written by hand, and no record at all."""

from datetime import timedelta

import pytest

from tests.domain.quotes import NOON, quote
from tests.history.test_read import after, quotes, told, write
from tests.web.conftest import site_on


@pytest.fixture
def recorded(server, store, tmp_path):
    """Yield a site with a record of two prices of a match, and of an opportunity that stood for 20 s."""
    later = quote("BookieAlpha", seen_at=after(60), prices={"1": 2.5, "X": 3.0, "2": 3.1})
    write(tmp_path, "quotes-upcoming", quotes(("m1", quote("BookieAlpha")), ("m1", later)))
    books = ("BookieAlpha", "BookieBeta")
    opened, closed = told("sb1", "opened", NOON, *books), told("sb1", "closed", after(20), *books)
    write(tmp_path, "opportunities", [opened, closed])
    with site_on(server, tmp_path) as found:
        yield found


def test_the_record_says_hours_survival_and_margins(recorded):
    found = recorded.get("/api/v1/history").json
    assert found["recorded"] is True
    assert [(one["hour"], one["opened"], one["closed"]) for one in found["hours"]] == [
        (f"{NOON:%Y-%m-%dT%H:%M:%S}Z", 1, 1)
    ]
    assert [(one["bookmakers"], one["median_s"], one["survived"]) for one in found["survival"]] == [
        ("BookieAlpha + BookieBeta", 20.0, {"5": 1.0, "15": 1.0, "60": 0.0, "300": 0.0})
    ]
    assert [(one["bookmaker"], one["market"], one["quotes"]) for one in found["margins"]] == [
        ("BookieAlpha", "three_way", 2)
    ]


def test_the_prices_of_a_match_are_every_change(recorded):
    found = recorded.get("/api/v1/history/prices?match_id=m1").json["prices"]
    moments = [NOON, NOON + timedelta(seconds=60)]
    assert [(one["seen_at"], one["prices"]) for one in found] == [
        (f"{at:%Y-%m-%dT%H:%M:%S}Z", dict(prices))
        for at, prices in zip(moments, (quote().prices, {"1": 2.5, "X": 3.0, "2": 3.1}), strict=True)
    ]
    assert recorded.get("/api/v1/history/prices?match_id=m9").json["prices"] == []


def test_without_a_record_it_is_said_and_nothing_made_up(standing):
    assert standing.get("/api/v1/history").json == {
        "simulated": False, "recorded": False, "hours": [], "survival": [], "margins": [],
    }  # fmt: skip
    assert standing.get("/api/v1/history/prices?match_id=m1").json == {
        "simulated": False, "recorded": False, "prices": [],
    }  # fmt: skip
