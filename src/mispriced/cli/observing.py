"""What a long-running command is seen by: its log file, audit log, reports, metrics and health.

One `with observed(...)` around the work; the consumers inside it are given the callbacks it makes.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from mispriced import telemetry
from mispriced.errors import MispricedError
from mispriced.livedata.report import Report
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.hand import CrashPoint
from mispriced.pipeline.run import Heartbeat
from mispriced.ports import Clock, Store
from mispriced.settings.model import Settings
from mispriced.telemetry.health import Health, HealthServer
from mispriced.telemetry.metrics import Metrics, Reading
from mispriced.telemetry.rollbar import Account, Rollbar

if TYPE_CHECKING:
    from mispriced.backends.http import HttpDoor

SAMPLE_S: Final = 1.0  # what was read of the store answers for so long


class Observed:
    """The callbacks that the work is given, and where its metrics are served (None: nowhere)."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.health = Health()
        self.url: str | None = None
        self._doors: dict[str, Callable[[], str]] = {}
        self.metrics.watch_breakers(lambda: {key: state() for key, state in self._doors.items()})

    def consumer(
        self, group: str, consumer: str
    ) -> tuple[Callable[[CrashPoint], None], Callable[[int, int, int], None]]:
        """Return `reached` and `observed` for a `Consumer`, which counts as healthy from now on."""
        counted = self.metrics.worker(group, consumer)
        loop = f"{group}/{consumer}"
        self.health.expect(loop)

        def turned(handled: int, buried: int, failed: int) -> None:
            self.health.turned(loop)
            counted.observed(handled, buried, failed)

        return counted.reached, turned

    def landed(self, extraction: Extraction) -> None:
        """Count an extraction: the `landed` of an `Extract` stage."""
        self.metrics.extracted(extraction)

    def cycled(self, report: Report) -> None:
        """Count a football cycle."""
        self.metrics.cycled(report)

    def door(self, door: HttpDoor, keys: Iterable[str]) -> HttpDoor:
        """Return the door, whose breakers are shown from now on."""
        for key in keys:
            self._doors[key] = lambda key=key: door.state(key)  # type: ignore[misc]
        return door


@contextmanager
def observed(
    settings: Settings,
    clock: Clock,
    name: str,
    store: Callable[[], Store] | None = None,
    *,
    shows_state: bool = False,
) -> Iterator[Observed]:
    """Let a process be seen under `name` until the end of the block.

    `store` opens one for this purpose alone: `/readyz` asks it, and with `shows_state` the metrics tell
    of backlog, opportunities and heartbeats, which one process of a fleet should do.
    """
    with ExitStack() as ends:
        seen = Observed()
        keep_logs(settings, name)
        telemetry.add("count", seen.metrics.count_lines())
        if settings.rollbar_access_token is not None:
            seen.metrics.watch_reports(_rollbar(settings).counts.copy)
        if settings.metrics_port is not None:
            probe = _Probe(store, clock)
            ends.callback(probe.close)
            if shows_state:
                seen.metrics.sample(probe.state)
            server = HealthServer(settings.metrics_port, seen.metrics, seen.health, probe.reason)
            ends.callback(server.close)
            seen.url = server.url
        yield seen


def keep_logs(settings: Settings, name: str) -> None:
    """Write this process's log file and the audit log, where LOG_DIR is set."""
    if settings.log_json:
        telemetry.render_json()
    telemetry.audit_in(settings.log_dir)
    if settings.log_dir is not None:
        files = telemetry.LogFiles(
            folder=settings.log_dir,
            name=name,
            max_bytes=settings.log_max_bytes,
            backups=settings.log_backups,
            max_age_h=settings.log_max_age_h,
        )
        telemetry.write_to(files)


@contextmanager
def acting(what: str, **facts: object) -> Iterator[None]:
    """Keep in the audit log that this user started something, and that it stopped."""
    telemetry.audit("started", what=what, **facts)
    try:
        yield
    finally:
        telemetry.audit("stopped", what=what, **facts)


def _rollbar(settings: Settings) -> Rollbar:
    assert settings.rollbar_access_token is not None
    account = Account(
        token=settings.rollbar_access_token.get_secret_value(),
        environment=settings.rollbar_environment,
        endpoint=settings.rollbar_endpoint,
    )
    handler = Rollbar(account)
    telemetry.add("rollbar", handler)
    return handler


class _Probe:
    """A store of its own that is asked at most once in a while, by one thread at a time."""

    def __init__(self, opened: Callable[[], Store] | None, clock: Clock) -> None:
        self._open = opened
        self._clock = clock
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._asked_at: float | None = None
        self._why = ""
        self._readings: tuple[Reading, ...] = ()

    def reason(self) -> str:
        """Return why the store cannot be used, empty when it can."""
        with self._lock:
            self._ask()
            return self._why

    def state(self) -> tuple[Reading, ...]:
        """Return what stands in the store; only `mispriced_store_up` when it is away."""
        with self._lock:
            self._ask()
            return self._readings

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._open = None
            if self._store is not None:
                self._store.close()

    def _ask(self) -> None:
        if self._asked_at is not None and time.monotonic() - self._asked_at < SAMPLE_S:
            return
        if self._open is None:
            return
        try:
            self._store = self._store or self._open()
            found = tuple(readings(self._store, self._clock))
        except MispricedError as error:
            self._why, found = f"store: {error}", ()
        else:
            self._why = ""
        self._readings = (Reading("mispriced_store_up", (), not self._why), *found)
        self._asked_at = time.monotonic()


def readings(store: Store, clock: Clock) -> Iterator[Reading]:
    """Yield what stands in a store: backlog, open opportunities and the age of heartbeats.

    Raises: Retry when the store is away.
    """
    for one in store.backlog():
        place = (one.stream, one.group)
        yield Reading("mispriced_backlog_messages", (*place, "unread"), one.unread)
        yield Reading("mispriced_backlog_messages", (*place, "pending"), one.pending)
        yield Reading("mispriced_backlog_oldest_pending_seconds", place, one.oldest_pending_ms / 1000)
    stands: Mapping[tuple[str, str], int] = Counter(
        ("+".join(one.markets), str(one.source)) for one in store.opportunities()
    )
    for key, number in sorted(stands.items()):
        yield Reading("mispriced_opportunities_open", key, number)
    now = clock.now()
    for name, body in sorted(store.notes("worker/").items()):
        group, _, consumer = name.removeprefix("worker/").partition("/")
        try:
            age_s = (now - msgspec.json.decode(body, type=Heartbeat).at).total_seconds()
        except msgspec.DecodeError:
            continue  # of a worker of another version
        yield Reading("mispriced_heartbeat_age_seconds", (group, consumer), max(0.0, age_s))
