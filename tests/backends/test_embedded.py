"""The embedded server with real processes: one server, no orphan, nothing acknowledged lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mispriced.backends import leash
from mispriced.backends.embedded import LOG, LONGEST_LOG, Embedded, start
from mispriced.backends.runtime_dir import LONGEST_SOCKET_PATH, pick_runtime_dir
from mispriced.errors import Misconfigured, Unavailable

RACERS: Final = 12
ROUNDS: Final = 10
ORPHAN_S: Final = 2.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Process:
    """Another `mispriced`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("embedded_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, *command: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([str(word) for word in command]) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def ask(self, *command: object) -> Any:
        self.tell(*command)
        return self.hear()

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture
def runtime_dir() -> Iterator[Path]:
    path = Path(f"/tmp/mispriced-test-{os.getpid()}")
    yield pick_runtime_dir([path])
    for name in path.iterdir():
        name.unlink()
    path.rmdir()


@pytest.fixture
def short_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mp-", dir="/tmp") as place:
        yield Path(place)


@pytest.fixture
def spawn() -> Iterator[Callable[[], Process]]:
    started: list[Process] = []

    def spawn_one() -> Process:
        started.append(Process())
        return started[-1]

    yield spawn_one
    for process in started:
        process.kill()


def servers_of(data_dir: Path) -> set[int]:
    """Return the processes whose working directory is the data directory: Valkey changes to its dir."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == data_dir.resolve():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def wait_until(is_true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def client_of(embedded: Embedded) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(embedded.socket_path), decode_responses=True, retry=Retry(NoBackoff(), 0)
    )


def test_a_started_server_answers_only_on_a_socket_closed_to_others(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path / "data", runtime_dir=runtime_dir, max_memory_mb=64) as embedded:
        with client_of(embedded) as client:
            assert client.config_get("port", "maxmemory", "maxmemory-policy", "appendonly", "save") == {
                "port": "0",
                "maxmemory": str(64 << 20),
                "maxmemory-policy": "noeviction",
                "appendonly": "yes",
                "save": "",
            }
        assert embedded.is_owner
        assert servers_of(tmp_path / "data") == {embedded.pid}
        assert embedded.socket_path.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert servers_of(tmp_path / "data") == set()
    with pytest.raises(Unavailable, match="was closed"):
        embedded.ensure()


@pytest.mark.slow
def test_twelve_simultaneous_starts_make_one_server(tmp_path: Path, runtime_dir: Path, spawn):
    racers = [spawn() for _ in range(RACERS)]
    for turn in range(ROUNDS):
        data_dir = tmp_path / f"data {turn}"
        for racer in racers:
            racer.tell("start", data_dir, runtime_dir)
        answers = [racer.hear() for racer in racers]
        assert [answer["is_owner"] for answer in answers].count(True) == 1
        assert {answer["pid"] for answer in answers} == servers_of(data_dir)
        assert len(servers_of(data_dir)) == 1
        for racer in racers:
            racer.ask("close")
        assert servers_of(data_dir) == set()


def test_a_killed_owner_leaves_no_orphan(tmp_path: Path, runtime_dir: Path, spawn):
    owner = spawn()
    assert owner.ask("start", tmp_path, runtime_dir)["is_owner"]
    owner.kill()
    assert wait_until(lambda: not servers_of(tmp_path), ORPHAN_S)


def test_a_stopped_server_dies_with_its_killed_owner_too(tmp_path: Path, runtime_dir: Path, spawn):
    owner = spawn()
    os.kill(owner.ask("start", tmp_path, runtime_dir)["pid"], signal.SIGSTOP)
    owner.kill()
    assert wait_until(lambda: not servers_of(tmp_path), ORPHAN_S)


def test_a_program_whose_starter_died_before_the_leash_does_not_run(tmp_path: Path):
    command = [sys.executable, leash.__file__, str(os.getpid() + 1), "/bin/touch", str(tmp_path / "ran")]
    assert subprocess.run(command, capture_output=True).returncode == 1
    assert not (tmp_path / "ran").exists()


def test_a_server_killed_under_load_has_lost_no_acknowledged_write(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as embedded:
        acknowledged: list[str] = []

        def write() -> None:
            with client_of(embedded) as client:
                try:
                    while True:
                        acknowledged.append(str(client.xadd("stream", {"number": len(acknowledged)})))
                except redis.ConnectionError:
                    return

        writer = threading.Thread(target=write)
        writer.start()
        assert wait_until(lambda: len(acknowledged) > 2000, 10)
        killed = embedded.pid
        os.kill(killed, signal.SIGKILL)
        writer.join()
        assert wait_until(lambda: not embedded.is_owner, 2)
        embedded.ensure()
        assert embedded.is_owner
        assert embedded.pid != killed
        with client_of(embedded) as client:
            kept = {entry_id for entry_id, _ in client.xrange("stream")}
    assert set(acknowledged) - kept == set()
    assert len(kept) - len(acknowledged) <= 1  # one may have been written, but not answered


def test_an_attached_process_does_not_stop_the_server_and_takes_over_when_the_owner_ends(
    tmp_path: Path, runtime_dir: Path, spawn
):
    owner, second = spawn(), spawn()
    first = owner.ask("start", tmp_path, runtime_dir)
    with start(tmp_path, runtime_dir=runtime_dir) as attached:
        assert not attached.is_owner
        assert attached.pid == first["pid"]
    assert servers_of(tmp_path) == {first["pid"]}
    second.ask("start", tmp_path, runtime_dir)
    owner.kill()
    successor = second.ask("ensure")
    assert successor == {"pid": successor["pid"], "is_owner": True, "socket": first["socket"]}
    assert second.ask("ensure") == successor
    assert wait_until(lambda: servers_of(tmp_path) == {successor["pid"]}, ORPHAN_S)


def test_a_start_with_another_runtime_directory_attaches_to_the_same_server(
    tmp_path: Path, runtime_dir: Path
):
    other = pick_runtime_dir([Path(f"{runtime_dir}-other")])
    with (
        start(tmp_path / "data", runtime_dir=runtime_dir) as first,
        start(tmp_path / "data", runtime_dir=other) as second,
    ):
        assert second.pid == first.pid
        assert second.socket_path == first.socket_path
    other.rmdir()


def test_a_server_outlives_the_thread_that_asked_for_it(tmp_path: Path, runtime_dir: Path):
    started: list[Embedded] = []
    asking = threading.Thread(target=lambda: started.append(start(tmp_path, runtime_dir=runtime_dir)))
    asking.start()
    asking.join()
    with started[0] as embedded:
        time.sleep(0.1)
        assert servers_of(tmp_path) == {embedded.pid}


def test_what_a_killed_server_left_behind_does_not_block_a_start(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as embedded:
        os.kill(embedded.pid, signal.SIGKILL)
        assert wait_until(lambda: not embedded.is_owner, 2)
        assert embedded.socket_path.exists()
        (tmp_path / "server.lock").write_text("999999 no socket at all")
        with start(tmp_path, runtime_dir=runtime_dir) as second:
            assert second.is_owner


def test_a_socket_that_somebody_holds_without_the_lock_is_replaced(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as first:
        path = first.socket_path
    with socket.socket(socket.AF_UNIX) as squatter:
        squatter.bind(str(path))
        squatter.listen()
        with start(tmp_path, runtime_dir=runtime_dir) as second:
            assert servers_of(tmp_path) == {second.pid}


@pytest.mark.parametrize("name", ["x" * 200, "two words", "quote ' and \" and ñ", "-- port 6379"])
def test_any_data_path_works(tmp_path: Path, runtime_dir: Path, name: str):
    data_dir = tmp_path / name
    with start(data_dir, runtime_dir=runtime_dir) as embedded, client_of(embedded) as client:
        client.set("a", "1")
        assert client.config_get("dir") == {"dir": str(data_dir)}
        assert len(os.fsencode(embedded.socket_path)) <= LONGEST_SOCKET_PATH
    with start(data_dir, runtime_dir=runtime_dir) as embedded, client_of(embedded) as client:
        assert client.get("a") == "1"


def test_a_server_that_does_not_answer_is_reported_and_not_doubled(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as embedded:
        stopped = embedded.pid
        os.kill(stopped, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable, match="does not answer"):
                start(tmp_path, runtime_dir=runtime_dir, deadline_s=0.3)
            assert servers_of(tmp_path) == {stopped}
        finally:
            os.kill(stopped, signal.SIGCONT)


def test_a_server_that_cannot_read_its_data_says_so_in_its_own_words(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as embedded, client_of(embedded) as client:
        client.set("a", "1")
    written = next((tmp_path / "appendonlydir").glob("*.incr.aof"))
    written.write_bytes(b"*1\r\n$3\r\nNOT A LOG\r\n" + written.read_bytes())
    with pytest.raises(Unavailable, match="Error reading the append only file"):
        start(tmp_path, runtime_dir=runtime_dir)
    assert servers_of(tmp_path) == set()


def test_a_torn_last_write_costs_that_write_alone(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as embedded, client_of(embedded) as client:
        client.set("a", "1")
        client.set("b", "2")
    written = next((tmp_path / "appendonlydir").glob("*.incr.aof"))
    written.write_bytes(written.read_bytes()[:-3])
    with start(tmp_path, runtime_dir=runtime_dir) as embedded, client_of(embedded) as client:
        assert client.mget("a", "b") == ["1", None]


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path, runtime_dir: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=r"file/data cannot be written: Not a directory"):
        start(tmp_path / "file" / "data", runtime_dir=runtime_dir)


def test_a_full_log_is_cut_and_a_server_without_durability_writes_nothing_else(
    tmp_path: Path, runtime_dir: Path
):
    (tmp_path / LOG).write_text("an old line\n" * (LONGEST_LOG // 10))
    with start(tmp_path, runtime_dir=runtime_dir, durable=False) as embedded, client_of(embedded) as client:
        client.set("a", "1")
        assert client.config_get("appendonly") == {"appendonly": "no"}
    assert {path.name for path in tmp_path.iterdir()} == {"server.lock", LOG}
    assert (tmp_path / LOG).stat().st_size < LONGEST_LOG / 10


def test_a_runtime_directory_that_others_could_have_set_up_is_refused(short_dir: Path):
    (short_dir / "real").mkdir(mode=0o700)
    (short_dir / "link").symlink_to(short_dir / "real")
    (short_dir / "open").mkdir(mode=0o755)
    (short_dir / "file").touch(mode=0o600)
    candidates = [short_dir / name for name in ("link", "open", "file", "missing/own", "x" * 100)]
    with pytest.raises(Misconfigured) as refused:
        pick_runtime_dir(candidates)
    for fault in ("symbolic link", "open to others (mode 755", "File exists", "No such file", "too long"):
        assert fault in str(refused.value)
    assert pick_runtime_dir([*candidates, short_dir / "new"]) == short_dir / "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_runtime_directory_of_another_user_is_refused(short_dir: Path):
    (short_dir / "theirs").mkdir(mode=0o700)
    os.chown(short_dir / "theirs", 12345, 12345)
    with pytest.raises(Misconfigured, match="belongs to user 12345"):
        pick_runtime_dir([short_dir / "theirs"])


def test_an_interrupt_from_the_terminal_does_not_reach_the_server(tmp_path: Path, runtime_dir: Path):
    with start(tmp_path, runtime_dir=runtime_dir) as embedded:
        assert os.getpgid(embedded.pid) != os.getpgid(0)
