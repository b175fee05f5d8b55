"""A quote printed as a bookmaker's answer and read by its adapter is the quote again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.bookmakers import find
from mispriced.bookmakers.contract import ANY_DAY, read
from mispriced.domain.markets import MARKETS, Market, outcomes
from mispriced.domain.model import Quote, Score, Source, encode
from mispriced.domain.names import categorize, is_virtual
from mispriced.exchange import Job, Payload, Request
from mispriced.simulator import wire

NOW = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
SEEN = datetime(2026, 5, 14, 12, 0, 2, tzinfo=UTC)
SITES: list[tuple[str, Source]] = [
    ("BookieAlpha", "upcoming"),
    ("BookieAlpha", "live"),
    ("BookieBeta", "upcoming"),
    ("BookieGamma", "upcoming"),
    ("BookieGamma", "live"),
    ("BookieDelta", "upcoming"),
    ("BookieDelta", "live"),
]
HAS_THE_REFERENCE_AS_ITS_ID = ("BookieAlpha", "BookieGamma")
HAS_NO_REFERENCE = ("BookieBeta",)
CANNOT_SAY_SUSPENDED = [("BookieAlpha", "upcoming"), ("BookieDelta", "upcoming")]


def job_of(bookmaker: str, source: Source, markets: tuple[Market, ...] = tuple(MARKETS)) -> Job:
    period = next(word for word, day in find(bookmaker).periods.items() if day == 0)
    return Job(bookmaker=bookmaker, markets=markets, source=source, period=period, day=ANY_DAY, now=NOW)


def answers(bookmaker: str, source: Source, quotes: list[Quote]) -> list[tuple[str, Any]]:
    """Return the steps of the last stage with what the site answers there."""
    last: dict[tuple[str, Source], list[tuple[str, Callable[[list[Quote]], Any]]]] = {
        ("BookieAlpha", "upcoming"): [("matches", wire.alpha_matches)],
        ("BookieAlpha", "live"): [("live", wire.alpha_live)],
        ("BookieBeta", "upcoming"): [("events", wire.beta_events)],
        ("BookieGamma", "upcoming"): [("matches", wire.gamma_matches)],
        ("BookieGamma", "live"): [("live", wire.gamma_live)],
        ("BookieDelta", "upcoming"): [("games", wire.delta_games), ("markets", wire.delta_markets)],
        ("BookieDelta", "live"): [
            ("live_markets", wire.delta_live_markets),
            ("live_markets", wire.delta_live_markets_of_2024),
        ],
    }
    return [(step, printed(quotes)) for step, printed in last[bookmaker, source]]


names = st.text(
    st.characters(categories=("L", "Nd", "Zs", "Pd"), exclude_characters="\u200b"), min_size=1, max_size=30
).map(str.strip)
prices = st.floats(min_value=1.0, max_value=1000.0, exclude_min=True)


@st.composite
def listed_quotes(draw: st.DrawFn, bookmaker: str, source: Source) -> list[Quote]:
    events = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=4, unique=True))
    found = []
    for number in events:
        home, away, competition, country = (draw(names) for _ in range(4))
        category = categorize(home, away, competition, country)
        if home.lower() == away.lower() or not (home and away) or category == "virtual":
            continue
        if {home.lower(), away.lower()} & {"draw", "x", "1", "2"}:
            continue
        reference = {"betradar": str(number)} if bookmaker in HAS_THE_REFERENCE_AS_ITS_ID else {}
        if bookmaker == "BookieDelta":
            reference = draw(st.sampled_from([{}, {"betradar": "71348330"}]))
        kickoff = NOW + timedelta(seconds=draw(st.integers(-100_000, 1_000_000)))
        score = draw(st.builds(Score, st.integers(0, 99), st.integers(0, 99)) | st.just(msgspec.UNSET))
        for market in draw(st.lists(st.sampled_from(list(MARKETS)), min_size=1, unique=True)):
            have = draw(st.lists(st.sampled_from(outcomes(market)), min_size=1, unique=True))
            closed = (
                [] if (bookmaker, source) in CANNOT_SAY_SUSPENDED else draw(st.lists(st.sampled_from(have)))
            )
            found.append(
                Quote(
                    bookmaker=bookmaker,
                    event_id=str(number),
                    refs=reference,
                    home=home,
                    away=away,
                    competition=competition,
                    country=country,
                    category=category,
                    kickoff=kickoff,
                    market=market,
                    prices={outcome: draw(prices) for outcome in have if outcome not in closed},
                    suspended=tuple(sorted({*closed})),
                    source=source,
                    seen_at=SEEN,
                    score=score if source == "live" else msgspec.UNSET,
                )
            )
    return found


def comparable(quotes: list[Quote]) -> list[Quote]:
    bare = [
        msgspec.structs.replace(
            one, seen_at=SEEN, origin=msgspec.UNSET, suspended=tuple(sorted(one.suspended))
        )
        for one in quotes
    ]
    return sorted(bare, key=lambda one: (one.event_id, one.market))


@pytest.mark.parametrize(("bookmaker", "source"), SITES)
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_quote_survives_being_printed_and_read(bookmaker: str, source: Source, data: st.DataObject) -> None:
    quotes = data.draw(listed_quotes(bookmaker, source))
    events = tuple({one.event_id: one.event for one in quotes}.values())
    for step, answer in answers(bookmaker, source, quotes):
        wanted = [one for one in quotes if step != "games" or one.market == "three_way"]
        asked = Request(
            step=step,
            path="/",
            params={"page": "1", "limit": "100", "pag_count": "50", "pag_min": "1"},
            events=events,
        )
        reading = read(
            find(bookmaker), Payload.of(asked, json.dumps(answer).encode(), SEEN), job_of(bookmaker, source)
        )
        assert reading.skipped == ()
        assert comparable(list(reading.quotes)) == comparable(wanted)


def first_answers(bookmaker: str, quotes: list[Quote]) -> Any:
    printers: dict[str, Callable[[list[Quote]], Any]] = {
        "BookieBeta": wire.beta_tournaments,
        "BookieGamma": wire.gamma_competitions,
        "BookieDelta": wire.delta_live_events,
    }
    return json.loads(json.dumps(printers[bookmaker](quotes)))


def follow_ups(bookmaker: str, source: Source, quotes: list[Quote]) -> tuple[Request, ...]:
    job = job_of(bookmaker, source)
    [asked] = find(bookmaker).start(job)
    payload = Payload.of(asked, json.dumps(first_answers(bookmaker, quotes)).encode(), SEEN)
    reading = read(find(bookmaker), payload, job)
    assert reading.skipped == ()
    return reading.requests


def is_real(one: Quote) -> bool:
    return not is_virtual(one.competition)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_tournament_of_beta_is_asked_for_by_its_key(data: st.DataObject) -> None:
    quotes = data.draw(listed_quotes("BookieBeta", "upcoming"))
    keys = {
        json.loads(one.json_body["data"])["tournId"] for one in follow_ups("BookieBeta", "upcoming", quotes)
    }
    assert keys == {wire.beta_tournament(one) for one in quotes if is_real(one)}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_competition_of_gamma_is_asked_for_by_its_id(data: st.DataObject) -> None:
    quotes = data.draw(listed_quotes("BookieGamma", "upcoming"))
    keys = {one.params["competition_id"] for one in follow_ups("BookieGamma", "upcoming", quotes)}
    assert keys == {wire.gamma_competition(one) for one in quotes if is_real(one)}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_live_event_of_delta_travels_with_its_score(data: st.DataObject) -> None:
    quotes = data.draw(listed_quotes("BookieDelta", "live"))
    events = {event for one in follow_ups("BookieDelta", "live", quotes) for event in map(encode, one.events)}
    assert events == {encode(one.event) for one in quotes}
