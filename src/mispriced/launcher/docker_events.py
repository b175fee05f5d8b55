"""What a Docker engine reports of our containers, as events of workers.

The engine says `die` for a crash as for a stop; a stop is known by the `kill` before it, and a restart
by the crash before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from mispriced.launcher.runner import RunnerEvent, What

if TYPE_CHECKING:
    from docker import DockerClient

PREFIX_LABEL: Final = "mispriced.prefix"
WORKER_LABEL: Final = "mispriced.worker"
REPLICA_LABEL: Final = "mispriced.replica"
TOLD: Final = ["start", "kill", "die", "destroy"]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class EngineEvents:
    """The events of one prefix since this was made, by the engine's own clock."""

    def __init__(self, engine: DockerClient, prefix: str) -> None:
        self._engine = engine
        self._prefix = prefix
        self._read_until = self._now()
        self._last: dict[str, Literal["killed", "crashed"]] = {
            str(one.id): "crashed"
            for one in engine.containers.list(all=True, filters={**self._ours(), "status": "restarting"})
        }

    def read(self) -> list[RunnerEvent]:
        """Return what happened since the last call, oldest first."""
        since, until = self._read_until, self._now()
        told = self._engine.api.events(
            since=_seconds(since), until=_seconds(until), filters={**self._ours(), "event": TOLD}, decode=True
        )
        self._read_until = until
        found = [self._event(one) for one in told if since < one["timeNano"] <= until]
        return [one for one in found if one is not None]

    def _event(self, told: Mapping[str, Any]) -> RunnerEvent | None:
        identity, facts = told["Actor"]["ID"], told["Actor"]["Attributes"]
        what: What
        match told["Action"]:
            case "kill":
                self._last[identity] = "killed"
                return None
            case "die" if self._last.get(identity) == "killed":
                what = "stopped"
            case "die":
                self._last[identity] = "crashed"
                what = "died"
            case "start":
                what = "restarted" if self._last.pop(identity, None) == "crashed" else "started"
            case _:
                self._last.pop(identity, None)
                what = "removed"
        return RunnerEvent(
            at=EPOCH + timedelta(microseconds=told["timeNano"] // 1000),
            name=facts[WORKER_LABEL],
            replica=int(facts[REPLICA_LABEL]),
            what=what,
            exit_code=int(facts["exitCode"]) if "exitCode" in facts else None,
        )

    def _ours(self) -> dict[str, Any]:
        return {"label": [f"{PREFIX_LABEL}={self._prefix}", WORKER_LABEL]}

    def _now(self) -> int:
        """Return the engine's time in nanoseconds since 1970."""
        since_1970 = datetime.fromisoformat(self._engine.info()["SystemTime"]) - EPOCH
        return since_1970 // timedelta(microseconds=1) * 1000


def _seconds(nanoseconds: int) -> Any:
    """Return the moment as the engine takes it: its own form has nanoseconds, the SDK's types do not."""
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d}"
