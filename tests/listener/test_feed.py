"""What the page showed as entries: by market and period, and each told once a cadence."""

from datetime import timedelta

import msgspec
import pytest

from mispriced.backends.keys import Keys
from mispriced.bookmakers import find
from mispriced.domain.model import Quote
from mispriced.listener.feed import Feed
from mispriced.listener.page import Found
from tests.domain.quotes import NOON, quote

THREE_WAY = quote("BookieDelta", competition="LaLiga", country="Spain", refs={"betradar": "7"})
FOUND = Found(events=(THREE_WAY.event,), quotes=(THREE_WAY,))
THREE_WAY_STREAM = "bookiedelta_THREE_WAY-upcoming-0_event"
ALL = [
    THREE_WAY_STREAM,
    "bookiedelta_BTTS-upcoming-0_event",
    "bookiedelta_DOUBLE_CHANCE-upcoming-0_event",
]


@pytest.fixture
def feed():
    return Feed(find("BookieDelta"), Keys())


def streams(entries):
    return [one.stream for one in entries]


def test_an_event_goes_to_every_market_and_carries_the_quote_that_the_page_had(feed):
    entries = feed.entries(FOUND, NOON)
    assert streams(entries) == ALL
    fields = {
        "event_id": "61624652",
        "refs": b'{"betradar":"7"}',
        "home": "Valencia",
        "away": "Rayo Vallecano",
        "competition": "LaLiga",
        "country": "Spain",
        "kickoff": "2026-05-14T17:00:00+00:00",
        "v": "1",
    }
    assert entries[1].fields == entries[2].fields == fields
    assert msgspec.json.decode(entries[0].fields["quote"], type=Quote) == THREE_WAY
    assert entries[0].fields == {**fields, "quote": msgspec.json.encode(THREE_WAY)}


def test_what_was_told_is_told_again_after_a_cadence(feed):
    feed.entries(FOUND, NOON)
    assert feed.entries(FOUND, NOON + timedelta(seconds=59)) == []
    assert streams(feed.entries(FOUND, NOON + timedelta(seconds=60))) == ALL


def test_other_prices_are_told_at_once_and_the_same_prices_are_not(feed):
    feed.entries(FOUND, NOON)
    moved = msgspec.structs.replace(THREE_WAY, prices={"1": 2.4, "X": 3.2, "2": 3.5})
    found = Found(events=(moved.event,), quotes=(moved,))
    for expected in ([THREE_WAY_STREAM], []):
        assert streams(feed.entries(found, NOON + timedelta(seconds=1))) == expected


def test_an_event_listed_without_odds_does_not_undo_the_odds_that_were_told(feed):
    feed.entries(FOUND, NOON)
    assert feed.entries(Found(events=FOUND.events), NOON + timedelta(seconds=1)) == []
    assert feed.entries(FOUND, NOON + timedelta(seconds=2)) == []


def test_what_could_not_be_published_is_told_again(feed):
    feed.entries(FOUND, NOON)
    feed.forget()
    assert streams(feed.entries(FOUND, NOON)) == ALL


def test_an_event_beyond_the_bookmakers_days_is_left_out(feed):
    far = msgspec.structs.replace(THREE_WAY, kickoff=NOON + timedelta(days=30))
    assert feed.entries(Found(events=(far.event,), quotes=(far,)), NOON) == []
