"""The consumer with a real server: what becomes of messages, stages that fail, and a server that dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import structlog
from msgspec import Struct

from mispriced.backends import embedded
from mispriced.backends.connection import Link
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.errors import Fatal, Retry
from mispriced.messages import Assignment, Effects, Handled, Message, Output, Subscription
from mispriced.pipeline.run import Consumer, Heartbeat, Rhythm
from mispriced.ports import Stage
from tests.backends.servers import short_folder
from tests.domain.quotes import quote
from tests.pipeline.conftest import OpenStore

JOBS = Subscription(streams=("jobs",), group="g", consumer="one")
DEAD_WORKER = Subscription(streams=("jobs",), group="g", consumer="dead")
OUT = Subscription(streams=("out",), group="reader", consumer="one")
SOON = Rhythm(claim_idle_s=0.05, claim_s=0.01)
NEVER = Rhythm(claim_idle_s=60, tick_s=60, trim_s=60, beat_s=60)


class Recorder:
    """A stage that repeats messages on `out` and remembers the batches; some numbers make it fail."""

    def __init__(self, fails: Sequence[bytes] = (), poison: Sequence[bytes] = ()) -> None:
        self.fails = set(fails)
        self.poison = set(poison)
        self.batches: list[list[bytes]] = []
        self.ticks: list[datetime] = []

    def handle(self, messages: Sequence[Message]) -> Handled:
        numbers = [one.fields["n"] for one in messages]
        self.batches.append(numbers)
        if bad := self.fails & set(numbers):
            raise ValueError(f"cannot do {sorted(bad)}")
        good = [one for one in messages if one.fields["n"] not in self.poison]
        return Handled(
            effects=tuple(Effects(message=one, outputs=(repeated(one),)) for one in good),
            poison={one.place: "poisoned" for one in messages if one.fields["n"] in self.poison},
        )

    def tick(self, now: datetime) -> None:
        self.ticks.append(now)


def repeated(message: Message) -> Output:
    return Output(stream="out", fields=message.fields)


def consumer(store: RedisStore, stage: Stage, **options: object) -> Consumer:
    """Return a consumer that does nothing by time unless told to."""
    given = {"batch_timeout_s": 0.0, "rhythm": NEVER, **options}
    return Consumer(store, JOBS, stage, SystemClock(), threading.Event(), **given)


def publish(store: RedisStore, *numbers: int) -> None:
    store.publish([Output(stream="jobs", fields={"n": str(number)}) for number in numbers])


def out(store: RedisStore) -> list[bytes]:
    """Return what came out since the last call."""
    messages = store.read(OUT, 1000, 0)
    store.commit(OUT, [Effects(message=one) for one in messages], datetime.now().astimezone())
    return [one.fields["n"] for one in messages]


def pending(store: RedisStore) -> int:
    return sum(one.pending + one.unread for one in store.backlog() if one.stream == "jobs")


@contextmanager
def running(store: RedisStore, stage: Stage, **options: object) -> Iterator[threading.Event]:
    """Run a consumer in a thread; it must end within 0.4 s of the stop."""
    stop = threading.Event()
    given = {"batch_timeout_s": 0.0, "rhythm": NEVER, **options}
    worker = Consumer(store, JOBS, stage, SystemClock(), stop, **given)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def eventually(claim: Callable[[], object], within_s: float = 5.0) -> None:
    until = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.005)


class TestBatches:
    def test_a_batch_closes_when_it_is_full(self, store: RedisStore):
        stage = Recorder()
        publish(store, *range(5))
        worker = consumer(store, stage, batch_size=2, batch_timeout_s=60)
        assert [worker.turn(0), worker.turn(0)] == [2, 2]
        assert stage.batches == [[b"0", b"1"], [b"2", b"3"]]
        assert out(store) == [b"0", b"1", b"2", b"3"]

    def test_a_half_full_batch_closes_in_time(self, store: RedisStore, open_store: OpenStore):
        stage = Recorder()
        publish(store, 0)
        late = threading.Timer(0.05, publish, [open_store(), 1])
        late.start()
        started = time.monotonic()
        assert consumer(store, stage, batch_size=9, batch_timeout_s=0.15).turn(0) == 2
        assert 0.14 < time.monotonic() - started < 0.4
        late.join()

    def test_what_is_refused_is_buried_when_it_is_read_and_closes_no_batch(self, store: RedisStore):
        stage = Recorder()
        publish(store, 0, 1, 2)
        refuse = {b"1": "no job"}
        worker = consumer(
            store, stage, batch_size=2, batch_timeout_s=1, refuse=lambda one: refuse.get(one.fields["n"])
        )
        assert worker.turn(0) == 2
        assert stage.batches == [[b"0", b"2"]]
        assert [(one.fields, one.error) for one in store.dead_letters()] == [({"n": b"1"}, "no job")]

    def test_nothing_to_do_is_a_turn_of_nothing(self, store: RedisStore):
        stage = Recorder()
        assert consumer(store, stage).turn(0) == 0
        assert stage.batches == []


class TestRecovery:
    def test_what_was_taken_before_a_crash_comes_first_and_one_by_one(self, store: RedisStore):
        stage = Recorder()
        publish(store, 0, 1, 2, 3)
        store.read(JOBS, 2, 0)
        assert consumer(store, stage).turn(0) == 4
        assert stage.batches == [[b"0"], [b"1"], [b"2", b"3"]]

    def test_what_another_worker_left_is_claimed(self, store: RedisStore):
        stage = Recorder()
        publish(store, 0, 1)
        store.read(DEAD_WORKER, 2, 0)
        worker = consumer(store, stage, rhythm=SOON)
        assert worker.turn(0) == 0
        time.sleep(0.06)
        assert worker.turn(0) == 2
        assert (stage.batches, pending(store)) == ([[b"0"], [b"1"]], 0)

    def test_a_message_that_ends_its_workers_is_buried_without_its_neighbours(self, store: RedisStore):
        class Killer(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                if any(one.fields["n"] == b"1" for one in messages):
                    raise SystemExit(9)
                return super().handle(messages)

        publish(store, 0, 1, 2)
        deaths = 0
        for _ in range(9):
            try:
                consumer(store, Killer()).turn(0)
            except SystemExit:
                deaths += 1
        assert deaths == 4
        [letter] = store.dead_letters()
        assert (letter.fields, letter.worker) == ({"n": b"1"}, "g/one")
        assert letter.error == "delivered 5 times: each worker that took it ended"
        assert (sorted(out(store)), pending(store)) == ([b"0", b"2"], 0)

    def test_a_message_whose_answer_was_lost_is_not_forgotten(self, open_store: OpenStore):
        class Lossy:
            """A store that loses its first answer with messages in it."""

            def __init__(self, store: RedisStore) -> None:
                self._store = store
                self._lost = False

            def __getattr__(self, name: str) -> object:
                return getattr(self._store, name)

            def read(self, subscription: Subscription, count: int, block_s: float) -> list[Message]:
                found = self._store.read(subscription, count, block_s)
                if found and not self._lost:
                    self._lost = True
                    raise Retry("the answer was lost")
                return found

        stage = Recorder()
        store = open_store()
        worker = consumer(Lossy(store), stage)
        worker.turn(0)
        publish(store, 0, 1)
        with pytest.raises(Retry):
            worker.turn(0)
        assert worker.turn(0) == 2
        assert (stage.batches, pending(store)) == ([[b"0"], [b"1"]], 0)


class TestPoison:
    def test_a_failing_message_does_not_take_its_batch_along(self, store: RedisStore):
        stage = Recorder(fails=[b"1"])
        publish(store, 0, 1, 2)
        with structlog.testing.capture_logs() as logs:
            assert consumer(store, stage).turn(0) == 2
        assert stage.batches == [[b"0", b"1", b"2"], [b"0"], [b"1"], [b"2"]]
        assert (out(store), pending(store)) == ([b"0", b"2"], 1)
        assert [one["event"] for one in logs] == ["batch failed", "message failed"]

    def test_it_is_tried_again_and_then_buried_with_its_error(self, store: RedisStore):
        stage = Recorder(fails=[b"1"])
        publish(store, 1)
        worker = consumer(store, stage, rhythm=SOON)
        for _ in range(6):
            worker.turn(0)
            time.sleep(0.06)
        [letter] = store.dead_letters()
        assert letter.error == "delivered 5 times: ValueError(\"cannot do [b'1']\")"
        assert (stage.batches, pending(store)) == ([[b"1"]] * 4, 0)

    def test_what_the_stage_calls_poison_is_buried_at_once(self, store: RedisStore):
        publish(store, 0, 1, 2)
        consumer(store, Recorder(poison=[b"1"])).turn(0)
        assert [(one.fields, one.error) for one in store.dead_letters()] == [({"n": b"1"}, "poisoned")]
        assert (out(store), pending(store)) == ([b"0", b"2"], 0)

    def test_poison_is_not_another_streams_message_of_the_same_id(self, store: RedisStore, server: str):
        link = Link(server)
        for stream, number in (("jobs", "1"), ("more", "0")):
            link.call("XADD", stream, "7-7", "n", number)
        link.close()
        both = Subscription(streams=("jobs", "more"), group="g", consumer="one")
        stage = Recorder(poison=[b"1"])
        Consumer(store, both, stage, SystemClock(), threading.Event(), batch_timeout_s=0, rhythm=NEVER).turn(
            0
        )
        assert ([one.stream for one in store.dead_letters()], out(store)) == (["jobs"], [b"0"])

    def test_a_dead_letter_has_its_own_reason_although_another_stream_has_its_id(
        self, store: RedisStore, server: str
    ):
        class Naming(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                return Handled(poison={one.place: f"{one.stream} is bad" for one in messages})

        link = Link(server)
        for stream in ("jobs", "more"):
            link.call("XADD", stream, "7-7", "n", "1")
        link.close()
        both = Subscription(streams=("jobs", "more"), group="g", consumer="one")
        Consumer(store, both, Naming(), SystemClock(), threading.Event(), rhythm=NEVER).turn(0)
        assert {one.stream: one.error for one in store.dead_letters()} == {
            "jobs": "jobs is bad", "more": "more is bad",
        }  # fmt: skip

    def test_a_message_the_stage_forgot_stays_pending(self, store: RedisStore):
        class Forgetful(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                return Handled()

        publish(store, 0)
        with structlog.testing.capture_logs() as logs:
            consumer(store, Forgetful()).turn(0)
        assert (pending(store), [one["event"] for one in logs]) == (1, ["message without effects"])


class TestConflict:
    class Matcher(Recorder):
        """Assigns an event at the version it read; another worker may assign in between."""

        def __init__(self, store: RedisStore, conflicts: int) -> None:
            super().__init__()
            self.store = store
            self.conflicts = conflicts

        def handle(self, messages: Sequence[Message]) -> Handled:
            handled = super().handle(messages)
            version = self.store.version()
            if len(self.batches) <= self.conflicts:
                other = quote("BookieBeta", event_id=str(len(self.batches)))
                self.store.commit(JOBS, (), other.seen_at, [Assignment(event=other.event, match_id="m2")])
            return Handled(
                effects=handled.effects,
                assignments=(Assignment(event=quote().event, match_id="m1"),),
                version=version,
            )

    def test_the_stage_is_asked_again(self, store: RedisStore):
        stage = self.Matcher(store, conflicts=3)
        publish(store, 0)
        assert consumer(store, stage).turn(0) == 1
        assert (len(stage.batches), out(store), len(store.events()[1])) == (4, [b"0"], 4)

    def test_but_not_for_ever(self, store: RedisStore):
        stage = self.Matcher(store, conflicts=99)
        publish(store, 0)
        assert consumer(store, stage).turn(0) == 0
        assert (len(stage.batches), out(store), pending(store)) == (10, [], 1)


class TestTime:
    def test_the_stage_ticks_and_a_failing_tick_stops_nobody(self, store: RedisStore):
        class Broken(Recorder):
            def tick(self, now: datetime) -> None:
                super().tick(now)
                raise ValueError("no")

        stage = Broken()
        publish(store, 0)
        worker = consumer(store, stage, rhythm=Rhythm(tick_s=0.01))
        assert worker.turn(0) == 1
        time.sleep(0.02)
        worker.turn(0)
        assert len(stage.ticks) == 2

    def test_what_only_a_person_can_mend_ends_the_worker(self, store: RedisStore):
        class Unhappy(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                raise Fatal("no licence")

        publish(store, 0)
        with pytest.raises(Fatal, match="no licence"):
            consumer(store, Unhappy()).run()

    def test_it_says_every_second_that_it_is_alive(self, store: RedisStore):
        publish(store, 0)
        worker = consumer(store, Recorder(), rhythm=Rhythm(beat_s=0))
        worker.turn(0)
        worker.turn(0)
        beat = msgspec.json.decode(store.notes("worker/")["worker/g/one"], type=Heartbeat)
        assert (beat.streams, beat.handled, beat.buried, beat.failed) == (("jobs",), 1, 0, 0)

    def test_it_trims(self, store: RedisStore, server: str):
        publish(store, *range(3000))
        worker = consumer(store, Recorder(), batch_size=3000, rhythm=Rhythm(trim_s=0))
        worker.turn(0)
        worker.turn(0)
        link = Link(server)
        assert link.call("XLEN", "jobs") < 1200
        link.close()


class TestStop:
    def test_an_idle_worker_stops_within_0_4_s_and_leaves_no_name(self, store: RedisStore, server: str):
        with running(store, Recorder()) as stop:
            time.sleep(0.1)
            started = time.monotonic()
            stop.set()
        assert time.monotonic() - started < 0.4
        link = Link(server)
        assert link.call("XINFO", "CONSUMERS", "jobs", "g") == []
        link.close()

    def test_a_busy_worker_finishes_its_batch_and_has_nothing_pending(
        self, store: RedisStore, open_store: OpenStore
    ):
        class Slow(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                time.sleep(0.02)
                return super().handle(messages)

        other = open_store()
        publish(other, *range(500))
        stage = Slow()
        with running(store, stage, batch_size=10) as stop:
            eventually(lambda: len(stage.batches) > 2)
            started = time.monotonic()
            stop.set()
        assert time.monotonic() - started < 0.4
        assert len(stage.batches) < 50
        assert [one.pending for one in other.backlog() if one.stream == "jobs"] == [0]

    def test_a_stop_closes_the_half_full_batch(self, store: RedisStore, open_store: OpenStore):
        other = open_store()
        taken = threading.Event()
        publish(other, 0)
        with running(
            store, Recorder(), batch_size=9, batch_timeout_s=60.0, reached=lambda point: taken.set()
        ) as stop:
            assert taken.wait(5)
            started = time.monotonic()
            stop.set()
        assert time.monotonic() - started < 0.4
        assert (out(other), pending(other)) == ([b"0"], 0)


class Owned(Struct):
    """A server of the test's own."""

    server: embedded.Embedded
    url: str
    stores: list[RedisStore] = []

    def open(self) -> RedisStore:
        self.stores.append(RedisStore(self.url))
        return self.stores[-1]

    def kill(self) -> None:
        os.kill(self.server.pid, signal.SIGKILL)


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Owned]:
    with short_folder() as folder, embedded.start(tmp_path / "data", runtime_dir=folder) as server:
        owned = Owned(server, f"unix://{server.socket_path}")
        yield owned
        for store in owned.stores:
            store.close()


