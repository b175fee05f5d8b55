"""The cadence: a fixed rate with jitter, nothing piles up, paused bookmakers are left out and shown."""

import random
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.launcher.cadence import Cadence, Cycle, Publisher
from mispriced.launcher.plan import TaskStream
from mispriced.messages import Backlog
from mispriced.pipeline.pauses import PAUSES
from tests.launcher.fakes import HandClock

EVERY_S = {"live": 5.0, "upcoming": 60.0}
BOTH = {"BookieAlpha": "-1", "BookieGamma": "0"}


class Notebook:
    """The little of a store that a publisher uses."""

    def __init__(self):
        self.published = []
        self.kept = {}
        self.waits = {}

    def data_stream(self, market, source):
        return f"data {market} {source}"

    def matched_stream(self, market, source):
        return f"matched {market} {source}"

    def backlog(self):
        return [Backlog(stream=name, group="g", unread=n, pending=m) for name, (n, m) in self.waits.items()]

    def publish(self, outputs):
        self.published += outputs

    def note(self, name, value, until=None):
        self.kept[name] = value

    def notes(self, prefix):
        return {name: value for name, value in self.kept.items() if name.startswith(prefix)}


def stream(name, market="btts", day=0, **periods):
    return TaskStream(name=name, market=market, source="live", day=day, periods=periods or BOTH)


def due_for(seconds, jitter=0.0, step_s=0.5, seed=1):
    clock = HandClock()
    cadence = Cadence(EVERY_S, clock, random.Random(seed), jitter)
    found = []
    while clock.passed_s < seconds:
        found += [(source, clock.passed_s) for source in cadence.due()]
        clock.sleep(step_s)
    return found, cadence


def test_each_source_has_its_own_rate_and_begins_at_once():
    found, cadence = due_for(121)
    assert [at for source, at in found if source == "upcoming"] == [0, 60, 120]
    assert [at for source, at in found if source == "live"] == [5.0 * n for n in range(25)]
    assert not cadence.missed.total()


@given(seed=st.integers(0, 10**6))
def test_jitter_makes_a_cycle_late_and_never_the_next_ones(seed):
    found, _ = due_for(120, jitter=0.1, step_s=0.05, seed=seed)
    live = [at for source, at in found if source == "live"]
    assert len(live) == 24
    assert all(0 <= at - 5 * n <= 0.5 + 0.1 for n, at in enumerate(live))


def test_cycles_that_time_ran_past_are_counted_and_not_made_up_for():
    clock = HandClock()
    cadence = Cadence(EVERY_S, clock, random.Random(1), 0.0)
    assert cadence.due() == ["live", "upcoming"]
    clock.sleep(3600)
    assert cadence.due() == ["live", "upcoming"]
    assert cadence.due() == []
    assert cadence.missed == {"live": 719, "upcoming": 59}
    clock.sleep(5)
    assert cadence.due() == ["live"]


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_set_neither_adds_a_cycle_nor_drops_one(step):
    class Set(HandClock):
        def now(self):
            return super().now() + (step if self.passed_s >= 30 else timedelta(0))

    clock = Set()
    cadence = Cadence(EVERY_S, clock, random.Random(1), 0.0)
    found = []
    while clock.passed_s < 60:
        found += [clock.passed_s for source in cadence.due() if source == "live"]
        clock.sleep(0.5)
    assert found == [5.0 * number for number in range(12)]
    assert not cadence.missed.total()


def test_a_cycle_is_a_job_a_task_stream_and_bookmaker():
    store = Notebook()
    clock = HandClock()
    cycle = Publisher(store, {"live": [stream("a"), stream("b", BookieDelta="0")]}, clock).publish("live")
    assert [(one.stream, one.fields["bookmaker"]) for one in store.published] == [
        ("a", "BookieAlpha"),
        ("a", "BookieGamma"),
        ("b", "BookieDelta"),
    ]
    assert cycle == Cycle(source="live", at=clock.now(), published=3)
    assert msgspec.json.decode(store.kept["cycle/live"], type=Cycle) == cycle


@pytest.mark.parametrize("waits", [(1, 0), (0, 1)])
def test_a_stream_whose_last_jobs_are_not_worked_off_is_skipped_and_counted(waits):
    store = Notebook()
    store.waits = {"a": waits, "b": (0, 0)}
    publisher = Publisher(store, {"live": [stream("a"), stream("b")]}, HandClock())
    publisher.publish("live")
    cycle = publisher.publish("live")
    assert {one.stream for one in store.published} == {"b"}
    assert (cycle.published, cycle.late, cycle.skipped) == (2, ("a",), 2)
    store.waits = {}
    assert publisher.publish("live").late == ()


def test_where_quotes_wait_by_the_thousand_no_more_are_asked_for():
    store = Notebook()
    store.waits = {"matched btts live": (5001, 0)}
    publisher = Publisher(store, {"live": [stream("a")]}, HandClock())
    assert (publisher.publish("live").late, store.published) == (("a",), [])


def test_a_paused_bookmaker_is_skipped_and_shown_until_its_pause_is_over():
    store = Notebook()
    clock = HandClock()
    store.note(f"{PAUSES}BookieGamma/live", (clock.now() + timedelta(seconds=30)).isoformat().encode())
    store.note(f"{PAUSES}BookieAlpha/upcoming", (clock.now() + timedelta(seconds=30)).isoformat().encode())
    publisher = Publisher(store, {"live": [stream("a")]}, clock)
    cycle = publisher.publish("live")
    assert (cycle.published, cycle.paused) == (1, ("BookieGamma",))
    clock.sleep(31)
    assert publisher.publish("live").published == 2


def test_what_is_left_counts_every_stream_of_the_planned_sources():
    store = Notebook()
    store.waits = {
        "a": (1, 2),
        "data btts live": (3, 0),
        "matched btts live": (0, 4),
        "data btts upcoming": (9, 9),
    }
    assert Publisher(store, {"live": [stream("a")]}, HandClock()).left() == 10
