"""What errors say and which exit code each kind has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.errors import (
    Fatal,
    LockHeld,
    Misconfigured,
    MispricedError,
    Retry,
    Skip,
    Unavailable,
    Usage,
    unknown,
)

NAMES = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), max_size=6)


@pytest.mark.parametrize(
    ("kind", "code"), [(Fatal, 1), (Usage, 2), (Unavailable, 69), (LockHeld, 75), (Misconfigured, 78)]
)
def test_an_error_that_stops_the_program_has_the_exit_code_of_its_kind(kind, code):
    error = kind("BookieGamma: price of X is 1.00, must be greater than 1")
    assert isinstance(error, Fatal)
    assert error.exit_code == code
    assert str(error) == "BookieGamma: price of X is 1.00, must be greater than 1"


def test_a_later_try_a_left_out_item_and_a_stop_are_three_kinds():
    assert [issubclass(kind, MispricedError) for kind in (Retry, Skip, Fatal)] == [True, True, True]
    assert not any(issubclass(one, other) for one, other in ((Retry, Fatal), (Skip, Fatal), (Retry, Skip)))


def test_a_retry_knows_how_long_to_wait_or_that_nobody_said():
    assert Retry("away", 2.5).after_s == 2.5
    assert Retry("away").after_s is None


@pytest.mark.parametrize(
    ("value", "allowed", "text"),
    [
        ("bts", ["three_way", "btts"], "allowed: three_way, btts; did you mean 'btts'?"),
        ("BOOKIEBETA", ["BookieBeta"], "allowed: BookieBeta; did you mean 'BookieBeta'?"),
        ("btts", ["LIVE", "BTTS"], "allowed: LIVE, BTTS; did you mean 'BTTS'?"),
        ("xyz", ["live", "upcoming"], "allowed: live, upcoming"),
        (7, [1, 2], "allowed: 1, 2"),
        ("x", [], "allowed: none"),
    ],
)
def test_an_unknown_value_is_named_with_what_is_allowed_and_the_nearest(value, allowed, text):
    assert unknown("market", value, allowed) == f"unknown market {str(value)!r}; {text}"


@given(st.text(max_size=80), NAMES)
def test_an_unknown_value_is_told_on_one_line_and_the_hint_is_one_of_the_allowed(value, allowed):
    text = unknown("market", value, allowed)
    assert text.splitlines() == [text]
    assert text.isprintable()
    head = f"unknown market {value!r}; allowed: {', '.join(allowed) or 'none'}"
    hints = [f"; did you mean {name!r}?" for name in allowed]
    assert text in {head, *(head + hint for hint in hints)}
