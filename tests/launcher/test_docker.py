"""The Docker runner on a real engine of the tests' own; the image is deploy/Dockerfile's."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import docker
import pytest
from pydantic import SecretStr

from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.errors import Fatal, Unavailable
from mispriced.launcher.docker import DockerRunner
from mispriced.launcher.runner import RunnerEvent, WorkerSpec, WorkerState
from mispriced.messages import Output
from tests.domain.quotes import quote
from tests.launcher.engine import IMAGE, NETWORK, Engine, until
from tests.launcher.runner_contract import OpenRunner, RunnerContract

needs_engine = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("network"),  # an interface that comes or goes ends what a Chromium loads
    pytest.mark.timeout(400),
]

PASSWORD: Final = "canary-4b1d"
JOBS: Final = 300

MakeRunner = Callable[..., DockerRunner]


@pytest.fixture
def make_runner(engine: Engine, tmp_path: Path) -> Iterator[MakeRunner]:
    """Yield what makes runners on the tests' engine; their containers end with the test."""
    made: list[DockerRunner] = []

    def make(image: str = IMAGE, command: tuple[str, ...] = (), **options: Any) -> DockerRunner:
        if command or image != IMAGE:
            options["command"] = lambda _: command
        runner = DockerRunner(image, tmp_path / "secrets", socket_path=engine.socket, **options)
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.close()
    for container in engine.client.containers.list(all=True, filters={"label": "mispriced.worker"}):
        container.remove(force=True)


@pytest.fixture(scope="module")
def relay_image(engine: Engine) -> str:
    """Return an image whose program is relay_worker.py."""
    return program_image(engine, "relay_worker.py")


@pytest.fixture(scope="module")
def sample_image(engine: Engine) -> str:
    """Return an image whose program is sample_worker.py."""
    return program_image(engine, "sample_worker.py")


def program_image(engine: Engine, name: str) -> str:
    """Build the image under test with another program."""
    content = {
        "Dockerfile": f'FROM {IMAGE}\nCOPY {name} /opt/\nENTRYPOINT ["python", "/opt/{name}"]\nCMD []\n',
        name: Path(__file__).with_name(name).read_text(),
    }
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, text in content.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    context.seek(0)
    tag = f"{name.removesuffix('.py').replace('_', '-')}:test"
    engine.client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True, forcerm=True)
    return tag


@contextmanager
def valkey(engine: Engine) -> Iterator[str]:
    """Yield the address of a Valkey that runs in a container named redis on x-net."""
    find = (
        "import os, sys; from mispriced.backends.server_program import server_file\n"
        "os.execv(server_file(), ['v', *sys.argv[1:]])"
    )
    options = ["--bind", "0.0.0.0", "--requirepass", PASSWORD, "--save", "", "--locale-collate", "C"]
    container = engine.client.containers.run(
        IMAGE, ["-c", find, *options], entrypoint=["python"], name="redis", network=NETWORK, detach=True
    )
    try:
        container.reload()
        address = container.attrs["NetworkSettings"]["Networks"][NETWORK]["IPAddress"]
        url = f"redis://:{PASSWORD}@{address}:6379/0"
        assert until(lambda: _answers(url)), container.logs()
        yield url
    finally:
        container.remove(force=True)


def relay(replicas: int = 3, **environment: str) -> WorkerSpec:
    return WorkerSpec(
        name="xtr-relay",
        role="extract",
        environment={"STREAM": "jobs", "REDIS_HOST": "redis", **environment},
        secrets={"REDIS_PASS": SecretStr(PASSWORD)},
        replicas=replicas,
    )


SLEEPER = WorkerSpec(name="sleeper", role="extract", environment={"A": "1"})
SLEEP = (
    "-c",
    "import signal, time; signal.signal(15, lambda *_: exit(0)); print('up', flush=True); time.sleep(99)",
)


@pytest.fixture
def make_sleeper(make_runner: MakeRunner, engine: Engine) -> MakeRunner:
    """Return what makes runners of containers that wait."""
    context = io.BytesIO(f'FROM {IMAGE}\nENTRYPOINT ["python"]\n'.encode())
    engine.client.images.build(fileobj=context, tag="mispriced-python:test", rm=True, forcerm=True)
    return lambda **options: make_runner("mispriced-python:test", SLEEP, **options)


