"""The fleet while it runs: workers kept, jobs published, and a clean end.

The end has an order: nothing more is published, also by listeners; what is published is worked off; the
workers go.
Not here: what workers run on, and where signals come from.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from mispriced.domain.markets import MARKETS
from mispriced.domain.model import Source
from mispriced.errors import Fatal, Retry, Unavailable
from mispriced.launcher.cadence import Cadence, Publisher
from mispriced.launcher.plan import TaskStream, worker_name
from mispriced.launcher.runner import Runner, WorkerSpec
from mispriced.messages import Subscription
from mispriced.pipeline.patience import Patience
from mispriced.ports import Clock, Store

GROUP: Final = "extract"
TURN_S: Final = 0.1
DRAIN_POLL_S: Final = 0.05
ONCE_S: Final = 120.0  # longest wait for one cycle to be worked off
STOPPED_AT_ONCE: Final = 32  # workers
DRAINED_LATE: Final = 143


class Ending(Struct, frozen=True, kw_only=True):
    """How the end goes: seconds to work off what is published, then seconds from SIGTERM to SIGKILL."""

    drain_s: float
    grace_s: float
    stop_file: Path | None = None


class Fleet:
    """Keeps the workers of one plan and publishes their jobs until `stop` is set."""

    def __init__(
        self,
        runner: Runner,
        specs: Sequence[WorkerSpec],
        store: Store,
        planned: Mapping[Source, Sequence[TaskStream]],
        cadence: Cadence,
        clock: Clock,
        stop: threading.Event,
        ending: Ending,
        revive: Callable[[], object] = lambda: None,
        heard: Sequence[Subscription] = (),
    ) -> None:
        """`heard`: the event streams that the plan's listeners feed."""
        self._runner = runner
        self._specs = specs
        self._store = store
        self._planned = planned
        self._publisher = Publisher(store, planned, clock)
        self._cadence = cadence
        self._clock = clock
        self._stop = stop
        self._ending = ending
        self._revive = revive
        self._heard = heard
        self._patience = Patience("launcher", clock, stop)
        self._is_unreadable = False

    def run(self, once: bool = False) -> int:
        """Run until told to stop, or one cycle; return 0 when all was worked off, else 143.

        Raises: Unavailable when what runs the workers is away; Fatal when no worker could be started.
        """
        try:
            self._start()
            if once:
                for source in self._planned:
                    self._publisher.publish(source)
                is_drained = self._drain(ONCE_S)
            else:
                while not self._is_stopped():
                    self._turn()
                self._stop_workers([one.name for one in self._specs if one.role == "listen"])
                is_drained = self._drain(self._ending.drain_s)
        finally:
            self._stop_workers([one.name for one in self._specs])
        return 0 if is_drained and not self._left() else DRAINED_LATE

    def _start(self) -> None:
        names = {spec.name for spec in self._specs}
        prefixes = {worker_name(spec.environment["PREFIX"]) + "-" for spec in self._specs}
        for name in {one.name for one in self._runner.states()} - names:
            if name.startswith(tuple(prefixes)):
                _log.warning("worker of another plan stopped", worker=name)
                self._runner.stop(name, self._ending.grace_s)
        for source, streams in self._planned.items():
            # a group that is not there yet has nothing unread: a drained fleet would not have begun
            of_group = {
                GROUP: [one.name for one in streams],
                "match": [self._store.data_stream(market, source) for market in MARKETS],
                "detect": [self._store.matched_stream(market, source) for market in MARKETS],
            }
            for group, names_of in of_group.items():
                self._store.join(Subscription(streams=tuple(names_of), group=group, consumer="launcher"))
        for subscription in self._heard:
            self._store.join(subscription)
        refused = []
        for spec in self._specs:
            try:
                self._runner.start(spec)
            except Unavailable:
                raise
            except Fatal as error:
                _log.error("worker not started", worker=spec.name, error=str(error))
                refused.append(error)
        if len(refused) == len(self._specs):
            raise refused[0]
        _log.info("fleet started", workers=len(self._specs) - len(refused))

    def _turn(self) -> None:
        for event in self._runner.events():
            _log.info(
                "worker " + event.what, worker=f"{event.name}-{event.replica}", exit_code=event.exit_code
            )
        try:
            for source in self._cadence.due():
                self._publisher.publish(source)
            self._patience.reset()
        except Retry as error:
            self._patience.wait(error)
            self._bring_back()
        self._stop.wait(TURN_S)

    def _bring_back(self) -> None:
        try:
            self._revive()
        except Unavailable as error:
            _log.error("server not brought back", error=str(error))

    def _is_stopped(self) -> bool:
        if self._stop.is_set():
            return True
        if self._ending.stop_file is None:
            return False
        try:
            self._ending.stop_file.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            if not self._is_unreadable:
                _log.warning("stop file not readable", path=str(self._ending.stop_file), error=error.strerror)
            self._is_unreadable = True
            return False
        _log.info("stop file found", path=str(self._ending.stop_file))
        return True

    def _drain(self, within_s: float) -> bool:
        until = self._clock.monotonic() + within_s
        while self._clock.monotonic() < until:
            if not self._left():
                return True
            self._clock.sleep(DRAIN_POLL_S)
        return False

    def _left(self) -> int:
        try:
            return self._publisher.left(name for one in self._heard for name in one.streams)
        except Retry as error:
            _log.warning("server away", worker="launcher", error=str(error))
            return 1

    def _stop_workers(self, names: Sequence[str]) -> None:
        with ThreadPoolExecutor(STOPPED_AT_ONCE) as threads:
            stopping = [threads.submit(self._runner.stop, name, self._ending.grace_s) for name in names]
        for name, one in zip(names, stopping, strict=True):
            if (error := one.exception()) is not None:
                _log.error("worker not stopped", worker=name, error=str(error))


_log: Final = structlog.get_logger()
