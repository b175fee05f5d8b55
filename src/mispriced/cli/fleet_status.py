"""What `mispriced status` shows: workers, what they say of themselves, what waits, cycles, pauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from mispriced.backends.keys import Keys
from mispriced.cli.clock import SystemClock
from mispriced.cli.fleet import chosen_runner, open_runner, run_dir
from mispriced.cli.stores import open_store, server
from mispriced.cli.wiring import readings
from mispriced.launcher.cadence import Cycle
from mispriced.launcher.owner import owner
from mispriced.launcher.plan import task_streams
from mispriced.launcher.runner import WorkerState
from mispriced.listener.habits import Listening
from mispriced.messages import Backlog
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.pauses import pauses
from mispriced.pipeline.run import Heartbeat
from mispriced.pipeline.views import SIMULATED
from mispriced.ports import Store
from mispriced.settings import load
from mispriced.settings.model import Settings


def read_status(runner_name: str | None, config: Path | None) -> dict[str, Any]:
    """Return the workers with what they say of themselves, what waits for them, cycles and pauses."""
    settings = load(config)
    clock = SystemClock()
    place = run_dir(settings)
    with server(settings) as address:
        store = open_store(address, settings)
        runner = open_runner(chosen_runner(runner_name, settings), settings, place, clock)
        try:
            states = runner.states()
            now = clock.now()
            beats = {
                name.rpartition("/")[2]: msgspec.json.decode(body, type=Heartbeat)
                for name, body in store.notes("worker/").items()
            }
            backlog = store.backlog()
            successes = _successes(store, settings)
            return {
                "now": now,
                "simulated": settings.simulated or bool(store.notes(SIMULATED)),
                "launcher": holder.pid if (holder := owner(place)) else None,
                "workers": [_row(one, beats, backlog, successes, now) for one in states],
                "listeners": {
                    name.rpartition("/")[2]: msgspec.json.decode(body, type=Listening)
                    for name, body in store.notes("listener/").items()
                },
                "cycles": [msgspec.json.decode(body, type=Cycle) for body in store.notes("cycle/").values()],
                "paused": {name: until.isoformat() for name, until in pauses(store, now).items()},
                "dead_letters": len(store.dead_letters()),
            }
        finally:
            runner.close()
            store.close()


def status_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the status as text, a line a worker."""
    lines = ["SIMULATED"] if found["simulated"] else []
    lines.append(f"launcher: {'process ' + str(found['launcher']) if found['launcher'] else 'not running'}")
    for row in found["workers"]:
        beat = "no heartbeat" if row["beat_s"] is None else f"beat {row['beat_s']:.1f} s ago"
        lines.append(
            f"{row['name']}-{row['replica']}  {row['status']}  {row['identity']}  {beat}{_success(row)}  "
            f"{row['handled']} handled  {row['unread']} unread  {row['pending']} pending  "
            f"{row['buried']} buried  {row['failed']} failed  {row['deaths']} deaths"
        )
    lines += [
        f"listener {name}: {_useful(one, found['now'])}{one.useful} of {one.messages} messages useful, "
        f"{one.contexts} contexts, {one.url}"
        for name, one in found["listeners"].items()
    ]
    lines += [
        f"cycle {cycle.source}: {cycle.published} jobs at {cycle.at:%H:%M:%S}, "
        f"{len(cycle.late)} streams late, {cycle.skipped} skipped so far"
        for cycle in found["cycles"]
    ]
    lines += [f"paused: {name} until {until}" for name, until in found["paused"].items()]
    if found["dead_letters"]:
        lines.append(f"{found['dead_letters']} dead letters; see `mispriced dlq list`")
    return lines


def _success(row: Mapping[str, Any]) -> str:
    return "" if row["success_s"] is None else f", success {row['success_s']:.1f} s ago"


def _useful(one: Listening, now: datetime) -> str:
    last = one.last_useful
    return "" if last is None else f"last useful {(now - last).total_seconds():.1f} s ago, "


def _successes(store: Store, settings: Settings) -> dict[str, datetime]:
    """Return, by task and event stream, when a bookmaker of it was last read without any fault."""
    keys = Keys(prefix=settings.prefix, tag=settings.keys.tag)
    good: dict[str, datetime] = {}
    for name, body in store.notes("extraction/").items():
        one = msgspec.json.decode(body, type=Extraction)
        if not set(one.outcomes) - {"ok", "empty"}:
            good[name] = one.at
    found: dict[str, datetime] = {}
    for reading in readings(settings).values():
        is_read = bool(reading.streams and reading.periods)
        for stream in task_streams(reading, reading.markets) if is_read else ():
            for bookmaker, word in stream.periods.items():
                read = f"extraction/{bookmaker}/{stream.source}/{stream.market}/{word}"
                [events] = keys.event_stream(bookmaker, stream.market, stream.source, word).streams
                for name, at in ((stream.name, good.get(read)), (events, good.get(f"{read}/events"))):
                    if at is not None:
                        found[name] = max(at, found.get(name, at))
    return found


def _row(
    one: WorkerState,
    beats: Mapping[str, Heartbeat],
    backlog: Sequence[Backlog],
    successes: Mapping[str, datetime],
    now: datetime,
) -> dict[str, Any]:
    beat = beats.get(f"{one.name}-{one.replica}")
    mine: Counter[str] = Counter()
    oldest = 0
    last = max(
        (successes[name] for name in (beat.streams if beat else ()) if name in successes), default=None
    )
    if beat is not None:
        for each in backlog:
            if each.stream in beat.streams:
                mine["unread"] += each.unread
                mine["pending"] += each.pending
                oldest = max(oldest, each.oldest_pending_ms)
    return {
        "name": one.name,
        "replica": one.replica,
        "status": one.status,
        "identity": one.identity,
        "started_at": one.started_at,
        "exit_code": one.exit_code,
        "deaths": one.restarts,
        "beat_s": None if beat is None else round((now - beat.at).total_seconds(), 1),
        "success_s": None if last is None else round((now - last).total_seconds(), 1),
        "handled": beat.handled if beat else 0,
        "buried": beat.buried if beat else 0,
        "failed": beat.failed if beat else 0,
        "unread": mine["unread"],
        "pending": mine["pending"],
        "oldest_pending_s": oldest / 1000,
    }
