"""The scan of many events decides as the exact sums do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.arbitrage import cost
from mispriced.domain.covers import covers
from mispriced.domain.markets import OUTCOMES, outcomes
from mispriced.domain.scan import scan

ROWS = {outcome: row for row, outcome in enumerate(OUTCOMES)}


@given(st.integers(0, 2**32 - 1))
def test_the_scan_finds_what_the_exact_sums_find(seed):
    chance = np.random.default_rng(seed)
    fair = np.array([3.2, 3.2, 3.2, 2.1, 2.1, 1.6, 1.6, 1.6])[:, None, None]
    prices = np.round((fair * chance.normal(0.97, 0.04, (len(OUTCOMES), 4, 40))).clip(1.01), 2)
    prices[chance.random(prices.shape) < 0.3] = 0.0
    best = prices.max(axis=1)
    expected = []
    for event in range(40):
        costs = [
            cost(cover, [float(best[ROWS[one], event]) for one in cover.outcomes])
            for cover in covers()
            if all(best[ROWS[one], event] for one in cover.outcomes)
        ]
        expected += [event] if min(costs, default=1) < 1 else []
    assert scan(prices).tolist() == expected


def test_the_scan_decides_break_even_exactly():
    even = [{"1": 1.44, "X": 7.2, "2": 6.0}, {"1X": 1.5, "12": 1.5, "X2": 1.5}, {"1": 3.0, "X2": 1.5}]
    assert sum(1 / price for price in even[0].values()) < 1, "floats call it a surebet"
    array = np.zeros((len(OUTCOMES), 1, len(even)))
    for event, prices in enumerate(even):
        for outcome, price in prices.items():
            array[ROWS[outcome], 0, event] = price
    assert scan(array).tolist() == []
    array[ROWS["X2"], 0, 2] = 1.51
    assert scan(array).tolist() == [2]


def test_the_scan_refuses_an_array_of_other_outcomes():
    with pytest.raises(ValueError, match=r"shape \(2, 1, 1\), must be \(8, books, events\)"):
        scan(np.ones((2, 1, 1)))


def test_without_bookmakers_nothing_is_found():
    assert scan(np.zeros((len(OUTCOMES), 0, 3))).tolist() == []


def test_the_rows_may_be_of_some_markets_only():
    names = outcomes("three_way")
    long, even = [3.1, 3.1, 3.1], [3.0, 3.0, 3.0]
    assert scan(np.array([long, even]).T[:, np.newaxis, :], names).tolist() == [0]
