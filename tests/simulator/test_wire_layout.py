"""The simulator answers with the fields of the real sites, of the same types, no more and no less."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from mispriced.simulator import wire
from mispriced.simulator.wire.text import by_event, number, price_text
from tests.domain.quotes import quote

ALPHA = "recorded/bookmakers/betika/"
DELTA = "recorded/bookmakers/sportpesa/"
SOMETIMES = {"provider", "total"}  # in some answers and not in others
SCORES_BESIDE = {"score", "subScore", "currentServer", "extra"}  # of other sports


def shape(data):
    """Return the keys and types of JSON-able data; of a list, those of its items."""
    if isinstance(data, dict):
        return {key: shape(value) for key, value in data.items()}
    if isinstance(data, list):
        return [
            one for place, one in enumerate(map(shape, data)) if one not in list(map(shape, data))[:place]
        ]
    return type(data).__name__


def recorded(shared_data, file):
    return msgspec.json.decode((shared_data / file).read_bytes())


def printed(data):
    return json.loads(json.dumps(data))


def without(data, names):
    return {key: value for key, value in data.items() if key not in names}


def test_an_upcoming_match_of_alpha_looks_like_a_recorded_one(shared_data):
    answer = recorded(shared_data, f"{ALPHA}uo_matches_4_markets_merged_2026-05-14.json")
    answer["data"][0]["odds"] = [one for one in answer["data"][0]["odds"] if one["sub_type_id"] != "18"]
    quotes = [
        quote(competition="LaLiga", country="Spain"),
        quote(market="double_chance", prices={"1X": 1.33, "12": 1.39, "X2": 1.65}),
        quote(market="btts", prices={"yes": 1.86, "no": 1.99}),
    ]
    ours = printed(wire.alpha_matches(quotes))["data"][0]
    theirs = answer["data"][0]
    assert shape(without(ours, SOMETIMES)) == shape(without(theirs, SOMETIMES))
    ids = {"game_id", "match_id", "competition_id", "provider"}
    assert without(ours, ids) == without(theirs, ids)


def test_a_live_match_of_alpha_looks_like_a_recorded_one(shared_data):
    theirs = recorded(shared_data, f"{ALPHA}live_uo_matches_2026-08-30_excerpt.json")["data"][0]
    ours = printed(wire.alpha_live([quote(source="live")]))["data"][0]
    assert shape(without(ours, SOMETIMES)) == shape(without(theirs, SOMETIMES))


def test_a_game_of_delta_looks_like_a_recorded_one(shared_data):
    theirs = recorded(shared_data, f"{DELTA}upcoming_games_single_prematch_2026-05-12.json")
    [game] = theirs
    prices = {"1": 1.04, "X": 9.0, "2": 20.0}
    one = quote(
        "BookieDelta",
        prices,
        event_id="8887261",
        refs={"betradar": "71348330"},
        home="Gold Coast Knights W",
        away="Gold Coast United W",
        competition="Queensland Npl, Women",
        country="Australia",
        kickoff=datetime(2026, 5, 12, 10, 30, tzinfo=UTC),
    )
    ours = printed(wire.delta_games([one]))
    assert shape(ours) == shape(theirs)
    mine = ours[0]
    for name in ("id", "betradarId", "date", "dateTimestamp", "marketsCount", "state"):
        assert mine[name] == game[name]
    assert mine["country"]["iso"] == game["country"]["iso"]


def test_markets_of_delta_look_like_recorded_ones(shared_data):
    theirs = recorded(shared_data, f"{DELTA}games_markets_all_8887261_2026-05-12.json")["8887261"]
    markets = [("three_way", {"1": 1.04, "X": 9.0, "2": 20.0}), ("btts", {"yes": 2.6, "no": 1.4})]
    markets.append(("double_chance", {"1X": 1.01, "X2": 3.7, "12": 1.02}))
    teams = {"home": "Gold Coast Knights W", "away": "Gold Coast United W"}
    quotes = [
        quote("BookieDelta", prices, event_id="8887261", market=market, **teams) for market, prices in markets
    ]
    for ours in printed(wire.delta_markets(quotes))["8887261"]:
        their = next(one for one in theirs if one["id"] == ours["id"])
        for selection in [*ours["selections"], *their["selections"]]:
            del selection["id"]
        assert ours == their


def test_live_answers_of_delta_look_like_recorded_ones(shared_data):
    events = recorded(shared_data, f"{DELTA}live_sports_1_events_2026-08-30.json")
    for event in events["events"]:
        event["state"] = without(event["state"], SCORES_BESIDE)
    one = quote("BookieDelta", source="live", competition="Premier League", country="England")
    assert shape(printed(wire.delta_live_events([one], more=True))) == shape(events)
    markets = recorded(shared_data, f"{DELTA}live_event_markets_2026-08-30.json")
    assert shape(printed(wire.delta_live_markets([one]))) == shape(markets)


@pytest.mark.parametrize(
    ("price", "text"), [(2.3, "2.30"), (1.444, "1.444"), (40.0, "40.00"), (1000, "1000.00"), (1.05, "1.05")]
)
def test_a_price_keeps_every_decimal_and_has_two(price, text):
    assert price_text(price) == text
    assert float(text) == price


def test_numbers_of_names_are_the_same_in_every_run():
    assert number("Spain", "LaLiga") == number("Spain", "LaLiga") == 222_290
    assert number("ab", "c") != number("a", "bc")


def test_quotes_of_an_event_stay_together_in_order():
    quotes = [quote(event_id=event_id) for event_id in ("2", "1", "2")]
    assert [[one.event_id for one in group] for group in by_event(quotes)] == [["2", "2"], ["1"]]


def test_the_older_live_layout_has_its_own_names_and_no_list_inside():
    [row] = wire.delta_live_markets_of_2024([quote("BookieDelta", source="live")])["markets"]
    assert (row["name"], row["eventId"], "markets" in row) == ("Match Result", 61624652, False)
