import pytest

from mispriced.domain.settlement import USUAL, Rules, differences, may_pair, rules_of, unverified

READ = Rules(abandoned="void", resumed_within_h=24, source="the bookmaker's page of rules")
TABLE = {
    "A": READ,
    "B/three_way": Rules(period="with extra time", source="the bookmaker's page of rules"),
    "C": Rules(abandoned="void unless decided", resumed_within_h=48, source="the bookmaker's page of rules"),
}


def legs(*names, market="three_way"):
    return [(name, market) for name in names]


def test_a_row_of_a_market_stands_before_that_of_the_bookmaker():
    assert rules_of("B", "three_way", TABLE).period == "with extra time"
    assert rules_of("B", "btts", TABLE) is USUAL
    assert rules_of("A", "btts", TABLE) is READ


def test_what_nobody_read_is_marked_and_differs_from_nothing():
    assert not USUAL.is_verified
    assert differences(legs("A", "D"), TABLE) == ()
    assert unverified(legs("A", "D", "E", "D"), TABLE) == ("D", "E")


def test_a_market_with_extra_time_does_not_cover_one_without():
    assert differences(legs("A", "B"), TABLE) == (
        "A/three_way counts 90 minutes, B/three_way with extra time",
    )
    assert differences([("A", "three_way"), ("B", "double_chance")], TABLE) == ()


def test_known_rules_of_abandoned_and_postponed_matches_are_compared():
    assert differences(legs("A", "C", market="btts"), TABLE) == (
        "A/btts of an abandoned match: void, C/btts: void unless decided",
        "A/btts waits 24 h for a postponed match, C/btts 48 h",
    )


@pytest.mark.parametrize(("policy", "expected"), [("refuse", False), ("show", True)])
def test_incompatible_legs_are_paired_only_where_that_is_asked(policy, expected):
    assert may_pair(legs("A", "B"), TABLE, policy) is expected
    assert may_pair(legs("A", "D"), TABLE, policy) is True


def test_two_legs_at_one_bookmaker_and_market_agree():
    assert differences(legs("B", "B"), TABLE) == ()
