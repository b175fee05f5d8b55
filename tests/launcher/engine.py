"""A Docker engine that belongs to the tests: nobody's own is touched, nothing is left behind.

It runs in a process and mount namespace of its own, so that killing one pid ends engine, shims and
containers. No firewall rule, no sysctl and no default bridge of the machine are changed.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import docker
import pytest
from docker.types import IPAMConfig, IPAMPool
from msgspec import Struct

from tests.conftest import ROOT
from tests.engines import program, require_engine

SUBNET: Final = "172.30.0.0/24"
GATEWAY: Final = "172.30.0.1"
BRIDGE: Final = "br-xnet"
NETWORK: Final = "x-net"
BASE: Final = "mispriced-base:test"
IMAGE: Final = "mispriced:test"
PACKAGES: Final = "python3,python3-venv,dash,coreutils,base-files,base-passwd,netbase,libstdc++6"
START_S: Final = 20.0
BUILD_S: Final = 240.0


class Engine(Struct, frozen=True):
    """A running engine: where its socket is, its client, and the process that contains it."""

    socket: Path
    client: docker.DockerClient
    pid: int

    def crash(self, container_pid: int) -> None:
        """Kill a container's first process from the host: `docker kill` would count as a manual stop."""
        inside = ["nsenter", "-t", str(self.child), "-p", "-m", "kill", "-9", str(container_pid)]
        subprocess.run(inside, check=True, capture_output=True)

    @property
    def child(self) -> int:
        """The engine itself, as the host counts."""
        return int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])


@contextmanager
def running_engine() -> Iterator[Engine]:
    """Yield an engine with the network x-net; end the test where there can be none."""
    if os.geteuid() != 0:
        require_engine("docker", "its engine needs root")
    commands = [program(one) for one in ("setpriv", "unshare", "dockerd", "ip", "iptables")]
    folder = Path(tempfile.mkdtemp(prefix="mispriced-docker-", dir="/tmp"))
    command = [
        commands[0], "--pdeathsig", "KILL", commands[1], "--pid", "--mount", "--mount-proc", "--fork",
        "--kill-child=SIGKILL", commands[2], "--iptables=false", "--ip6tables=false", "--ip-forward=false",
        "--bridge=none", f"--host-gateway-ip={GATEWAY}", "--shutdown-timeout=5", "--storage-driver=overlay2",
        f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid",
        f"-H=unix://{folder}/docker.sock",
    ]  # fmt: skip
    log = folder / "dockerd.log"
    try:
        with log.open("wb") as output, ExitStack() as ending:
            process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
            ending.callback(_end, process)
            client = _client(folder / "docker.sock", process, log)
            ending.callback(client.close)
            client.networks.create(
                NETWORK,
                driver="bridge",
                options={"com.docker.network.bridge.name": BRIDGE},
                ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=SUBNET, gateway=GATEWAY)]),
            )
            ending.callback(_clear, client)
            yield Engine(folder / "docker.sock", client, process.pid)
    finally:
        subprocess.run([commands[3], "link", "del", BRIDGE], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def build_base(engine: Engine) -> None:
    """Make a Debian with Python without a registry: packages unpacked by mmdebstrap, then imported."""
    command = program("mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="mispriced-base-", dir="/tmp") as folder:
        root = Path(folder) / "root"
        options = [
            "--quiet", "--variant=extract", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
            f"--include={PACKAGES}",
        ]  # fmt: skip
        subprocess.run([command, *options, _suite(), str(root)], check=True, capture_output=True)
        for name in ("man", "doc", "locale"):
            shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
        # no maintainer script ran: what they would have made is made here
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        (root / "tmp").mkdir(exist_ok=True)
        (root / "tmp").chmod(0o1777)
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs")
        for name in ("passwd", "group"):
            shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / f"etc/{name}")
        archive = Path(folder) / "root.tar"
        subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        repository, tag = BASE.split(":")
        engine.client.api.import_image_from_file(
            str(archive), repository=repository, tag=tag, changes=[f"ENV {path}"]
        )


def build_image(engine: Engine) -> None:
    """Build deploy/Dockerfile on the base; wheels come from the package index."""
    build_base(engine)
    engine.client.images.build(
        path=str(ROOT),
        dockerfile="deploy/Dockerfile",
        tag=IMAGE,
        network_mode="host",
        buildargs={"BASE": BASE},
        rm=True,
        forcerm=True,
        timeout=round(BUILD_S),
    )


def until(true: Callable[[], object], within_s: float = 10.0) -> bool:
    """Return whether something became true in time."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _suite() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return require_engine("mmdebstrap", "the machine is no Debian")


def _client(path: Path, process: subprocess.Popen[bytes], log: Path) -> docker.DockerClient:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if _listens(path):
            return docker.DockerClient(f"unix://{path}", timeout=60)
        time.sleep(0.05)
    last = log.read_text(errors="replace").splitlines()[-1:]
    return require_engine("docker", f"its engine did not start: {' '.join(last)[-300:]}")


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


def _clear(client: docker.DockerClient) -> None:
    for container in client.containers.list(all=True):
        container.remove(force=True, v=True)
    client.networks.get(NETWORK).remove()


def _end(process: subprocess.Popen[bytes]) -> None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for child in children.read_text().split() if process.poll() is None else ():
        os.kill(int(child), signal.SIGTERM)  # unshare passes no signal on
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Yield an engine with the image of deploy/Dockerfile."""
    with running_engine() as started:
        build_image(started)
        yield started
