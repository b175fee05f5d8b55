from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.freshness import CLOCK_SLACK, FreshnessLimits, age, state
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
