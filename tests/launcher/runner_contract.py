"""What every runner does, on whatever it runs: a subclass says how to open one and how to crash a worker.

The workers are `sample_worker.py`, whose environment says how they behave.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from mispriced.launcher.runner import Runner, RunnerEvent, WorkerSpec, WorkerState

OpenRunner = Callable[[], Runner]
KILLED = 137


def worker(name: str = "xtr-btts-live-0", replicas: int = 1, **environment: str) -> WorkerSpec:
    """Return a worker with a secret."""
    return WorkerSpec(
        name=name,
        role="extract",
        environment=environment,
        secrets={"PASSWORD": SecretStr("s3cret")},
        replicas=replicas,
    )


def eventually(claim: Callable[[], Any], within_s: float) -> Any:
    """Return what `claim` returns once that is true."""
    until = time.monotonic() + within_s
    while not (found := claim()):
        assert time.monotonic() < until, f"not within {within_s} s"
        time.sleep(0.02)
    return found


class RunnerContract:
    """The contract suite. `patience_s` covers what the engine itself takes."""

    patience_s = 5.0
    secret_seen = "s3cret"  # what a worker finds in PASSWORD

    @pytest.fixture
    def open_runner(self) -> Iterator[OpenRunner]:
        """Yield what opens runners of one place, closed and emptied at the end."""
        raise NotImplementedError

    def crash(self, state: WorkerState) -> None:
        """Kill the worker from outside, not through its engine."""
        raise NotImplementedError

    @pytest.fixture
    def runner(self, open_runner: OpenRunner) -> Runner:
        return open_runner()

    def identities(self, runner: Runner, name: str) -> dict[int, str]:
        return {one.replica: one.identity for one in runner.states() if one.name == name}

    def said(self, runner: Runner, name: str, word: str, replica: int = 0) -> list[str]:
        def lines() -> list[str]:
            found = runner.logs(name, 100, replica)
            return found if any(word in line for line in found) else []

        found: list[str] = eventually(lines, self.patience_s)
        return found

    def test_a_worker_is_told_its_name_role_environment_and_secrets(self, runner):
        (state,) = runner.start(worker(MODE="serve"))
        assert (state.name, state.replica, state.status, state.restarts) == (
            "xtr-btts-live-0", 0, "running", 0,
        )  # fmt: skip
        told = {"MISPRICED_WORKER": f"{state.name}-0", "MODE": "serve", "PASSWORD": self.secret_seen}
        assert self.said(runner, state.name, "up") == [f"up {told} ['extract']"]

    def test_starting_again_finds_what_runs(self, runner):
        first = runner.start(worker(replicas=2))
        assert len({one.identity for one in first}) == 2
        assert runner.start(worker(replicas=2)) == first

    def test_workers_outlive_their_runner_and_the_next_one_adopts_them(self, open_runner):
        before = open_runner()
        first = before.start(worker())
        before.close()
        after = open_runner()
        assert [one.identity for one in after.states()] == [first[0].identity]
        assert after.start(worker()) == first
        after.stop("xtr-btts-live-0", 2.0)
        assert after.states() == []

    def test_scaling_keeps_what_runs_and_ends_the_last(self, runner):
        runner.start(worker(replicas=2))
        two = self.identities(runner, "xtr-btts-live-0")
        runner.start(worker(replicas=3))
        three = self.identities(runner, "xtr-btts-live-0")
        assert three.keys() == {0, 1, 2}
        assert {replica: three[replica] for replica in two} == two
        runner.start(worker(replicas=1))
        assert self.identities(runner, "xtr-btts-live-0") == {0: two[0]}
        runner.start(worker(replicas=0))
        assert self.identities(runner, "xtr-btts-live-0") == {}

    def test_another_environment_replaces_what_runs(self, runner):
        runner.start(worker(MODE="one"))
        before = self.identities(runner, "xtr-btts-live-0")
        self.said(runner, "xtr-btts-live-0", "one")
        runner.start(worker(MODE="two"))
        assert self.identities(runner, "xtr-btts-live-0") != before
        assert "two" in self.said(runner, "xtr-btts-live-0", "two")[-1]

    def test_stopping_ends_one_worker_and_no_other(self, runner):
        runner.start(worker("a", replicas=2))
        runner.start(worker("b"))
        self.said(runner, "a", "up", 1)
        runner.stop("a", 5.0)
        assert {(one.name, one.status) for one in runner.states()} == {("b", "running")}

    def test_stopping_what_is_not_there_is_no_error(self, runner):
        runner.stop("xtr-nobody", 1.0)
        assert runner.states() == []

    def test_a_worker_that_does_not_end_is_killed_after_its_grace(self, runner):
        runner.start(worker(MODE="stubborn"))
        self.said(runner, "xtr-btts-live-0", "ready")
        began = time.monotonic()
        runner.stop("xtr-btts-live-0", 1.0)
        assert 0.9 < time.monotonic() - began < 1.0 + self.patience_s
        assert runner.states() == []

    def test_a_crashed_worker_is_back(self, runner):
        (first,) = runner.start(worker())
        self.said(runner, first.name, "up")
        runner.events()
        self.crash(first)

        def is_back():
            (now,) = runner.states()
            return now if now.status == "running" and now.restarts == 1 else None

        back = eventually(is_back, self.patience_s)
        assert back.restarts == 1
        seen: list[RunnerEvent] = []

        def both():
            seen.extend(runner.events())
            return {one.what for one in seen} >= {"died", "restarted"}

        eventually(both, self.patience_s)
        assert [(one.name, one.replica, one.what, one.exit_code) for one in seen] == [
            (first.name, 0, "died", KILLED),
            (first.name, 0, "restarted", None),
        ]

    @pytest.mark.slow
    def test_a_worker_that_keeps_crashing_is_started_again_and_again(self, runner):
        runner.start(worker(MODE="crash"))

        def has_crashed_thrice():
            (state,) = runner.states()
            return state.restarts >= 3

        eventually(has_crashed_thrice, 2.0 * 3 + self.patience_s)
        died = [one.exit_code for one in runner.events() if one.what == "died"]
        assert set(died) == {3}
        runner.stop("xtr-btts-live-0", 1.0)
        time.sleep(0.2)
        assert runner.states() == []

    @pytest.mark.slow
    def test_logs_are_the_last_lines_and_none_of_an_unknown_worker(self, runner):
        runner.start(worker(MODE="stubborn"))
        assert len(self.said(runner, "xtr-btts-live-0", "ready")) == 2
        assert runner.logs("xtr-btts-live-0", 1) == ["ready"]
        assert runner.logs("xtr-nobody", 10) == []

    def test_events_say_who_started_and_stopped_once(self, runner):
        runner.start(worker(replicas=2))
        runner.stop("xtr-btts-live-0", 5.0)
        seen: list[RunnerEvent] = []

        def all_four():
            seen.extend(runner.events())
            return len(seen) >= 4

        eventually(all_four, self.patience_s)
        assert sorted((one.what, one.replica) for one in seen) == [
            ("started", 0),
            ("started", 1),
            ("stopped", 0),
            ("stopped", 1),
        ]
        assert runner.events() == []
