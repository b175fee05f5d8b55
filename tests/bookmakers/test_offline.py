"""Reading recorded answers without a network: which step, and what comes before it."""

import json

import msgspec
import pytest

from mispriced.bookmakers import find
from mispriced.bookmakers.offline import parse_file
from mispriced.errors import Usage
from mispriced.simulator import wire
from tests.bookmakers.sites import SITES
from tests.domain.quotes import NOON

GAMES, MARKETS = SITES[5], SITES[-1]


def parse(source, step, body=b"{}", after=None, name="BookieDelta"):
    return parse_file(find(name), source, step, body, NOON, after)


@pytest.mark.parametrize(("step", "hint"), [("gamez", "; did you mean 'games'?"), ("live_events", "")])
def test_an_unknown_step_is_a_usage_error(step, hint):
    with pytest.raises(Usage) as error:
        parse("upcoming", step)
    assert str(error.value) == f"unknown step of BookieDelta upcoming {step!r}; allowed: games, markets{hint}"


def test_a_source_that_the_bookmaker_lacks_is_a_usage_error():
    with pytest.raises(Usage, match="unknown source of BookieBeta 'live'; allowed: upcoming"):
        parse("live", "events", name="BookieBeta")


def test_nothing_comes_before_a_first_step():
    with pytest.raises(Usage, match="games is the first step of BookieDelta upcoming"):
        parse("upcoming", "games", b"[]", after=b"[]")


@pytest.mark.parametrize("after", [b"", b"[]", b"<html>", b'{"error": 1}'])
def test_an_answer_before_that_leads_nowhere_says_so(after):
    body = json.dumps(MARKETS.answer()).encode()
    reading = parse("upcoming", "markets", body, after)
    assert reading.outcome == "rejected"
    assert reading.skipped[0].reason.startswith("--after: no request for markets in the answer of games")


def test_events_of_several_follow_ups_are_all_known():
    quotes = [
        one
        for number in range(1, 31)
        for one in [GAMES.quotes()[0]]
        for one in [renumbered(one, str(number))]
    ]
    after = json.dumps(wire.delta_games(quotes)).encode()
    btts = [renumbered(MARKETS.quotes()[0], str(number)) for number in range(1, 31)]
    reading = parse("upcoming", "markets", json.dumps(wire.delta_markets(btts)).encode(), after)
    assert reading.skipped == ()
    assert [one.event_id for one in reading.quotes] == [str(number) for number in range(1, 31)]


def test_a_broken_item_of_the_answer_before_only_costs_its_event():
    games = GAMES.answer()
    games[0]["date"] = "tomorrow"
    reading = parse("upcoming", "markets", json.dumps(MARKETS.answer()).encode(), json.dumps(games).encode())
    assert [one.event_id for one in reading.quotes] == ["70784812", "555"]
    assert [one.reason for one in reading.skipped] == ["markets: event 61624652 was not asked for"]


def renumbered(one, event_id):
    return msgspec.structs.replace(one, event_id=event_id, refs={})
