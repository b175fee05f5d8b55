"""A worker's container: what it may do, how it is labelled, and its state.

Its root filesystem is read-only, its user is not root, it has no capability and gains none. Labels say
whose it is; the digest tells whether what runs is what is wanted, the image's content included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from mispriced.launcher.docker_events import PREFIX_LABEL, REPLICA_LABEL, WORKER_LABEL
from mispriced.launcher.runner import WORKER, Status, WorkerSpec, WorkerState

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

DIGEST_LABEL: Final = "mispriced.digest"
USER: Final = "10001:10001"  # deploy/Dockerfile's
# Again after 0.1 s, doubling up to a minute; not after a stop. The types of the SDK do not have it.
RESTART: Final[Any] = {"Name": "unless-stopped"}
STATUS: Final[dict[str, Status]] = {"running": "running", "restarting": "restarting"}


class ContainerLimits(Struct, frozen=True, kw_only=True):
    """What one container may use."""

    memory_mb: int = 512
    processes: int = 128
    tmp_mb: int = 64
    log_mb: int = 10  # of each of three files


class Wanted(Struct, frozen=True, kw_only=True):
    """The container that a replica of this worker should be."""

    spec: WorkerSpec
    prefix: str
    image: str
    image_id: str
    network: str
    command: Sequence[str]
    limits: ContainerLimits
    secrets: Sequence[tuple[str, Path]]

    @property
    def digest(self) -> str:
        """Tell apart what would run; the secrets by their names."""
        facts = (self.spec.digest, self.image_id, self.network, tuple(self.command), self.limits)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    def is_ours(self, container: Container) -> bool:
        """Return whether a container of this name is this prefix's and this worker's."""
        labels = container.labels
        return labels.get(PREFIX_LABEL) == self.prefix and labels.get(WORKER_LABEL) == self.spec.name

    def create(self, engine: DockerClient, container: str, replica: int) -> Container:
        """Create the container of a replica; it does not run yet."""
        from docker.types import LogConfig, Mount

        inside = {name: f"/run/secrets/{name}" for name, _ in self.secrets}
        memory = f"{self.limits.memory_mb}m"
        return engine.containers.create(
            self.image,
            list(self.command),
            name=container,
            environment={
                **self.spec.environment,
                **{f"{name}_FILE": path for name, path in inside.items()},
                WORKER: container,
            },
            labels={
                PREFIX_LABEL: self.prefix,
                WORKER_LABEL: self.spec.name,
                REPLICA_LABEL: str(replica),
                DIGEST_LABEL: self.digest,
            },
            mounts=[
                Mount(inside[name], str(source), type="bind", read_only=True) for name, source in self.secrets
            ],
            network=self.network,
            user=USER,
            read_only=True,
            tmpfs={"/tmp": f"rw,noexec,nosuid,nodev,size={self.limits.tmp_mb}m"},
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            pids_limit=self.limits.processes,
            mem_limit=memory,
            memswap_limit=memory,  # no swap beside it
            restart_policy=RESTART,
            log_config=LogConfig(
                type=LogConfig.types.JSON, config={"max-size": f"{self.limits.log_mb}m", "max-file": "3"}
            ),
        )


def replica_of(container: Container) -> int:
    """Return which replica of its worker a container is."""
    return int(container.labels[REPLICA_LABEL])


def state_of(container: Container) -> WorkerState:
    """Return a container's state as it was when it was asked for."""
    state = container.attrs["State"]
    status = STATUS.get(state["Status"], "exited")
    has_started = not state["StartedAt"].startswith("0001-")
    return WorkerState(
        name=container.labels[WORKER_LABEL],
        replica=replica_of(container),
        status=status,
        exit_code=None if status == "running" or not has_started else state["ExitCode"],
        restarts=container.attrs["RestartCount"],
        identity=str(container.id),
        started_at=datetime.fromisoformat(state["StartedAt"]) if has_started else None,
    )
