"""Waiting for a server: how long, and how often it is said."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import structlog

from mispriced.errors import Retry
from mispriced.pipeline.patience import LONGEST_S, QUIET_S, Patience


class Hands:
    """A clock whose hands are moved."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Noted(threading.Event):
    """A stop flag that notes how long it was waited for, and waits for nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        return False


def test_an_outage_is_one_warning_in_ten_seconds_and_one_line_at_its_end():
    clock, stop = Hands(), Noted()
    patience = Patience("g/one", clock, stop)
    with structlog.testing.capture_logs() as logs:
        for _ in range(35):
            patience.wait(Retry("host:1/0: refused"))
            clock.at += 1.0
        patience.reset()
        patience.reset()
    assert [(one["event"], one.get("for_s", one.get("after_s"))) for one in logs] == [
        ("server away", 0.0),
        ("server away", QUIET_S),
        ("server away", 2 * QUIET_S),
        ("server away", 3 * QUIET_S),
        ("server back", 35.0),
    ]
    assert logs[0]["error"] == "host:1/0: refused"


def test_a_second_outage_soon_after_the_first_is_not_said_again():
    clock, stop = Hands(), Noted()
    patience = Patience("g/one", clock, stop)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            patience.wait(Retry("x"))
            clock.at += 1.0
            patience.reset()
    assert [one["event"] for one in logs] == ["server away"] + ["server back"] * 3


def test_waits_grow_with_jitter_and_end_at_a_second():
    stop = Noted()
    patience = Patience("g/one", Hands(), stop)
    for _ in range(12):
        patience.wait(Retry("x"))
    assert stop.waits[0] <= 0.05
    assert all(0.5 * LONGEST_S <= one <= LONGEST_S for one in stop.waits[-5:])
    assert len(set(stop.waits)) == len(stop.waits)
    patience.reset()
    patience.wait(Retry("x"))
    assert stop.waits[-1] <= 0.05


def test_who_is_told_to_wait_waits_so_long():
    stop = Noted()
    Patience("g/one", Hands(), stop).wait(Retry("x", after_s=7.0))
    assert stop.waits == [7.0]


def test_a_stop_ends_the_wait():
    stop = threading.Event()
    patience = Patience("g/one", Hands(), stop)
    stop.set()
    started = time.monotonic()
    patience.wait(Retry("x", after_s=60.0))
    assert time.monotonic() - started < 0.1
