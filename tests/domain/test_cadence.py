from datetime import timedelta

import pytest

from mispriced.domain.cadence import KEPT, Sightings, cadence, seen
from tests.domain.quotes import NOON


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def sightings(*seconds):
    found = None
    for one in seconds:
        found = seen(found, after(one))
    return found


def test_the_intervals_between_sightings_are_kept_and_no_more_than_so_many():
    assert sightings(0, 5, 11) == Sightings(last=after(11), intervals=(5.0, 6.0))
    found = sightings(*range(0, 10 * KEPT, 2))
    assert found.intervals == (2.0,) * KEPT


def test_an_answer_that_is_no_newer_is_no_sighting():
    assert sightings(0, 5, 5, 4) == sightings(0, 5)


@pytest.mark.parametrize("step", [-3600, 3700])
def test_a_clock_that_was_set_is_no_interval_and_counting_goes_on_from_there(step):
    found = sightings(0, 5, 10, 10 + step, 15 + step)
    assert found == Sightings(last=after(15 + step), intervals=(5.0, 5.0, 5.0))


def test_few_intervals_say_nothing_and_one_late_answer_in_ten_changes_nothing():
    assert cadence([60.0] * 7) is None
    assert cadence([60.0] * 8) == 60.0
    assert cadence([60.0] * 9 + [600.0]) == 60.0
    assert cadence([60.0] * 8 + [600.0, 601.0]) == 600.0
