"""Answers of the real sites, read to the last quote: what was computed from them once, by hand checked.

The recordings lie beside the checkout and are not in it; here are counts, sums, digests and a few whole
quotes. Where they come from: ../shared/data/recorded/README.md.
"""

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from mispriced.bookmakers import find
from mispriced.bookmakers.contract import Reading
from mispriced.bookmakers.offline import parse_file
from mispriced.domain.model import Quote, Score, Source, encode

ALPHA = "recorded/bookmakers/betika/"
DELTA = "recorded/bookmakers/sportpesa/"
SEEN = datetime(2026, 5, 12, 8, tzinfo=UTC)


class Recording(NamedTuple):
    """A recorded answer with all that it holds: quotes by market, requests by step, and their digest.

    `prices`: the sum of all prices; `closed`: suspended outcomes by event and market.
    """

    bookmaker: str
    source: Source
    step: str
    file: str
    after: str | None
    quotes: dict[str, int]
    events: int
    requests: dict[str, int]
    prices: float
    digest: str
    categories: dict[str, int]
    closed: dict[tuple[str, str], tuple[str, ...]] = {}  # noqa: RUF012

    def __str__(self) -> str:
        return self.file.rpartition("/")[2].removesuffix(".json") + ("-after" if self.after else "")


RECORDINGS = [
    Recording(
        "BookieAlpha",
        "live",
        "live",
        f"{ALPHA}live_uo_matches_2026-08-30_excerpt.json",
        None,
        quotes={"three_way": 3},
        events=3,
        requests={},
        prices=208.77,
        digest="c2e5d658d3df812d",
        categories={"men": 3},
    ),
    Recording(
        "BookieAlpha",
        "upcoming",
        "matches",
        f"{ALPHA}uo_matches_prematch_2026-05-13.json",
        None,
        quotes={"three_way": 1},
        events=1,
        requests={"matches": 6},
        prices=20.03,
        digest="b35408cd966b352f",
        categories={"men": 1},
    ),
    Recording(
        "BookieAlpha",
        "upcoming",
        "matches",
        f"{ALPHA}uo_matches_4_markets_merged_2026-05-14.json",
        None,
        quotes={"three_way": 1, "double_chance": 1, "btts": 1},
        events=1,
        requests={"matches": 5},
        prices=17.27,
        digest="aad1d03e030efd41",
        categories={"men": 1},
    ),
    Recording(
        "BookieDelta",
        "upcoming",
        "games",
        f"{DELTA}upcoming_games_2026-05-12.json",
        None,
        quotes={"three_way": 10},
        events=10,
        requests={"markets": 1},
        prices=119.67,
        digest="4741c46054b20d0e",
        categories={"women": 1, "men": 6, "reserve": 3},
    ),
    Recording(
        "BookieDelta",
        "upcoming",
        "games",
        f"{DELTA}todays_1_games_2026-08-30.json",
        None,
        quotes={"three_way": 3},
        events=3,
        requests={"markets": 1},
        prices=35.58,
        digest="31336e1025d96a5e",
        categories={"men": 3},
    ),
    Recording(
        "BookieDelta",
        "upcoming",
        "games",
        f"{DELTA}upcoming_games_single_prematch_2026-05-12.json",
        None,
        quotes={"three_way": 1},
        events=1,
        requests={"markets": 1},
        prices=30.04,
        digest="d3cc895bddf20e44",
        categories={"women": 1},
    ),
    Recording(
        "BookieDelta",
        "upcoming",
        "games",
        f"{DELTA}upcoming_games_single_second_2026-05-12.json",
        None,
        quotes={"three_way": 1},
        events=1,
        requests={"markets": 1},
        prices=8.85,
        digest="e2477f97c7d5e01d",
        categories={"men": 1},
    ),
    Recording(
        "BookieDelta",
        "upcoming",
        "markets",
        f"{DELTA}games_markets_all_8887261_2026-05-12.json",
        f"{DELTA}upcoming_games_2026-05-12.json",
        quotes={"three_way": 1, "btts": 1, "double_chance": 1},
        events=1,
        requests={},
        prices=39.77,
        digest="216cba466ff8a1e5",
        categories={"women": 1},
    ),
    Recording(
        "BookieDelta",
        "live",
        "live_events",
        f"{DELTA}live_sports_1_events_2026-08-30.json",
        None,
        quotes={},
        events=3,
        requests={"live_markets": 3},
        prices=0,
        digest="e3b0c44298fc1c14",
        categories={"men": 3},
    ),
    Recording(
        "BookieDelta",
        "live",
        "live_markets",
        f"{DELTA}live_event_markets_2026-08-30.json",
        f"{DELTA}live_sports_1_events_2026-08-30.json",
        quotes={"three_way": 3, "double_chance": 3, "btts": 1},
        events=3,
        requests={},
        prices=241.44,
        digest="ce1a9d89464794a8",
        categories={"men": 3},
        closed={("1702585", "double_chance"): ("1X", "12"), ("1702597", "double_chance"): ("1X",)},
    ),
]
ANSWERS = {recording.file.rpartition("/")[2]: recording for recording in RECORDINGS}
recordings = pytest.mark.parametrize("recording", RECORDINGS, ids=str)


