"""What was held back or read late is told when it may be, once, for as long as it stands."""

from datetime import time

import pytest

from mispriced.pipeline import alerts
from mispriced.pipeline.alert_rules import Rule
from tests.domain.quotes import NOON
from tests.pipeline.boards import RULES, after, offer
from tests.pipeline.by_hand import ByHand


class Telling(ByHand):
    """As `ByHand`, with an alert stage."""

    def __init__(self, store, **rule):
        super().__init__(store)
        self.rule = Rule(**({"suspicious": True} | rule))
        self.feed = alerts.subscription(store)
        store.join(self.feed)
        self.restart()
        self.stage.tick(NOON)

    def restart(self):
        self.stage = alerts.Alerts(self.store, self.clock, self.rule, RULES)

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

    def unheard(self, seconds, yes, no=2.2, *others):
        """Let a surebet stand at a price of BookieAlpha while the alert stage hears nothing."""
        self.move_to(seconds)
        self.arrive(
            offer("BookieAlpha", yes, seen_s=seconds), offer("BookieBeta", None, no, seen_s=seconds), *others
        )
        self.judge()

    def offered(self, seconds, yes):
        """Let a surebet stand at a price of BookieAlpha."""
        self.unheard(seconds, yes)
        self.hear()

    def flagged(self, seconds, is_flagged, price):
        """Let a third price make the same surebet suspicious, or not, unheard."""
        self.unheard(seconds, 2.06, 2.06, offer("BookieGamma", price, seen_s=seconds))
        (found,) = self.store.opportunities()
        assert bool(found.flags) is is_flagged

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
    telling.offered(58, 2.3)
    telling.tick(62)
    telling.tick(63)
    assert telling.told() == [("opened", [2.2, 2.2]), ("changed", [2.3, 2.2])]


def test_what_opened_in_quiet_hours_and_still_stands_is_told_after_them(store):
    telling = Telling(store, quiet=(time(11, 0), time(12, 1)))
    telling.offered(30, 2.2)
    telling.offered(58, 2.2)
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


class TestAfterARestart:
    @pytest.mark.parametrize("reopens", [30, 100])
    def test_what_closed_and_opened_again_meanwhile_is_told_once_as_open(self, store, reopens):
        telling = Telling(store, cooldown_s=60)
        telling.unheard(5, 2.2)
        telling.unheard(20, 1.5)
        telling.unheard(reopens, 2.2)
        telling.move_to(reopens + 10)
        telling.restart()
        telling.tick(reopens + 10)
        telling.hear()
        assert telling.told() == [("opened", [2.2, 2.2])]
        for seconds in range(reopens + 11, reopens + 120, 10):
            telling.offered(seconds, 2.2)
            telling.tick(seconds)
        assert telling.told() == [("opened", [2.2, 2.2])]

    def test_its_next_closing_is_told(self, store):
        telling = Telling(store, cooldown_s=60)
        for seconds, price in ((5, 2.2), (20, 1.5), (30, 2.2)):
            telling.unheard(seconds, price)
        telling.restart()
        telling.tick(30)
        telling.offered(40, 1.5)
        telling.tick(41)
        assert telling.told() == [("opened", [2.2, 2.2]), ("closed", [])]

    def test_what_was_suspicious_before_it_was_told_does_not_close_it(self, store):
        telling = Telling(store, suspicious=False, cooldown_s=0)
        telling.unheard(1, 2.06, 2.06)
        telling.flagged(2, True, 1.5)
        telling.flagged(3, False, 2.0)
        telling.restart()
        telling.tick(4)
        telling.hear()
        telling.tick(5)
        assert telling.told() == [("opened", [2.06, 2.06])]

    def test_what_was_over_before_it_was_read_is_not_told(self, store):
        telling = Telling(store)
        telling.unheard(5, 2.2)
        telling.unheard(20, 1.5)
        telling.move_to(9 * 3600)
        telling.restart()
        telling.tick(9 * 3600)
        telling.hear()
        telling.tick(9 * 3600 + 1)
        assert telling.told() == []

    def test_what_was_read_late_is_told_by_what_stands(self, store):
        telling = Telling(store, cooldown_s=0)
        telling.unheard(1, 2.2)
        telling.unheard(8, 2.3)
        telling.move_to(14)
        telling.hear()
        assert telling.told() == []
        telling.tick(15)
        assert telling.told() == [("opened", [2.3, 2.2])]


class TestStanding:
    def test_what_nobody_closed_is_not_told_on_old_prices_and_is_when_they_are_seen_again(self, store):
        telling = Telling(store, quiet=(time(11, 0), time(12, 1)))
        telling.offered(30, 2.2)
        telling.tick(59)
        telling.tick(3600)
        assert (telling.told(), telling.open_prices()) == ([], [[2.2, 2.2]])
        telling.arrive(offer("BookieAlpha", 2.2, seen_s=3601), offer("BookieBeta", None, 2.2, seen_s=3601))
        telling.tick(3602)
        assert telling.told() == [("opened", [2.2, 2.2])]

    @pytest.mark.parametrize("is_restarted", [False, True])
    def test_what_was_told_and_stands_no_more_is_told_closed_once_by_its_own_message(
        self, store, is_restarted
    ):
        telling = Telling(store, cooldown_s=60)
        telling.offered(1, 2.2)
        telling.offered(10, 2.3)
        telling.tick(70)
        assert (telling.standing_prices(), telling.told()) == ([], [("opened", [2.2, 2.2])])
        telling.detect.tick(after(70))
        telling.move_to(100)
        if is_restarted:
            telling.restart()
        for seconds in (101, 102):
            telling.tick(seconds)
            telling.hear()
        assert telling.told() == [("opened", [2.2, 2.2]), ("closed", [])]


class TestFlags:
    @pytest.mark.parametrize("is_ticked", [False, True])
    def test_what_turns_suspicious_is_told_closed_and_what_is_cleared_is_told(self, store, is_ticked):
        telling = Telling(store, suspicious=False, cooldown_s=60)
        telling.unheard(1, 2.06, 2.06)
        telling.restart()
        if is_ticked:
            telling.tick(2)
        telling.hear()
        telling.flagged(3, True, 1.5)
        telling.hear()
        assert telling.told() == [("opened", [2.06, 2.06]), ("closed", [])]
        telling.flagged(10, False, 2.0)
        telling.hear()
        telling.tick(11)
        assert len(telling.told()) == 2
        for seconds in (20, 30, 40, 50, 60):
            telling.flagged(seconds, False, 2.0)
        telling.tick(64)
        assert telling.told()[2:] == [("opened", [2.06, 2.06])]

    def test_what_is_suspicious_and_cleared_is_told_then(self, store):
        telling = Telling(store, suspicious=False)
        telling.flagged(1, True, 1.5)
        telling.hear()
        assert telling.told() == []
        telling.flagged(3, False, 2.0)
        telling.hear()
        assert telling.told() == [("opened", [2.06, 2.06])]
