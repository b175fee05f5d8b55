"""Single fields of a site: what each can be, and what it cannot."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from mispriced.bookmakers.fields import OFF, identifier, nairobi_time, price, score, utc_time, whole


@settings(deadline=None)
@given(st.decimals(min_value="1.01", max_value=1000, places=3))
def test_a_decimal_price_is_read_as_it_is_printed(number):
    assert price(str(number)) == float(number)
    assert price(float(number)) == float(number)


@pytest.mark.parametrize(
    "printed", [True, None, [], {}, "", ".", "1,85", "11/8", "+2.3", "2.3 ", "1e2", "٢", "2.3.4"]
)
def test_what_is_no_decimal_number_is_no_price(printed):
    with pytest.raises(ValueError, match="must be a decimal number"):
        price(printed)


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=10**15 - 1))
def test_a_whole_number_is_an_id_as_number_and_as_text(number):
    assert identifier(number) == identifier(str(number)) == str(number)


@pytest.mark.parametrize(
    "value", [0, -1, "", "0", "-5", "abc", "1.5", " 5", "5 ", 10**15, "9" * 5000, "١٢٣", "²"]
)
def test_anything_else_is_no_id(value):
    with pytest.raises(ValueError, match="must be a whole number above 0"):
        identifier(value)


@pytest.mark.parametrize("flag", [0, False, "0", "", -1, "-1"])
def test_a_flag_is_off(flag):
    assert flag in OFF


@pytest.mark.parametrize("flag", [1, True, "1", 2])
def test_a_flag_is_on(flag):
    assert flag not in OFF


@pytest.mark.parametrize(
    "printed", [None, 3, "", ":", "1:", ":1", "-:-", "a:b", "1:2:3", "-1:0", "100:99", "1: 0", "٣:١"]
)
def test_what_is_no_score_is_nothing(printed):
    assert score(printed) is UNSET


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_nairobi_is_three_hours_ahead_all_year(local):
    assert nairobi_time(local) == local.replace(tzinfo=UTC) - timedelta(hours=3)
    assert utc_time(local) == local.replace(tzinfo=UTC)


def test_a_count_is_a_plain_number_or_nothing():
    assert [whole(number) for number in (7, "7", "07")] == [7, 7, 7]
    assert [whole(number) for number in (None, -7, "7.0", 7.5, True, "", "1e3", "9" * 12)] == [None] * 8