def reading_of(recording: Recording, shared_data: Path) -> Reading:
    after = (shared_data / recording.after).read_bytes() if recording.after else None
    body = (shared_data / recording.file).read_bytes()
    return parse_file(find(recording.bookmaker), recording.source, recording.step, body, SEEN, after)


@recordings
def test_a_recording_is_read_to_the_last_quote(recording, shared_data):
    reading = reading_of(recording, shared_data)
    events = {one.event_key: one.category for one in reading.quotes}
    events |= {event.key: event.category for request in reading.requests for event in request.events}
    assert (reading.outcome, reading.skipped) == ("ok", ())
    assert Counter(one.market for one in reading.quotes) == recording.quotes
    assert Counter(one.step for one in reading.requests) == recording.requests
    assert len(events) == recording.events
    assert Counter(events.values()) == recording.categories
    assert sum(sum(one.prices.values()) for one in reading.quotes) == pytest.approx(recording.prices)
    assert {
        (one.event_id, one.market): one.suspended for one in reading.quotes if one.suspended
    } == recording.closed
    assert digest(reading.quotes) == recording.digest


@recordings
def test_a_recording_is_read_as_a_plain_walk_through_it_reads(recording, shared_data):
    """The walk knows nothing of names, times or adapters: it sums the open prices of the three markets."""
    walked = WALKS[recording.bookmaker, recording.step](
        msgspec.json.decode((shared_data / recording.file).read_bytes())
    )
    prices = [price for one in reading_of(recording, shared_data).quotes for price in one.prices.values()]
    assert sorted(prices) == sorted(walked)


def walk_alpha(answer):
    groups = [group for match in answer["data"] for group in match["odds"]]
    return [
        float(odd["odd_value"])
        for group in groups
        if int(group["sub_type_id"]) in (1, 10, 29)
        for odd in group["odds"]
    ]


def walk_games(answer):
    return [
        float(one["odds"]) for game in answer for market in game["markets"] for one in market["selections"]
    ]


def walk_markets(answer):
    markets = [market for markets in answer.values() for market in markets if market["id"] in (10, 43, 46)]
    return [float(one["odds"]) for market in markets for one in market["selections"]]


def walk_live_markets(answer):
    markets = [market for event in answer["markets"] for market in event["markets"]]
    selections = [
        one for market in markets if market["id"] in (194, 138, 147) for one in market["selections"]
    ]
    return [float(one["odds"]) for one in selections if one["status"] == "Open"]


WALKS = {
    ("BookieAlpha", "live"): walk_alpha,
    ("BookieAlpha", "matches"): walk_alpha,
    ("BookieDelta", "games"): walk_games,
    ("BookieDelta", "markets"): walk_markets,
    ("BookieDelta", "live_events"): lambda answer: [],
    ("BookieDelta", "live_markets"): walk_live_markets,
}


def digest(quotes):
    """Return a digest of the quotes without what depends on the reading: where it was read from."""
    lines = sorted(encode(msgspec.structs.replace(one, origin=msgspec.UNSET)) for one in quotes)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()[:16]


