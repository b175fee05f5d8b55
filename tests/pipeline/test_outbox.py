"""Each change is told once to each target: over kills, an outage of the target and of what it answers."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest

from mispriced.backends.redis import RedisStore
from mispriced.errors import Retry, Skip
from mispriced.history.replay import SteppedClock
from mispriced.messages import Delivery, Output
from mispriced.pipeline import alerts, outbox
from mispriced.pipeline.alert_rules import Rule
from mispriced.pipeline.alert_words import delivery
from mispriced.pipeline.run import Consumer
from tests.backends.servers import valkey
from tests.pipeline.boards import RULES
from tests.pipeline.opportunities import after, change, surebet

RULE = Rule(cooldown_s=0)


class Service:
    """A target that keeps what it was sent, and does as told before."""

    def __init__(self, tells_copies: bool = False) -> None:
        self.tells_copies = tells_copies
        self.does: list[Exception | type[BaseException]] = []
        self.got: list[Delivery] = []

    def send(self, sent: Delivery) -> None:
        does = self.does.pop(0) if self.does else None
        if does is Killed:
            self.got.append(sent)  # it arrived, and the answer never did
        if does is not None:
            raise does
        self.got.append(sent)

    @property
    def titles(self):
        return [one.title.partition(":")[0] for one in self.got]


class Killed(BaseException):
    """The process ends here."""


class House:
    """A store, its alert stage, and senders; `restart` is what a killed worker does next."""

    def __init__(self, store: RedisStore) -> None:
        self.store = store
        self.clock = SteppedClock(after(0))
        self.services = {"phone": Service()}
        self.restart()

    def restart(self) -> None:
        outbox.join(self.store, self.services, self.clock)
        stage = alerts.Alerts(self.store, self.clock, RULE, RULES)
        subscription = alerts.subscription(self.store)
        self.store.join(subscription)
        stop = threading.Event()
        self.deciding = Consumer(
            self.store, subscription, stage, self.clock, stop, batch_timeout_s=0, batch_size=2
        )
        words = partial(delivery, now=after(0), link="")
        self.sending = [
            outbox.Sender(self.store, name, one, words, self.clock, stop)
            for name, one in self.services.items()
        ]

    def tell(self, state: str, one, at: float, reason: str = "") -> None:
        fields = change(state, one, at, reason)
        self.store.publish([Output(stream=self.store.opportunity_stream(), fields=fields)])

    def work(self) -> None:
        while self.deciding.turn(0):
            pass
        for one in self.sending:
            while one.turn(0):
                pass

    def move(self, seconds: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def house():
    with valkey() as url:
        store = RedisStore(url)
        yield House(store)
        store.close()


def test_each_change_is_told_once_over_restarts(house):
    house.tell("opened", surebet(), 1)
    house.work()
    house.restart()
    house.work()
    house.tell("changed", surebet(yes=2.2), 2)
    house.tell("changed", surebet(yes=2.2), 3)
    house.restart()
    house.work()
    house.tell("closed", surebet(yes=2.2), 4)
    house.work()
    house.restart()
    house.work()
    assert house.services["phone"].titles == ["Surebet +5.00%", "Changed +7.43%", "Closed"]


@pytest.mark.parametrize("point", ["taken", "handled", "committed"])
def test_each_change_is_told_once_when_the_worker_is_killed_while_it_decides(house, point):
    def reached(where):
        if where == point:
            raise Killed

    house.tell("opened", surebet("a"), 1)
    house.tell("opened", surebet("b"), 1)
    house.tell("closed", surebet("a"), 2)
    subscription = alerts.subscription(house.store)
    stage = alerts.Alerts(house.store, house.clock, RULE, RULES)
    killed = Consumer(
        house.store, subscription, stage, house.clock, threading.Event(), batch_timeout_s=0, batch_size=2,
        reached=reached,
    )  # fmt: skip
    with pytest.raises(Killed):
        killed.turn(0)
    house.restart()
    house.work()
    opportunities = [one.text.rpartition("#")[2] for one in house.services["phone"].got]
    assert list(zip(opportunities, house.services["phone"].titles, strict=True)) == [
        ("a", "Surebet +5.00%"),
        ("b", "Surebet +5.00%"),
        ("a", "Closed"),
    ]


def test_a_service_that_a_kill_left_unanswered_is_not_told_twice_and_a_webhook_is_under_the_same_name(house):
    phone, hook = house.services["phone"], Service(tells_copies=True)
    house.services["hook"] = hook
    house.restart()
    house.tell("opened", surebet(), 1)
    house.tell("closed", surebet(), 2)
    while house.deciding.turn(0):
        pass
    phone.does, hook.does = [Killed], [Killed]
    for one in house.sending:
        with pytest.raises(Killed):
            one.turn(0)
    house.restart()
    house.work()
    assert phone.titles == ["Surebet +5.00%", "Closed"]
    assert hook.titles == ["Surebet +5.00%", "Surebet +5.00%", "Closed"]
    assert hook.got[0].id == hook.got[1].id != hook.got[2].id


def test_an_outage_of_ten_minutes_and_kills_in_it_lose_and_repeat_nothing(house):
    phone = house.services["phone"]
    for number in range(5):
        house.tell("opened", surebet(f"s{number}"), 1)
    for minute in range(10):
        phone.does = [Retry("gone")] * 30
        house.tell("opened", surebet(f"m{minute}"), 60 * minute + 2)
        if minute % 2:
            house.restart()
        house.work()
        house.move(60)
    phone.does = []
    for _ in range(20):
        house.move(60)
        house.work()
    names = [one.text.rpartition("#")[2] for one in phone.got]
    assert names == [f"s{number}" for number in range(5)] + [f"m{minute}" for minute in range(10)]


def test_a_target_that_is_busy_is_left_alone_for_as_long_as_it_said_and_holds_up_no_other(house):
    phone, hook = house.services["phone"], Service(tells_copies=True)
    house.services["hook"] = hook
    house.restart()
    phone.does = [Retry("status 429", 120)]
    house.tell("opened", surebet(), 1)
    house.work()
    assert (phone.titles, hook.titles) == ([], ["Surebet +5.00%"])
    house.move(119)
    house.work()
    assert phone.titles == []
    house.move(1)
    house.work()
    assert phone.titles == ["Surebet +5.00%"]


def test_what_a_target_refuses_for_good_or_for_too_long_is_buried_and_the_next_is_sent(house):
    phone = house.services["phone"]
    phone.does = [Skip("phone: status 410")]
    house.tell("opened", surebet("a"), 1)
    house.tell("opened", surebet("b"), 1)
    house.work()
    assert [one.text.rpartition("#")[2] for one in phone.got] == ["b"]
    house.tell("opened", surebet("c"), 2)
    phone.does = [Retry("gone")] * 100
    for _ in range(20):
        house.work()
        house.move(300)
    phone.does = []
    house.tell("opened", surebet("d"), house.clock.monotonic())
    house.work()
    assert [one.text.rpartition("#")[2] for one in phone.got] == ["b", "d"]
    assert [one.error for one in house.store.dead_letters(house.store.alert_stream())] == [
        "phone: phone: status 410",
        "phone: not taken for 3600 s",
    ]


def test_a_new_target_hears_of_nothing_older_and_one_that_went_holds_nothing_back(house):
    house.tell("opened", surebet("a"), -5)
    house.tell("opened", surebet("b"), 1)
    house.work()
    house.move(10)
    house.services = {"hook": Service()}
    house.restart()
    house.tell("opened", surebet("c"), 11)
    house.work()
    assert [one.text.rpartition("#")[2] for one in house.services["hook"].got] == ["c"]
    groups = [one.group for one in house.store.backlog() if one.stream == house.store.alert_stream()]
    assert groups == ["alerts-hook"]
