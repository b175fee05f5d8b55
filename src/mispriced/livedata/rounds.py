"""Cycle after cycle at a fixed rate: each with its later steps, its report, its lines in the log.

An error in a step does not stop the next one, and an error in a cycle does not stop the rounds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog

from mispriced.domain.model import encode
from mispriced.errors import Retry
from mispriced.livedata.cycle import Cycle, Result
from mispriced.livedata.report import NOTE, Phase, Report, Thresholds, levels, lines
from mispriced.livedata.rhythm import Rhythm
from mispriced.ports import Clock, Store

LaterStep = Callable[[Result], Sequence[str]]
"""A step after the fetching; it returns what it could not do."""


class Rounds:
    """A cycle with its later steps, by phase; `say` is given the documents' lines of each."""

    def __init__(
        self,
        cycle: Cycle,
        clock: Clock,
        store: Store,
        thresholds: Thresholds,
        later: Mapping[Phase, LaterStep],
        say: Callable[[str], None],
        memory_mb: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._cycle = cycle
        self._clock = clock
        self._store = store
        self._thresholds = thresholds
        self._later = later
        self._say = say
        self._memory_mb = memory_mb

    def once(self, runner: asyncio.Runner, rhythm: Rhythm | None = None) -> Report:
        """Run one cycle to its end; with a rhythm the report says how long to sleep."""
        began = self._clock.monotonic()
        result = self._cycle.run(runner)
        phases, reasons = dict(result.report.phases), list(result.report.reasons)
        for phase, step in self._later.items():
            started = self._clock.monotonic()
            try:
                reasons += step(result)
            except Exception as error:
                reasons.append(f"{phase} failed: {error!r}")
                _log.error("livedata step failed", step=phase, error=repr(error))
            phases[phase] = self._clock.monotonic() - started
        now_s = self._clock.monotonic()
        phases["total"] = now_s - began
        report = msgspec.structs.replace(
            result.report,
            phases=phases,
            reasons=tuple(reasons),
            sleep_s=rhythm.sleep_s(now_s) if rhythm else None,
            overruns=rhythm.overruns if rhythm else 0,
            memory_mb=self._memory_mb(),
        )
        report = msgspec.structs.replace(report, levels=levels(report, self._thresholds))
        for line in lines(report):
            self._say(line)
        self._keep(report, self._clock.now())
        return report

    def keep_on(
        self,
        runner: asyncio.Runner,
        every_s: float,
        pause: Callable[[float], bool],
        told: Callable[[Report], None],
    ) -> None:
        """Run cycles at a fixed rate until `pause`, which waits so long, says to stop.

        The cycle in hand is always finished.
        """
        rhythm = Rhythm(every_s, self._clock.monotonic())
        is_stopped = False
        while not is_stopped:
            try:
                report = self.once(runner, rhythm)
                told(report)
                sleep_s = report.sleep_s or 0.0
            except Exception as error:
                _log.error("livedata cycle failed", error=repr(error))
                sleep_s = rhythm.sleep_s(self._clock.monotonic())
            is_stopped = pause(sleep_s)

    def _keep(self, report: Report, now: datetime) -> None:
        try:
            self._store.note(f"{NOTE}last", encode(report))
            if report.source == "api":
                self._store.note(f"{NOTE}good", now.isoformat().encode())
        except Retry as error:
            _log.warning("livedata report not kept", error=str(error))


_log: Final = structlog.get_logger()