def test_a_prematch_match_is_read_whole(shared_data):
    reading = reading_of(ANSWERS["uo_matches_4_markets_merged_2026-05-14.json"], shared_data)
    [three_way, double_chance, btts] = reading.quotes
    assert bare(three_way) == Quote(
        bookmaker="BookieAlpha",
        event_id="61624652",
        refs={"betradar": "61624652"},
        home="Valencia",
        away="Rayo Vallecano",
        competition="LaLiga",
        country="Spain",
        kickoff=datetime(2026, 5, 14, 17, tzinfo=UTC),
        market="three_way",
        prices={"1": 2.3, "X": 3.2, "2": 3.55},
        source="upcoming",
        seen_at=SEEN,
    )
    assert double_chance.prices == {"1X": 1.33, "12": 1.39, "X2": 1.65}
    assert btts.prices == {"yes": 1.86, "no": 1.99}


def test_the_markets_of_one_game_are_read_with_the_list_before(shared_data):
    reading = reading_of(ANSWERS["games_markets_all_8887261_2026-05-12.json"], shared_data)
    assert {one.market: one.prices for one in reading.quotes} == {
        "three_way": {"1": 1.04, "X": 9.0, "2": 20.0},
        "btts": {"yes": 2.6, "no": 1.4},
        "double_chance": {"1X": 1.01, "X2": 3.7, "12": 1.02},
    }
    [one, *_] = reading.quotes
    assert (one.home, one.away, one.category) == ("Gold Coast Knights W", "Gold Coast United W", "women")
    assert (one.refs, one.kickoff) == ({"betradar": "71348330"}, datetime(2026, 5, 12, 10, 30, tzinfo=UTC))


def test_a_live_event_is_read_with_its_score_and_closed_outcomes(shared_data):
    reading = reading_of(ANSWERS["live_event_markets_2026-08-30.json"], shared_data)
    one = next(one for one in reading.quotes if one.event_id == "1702585" and one.market == "double_chance")
    assert bare(one) == Quote(
        bookmaker="BookieDelta",
        event_id="1702585",
        refs={"betradar": "72221216"},
        home="Chelsea FC",
        away="Brighton & Hove Albion",
        competition="Premier League",
        country="England",
        kickoff=datetime(2026, 8, 30, 13, tzinfo=UTC),
        market="double_chance",
        prices={"X2": 11.0},
        suspended=("1X", "12"),
        source="live",
        seen_at=SEEN,
        score=Score(4, 2),
    )


@pytest.mark.parametrize("step", ["live_markets", "markets"])
def test_markets_without_the_answer_before_say_what_they_need(step, shared_data):
    recording = next(one for one in RECORDINGS if one.step == step)
    reading = parse_file(
        find(recording.bookmaker), recording.source, step, (shared_data / recording.file).read_bytes(), SEEN
    )
    assert (reading.outcome, reading.quotes) == ("rejected", ())
    assert all("needs --after" in one.reason for one in reading.skipped)


def test_two_bookmakers_share_the_reference_of_the_same_live_events(shared_data):
    alpha = reading_of(ANSWERS["live_uo_matches_2026-08-30_excerpt.json"], shared_data).quotes
    delta = reading_of(ANSWERS["live_event_markets_2026-08-30.json"], shared_data).quotes
    assert {one.refs["betradar"] for one in alpha} == {one.refs["betradar"] for one in delta}
    assert {one.kickoff for one in alpha} == {one.kickoff for one in delta}


def test_an_answer_of_another_endpoint_is_rejected(shared_data):
    body = (shared_data / f"{DELTA}live_sports_2026-05-12.json").read_bytes()
    for step in ("live_events", "live_markets"):
        assert parse_file(find("BookieDelta"), "live", step, body, SEEN).outcome == "rejected"


def test_a_recording_read_years_later_is_the_same(shared_data):
    recording = RECORDINGS[0]
    body = (shared_data / recording.file).read_bytes()
    later = parse_file(
        find(recording.bookmaker), recording.source, recording.step, body, SEEN + timedelta(days=4000)
    )
    assert len(later.quotes) == recording.events


def bare(one):
    return msgspec.structs.replace(one, origin=msgspec.UNSET)
