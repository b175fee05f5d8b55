"""What a process has done and sees, as Prometheus metrics in a registry of its own.

What a process counts itself it is told by callbacks; what stands in the store is read when somebody asks,
and is absent when it cannot be. Not here: the names (`table.py`), how it is served (`health.py`), and who
feeds it (`cli/observing.py`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family

from mispriced.telemetry.redact import redact
from mispriced.telemetry.table import BREAKER, METRICS, Metric


class Report(Protocol):
    """What reading one bookmaker once gave, as the extract stage tells it."""

    @property
    def bookmaker(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def requests(self) -> int: ...
    @property
    def outcomes(self) -> Mapping[str, int]: ...
    @property
    def quotes(self) -> int: ...
    @property
    def skipped(self) -> int: ...


class Step(Protocol):
    """The calls of one end point of the football API."""

    @property
    def outcomes(self) -> Mapping[str, int]: ...
    @property
    def left(self) -> int: ...


class CycleReport(Protocol):
    """One football cycle, as it tells of itself."""

    @property
    def source(self) -> str: ...
    @property
    def phases(self) -> Mapping[Any, float]: ...
    @property
    def steps(self) -> Mapping[Any, Step]: ...


class Reading(Struct, frozen=True):
    """A value of a sampled metric, with its labels in the table's order."""

    name: str
    labels: tuple[str, ...]
    value: float


class Metrics:
    """The metrics of one process. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        counted = [row for row in METRICS.values() if not row.is_sampled]
        self._counters = {row.name: self._counter(row) for row in counted if row.kind == "counter"}
        self._histograms = {row.name: self._histogram(row) for row in counted if row.kind == "histogram"}
        self._samplers: list[Callable[[], Iterable[Reading]]] = []
        self._registry.register(_Sampled(self._samplers))

    def worker(self, group: str, consumer: str) -> WorkerMetrics:
        """Return what a consumer's callbacks are: its `reached` and its `observed`."""
        return WorkerMetrics(self._counters, self._histograms["mispriced_batch_seconds"], group, consumer)

    def extracted(self, report: Report) -> None:
        """Count one extraction."""
        site = (report.bookmaker, report.source)
        self._histograms["mispriced_extraction_seconds"].labels(*site).observe(report.seconds)
        for name, number in (
            ("mispriced_extraction_requests_total", report.requests),
            ("mispriced_quotes_total", report.quotes),
            ("mispriced_quotes_skipped_total", report.skipped),
        ):
            self._counters[name].labels(*site).inc(number)
        for outcome, number in report.outcomes.items():
            self._counters["mispriced_extraction_answers_total"].labels(*site, outcome).inc(number)

    def cycled(self, report: CycleReport) -> None:
        """Count one football cycle."""
        seconds = self._histograms["mispriced_livedata_cycle_seconds"]
        seconds.labels(report.source).observe(report.phases["total"])
        for step, one in report.steps.items():
            for outcome, number in one.outcomes.items():
                self._counters["mispriced_livedata_calls_total"].labels(step, outcome).inc(number)
            self._counters["mispriced_livedata_left_total"].labels(step).inc(one.left)

    def sample(self, sampler: Callable[[], Iterable[Reading]]) -> None:
        """Ask `sampler` at every scrape; it must answer within a scrape's time."""
        self._samplers.append(sampler)

    def watch_breakers(self, states: Callable[[], Mapping[str, str]]) -> None:
        """Show the state of each site's breaker, by `BookieName/source`."""
        self.sample(
            lambda: [
                Reading("mispriced_breaker_state", _parts(site), BREAKER[state])
                for site, state in states().items()
            ]
        )

    def watch_reports(self, counts: Callable[[], Mapping[str, int]]) -> None:
        """Show what became of the reports to Rollbar."""
        self.sample(
            lambda: [
                Reading("mispriced_reports_total", (outcome,), number) for outcome, number in counts().items()
            ]
        )

    def count_lines(self) -> logging.Handler:
        """Return a handler that counts warnings and errors."""
        return _LineCounter(self._counters["mispriced_log_lines_total"])

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return the metrics in the format that `accept` asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return redact(encode(self._registry).decode()).encode(), content_type

    def _counter(self, row: Metric) -> Counter:
        return Counter(row.name, row.help, row.labels, registry=self._registry)

    def _histogram(self, row: Metric) -> Histogram:
        return Histogram(row.name, row.help, row.labels, registry=self._registry, buckets=row.buckets)


class WorkerMetrics:
    """Counts one consumer. `reached` and `observed` are given to it as they are."""

    def __init__(
        self, counters: Mapping[str, Counter], batch_seconds: Histogram, group: str, consumer: str
    ) -> None:
        self._counts = [
            counters[f"mispriced_messages_{what}_total"].labels(group, consumer)
            for what in ("handled", "buried", "failed")
        ]
        self._claims = counters["mispriced_claims_total"].labels(group, consumer)
        self._seconds = batch_seconds.labels(group, consumer)
        self._before = (0, 0, 0)
        self._began: float | None = None

    def reached(self, point: str) -> None:
        """Be told where the loop is."""
        if point == "claimed":
            self._claims.inc()
        if point in ("taken", "claimed") and self._began is None:
            self._began = time.monotonic()
        if point == "committed" and self._began is not None:
            self._seconds.observe(time.monotonic() - self._began)
            self._began = None

    def observed(self, handled: int, buried: int, failed: int) -> None:
        """Be told the counts so far."""
        now = (handled, buried, failed)
        for count, before, after in zip(self._counts, self._before, now, strict=True):
            count.inc(after - before)
        self._before = now


class _Sampled:
    """Collects what is read at a scrape; a sampler that fails is absent from it."""

    def __init__(self, samplers: list[Callable[[], Iterable[Reading]]]) -> None:
        self._samplers = samplers

    def collect(self) -> Iterator[Family]:
        families: dict[str, Family] = {}
        for sampler in list(self._samplers):
            for reading in _readings(sampler):
                row = METRICS[reading.name]
                if row.name not in families:
                    make = CounterMetricFamily if row.kind == "counter" else GaugeMetricFamily
                    families[row.name] = make(row.name, row.help, labels=row.labels)
                families[row.name].add_metric(reading.labels, reading.value)  # type: ignore[attr-defined]
        yield from families.values()

    def describe(self) -> list[Family]:
        """Read nothing when the registry only wants to know the names."""
        return []


class _LineCounter(logging.Handler):
    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.WARNING)
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        self._counter.labels(record.levelname.lower()).inc()


def _readings(sampler: Callable[[], Iterable[Reading]]) -> list[Reading]:
    try:
        return list(sampler())
    except Exception as error:
        logging.getLogger("mispriced").debug({"event": "not sampled", "error": repr(error)})
        return []


def _parts(site: str) -> tuple[str, ...]:
    bookmaker, _, source = site.partition("/")
    return bookmaker, source
