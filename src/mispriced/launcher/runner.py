"""What keeps workers running, whatever they run on: the specification of a worker, its state, the seam.

Every runner passes one contract suite (`tests/launcher/runner_contract.py`). Not here: which workers
there are (plan.py), and what runs them (local.py, docker.py, kubernetes.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from pydantic import SecretStr

Role = Literal["extract", "match", "detect", "events", "listen", "record", "alerts"]
Status = Literal["running", "restarting", "exited"]
What = Literal["started", "died", "restarted", "stopped", "removed"]

WORKER: Final = "MISPRICED_WORKER"  # environment name: what the process calls itself, its consumer too
LONGEST_NAME: Final = 50  # a Kubernetes name has 63, of which its own endings take 13
NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")

RESTART_S: Final = 0.5  # from a crash to the next start; a worker is back within 2 s
CRASHES: Final = 5  # within CRASH_WINDOW_S are a crash loop
CRASH_WINDOW_S: Final = 60.0
LONGEST_BACKOFF_S: Final = 60.0


class WorkerSpec(Struct, frozen=True, kw_only=True):
    """One worker, as often as `replicas` says. Values of `secrets` belong in no argument, label or log.

    `name` is that of the container, lower case letters, digits and hyphens.
    """

    name: str
    role: Role
    environment: Mapping[str, str]
    secrets: Mapping[str, SecretStr] = {}
    replicas: int = 1

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            raise ValueError(
                f"worker name {self.name!r}: at most {LONGEST_NAME} lower case letters, digits and hyphens"
            )
        if self.replicas < 0:
            raise ValueError(f"worker {self.name}: {self.replicas} replicas, must be at least 0")

    @property
    def digest(self) -> str:
        """Tell apart what runs under one name: role, environment and the names of the secrets."""
        facts = (self.role, sorted(self.environment.items()), sorted(self.secrets))
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:16]


class WorkerState(Struct, frozen=True, kw_only=True):
    """One replica as it is now. `identity`: process id, container id or pod; "" where there is none.

    `restarting`: it crashed and is due to be started again. `exited`: it ended and stays so.
    """

    name: str
    replica: int
    status: Status
    exit_code: int | None = None
    restarts: int = 0
    identity: str = ""
    started_at: datetime | None = None


class RunnerEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to a replica."""

    at: datetime
    name: str
    replica: int
    what: What
    exit_code: int | None = None


class Runner(Protocol):
    """Runs workers. Synchronous; `stop` of different workers also from several threads at once.

    A crashed worker is started again within 2 s; one that crashes 5 times in 60 s after a growing
    wait, and never given up. A worker outlives its launcher: the next one finds it by `start`.
    Raises: Unavailable when what runs the workers is away, with what to install or start; Fatal with
    the values when it refuses.
    """

    def start(self, spec: WorkerSpec) -> list[WorkerState]:
        """Start what is missing, keep what runs, end replicas beyond `spec.replicas`; return them all.

        What runs under the name with another `digest` is replaced.
        """
        ...

    def stop(self, name: str, grace_s: float) -> None:
        """End every replica: SIGTERM, after `grace_s` SIGKILL; no error when there is none."""
        ...

    def states(self) -> list[WorkerState]:
        """Return every replica of every worker, also those that another launcher started."""
        ...

    def logs(self, name: str, tail: int, replica: int = 0) -> list[str]:
        """Return the last `tail` lines that a replica wrote; none when it is unknown or silent."""
        ...

    def events(self) -> list[RunnerEvent]:
        """Return what happened since the last call, oldest first."""
        ...

    def close(self) -> None:
        """Let go of what runs the workers; they go on."""
        ...


def process_environment(spec: WorkerSpec, replica: int) -> dict[str, str]:
    """Return all that a replica's process is to find in its environment, secrets included.

    >>> process_environment(WorkerSpec(name="a", role="match", environment={"STREAM": "s"}), 1)
    {'STREAM': 's', 'MISPRICED_WORKER': 'a-1'}
    """
    secrets = {name: value.get_secret_value() for name, value in spec.secrets.items()}
    return {**spec.environment, **secrets, WORKER: f"{spec.name}-{replica}"}


def backoff_s(crashes: Sequence[float], now: float) -> float:
    """Return the wait before the next start; `crashes` are the moments of crashes, in seconds like `now`.

    >>> backoff_s([10.0], 10.0), backoff_s([6.0, 7.0, 8.0, 9.0, 10.0], 10.0)
    (0.5, 2.0)
    """
    recent = sum(now - one < CRASH_WINDOW_S for one in crashes)
    if recent < CRASHES:
        return RESTART_S
    return float(min(LONGEST_BACKOFF_S, 2.0 ** (recent - CRASHES + 1)))
