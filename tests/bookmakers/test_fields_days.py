from datetime import UTC, datetime

import pytest

from mispriced.bookmakers.fields import days_of, is_of_day
from mispriced.exchange import Job

CYCLE = datetime(2020, 1, 6, 1, tzinfo=UTC)  # 04:00 in Nairobi, a Monday


def job(day):
    return Job(bookmaker="B", markets=("btts",), source="upcoming", period=str(day), day=day, now=CYCLE)


@pytest.mark.parametrize(
    ("nairobi", "days"),
    [
        ("2020-01-06 04:00", [0]),
        ("2020-01-07 00:15", [1]),
        ("2020-01-10 23:59", [4]),
        ("2020-01-11 00:15", [4]),
        ("2020-01-11 03:59", [4]),
        ("2020-01-11 04:00", []),
    ],
)
def test_each_kickoff_up_to_the_next_cycle_is_of_one_day(nairobi, days):
    kickoff = datetime.fromisoformat(f"{nairobi}+03:00").astimezone(UTC)
    assert [day for day in range(5) if is_of_day(kickoff, job(day))] == days


def test_the_last_day_is_asked_for_with_the_date_after_it():
    assert [str(day) for day in days_of(job(0))] == ["2020-01-06"]
    assert [str(day) for day in days_of(job(4))] == ["2020-01-10", "2020-01-11"]
