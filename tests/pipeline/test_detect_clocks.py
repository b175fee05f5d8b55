"""Clocks that are set while the system runs: a machine's, by an hour, ahead and back."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mispriced.cli.clock import SystemClock
from mispriced.domain.freshness import age
from mispriced.pipeline.detect import Detect, opened, standing
from mispriced.pipeline.match import Match
from tests.pipeline.boards import RULES, offer
from tests.pipeline.by_hand import DETECT, MATCH, ByHand

HOUR = timedelta(hours=1)
BOTH = (offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2))


class Stepped(ByHand):
    """As `ByHand`, on a clock that can be set; it begins at the server's own time."""

    clock: Any

    def __init__(self, store):
        super().__init__(store)
        self.clock = Set()
        self.kickoff = self.clock.at - HOUR
        self.detect = Detect(store, self.clock, RULES)

    def read(self):
        """Let both bookmakers be read now, at prices that are a surebet."""
        now = self.clock.now()
        self.store.upsert([self.seen(one, now) for one in BOTH], now)
        self._work(MATCH, Match(self.store, self.clock))
        self._work(DETECT, self.detect)

    def seen(self, quote, at):
        return msgspec.structs.replace(quote, seen_at=at, kickoff=self.kickoff)

    def ages(self):
        now = self.clock.now()
        return [age(leg.quote.seen_at, now) for one in opened(self.store) for leg in one.legs]


class Set:
    """A clock that stands where it was set."""

    def __init__(self):
        self.at = SystemClock().now()

    def now(self):
        return self.at

    def monotonic(self):
        return 0.0


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_surebet_closes_when_a_clock_is_set_and_opens_when_its_legs_are_read_again(store, step):
    running = Stepped(store)
    if step < timedelta(0):
        running.clock.at -= step
    running.read()
    assert running.open_prices() == [[2.2, 2.2]]
    running.clock.at += step
    running.detect.tick(running.clock.now())
    assert running.open_prices() == []
    assert min(running.ages(), default=timedelta(0)) >= timedelta(0)
    running.clock.at += timedelta(seconds=1)
    running.read()
    assert running.open_prices() == [[2.2, 2.2]]
    assert running.ages() == [timedelta(0)] * 2
    found = standing(store, running.clock.now(), RULES)
    assert [[leg.price for leg in one.legs] for one in found] == [[2.2, 2.2]]
    assert [state for state, _, _ in running.changes()] == ["opened", "closed", "opened"]


def test_a_machine_that_is_ten_minutes_ahead_of_the_others_pairs_nothing_and_says_so(store):
    running = Stepped(store)
    ahead = running.clock.at + timedelta(minutes=10)
    now = running.clock.now()
    running.store.upsert([running.seen(BOTH[0], ahead), running.seen(BOTH[1], now)], now)
    running._work(MATCH, Match(store, running.clock))
    running.judge()
    assert running.open_prices() == []
    running.read()
    assert running.open_prices() == [[2.2, 2.2]]
