"""Every metric's name, labels and meaning; docs, dashboards and alerts are held against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

BREAKER: Final[Mapping[str, int]] = {"closed": 0, "half_open": 1, "open": 2}


class Metric(Struct, frozen=True):
    """A row of the table: `sampled` ones are read when asked for, the others are counted."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    is_sampled: bool = False
    buckets: tuple[float, ...] = ()


WORKER: Final = ("group", "consumer")
SITE: Final = ("bookmaker", "source")
BATCH_BUCKETS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
READ_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)  # to its deadline

METRICS: Final = {
    row.name: row
    for row in (
        Metric("mispriced_messages_handled_total", "counter", WORKER, "Messages handled and acknowledged."),
        Metric("mispriced_messages_buried_total", "counter", WORKER, "Messages put to the dead letters."),
        Metric("mispriced_messages_failed_total", "counter", WORKER, "Messages that failed alone."),
        Metric("mispriced_claims_total", "counter", WORKER, "Abandoned messages taken over."),
        Metric(
            "mispriced_batch_seconds",
            "histogram",
            WORKER,
            "From a batch's first message read to its first commit.",
            buckets=BATCH_BUCKETS,
        ),
        Metric(
            "mispriced_extraction_seconds",
            "histogram",
            SITE,
            "Reading one bookmaker once.",
            buckets=READ_BUCKETS,
        ),
        Metric("mispriced_extraction_requests_total", "counter", SITE, "Requests of extractions."),
        Metric("mispriced_extraction_answers_total", "counter", (*SITE, "outcome"), "Answers by outcome."),
        Metric("mispriced_quotes_total", "counter", SITE, "Quotes read."),
        Metric("mispriced_quotes_skipped_total", "counter", SITE, "Items of answers that were left out."),
        Metric(
            "mispriced_livedata_cycle_seconds",
            "histogram",
            ("source",),
            "One football cycle, by where its data are from.",
            buckets=READ_BUCKETS,
        ),
        Metric(
            "mispriced_livedata_calls_total", "counter", ("step", "outcome"), "Calls of the football API."
        ),
        Metric("mispriced_livedata_left_total", "counter", ("step",), "Calls that did not fit a cycle."),
        Metric("mispriced_log_lines_total", "counter", ("level",), "Lines logged as warning or worse."),
        Metric("mispriced_reports_total", "counter", ("outcome",), "Reports to Rollbar by outcome.", True),
        Metric(
            "mispriced_breaker_state", "gauge", SITE, "A site's breaker: 0 closed, 1 half open, 2 open.", True
        ),
        Metric("mispriced_store_up", "gauge", (), "Whether the store answered just now.", True),
        Metric(
            "mispriced_backlog_messages",
            "gauge",
            ("stream", "group", "state"),
            "Messages before a group: unread, or pending.",
            True,
        ),
        Metric(
            "mispriced_backlog_oldest_pending_seconds",
            "gauge",
            ("stream", "group"),
            "For how long the longest pending message has been so.",
            True,
        ),
        Metric("mispriced_opportunities_open", "gauge", ("market", "source"), "Surebets that stand.", True),
        Metric("mispriced_heartbeat_age_seconds", "gauge", WORKER, "Since a worker's last word.", True),
    )
}
