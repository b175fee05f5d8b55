"""What a page receives, read by the adapter's own parsers."""

from datetime import timedelta

import msgspec
import pytest
from msgspec import UNSET

from mispriced.bookmakers import find
from mispriced.domain.model import Score
from mispriced.errors import Usage
from mispriced.listener.page import MOST_EVENTS, Found, Reader, Received, period_of
from mispriced.simulator import wire
from tests.domain.quotes import KICKOFF, NOON, quote

DELTA = find("BookieDelta")
SITE = "https://www.example.test"
THREE_WAY = quote("BookieDelta", competition="LaLiga", country="Spain", refs={"betradar": "7"})
BTTS = msgspec.structs.replace(THREE_WAY, market="btts", prices={"yes": 1.8, "no": 1.95})
LIVE = msgspec.structs.replace(THREE_WAY, source="live", kickoff=NOON - timedelta(minutes=20))


def received(content, path="/", is_frame=False):
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Received(body=body, address=SITE + path, seen_at=NOON, is_frame=is_frame)


def plain(found):
    """Return the quotes without where they are from and the score."""
    return [msgspec.structs.replace(one, origin=UNSET, score=UNSET) for one in found.quotes]


def test_the_list_of_games_gives_its_events_and_the_odds_in_it():
    found = Reader(DELTA).read(received(wire.delta_games([THREE_WAY]), "/delta/api/upcoming/games?o=1"))
    assert (found.events, plain(found)) == ((THREE_WAY.event,), [THREE_WAY])


def test_a_list_by_another_path_is_known_by_its_form():
    found = Reader(DELTA).read(received(wire.delta_games([THREE_WAY]), "/api/todays/1/games"))
    assert plain(found) == [THREE_WAY]


def test_odds_without_teams_are_of_the_events_that_were_listed_before():
    reader = Reader(DELTA)
    markets = received(wire.delta_markets([BTTS]), "/api/games/markets")
    assert reader.read(markets) == Found()
    reader.read(received(wire.delta_games([THREE_WAY]), "/api/upcoming/games"))
    found = reader.read(markets)
    assert (found.events, plain(found)) == ((THREE_WAY.event,), [BTTS])


@pytest.mark.parametrize("printed", [wire.delta_live_markets, wire.delta_live_markets_of_2024])
def test_a_frame_gives_live_odds_in_both_layouts_and_says_so(printed):
    reader = Reader(DELTA)
    listed = reader.read(received(wire.delta_live_events([LIVE]), "/api/live/sports/1/events"))
    assert [one.event_id for one in listed.events] == [LIVE.event_id]
    assert listed.quotes == ()
    found = reader.read(received(printed([LIVE]), "/socket", is_frame=True))
    assert plain(found) == [LIVE]
    assert found.quotes[0].origin.request == f"frame of {SITE}/socket"
    assert found.quotes[0].origin.step == "live_markets"


def test_ids_of_live_and_upcoming_are_apart():
    reader = Reader(DELTA)
    reader.read(received(wire.delta_games([THREE_WAY]), "/api/upcoming/games"))
    assert reader.read(received(wire.delta_live_markets([LIVE]), is_frame=True)) == Found()


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{}", b"[]", b"null", b'{"a": [', b"\xff\xfe", b"42", b"2probe"]
)
def test_what_is_no_odds_gives_nothing(body):
    for is_frame in (True, False):
        assert Reader(DELTA).read(received(body, is_frame=is_frame)) == Found()


def test_the_events_that_are_remembered_are_bounded_and_the_newest():
    reader = Reader(DELTA)
    games = [msgspec.structs.replace(THREE_WAY, event_id=str(one + 1)) for one in range(MOST_EVENTS + 1)]
    reader.read(received(wire.delta_games(games), "/api/upcoming/games"))
    tables = [msgspec.structs.replace(BTTS, event_id=one) for one in ("1", "2")]
    found = reader.read(received(wire.delta_markets(tables), "/api/games/markets"))
    assert [one.event_id for one in found.quotes] == ["2"]


def test_a_bookmaker_that_does_not_answer_by_id_has_no_event_stream():
    with pytest.raises(Usage, match="BookieGamma does not answer by event id"):
        Reader(find("BookieGamma"))


@pytest.mark.parametrize(
    ("shift", "source", "period"),
    [
        (0, "upcoming", "0"),
        (1, "upcoming", "1"),
        (4, "upcoming", "4"),
        (9, "upcoming", None),
        (1, "live", "0"),
    ],
)
def test_the_period_is_the_kickoffs_day_and_live_is_today(shift, source, period):
    event = msgspec.structs.replace(THREE_WAY, kickoff=KICKOFF + timedelta(days=shift), source=source).event
    assert period_of(DELTA, event, NOON) == period


def test_an_upcoming_event_whose_kickoff_is_past_is_todays():
    event = msgspec.structs.replace(THREE_WAY, kickoff=NOON - timedelta(days=1)).event
    assert period_of(DELTA, event, NOON) == "0"


def test_a_live_score_comes_with_the_listed_event():
    live = msgspec.structs.replace(LIVE, score=Score(2, 1))
    found = Reader(DELTA).read(received(wire.delta_live_events([live]), "/api/live/sports/1/events"))
    assert found.events[0].score == Score(2, 1)
