"""What pods say of themselves, as states and events of workers. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from mispriced.launcher.runner import RunnerEvent, Status, WorkerState

Pod = dict[str, Any]


def numbered(known: Mapping[str, int], pods: Iterable[str]) -> dict[str, int]:
    """Return each pod's replica: the one it had, or the lowest that is free.

    >>> numbered({"a": 0, "b": 1}, ["b", "c", "d"])
    {'b': 1, 'c': 0, 'd': 2}
    """
    names = list(pods)
    found = {name: known[name] for name in names if name in known}
    for name in names:
        if name not in found:
            taken = set(found.values())
            found[name] = next(number for number in range(len(names) + 1) if number not in taken)
    return {name: found[name] for name in names}


def state_of(pod: Pod, name: str, replica: int) -> WorkerState:
    """Return a pod's state; one that the cluster has yet to start is `restarting`.

    Its exit code is that of the container before, where there was one.
    """
    container: Pod = next(iter(pod.get("status", {}).get("containerStatuses") or []), {})
    now, before = container.get("state") or {}, container.get("lastState") or {}
    running = now.get("running")
    ended = now.get("terminated") or before.get("terminated") or {}
    status: Status = "running" if running else "restarting"
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        status = "exited"
    return WorkerState(
        name=name,
        replica=replica,
        status=status,
        exit_code=ended.get("exitCode"),
        restarts=container.get("restartCount", 0),
        identity=pod["metadata"]["name"],
        started_at=moment((running or ended).get("startedAt")),
    )


def is_ending(pod: Pod) -> bool:
    """Return whether a pod was told to end."""
    return pod["metadata"].get("deletionTimestamp") is not None


def changes(
    before: Mapping[str, WorkerState], after: Mapping[str, WorkerState], now: datetime
) -> list[RunnerEvent]:
    """Return what happened to pods between two looks; `now` is the second's moment."""
    found = [event for one in after.values() for event in _of(before.get(one.identity), one, now)]
    gone = [one for identity, one in before.items() if identity not in after]
    found += [RunnerEvent(at=now, name=one.name, replica=one.replica, what="stopped") for one in gone]
    return sorted(found, key=lambda one: one.at)


def _of(before: WorkerState | None, after: WorkerState, now: datetime) -> Iterator[RunnerEvent]:
    was_running = before is not None and before.status == "running"
    is_running = after.status == "running"
    has_restarted = after.restarts > (before.restarts if before else 0)
    event = partial(RunnerEvent, at=after.started_at or now, name=after.name, replica=after.replica)
    if (was_running and (has_restarted or not is_running)) or (has_restarted and not is_running):
        yield event(what="died", exit_code=after.exit_code)
    if is_running and (has_restarted or not was_running):
        yield event(what="restarted" if after.restarts else "started")


def moment(given: datetime | str | None) -> datetime | None:
    """Return a moment as the client or the API gives it."""
    return datetime.fromisoformat(given) if isinstance(given, str) else given


def said(body: str | bytes | None) -> str:
    """Return the message of a refusal, or the beginning of whatever came instead.

    >>> said('{"kind": "Status", "message": "exceeded quota"}'), said("<html>")
    ('exceeded quota', '<html>')
    """
    try:
        return str(json.loads(body or "")["message"])
    except (ValueError, KeyError, TypeError):
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
        return text[:200]
