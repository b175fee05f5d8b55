from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.simplex import Impossible, Unbounded, maximize


def test_a_cycling_example_ends():
    """Beale's, on which the method without Bland's rule goes round for ever."""
    rows = [
        ([Fraction(1, 4), -8, -1, 9], 0),
        ([Fraction(1, 2), -12, Fraction(-1, 2), 3], 0),
        ([0, 0, 1, 0], 1),
    ]
    assert maximize([Fraction(3, 4), -20, Fraction(1, 2), -6], rows) == [1, 0, 1, 0]


def test_what_nothing_holds_is_said():
    with pytest.raises(Unbounded, match="variable 0 may grow without an end"):
        maximize([1], [([-1], 3)])


def test_limits_that_contradict_each_other_are_said_to():
    with pytest.raises(Impossible, match="the limits contradict each other"):
        maximize([1], [([1], 1), ([-1], -2)])


def test_a_limit_from_below_is_kept():
    assert maximize([-2, -3], [([-1, -1], -4), ([1, 0], 3)]) == [3, 1]


@given(
    st.lists(st.integers(-3, 5), min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(-2, 4), st.integers(-2, 4), st.integers(-9, 9)), max_size=3),
)
def test_no_point_of_a_grid_is_better(objective, rows):
    limits = [([a, b], bound) for a, b, bound in rows] + [([1, 0], 6), ([0, 1], 6)]
    grid = list(product([Fraction(n, 2) for n in range(13)], repeat=2))
    inside = [one for one in grid if all(a * one[0] + b * one[1] <= bound for (a, b), bound in limits)]
    try:
        found = maximize(objective, limits)
    except Impossible:
        assert inside == []
        return
    highest = sum(a * b for a, b in zip(objective, found, strict=True))
    for bound_row, bound in limits:
        assert sum(a * b for a, b in zip(bound_row, found, strict=True)) <= bound
    assert all(objective[0] * x + objective[1] * y <= highest for x, y in inside)
