"""Workers as containers of one Docker engine, on the network x-net.

Secrets are files of the launcher's directory, each mounted where `{NAME}_FILE` says: `docker inspect`
shows the path and never the value; a secret's new value reaches a worker that is stopped and started.
A stopped container stays for its logs until its worker is started again; nothing else lists it. Not
here: building the image (deploy/Dockerfile).
"""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mispriced.errors import Fatal, Unavailable
from mispriced.launcher.docker_container import (
    DIGEST_LABEL,
    ContainerLimits,
    Wanted,
    replica_of,
    state_of,
)
from mispriced.launcher.docker_events import PREFIX_LABEL, WORKER_LABEL, EngineEvents
from mispriced.launcher.runner import RunnerEvent, WorkerSpec, WorkerState
from mispriced.launcher.secret_files import SecretFiles

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

NETWORK: Final = "x-net"
SOCKET: Final = Path("/var/run/docker.sock")
ANSWER_S: Final = 30.0
REPLACE_S: Final = 5.0  # for what runs and is not wanted any more
LIVING: Final = ("running", "restarting", "paused")
TRIES: Final = 4  # another launcher may create or remove a container between two calls
AT_ONCE: Final = 16  # containers of one worker


def worker_command(spec: WorkerSpec) -> Sequence[str]:
    """Return the arguments of the image's program.

    >>> worker_command(WorkerSpec(name="a", role="match", environment={}))
    ('worker', '--role', 'match')
    """
    return ("worker", "--role", spec.role)


