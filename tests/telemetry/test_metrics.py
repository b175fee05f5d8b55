"""What is counted and sampled, as Prometheus reads it."""

import logging
import re
from functools import partial
from types import SimpleNamespace

import pytest
import structlog
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from mispriced import telemetry
from mispriced.telemetry.metrics import Metrics, Reading
from mispriced.telemetry.table import METRICS

EXTRACTION = SimpleNamespace(
    bookmaker="BookieAlpha", source="live", seconds=0.3, requests=4, outcomes={"ok": 3, "blocked": 1},
    quotes=20, skipped=2,
)  # fmt: skip


def scraped(metrics):
    """Return the values by name and labels, as text: `name{label="value"}`."""
    body, _ = metrics.render()
    return {
        f"{one.name}{sorted(one.labels.items())}": one.value
        for family in text_string_to_metric_families(body.decode())
        for one in family.samples
        if family.name.startswith("mispriced_") and not one.name.endswith(("_created", "_bucket"))
    }


def key(name, **labels):
    return f"{name}{sorted(labels.items())}"


def test_a_worker_counts_by_the_callbacks_of_its_consumer():
    metrics = Metrics()
    worker = metrics.worker("match", "match-live")
    for point in ("taken", "taken", "handled", "committed", "claimed", "handled", "committed", "committed"):
        worker.reached(point)
    worker.observed(5, 1, 0)
    worker.observed(9, 1, 2)
    found = scraped(metrics)
    labels = {"group": "match", "consumer": "match-live"}
    assert found.pop(key("mispriced_batch_seconds_sum", **labels)) < 1
    assert found == {
        key("mispriced_messages_handled_total", **labels): 9,
        key("mispriced_messages_buried_total", **labels): 1,
        key("mispriced_messages_failed_total", **labels): 2,
        key("mispriced_claims_total", **labels): 1,
        key("mispriced_batch_seconds_count", **labels): 2,
    }


def test_an_extraction_is_counted_by_bookmaker_source_and_outcome():
    metrics = Metrics()
    metrics.extracted(EXTRACTION)
    metrics.extracted(EXTRACTION)
    site = {"bookmaker": "BookieAlpha", "source": "live"}
    assert scraped(metrics) == {
        key("mispriced_extraction_seconds_count", **site): 2,
        key("mispriced_extraction_seconds_sum", **site): 0.6,
        key("mispriced_extraction_requests_total", **site): 8,
        key("mispriced_extraction_answers_total", **site, outcome="ok"): 6,
        key("mispriced_extraction_answers_total", **site, outcome="blocked"): 2,
        key("mispriced_quotes_total", **site): 40,
        key("mispriced_quotes_skipped_total", **site): 4,
    }


def test_breakers_and_reports_are_read_when_asked_for():
    metrics = Metrics()
    states = {"BookieAlpha/live": "closed", "BookieBeta/upcoming": "half_open", "BookieGamma/live": "open"}
    metrics.watch_breakers(lambda: states)
    metrics.watch_reports(lambda: {"sent": 2, "capped": 1})
    found = scraped(metrics)
    breakers = [
        found[key("mispriced_breaker_state", bookmaker=name, source=source)]
        for name, source in (site.split("/") for site in states)
    ]
    assert breakers == [0, 1, 2]
    assert found[key("mispriced_reports_total", outcome="sent")] == 2
    states["BookieGamma/live"] = "closed"
    assert scraped(metrics)[key("mispriced_breaker_state", bookmaker="BookieGamma", source="live")] == 0


def test_what_cannot_be_read_is_absent_and_the_rest_is_there():
    def broken():
        yield Reading("mispriced_store_up", (), 1)
        raise ValueError("server away")

    metrics = Metrics()
    metrics.sample(broken)
    metrics.sample(lambda: [Reading("mispriced_opportunities_open", ("btts", "live"), 3)])
    assert scraped(metrics) == {key("mispriced_opportunities_open", market="btts", source="live"): 3}


def test_two_samplers_of_one_metric_are_one_family():
    metrics = Metrics()
    for stream in ("a", "b"):
        metrics.sample(partial(list, [Reading("mispriced_backlog_messages", (stream, "g", "unread"), 1)]))
    body = metrics.render()[0].decode()
    assert body.count("# TYPE mispriced_backlog_messages gauge") == 1
    assert len(scraped(metrics)) == 2


def test_lines_are_counted_by_level_from_warning_on(capsys):
    metrics = Metrics()
    telemetry.configure("error")
    telemetry.add("count", metrics.count_lines())
    log = structlog.get_logger()
    log.info("a")
    log.warning("b")
    log.error("c")
    logging.getLogger("aiohttp").warning("d")
    assert scraped(metrics) == {
        key("mispriced_log_lines_total", level="warning"): 2,
        key("mispriced_log_lines_total", level="error"): 1,
    }


def test_two_processes_worth_of_metrics_share_nothing_and_the_librarys_registry_is_left_alone():
    one, other = Metrics(), Metrics()
    one.extracted(EXTRACTION)
    assert scraped(other) == {}
    assert not [name for name in REGISTRY._names_to_collectors if name.startswith("mispriced")]


def test_openmetrics_is_given_to_who_asks_for_it():
    metrics = Metrics()
    metrics.extracted(EXTRACTION)
    body, content_type = metrics.render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert {family.name for family in open_metrics(body.decode())} >= {"mispriced_quotes"}


def test_a_label_shows_no_secret():
    telemetry.hide(["canary-label-11"])
    metrics = Metrics()
    metrics.worker("extract", "canary-label-11")
    assert b"canary" not in metrics.render()[0]


@pytest.mark.parametrize("row", METRICS.values(), ids=METRICS)
def test_a_name_follows_prometheus_conventions(row):
    assert re.fullmatch(r"mispriced(_[a-z]+)+", row.name)
    assert row.name.endswith("_total") == (row.kind == "counter")
    assert not row.name.endswith(("_count", "_sum", "_bucket", "_ms"))
    assert row.kind != "histogram" or row.name.endswith("_seconds")
    assert bool(row.buckets) == (row.kind == "histogram")
    assert row.help.endswith(".")


def test_every_metric_of_the_table_can_be_scraped(capsys):
    metrics = Metrics()
    worker = metrics.worker("g", "c")
    worker.reached("taken")
    worker.reached("committed")
    metrics.extracted(EXTRACTION)
    metrics.count_lines().emit(logging.LogRecord("x", logging.ERROR, "x", 1, "e", (), None))
    sampled = [
        Reading(row.name, tuple("x" for _ in row.labels), 1) for row in METRICS.values() if row.is_sampled
    ]
    metrics.sample(lambda: sampled)
    body = metrics.render()[0].decode()
    kinds = {family.name: family.type for family in text_string_to_metric_families(body)}
    found = {f"{name}_total" if kind == "counter" else name: kind for name, kind in kinds.items()}
    assert {name: found.get(name) for name in METRICS} == {name: row.kind for name, row in METRICS.items()}
