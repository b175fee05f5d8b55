import csv

import pytest

from benchmarks.plausibility import AIM_CAUGHT, AIM_FALSE, measure
from mispriced.domain.plausibility import (
    SUSPECT_BOOK_SUM,
    Flag,
    PlausibilityLimits,
    believed,
    flags,
    palpable,
)
from tests.domain.quotes import quote

RIGHT = {"1": 2.3, "X": 3.2, "2": 3.1}
HOME = {"1": 1.5, "X": 4.2, "2": 7.0}
DOUBLE = {"1X": 1.33, "12": 1.31, "X2": 1.57}

SUSPECT_SEASON = "1920"  # which has most of them


def books(*given, market="three_way", **changes):
    return [
        quote(f"Bookie{name}", prices=prices, market=market, **changes)
        for name, prices in zip("ABCDE", given, strict=False)
    ]


def said(quotes, limits=None):
    return [str(flag) for flag in palpable(quotes, limits)]


def test_a_book_sum_too_good_is_flagged_with_the_value():
    assert flags([], 0.9312) == ("suspect: book sum 0.9312 is below 0.95",)
    assert flags([], SUSPECT_BOOK_SUM) == ()


def test_right_prices_bear_no_flag():
    assert said([*books(RIGHT, RIGHT | {"1": 2.4}), *books(DOUBLE, market="double_chance")]) == []


def test_an_impossible_margin_is_flagged_by_market_and_by_bookmaker():
    shifted = quote("BookieBeta", prices={"1": 3.2, "X": 3.55, "2": 12.0})
    assert said([shifted]) == ["overround: BookieBeta has -0.322, usual is -0.02 to +0.30"]
    own = PlausibilityLimits(overrounds={"BookieBeta/three_way": (-0.4, -0.3)})
    assert said([shifted], own) == []
    assert said([quote(prices=RIGHT)], PlausibilityLimits(overrounds={"three_way": (0.1, 0.2)})) != []


def test_an_incomplete_book_has_no_overround_to_flag():
    assert said([quote(prices={"1": 1.01})]) == []


def test_prices_of_an_exchange_are_flagged_because_its_commission_is_not_in_them():
    assert said([quote(prices={"1": 3.0, "X": 3.0, "2": 3.0})]) == [
        "exchange: BookieAlpha has +0.000, no margin: its commission is not in the price"
    ]
    commission_known = PlausibilityLimits(overrounds={"BookieAlpha/three_way": (-0.01, 0.1)})
    assert said([quote(prices={"1": 3.0, "X": 3.0, "2": 3.0})], commission_known) == []


def test_a_filler_and_a_price_out_of_its_band_are_flagged():
    assert said([quote(prices={"1": 999.0})]) == [
        "sentinel: BookieAlpha has 999.0 for 1, a filler from 500 on"
    ]
    assert said([quote(prices={"X": 1.2})]) == ["band: BookieAlpha has 1.2 for X, usual is 1.5 to 51"]


def test_while_a_match_is_played_a_draw_may_be_all_but_certain():
    assert said([quote(prices={"X": 1.2}, source="live")]) == []


def test_a_price_far_from_the_others_is_flagged_and_theirs_are_not():
    found = palpable(books(RIGHT, RIGHT, {"X": 5.5}))
    assert found == (
        Flag(
            rule="distance",
            bookmaker="BookieC",
            market="three_way",
            detail="has 5.5 for X, the others 3.2 to 3.2: 0.72 away, usual is up to 0.50",
        ),
    )


def test_of_two_that_contradict_each_other_both_are_flagged():
    found = palpable(books(RIGHT, {"X": 5.5}))
    assert {(flag.rule, flag.bookmaker) for flag in found} == {
        ("distance", "BookieA"),
        ("distance", "BookieB"),
    }


def test_home_and_away_swapped_are_named_as_such():
    turned = {"1": HOME["2"], "X": HOME["X"], "2": HOME["1"]}
    found = palpable(books(HOME, HOME, turned))
    assert {(flag.rule, flag.bookmaker) for flag in found} == {
        ("distance", "BookieC"),
        ("swapped", "BookieC"),
    }
    assert "has 7.0 for 1, 4.2 for X, 1.5 for 2" in str(found[-1])
    assert str(found[-1]).endswith("as 1.5, 4.2, 7.0 0.00")


def test_a_swap_too_small_for_the_distance_is_still_seen():
    near = {"1": 2.45, "X": 3.2, "2": 2.95}
    found = palpable(books(near, near, near, {"1": 2.95, "X": 3.2, "2": 2.45}))
    assert [(flag.rule, flag.bookmaker) for flag in found] == [("swapped", "BookieD")]


def test_a_shifted_column_is_named_as_such():
    found = palpable(books(HOME, HOME, {"1": 4.2, "X": 7.0, "2": 1.5}))
    assert ("columns", "BookieC") in {(flag.rule, flag.bookmaker) for flag in found}


def test_the_markets_of_one_bookmaker_check_each_other():
    """The order 1X, X2, 12 read as 1X, 12, X2: the overround is that of the right order."""
    shifted = {"1X": 1.33, "12": 1.57, "X2": 1.31}
    quotes = [quote(prices=RIGHT), quote(prices=shifted, market="double_chance")]
    assert (
        said(quotes)
        == ["markets: BookieAlpha has 1.57 for 12 and 3.2 for X: together -0.051, usual is -0.02 to +0.30"]
        * 2
    )
    assert [flag.market for flag in palpable(quotes)] == ["three_way", "double_chance"]


def test_flagged_quotes_are_not_believed():
    quotes = [*books(RIGHT, RIGHT, RIGHT | {"X": 5.5}), *books(DOUBLE, market="double_chance")]
    assert believed(quotes, palpable(quotes)) == [quotes[0], quotes[1], quotes[3]]


def test_the_share_of_suspects_is_that_of_the_historical_odds(shared_data):
    with (shared_data / "odds" / "arb_reference.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["arbs"]) for row in rows) == 3107
    assert sum(int(row["suspects"]) for row in rows) == 99


@pytest.mark.slow
def test_planted_errors_are_caught_and_real_quotes_are_left_alone(shared_data):
    """In every twelfth file; all of them: `mispriced bench plausibility`."""
    files = sorted((shared_data / "odds").glob("*/*.csv.gz"))[::12]
    figures = measure(files, planted_every=20, quotes_every=6)
    assert set(figures.planted) == {
        "home and away swapped",
        "columns shifted",
        "a price x 10",
        "a price x 2 to 4",
    }
    assert figures.share_caught >= AIM_CAUGHT
    assert figures.share_false <= AIM_FALSE


def test_every_suspect_of_the_reference_is_flagged(shared_data):
    with (shared_data / "odds" / "arb_reference.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["season"] == SUSPECT_SEASON]
    expected = {
        snapshot: sum(int(row["suspects"]) for row in rows if row["snapshot"] == snapshot)
        for snapshot in ("pre", "closing")
    }
    files = sorted((shared_data / "odds" / SUSPECT_SEASON).iterdir())
    figures = measure(files, planted_every=10**9, quotes_every=10**9)
    assert dict(figures.suspects) == dict(figures.flagged) == expected