class DockerRunner:
    """The containers of one `prefix` on the engine at a socket; `secrets_dir` is the launcher's own.

    Raises: Unavailable when the SDK is not installed or no engine answers.
    """

    def __init__(
        self,
        image: str,
        secrets_dir: Path,
        *,
        prefix: str = "xtr",
        socket_path: Path = SOCKET,
        network: str = NETWORK,
        limits: ContainerLimits | None = None,
        command: Callable[[WorkerSpec], Sequence[str]] = worker_command,
    ) -> None:
        self._image = image
        self._prefix = prefix
        self._network = network
        self._limits = limits or ContainerLimits()
        self._command = command
        self._socket = socket_path
        self._secrets = SecretFiles(secrets_dir)
        self._engine = self._connect()
        with self._refusals():
            self._events = EngineEvents(self._engine, prefix)

    def start(self, spec: WorkerSpec) -> list[WorkerState]:
        """Start or find the replicas of a worker; see `Runner`.

        Raises: Unavailable with how to build it when the image is missing; Fatal when a container of
        somebody else has a replica's name.
        """
        with self._refusals():
            image_id = self._image_id()
            self._make_network()
            wanted = Wanted(
                spec=spec,
                prefix=self._prefix,
                image=self._image,
                image_id=image_id,
                network=self._network,
                command=self._command(spec),
                limits=self._limits,
                secrets=self._secrets.write(spec),
            )
            for replica in range(spec.replicas):
                self._run(wanted, replica)
            surplus = [one for one in self._containers(spec.name) if replica_of(one) >= spec.replicas]
            _at_once(lambda one: one.stop(timeout=math.ceil(REPLACE_S)), surplus)
            return [state_of(one) for one in self._containers(spec.name)]

    def stop(self, name: str, grace_s: float) -> None:
        """End the replicas of a worker; see `Runner`."""
        with self._refusals():
            _at_once(lambda one: one.stop(timeout=math.ceil(grace_s)), self._containers(name))
        self._secrets.remove(name)

    def states(self) -> list[WorkerState]:
        """Return every replica that runs or is due to; a stopped one is none."""
        with self._refusals():
            return [state_of(one) for one in self._containers()]

    def logs(self, name: str, tail: int, replica: int = 0) -> list[str]:
        """Return the last lines of a replica's output, of a stopped one too."""
        with self._refusals():
            for one in self._containers(name, (*LIVING, "exited")):
                if replica_of(one) == replica and tail > 0:
                    written: bytes = one.logs(tail=tail)
                    return written.decode("utf-8", "replace").splitlines()
        return []

    def events(self) -> list[RunnerEvent]:
        """Return what happened since the last call, or since the runner was made.

        The engine keeps its last 256 events: a caller that asks less often than that misses some.
        """
        with self._refusals():
            return self._events.read()

    def close(self) -> None:
        """Close the connections; the containers go on."""
        self._engine.close()

    def _connect(self) -> DockerClient:
        try:
            import docker
        except ImportError as error:
            raise Unavailable("the docker runner needs its SDK: pip install 'mispriced[docker]'") from error
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self._socket))
            return docker.DockerClient(f"unix://{self._socket}", timeout=round(ANSWER_S))
        except (docker.errors.DockerException, OSError) as error:
            raise Unavailable(f"no Docker engine answers at {self._socket}: {self._remedy()}") from error

    def _remedy(self) -> str:
        if not self._socket.exists():
            return "apt-get install docker.io, or systemctl start docker; the local runner needs no engine"
        return "systemctl start docker, or join the socket's group (usermod -aG docker USER)"

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Say what the engine refused, or that it is away."""
        from docker.errors import APIError, DockerException

        try:
            yield
        except APIError as error:
            raise Fatal(f"the Docker engine at {self._socket} refused: {error.explanation}") from error
        except (DockerException, OSError) as error:  # what requests raises is an OSError
            raise Unavailable(
                f"the Docker engine at {self._socket} does not answer: {self._remedy()}"
            ) from error

    def _image_id(self) -> str:
        from docker.errors import ImageNotFound

        try:  # looked for first: running a missing image asks a registry for it
            return str(self._engine.images.get(self._image).id)
        except ImageNotFound as error:
            raise Unavailable(
                f"image {self._image} is missing: docker build -t {self._image} -f deploy/Dockerfile ."
            ) from error

    def _make_network(self) -> None:
        from docker.errors import APIError, NotFound

        try:
            self._engine.networks.get(self._network)
        except NotFound:
            try:
                self._engine.networks.create(self._network, driver="bridge")
            except APIError as error:
                if not _is_conflict(error):  # another launcher made it meanwhile
                    raise

    def _run(self, wanted: Wanted, replica: int) -> None:
        """Have a replica's container run, whoever created it."""
        from docker.errors import APIError, NotFound

        name = f"{wanted.spec.name}-{replica}"
        for left in reversed(range(TRIES)):
            try:
                if self._try_to_run(wanted, name, replica):
                    return
            except (APIError, NotFound) as error:
                if not left or not (isinstance(error, NotFound) or _is_conflict(error)):
                    raise
        raise Fatal(f"container {name} is changed by somebody else: two launchers of {self._prefix!r}?")

    def _try_to_run(self, wanted: Wanted, name: str, replica: int) -> bool:
        from docker.errors import NotFound

        try:
            found = self._engine.containers.get(name)
        except NotFound:
            found = wanted.create(self._engine, name, replica)
        if not wanted.is_ours(found):
            raise Fatal(f"container {name} exists and is not of {self._prefix!r}: rename or remove it")
        if found.labels.get(DIGEST_LABEL) != wanted.digest:
            found.stop(timeout=math.ceil(REPLACE_S))
            found.remove(v=True)
            return False
        if found.status == "paused":
            found.unpause()
        elif found.status not in LIVING:
            found.start()
        return True

    def _containers(self, name: str | None = None, status: Sequence[str] = LIVING) -> list[Container]:
        labels = [f"{PREFIX_LABEL}={self._prefix}", f"{WORKER_LABEL}={name}" if name else WORKER_LABEL]
        found = self._engine.containers.list(
            all=True, filters={"label": labels, "status": list(status)}, ignore_removed=True
        )
        return sorted(found, key=lambda one: (one.labels[WORKER_LABEL], replica_of(one)))


def _at_once(what: Callable[[Container], object], containers: Sequence[Container]) -> None:
    """Do something to each, side by side: each may take its whole grace period."""
    from docker.errors import NotFound

    def unless_gone(container: Container) -> None:
        with suppress(NotFound):  # somebody else removed it
            what(container)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(unless_gone, containers))


def _is_conflict(error: Any) -> bool:
    return error.response is not None and error.response.status_code == 409
