from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.freshness import (
    CLOCK_SLACK,
    FreshnessLimits,
    Validity,
    age,
    overlap,
    state,
    validity,
)
from tests.domain.quotes import KICKOFF, NOON, quote

LIMITS = FreshnessLimits(by_bookmaker={"BookieBeta/upcoming": 60})


@pytest.mark.parametrize(
    ("bookmaker", "source", "seconds", "expected"),
    [
        ("BookieAlpha", "live", 0, "fresh"),
        ("BookieAlpha", "live", 15, "fresh"),
        ("BookieAlpha", "live", 15.1, "stale"),
        ("BookieAlpha", "live", 150.1, "gone"),
        ("BookieAlpha", "upcoming", 600, "fresh"),
        ("BookieAlpha", "upcoming", 601, "stale"),
        ("BookieBeta", "upcoming", 61, "stale"),
        ("BookieBeta", "upcoming", 601, "gone"),
        ("BookieAlpha", "live", -2, "fresh"),
        ("BookieAlpha", "live", -2.1, "stale"),
    ],
)
def test_state_by_age(bookmaker, source, seconds, expected):
    assert state(quote(bookmaker, source=source), NOON + timedelta(seconds=seconds), LIMITS) == expected


@pytest.mark.parametrize(
    ("seen", "now", "source", "expected"),
    [
        (-60, -1, "upcoming", "fresh"),
        (-60, 0, "upcoming", "gone"),
        (-60, 60, "upcoming", "gone"),
        (30, 60, "upcoming", "fresh"),
        (-5, 5, "live", "fresh"),
    ],
)
def test_an_upcoming_price_ends_at_the_kickoff_unless_seen_after_it(seen, now, source, expected):
    offered = quote(source=source, seen_at=KICKOFF + timedelta(seconds=seen))
    assert state(offered, KICKOFF + timedelta(seconds=now), LIMITS) == expected


def test_a_quote_without_any_price_is_suspended():
    assert state(quote(prices={}, suspended=("1", "X", "2")), NOON, LIMITS) == "suspended"


@given(st.floats(-1e6, 1e6))
def test_an_age_is_never_negative(seconds):
    assert age(NOON, NOON + timedelta(seconds=seconds)) >= timedelta(0)


@given(first=st.floats(-3600, 0), second=st.floats(-3600, 0))
def test_two_fresh_quotes_were_both_offered_at_some_instant(first, second):
    limit = LIMITS.of("BookieAlpha", "live")
    legs = [quote(source="live", seen_at=NOON + timedelta(seconds=one)) for one in (first, second)]
    if all(state(leg, NOON, LIMITS) == "fresh" for leg in legs):
        assert max(leg.seen_at for leg in legs) <= min(leg.seen_at for leg in legs) + limit + CLOCK_SLACK


CADENCES = {"BookieAlpha/upcoming/three_way": 60.0, "BookieAlpha/live/three_way": 20.0}


@pytest.mark.parametrize(
    ("source", "market", "usual_s", "cadences", "expected_s"),
    [
        ("upcoming", "three_way", 60.0, 3, 180),
        ("upcoming", "three_way", 60.0, 0, 600),
        ("upcoming", "three_way", 300.0, 3, 600),
        ("upcoming", "btts", 60.0, 3, 600),
        ("live", "three_way", 2.0, 3, 6),
        ("live", "three_way", 0.5, 3, 5),
        ("live", "three_way", 20.0, 3, 15),
    ],
)
def test_a_price_counts_for_some_cadences_never_beyond_its_limit_nor_under_the_floor(
    source, market, usual_s, cadences, expected_s
):
    limits = FreshnessLimits(cadences=cadences, learned={f"BookieAlpha/{source}/three_way": usual_s})
    offered = quote(source=source, market=market, prices={} if market == "btts" else None, **closed(market))
    assert limits.of("BookieAlpha", source, market) == timedelta(seconds=expected_s)
    unseen = NOON + timedelta(seconds=expected_s)
    assert state(offered, unseen, limits) != "stale"
    assert state(offered, unseen + timedelta(seconds=0.1), limits) == "stale"


def closed(market):
    return {"suspended": ("yes", "no")} if market == "btts" else {}


def test_a_limit_under_the_floor_stays_the_limit():
    limits = FreshnessLimits(live_s=3, learned=CADENCES)
    assert limits.of("BookieAlpha", "live", "three_way") == timedelta(seconds=3)


def test_a_price_is_gone_by_its_configured_limit_whatever_is_learned():
    limits = FreshnessLimits(learned=CADENCES)
    assert state(quote(), NOON + timedelta(seconds=1801), limits) == "stale"


def test_a_price_holds_from_its_first_sighting_to_its_last_and_the_limit():
    since = NOON - timedelta(seconds=90)
    assert validity(quote(), since, LIMITS) == Validity(since, NOON + timedelta(seconds=600))


def test_a_first_sighting_by_a_clock_that_was_set_back_since_is_the_last_one():
    since = NOON + timedelta(hours=1)
    assert validity(quote(), since, LIMITS) == Validity(NOON, NOON + timedelta(seconds=600))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=4))
def test_prices_hold_together_where_an_instant_is_in_each_interval(spans):
    def at(number):
        return NOON + timedelta(seconds=number)

    shared = overlap(Validity(at(since), at(since + length)) for since, length in spans)
    instants = [one for one in range(20) if all(since <= one <= since + length for since, length in spans)]
    assert shared == (Validity(at(instants[0]), at(instants[-1])) if instants else None)
