"""The local runner: the contract with real processes, and whom it takes for its own."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from mispriced.cli.clock import SystemClock
from mispriced.errors import Fatal, LockHeld, Misconfigured
from mispriced.launcher.local import LocalRunner
from mispriced.launcher.owner import LAUNCHER, Owner, owned, owner
from mispriced.launcher.processes import born
from mispriced.launcher.records import Records
from tests.launcher.runner_contract import RunnerContract, eventually, worker

SAMPLE = (sys.executable, "-I", "-S", str(Path(__file__).with_name("sample_worker.py")))


class TestLocal(RunnerContract):
    @pytest.fixture
    def open_runner(self, tmp_path):
        opened = []

        def open_one():
            opened.append(LocalRunner(tmp_path / "run", SystemClock(), {"PATH": os.defpath}, SAMPLE))
            return opened[-1]

        yield open_one
        last = open_one()
        for name in {one.name for one in last.states()}:
            for one in opened:
                one.stop(name, 2.0)
        for one in opened:
            one.close()

    def crash(self, state):
        os.kill(int(state.identity), signal.SIGKILL)

    def test_a_secret_stands_in_no_argument_and_no_record(self, runner, tmp_path):
        (state,) = runner.start(worker())
        assert b"s3cret" not in Path(f"/proc/{state.identity}/cmdline").read_bytes()
        (record,) = (tmp_path / "run").glob("*.json")
        assert b"s3cret" not in record.read_bytes()

    def test_a_process_that_was_given_a_workers_id_is_not_taken_for_it(self, runner, tmp_path):
        (state,) = runner.start(worker())
        runner.close()
        records = Records(tmp_path / "run")
        (record,) = records.all()
        time.sleep(0.05)  # the kernel tells starts apart by hundredths of a second
        with subprocess.Popen(["sleep", "60"]) as other:
            try:
                stolen = msgspec.structs.replace(record.process, pid=other.pid)
                records.put(msgspec.structs.replace(record, process=stolen))
                assert [one.status for one in runner.states()] == ["restarting"]
                runner.stop(state.name, 1.0)
                assert other.poll() is None
            finally:
                other.kill()
                os.kill(int(state.identity), signal.SIGTERM)
                eventually(lambda: os.waitpid(int(state.identity), os.WNOHANG)[0], 5.0)

    def test_what_it_started_is_ended_when_its_records_were_deleted(self, runner, tmp_path):
        started = runner.start(worker(replicas=2))
        eventually(lambda: all(runner.logs(one.name, 1, one.replica) for one in started), 5.0)
        shutil.rmtree(tmp_path / "run")
        runner.stop(started[0].name, 2.0)
        assert [one for one in started if born(int(one.identity))] == []

    @pytest.mark.slow
    def test_a_crash_loop_waits_longer_each_time(self, runner):
        runner.start(worker(MODE="crash"))
        died: list[datetime] = []

        def six_times():
            died.extend(one.at for one in runner.events() if one.what == "died")
            return len(died) >= 6

        eventually(six_times, 15)
        waits = [(later - earlier).total_seconds() for earlier, later in pairwise(died)]
        assert max(waits[:4]) < 2 <= waits[4]

    def test_a_program_that_is_not_there_is_named(self, tmp_path):
        runner = LocalRunner(tmp_path, SystemClock(), {}, ("/no/such/program",))
        with pytest.raises(Fatal, match="worker xtr-btts-live-0: /no/such/program cannot be started"):
            runner.start(worker())
        runner.close()

    def test_a_record_that_cannot_be_read_is_left_out(self, runner, tmp_path):
        runner.start(worker())
        (tmp_path / "run" / "broken-0.json").write_text("{")
        assert [one.name for one in runner.states()] == ["xtr-btts-live-0"]


def test_a_run_directory_has_one_launcher(tmp_path):
    assert owner(tmp_path) is None
    with owned(tmp_path, "local"):
        assert owner(tmp_path).pid == os.getpid()
        with (
            pytest.raises(LockHeld, match=f"process {os.getpid()} is the launcher of"),
            owned(tmp_path, "docker"),
        ):
            pass
    assert owner(tmp_path) is None


def test_whoever_asks_for_the_owner_keeps_nobody_from_starting(tmp_path):
    ended = threading.Event()

    def ask():
        while not ended.is_set():
            owner(tmp_path)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(100):
            with owned(tmp_path, "local"):
                assert owner(tmp_path).pid == os.getpid()
    finally:
        ended.set()
        asking.join()


def test_an_owner_that_has_not_said_who_it_is_yet_is_waited_for_and_named(tmp_path):
    text = msgspec.json.encode(Owner(pid=7, runner="local"))
    with (tmp_path / LAUNCHER.file).open("wb", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        saying = threading.Timer(0.05, file.write, [text])
        saying.start()
        try:
            with pytest.raises(LockHeld, match="process 7 is the launcher of"), owned(tmp_path, "local"):
                pass
        finally:
            saying.join()


def test_a_run_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"run directory .*file"):
        Records(tmp_path / "file")
