"""What was held back is told when it may be, once, for as long as it is open."""

from datetime import time

import pytest

from mispriced.pipeline import alerts
from mispriced.pipeline.alert_rules import Rule
from tests.domain.quotes import NOON
from tests.pipeline.boards import after, offer
from tests.pipeline.by_hand import ByHand


class Telling(ByHand):
    """As `ByHand`, with an alert stage."""

    def __init__(self, store, **rule):
        super().__init__(store)
        self.rule = Rule(suspicious=True, **rule)
        self.feed = alerts.subscription(store)
        store.join(self.feed)
        self.restart()
        self.stage.tick(NOON)

    def restart(self):
        self.stage = alerts.Alerts(self.store, self.clock, self.rule)

    def hear(self):
        """Hand every change to the alert stage."""
        while messages := self.store.read(self.feed, 100, 0):
            handled = self.stage.handle(messages)
            self.store.commit(self.feed, handled.effects, self.clock.now())

    def told(self):
        """Return every alert of the outbox: state, prices."""
        messages = self.store.follow({self.store.alert_stream(): "0"}, 100)
        found = [alerts.read_alert(one) for one in messages]
        return [(one.state, [stake.price for stake in one.stakes]) for one in found]

    def offered(self, seconds, yes):
        """Let a surebet stand at a price of BookieAlpha."""
        self.move_to(seconds)
        self.arrive(offer("BookieAlpha", yes, seen_s=seconds), offer("BookieBeta", None, 2.2, seen_s=seconds))
        self.judge()
        self.hear()

    def tick(self, seconds):
        self.move_to(seconds)
        self.stage.tick(after(seconds))


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_change_within_the_cooldown_is_told_after_it(store, is_restarted):
    telling = Telling(store, cooldown_s=60)
    telling.offered(1, 2.2)
    telling.offered(10, 2.3)
    if is_restarted:
        telling.restart()
    telling.tick(11)
    assert telling.told() == [("opened", [2.2, 2.2])]
    telling.tick(62)
    telling.tick(63)
    assert telling.told() == [("opened", [2.2, 2.2]), ("changed", [2.3, 2.2])]


def test_what_opened_in_quiet_hours_and_still_stands_is_told_after_them(store):
    telling = Telling(store, quiet=(time(11, 0), time(12, 1)))
    telling.offered(30, 2.2)
    telling.tick(59)
    assert telling.told() == []
    telling.tick(60)
    assert telling.told() == [("opened", [2.2, 2.2])]


def test_what_was_held_back_and_closed_is_not_told(store):
    telling = Telling(store, quiet=(time(11, 0), time(12, 1)))
    telling.offered(30, 2.2)
    telling.offered(40, 1.5)
    telling.tick(61)
    assert telling.told() == []


def test_what_was_open_before_alerts_were_first_on_is_told_to_nobody(store):
    earlier = ByHand(store)
    earlier.arrive(offer("BookieAlpha", 2.2), offer("BookieBeta", None, 2.2))
    earlier.judge()
    store.note(alerts.SINCE, after(5).isoformat().encode())
    telling = Telling(store)
    telling.tick(6)
    assert telling.told() == []
