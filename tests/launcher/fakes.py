"""A clock that is moved by hand, for what happens by time."""

from datetime import UTC, datetime, timedelta

from tests.domain.quotes import NOON


class HandClock:
    """Stands still until `sleep` or `move` says how many seconds pass."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now(self) -> datetime:
        return (NOON + timedelta(seconds=self.passed_s)).astimezone(UTC)

    def monotonic(self) -> float:
        return 1000.0 + self.passed_s

    def sleep(self, seconds: float) -> None:
        self.passed_s += seconds