class TestContract(RunnerContract):
    pytestmark = needs_engine
    patience_s = 15.0
    secret_seen = ""  # it is in the file of PASSWORD_FILE

    @pytest.fixture
    def open_runner(self, engine: Engine, make_runner: MakeRunner, sample_image: str) -> OpenRunner:
        self.engine = engine
        return lambda: make_runner(sample_image, ("extract",))

    def crash(self, state: WorkerState) -> None:
        self.engine.crash(self.engine.client.containers.get(state.identity).attrs["State"]["Pid"])


class TestDocker:
    pytestmark = needs_engine

    def test_a_crash_and_a_stop_among_three_workers_lose_and_repeat_no_job(
        self, engine: Engine, make_runner: MakeRunner, relay_image: str
    ):
        with valkey(engine) as url:
            store = RedisStore(url)
            runner = make_runner(relay_image)
            store.publish([Output(stream="jobs", fields={"job": str(number)}) for number in range(JOBS)])
            assert [one.status for one in runner.start(relay())] == ["running"] * 3
            assert until(lambda: _done(store) > 30)
            assert until(lambda: all(runner.logs("xtr-relay", 1, one) for one in range(3)), 30)
            crashed = engine.client.containers.get("xtr-relay-0")
            engine.crash(crashed.attrs["State"]["Pid"])
            assert until(lambda: runner.logs("xtr-relay", 50, 0) == ["up xtr-relay-0 []"] * 2, 30)
            before = runner.events()
            engine.client.containers.get("xtr-relay-1").stop(timeout=20)
            assert until(lambda: not _waiting(store), 30)
            jobs = [fields[b"job"] for fields in _entries(store)]
            logs = [runner.logs("xtr-relay", 50, replica) for replica in range(3)]
            events = before + runner.events()
            runner.stop("xtr-relay", 5)
            store.close()
        assert sorted(jobs, key=int) == [str(number).encode() for number in range(JOBS)]
        assert logs[0] == ["up xtr-relay-0 []"] * 2
        assert logs[1] == ["up xtr-relay-1 []", "stopping"]
        assert _seen(events, 0) == [("started", None), ("died", 137), ("restarted", None)]
        assert _seen(events, 1) == [("started", None), ("stopped", 0)]
        assert runner.states() == []
        assert runner.logs("xtr-relay", 1, 2) == ["stopping"]

    def test_the_images_own_worker_matches_an_event_and_is_healthy(
        self, engine: Engine, make_runner: MakeRunner
    ):
        with valkey(engine) as url:
            store = RedisStore(url)
            now = SystemClock().now()
            store.upsert([quote(seen_at=now, kickoff=now + timedelta(hours=3))], now)
            runner = make_runner()
            runner.start(
                WorkerSpec(
                    name="xtr-match-upcoming",
                    role="match",
                    environment={"MISPRICED_SOURCE": "upcoming"},
                    secrets={"REDIS_URL": SecretStr(f"redis://:{PASSWORD}@redis:6379/0")},
                )
            )
            assert until(lambda: store.events()[1], 20), runner.logs("xtr-match-upcoming", 20)
            container = engine.client.containers.get("xtr-match-upcoming-0")
            health = container.exec_run(container.attrs["Config"]["Healthcheck"]["Test"][1:])
            beats = store.notes("worker/")
            runner.stop("xtr-match-upcoming", 10)
            store.close()
        assert (health.exit_code, health.output) == (0, b"")
        assert list(beats) == ["worker/match/xtr-match-upcoming-0"]
        assert _seen(runner.events(), 0) == [("started", None), ("stopped", 0)]

    def test_a_second_launch_adopts_and_a_changed_worker_is_replaced(self, make_sleeper: MakeRunner):
        runner, other = make_sleeper(), make_sleeper()
        [first] = runner.start(SLEEPER)
        assert until(lambda: runner.logs("sleeper", 1) == ["up"])  # from here on it heeds SIGTERM
        [adopted] = other.start(SLEEPER)
        changed = WorkerSpec(name="sleeper", role="extract", environment={"A": "2"}, replicas=2)
        replaced = other.start(changed)
        assert until(lambda: other.logs("sleeper", 1, 1) == ["up"])
        fewer = other.start(WorkerSpec(name="sleeper", role="extract", environment={"A": "2"}))
        assert adopted.identity == first.identity
        assert [one.replica for one in replaced] == [0, 1]
        assert replaced[0].identity != first.identity
        assert [one.identity for one in fewer] == [replaced[0].identity]
        assert runner.states() == fewer

    def test_a_container_is_confined_and_shows_no_secret(
        self, engine: Engine, make_sleeper: MakeRunner, tmp_path: Path
    ):
        runner = make_sleeper()
        runner.start(
            WorkerSpec(name="sleeper", role="extract", environment={}, secrets={"KEY": SecretStr(PASSWORD)})
        )
        container = engine.client.containers.get("sleeper-0")
        host = container.attrs["HostConfig"]
        assert container.attrs["Config"]["User"] == "10001:10001"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert (host["Memory"], host["PidsLimit"]) == (512 << 20, 128)
        assert PASSWORD not in json.dumps(container.attrs)
        check = (
            "import os, pathlib; p = pathlib.Path;"
            "print(p('/proc/self/status').read_text().split('CapEff:')[1].split()[0], os.getuid(),"
            "p(os.environ['KEY_FILE']).read_text(),"
            "os.access('/opt', os.W_OK));"
            "p('/tmp/x').write_text('x'); p('/x').write_text('x')"
        )
        said, complained = container.exec_run(["python", "-c", check], demux=True).output
        assert said.decode() == f"0000000000000000 10001 {PASSWORD} False\n"
        assert "Read-only file system: '/x'" in complained.decode()
        runner.stop("sleeper", 2)
        assert list((tmp_path / "secrets").iterdir()) == []

    def test_a_missing_image_is_named_with_how_to_build_it_and_asked_of_no_registry(
        self, make_runner: MakeRunner
    ):
        runner = make_runner("mispriced:none")
        with pytest.raises(
            Unavailable, match="image mispriced:none is missing: docker build -t mispriced:none"
        ):
            runner.start(SLEEPER)

    def test_somebody_elses_container_of_the_name_is_left_alone(
        self, engine: Engine, make_sleeper: MakeRunner
    ):
        foreign = engine.client.containers.create(IMAGE, name="sleeper-0")
        try:
            with pytest.raises(Fatal, match="container sleeper-0 exists and is not of 'xtr'"):
                make_sleeper().start(SLEEPER)
            foreign.reload()
            assert foreign.status == "created"
        finally:
            foreign.remove()

    def test_an_unknown_worker_is_stopped_without_error_and_has_no_logs(self, make_sleeper: MakeRunner):
        runner = make_sleeper()
        runner.stop("nobody", 1)
        assert runner.logs("nobody", 5) == []

    def test_the_network_is_made_when_it_is_absent(self, engine: Engine, make_sleeper: MakeRunner):
        runner = make_sleeper(network="x-net-other")
        with pytest.raises(docker.errors.NotFound):
            engine.client.networks.get("x-net-other")
        runner.start(SLEEPER)
        runner.stop("sleeper", 2)
        engine.client.containers.get("sleeper-0").remove()
        engine.client.networks.get("x-net-other").remove()