class TestServer:
    def test_a_worker_outlives_its_server_and_says_little(self, owned: Owned):
        stage = Recorder()
        store, other = owned.open(), owned.open()
        with structlog.testing.capture_logs() as logs, running(store, stage):
            publish(other, 0)
            eventually(lambda: stage.batches == [[b"0"]])
            owned.kill()
            time.sleep(0.2)
            time.sleep(0.2)
            owned.server.ensure()
            back = time.monotonic()
            publish(other, 1)
            eventually(lambda: [b"1"] in stage.batches)
            assert time.monotonic() - back < 2
        assert [(one["event"], one["log_level"]) for one in logs] == [
            ("server away", "warning"), ("server back", "info"),
        ]  # fmt: skip
        assert owned.url.removeprefix("unix://") in logs[0]["error"]

    def test_a_batch_in_hand_is_committed_when_the_server_is_back(self, owned: Owned):
        died = threading.Event()

        class Witness(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                if not died.is_set():
                    owned.kill()
                    died.set()
                return super().handle(messages)

        stage = Witness()
        store, other = owned.open(), owned.open()
        publish(other, 0, 1)
        with running(store, stage):
            eventually(died.is_set)
            time.sleep(0.1)
            owned.server.ensure()
            eventually(lambda: pending(other) == 0)
        assert (stage.batches, out(other)) == ([[b"0", b"1"]], [b"0", b"1"])

    def test_a_full_server_is_waited_for_with_the_batch_in_hand(self, store: RedisStore, server: str):
        link = Link(server)
        stage = Recorder()

        class Filling(Recorder):
            def handle(self, messages: Sequence[Message]) -> Handled:
                if not self.batches:
                    link.call("CONFIG", "SET", "maxmemory", "1")
                return super().handle(messages)

        stage = Filling()
        publish(store, 0, 1)
        try:
            with running(store, stage):
                eventually(lambda: stage.batches)
                time.sleep(0.2)
                link.call("CONFIG", "SET", "maxmemory", "0")
                eventually(lambda: link.call("XLEN", "out") == 2)
        finally:
            link.call("CONFIG", "SET", "maxmemory", "0")
            link.close()
        assert stage.batches == [[b"0", b"1"]]
