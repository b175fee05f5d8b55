from datetime import UTC, datetime, timedelta

import pytest

from mispriced.cli.clock import SystemClock, VirtualClock

START = datetime(2026, 5, 14, tzinfo=UTC)


def test_a_virtual_clock_stands_until_it_is_moved():
    clock = VirtualClock(START)
    assert clock.now() == clock.now() == START
    clock.move_to(START + timedelta(days=5))
    assert clock.now() == START + timedelta(days=5)


def test_intervals_take_a_jump_along():
    clock = VirtualClock(START)
    before = clock.monotonic()
    clock.move_to(START + timedelta(hours=1))
    assert 3600 <= clock.monotonic() - before < 3660


def test_a_virtual_clock_does_not_go_back():
    with pytest.raises(ValueError, match="time would go back"):
        VirtualClock(START).move_to(START - timedelta(seconds=1))


def test_the_system_clock_tells_utc():
    assert SystemClock().now().tzinfo is UTC