def test_an_absent_engine_is_unavailable_with_its_socket_and_what_to_do(tmp_path: Path):
    with pytest.raises(
        Unavailable, match=r"no Docker engine answers at .*/none.sock: apt-get install docker.io"
    ):
        DockerRunner(IMAGE, tmp_path, socket_path=tmp_path / "none.sock")


def test_an_absent_sdk_is_unavailable_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "docker", None)
    with pytest.raises(Unavailable, match=r"pip install 'mispriced\[docker\]'"):
        DockerRunner(IMAGE, tmp_path)


def _answers(url: str) -> bool:
    store = RedisStore(url, deadline_s=1)
    try:
        return bool(store.describe())
    except Exception:
        return False
    finally:
        store.close()


def _entries(store: RedisStore) -> list[dict[bytes, bytes]]:
    entries = store._link.call("XRANGE", "done", "-", "+")
    return [dict(zip(fields[::2], fields[1::2], strict=True)) for _, fields in entries]


def _done(store: RedisStore) -> int:
    return len(_entries(store))


def _waiting(store: RedisStore) -> int:
    return sum(one.unread + one.pending for one in store.backlog() if one.stream == "jobs")


def _seen(events: list[RunnerEvent], replica: int) -> list[tuple[str, int | None]]:
    return [(one.what, one.exit_code) for one in events if one.replica == replica]
