from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.settlement import USUAL, Rules, alike, differences, rules_of, unverified

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


SILENT = Rules(source="the bookmaker's page of rules")
ROWS = st.builds(
    Rules,
    period=st.sampled_from(["90 minutes", "with extra time"]),
    abandoned=st.sampled_from(["void", "stands", "unknown"]),
    resumed_within_h=st.sampled_from([24, 48, None]),
)


@given(st.dictionaries(st.sampled_from("ABCDE"), ROWS))
def test_legs_that_may_stand_together_are_all_that_do_not_differ(table):
    every = legs(*"ABCDE")
    found = alike(every, table)
    agree = [
        frozenset(some)
        for size in range(1, 6)
        for some in combinations(every, size)
        if not differences(some, table)
    ]
    assert set(found) == {one for one in agree if not any(one < other for other in agree)}


def test_who_is_silent_may_stand_with_either():
    table = TABLE | {"S": SILENT}
    assert [sorted(name for name, _ in one) for one in alike(legs("A", "C", "S"), table)] == [
        ["A", "S"],
        ["C", "S"],
    ]
    assert alike(legs("A", "S"), table) == [frozenset(legs("A", "S"))]
    assert alike([], table) == []


def test_two_legs_at_one_bookmaker_and_market_agree():
    assert differences(legs("B", "B"), TABLE) == ()
