"""The fleet's life: what is started, what ends it, and in which order it ends."""

import random
import threading

import pytest
import structlog

from mispriced.domain.markets import MARKETS
from mispriced.errors import Fatal, Retry, Unavailable
from mispriced.launcher.cadence import Cadence
from mispriced.launcher.fleet import Ending, Fleet
from mispriced.launcher.runner import WorkerSpec, WorkerState
from mispriced.messages import Backlog, Subscription
from tests.launcher.fakes import HandClock
from tests.launcher.test_cadence import Notebook, stream

PLANNED = {"live": [stream("a")]}


class Engine:
    """Runs nothing and remembers what it was told."""

    def __init__(self, running=(), refuses=()):
        self.told = []
        self.running = list(running)
        self.refuses = dict(refuses)

    def start(self, spec):
        if spec.name in self.refuses:
            raise self.refuses[spec.name]
        self.told.append(("start", spec.name))
        return []

    def stop(self, name, grace_s):
        self.told.append(("stop", name))

    def states(self):
        return [WorkerState(name=name, replica=0, status="running") for name in self.running]

    def events(self):
        return []


class Server(Notebook):
    """A store whose jobs are worked off by the second look at them, or never."""

    def __init__(self, is_stuck=False):
        super().__init__()
        self.is_stuck = is_stuck
        self.is_away = False
        self.joined = []

    def join(self, subscription):
        self.joined += subscription.streams

    def publish(self, outputs):
        super().publish(outputs)
        self.waits = {"a": (len(outputs), 0)}

    def backlog(self):
        if self.is_away:
            raise Retry("nobody there")
        found = super().backlog()
        if not self.is_stuck:
            self.waits = {}
        return found


def spec(name):
    role = "listen" if "listen" in name else "extract"
    return WorkerSpec(name=name, role=role, environment={"PREFIX": "xtr"})


def fleet(engine, store, stop=None, stop_file=None, revive=lambda: None, names=("xtr-a", "xtr-b"), heard=()):
    clock = HandClock()
    ending = Ending(drain_s=3.0, grace_s=1.0, stop_file=stop_file)
    cadence = Cadence({"live": 5.0}, clock, random.Random(1), jitter=0.0)
    stop = stop or threading.Event()
    specs = [spec(name) for name in names]
    return Fleet(engine, specs, store, PLANNED, cadence, clock, stop, ending, revive, heard)


def test_one_cycle_starts_publishes_waits_until_all_is_worked_off_and_stops():
    engine, store = Engine(), Server()
    assert fleet(engine, store).run(once=True) == 0
    own = {f"{kind} {market} live" for kind in ("data", "matched") for market in MARKETS}
    assert set(store.joined) == {"a", *own}, "what the workers will read counts before they are there"
    assert len(store.published) == 2
    assert engine.told[:2] == [("start", "xtr-a"), ("start", "xtr-b")]
    assert sorted(engine.told[2:]) == [("stop", "xtr-a"), ("stop", "xtr-b")]


def test_what_is_not_worked_off_in_time_is_said_by_the_exit_code():
    engine, store = Engine(), Server(is_stuck=True)
    assert fleet(engine, store).run(once=True) == 143
    assert ("stop", "xtr-b") in engine.told


class Listening(Server):
    """A store in which an event waits as long as the listener runs, and for one look more."""

    def __init__(self, engine):
        super().__init__()
        self.engine = engine
        self.looks = []

    def backlog(self):
        is_fed = ("stop", "xtr-listen") not in self.engine.told
        self.looks.append(is_fed)
        return [
            Backlog(stream="events", group="g", unread=int(is_fed or self.looks.count(False) == 1), pending=0)
        ]


def test_a_listener_goes_first_so_that_what_it_fed_is_worked_off_before_the_others_go():
    engine, stop = Engine(), threading.Event()
    store = Listening(engine)
    stop.set()
    heard = [Subscription(streams=("events",), group="g", consumer="c")]
    assert fleet(engine, store, stop, names=("xtr-a", "xtr-listen"), heard=heard).run() == 0
    assert "events" in store.joined
    assert engine.told[2] == ("stop", "xtr-listen")
    assert store.looks == [False, False, False]
    assert sorted(engine.told[3:]) == [("stop", "xtr-a"), ("stop", "xtr-listen")]


def test_a_worker_of_another_plan_of_the_same_prefix_is_stopped_and_no_stranger():
    engine = Engine(running=["xtr-a", "xtr-old", "other-a"])
    fleet(engine, Server()).run(once=True)
    assert engine.told[0] == ("stop", "xtr-old")
    assert ("stop", "other-a") not in engine.told


def test_a_worker_that_cannot_be_started_does_not_keep_the_others():
    engine = Engine(refuses={"xtr-a": Fatal("its name is taken")})
    with structlog.testing.capture_logs() as logs:
        assert fleet(engine, Server()).run(once=True) == 0
    assert ("start", "xtr-b") in engine.told
    assert [(one["worker"], one["error"]) for one in logs if one["event"] == "worker not started"] == [
        ("xtr-a", "its name is taken")
    ]


def test_without_any_worker_or_without_what_runs_them_there_is_no_fleet():
    refusal = Fatal("its name is taken")
    with pytest.raises(Fatal, match="its name is taken"):
        fleet(Engine(refuses={"xtr-a": refusal, "xtr-b": refusal}), Server()).run(once=True)
    away = Unavailable("no engine answers: start it")
    with pytest.raises(Unavailable, match="start it"):
        fleet(Engine(refuses={"xtr-a": away}), Server()).run(once=True)


def test_the_stop_file_ends_the_fleet(tmp_path):
    (tmp_path / "stop").touch()
    engine, store = Engine(), Server()
    assert fleet(engine, store, stop_file=tmp_path / "stop").run() == 0
    assert store.published == []
    assert ("stop", "xtr-a") in engine.told


def test_a_stop_file_that_cannot_be_read_is_absent_and_logged_once(tmp_path):
    (tmp_path / "file").touch()
    stop = threading.Event()
    store = Server()
    running = fleet(Engine(), store, stop, stop_file=tmp_path / "file" / "stop")
    ended = []
    with structlog.testing.capture_logs() as logs:
        thread = threading.Thread(target=lambda: ended.append(running.run()))
        thread.start()
        stop.wait(0.2)
        stop.set()
        thread.join(5)
    assert ended == [0]
    assert len(store.published) == 2
    assert [one["error"] for one in logs if one["event"] == "stop file not readable"] == ["Not a directory"]


def test_a_server_that_is_away_is_brought_back():
    stop = threading.Event()
    store = Server()
    store.is_away = True

    def revive():
        store.is_away = False
        stop.set()

    assert fleet(Engine(), store, stop, revive=revive).run() == 0
