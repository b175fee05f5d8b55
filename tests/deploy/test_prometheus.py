"""deploy/prometheus and deploy/grafana: promtool's own checks, and no metric that nobody exports."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from mispriced.telemetry.table import METRICS
from tests.conftest import ROOT
from tests.engines import program

PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
DASHBOARD: Final = ROOT / "deploy" / "grafana" / "dashboards" / "mispriced.json"
METRIC: Final = re.compile(r"\b(?:mispriced|process)_\w+")
PROCESS: Final = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}
ENDINGS: Final = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}

EXPORTED: Final = {row.name + ending for row in METRICS.values() for ending in ENDINGS[row.kind]} | PROCESS


@pytest.mark.engine
@pytest.mark.parametrize(
    "words",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
)
def test_promtool_accepts(words: tuple[str, ...]):
    ran = subprocess.run([program("promtool"), *words], cwd=PROMETHEUS, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alert_names_metrics_and_labels_that_are_exported():
    for rule in rules():
        assert set(METRIC.findall(rule["expr"])) <= EXPORTED, rule["alert"]
        by = {
            word.strip() for group in re.findall(r"by \(([^)]*)\)", rule["expr"]) for word in group.split(",")
        }
        known = {label for name in METRIC.findall(rule["expr"]) for label in METRICS[name].labels}
        assert by <= known, rule["alert"]


def test_every_alert_says_what_to_do_and_is_tested():
    cases = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    fired = {one["alertname"] for case in cases for one in case["alert_rule_test"] if one["exp_alerts"]}
    assert {rule["alert"] for rule in rules()} == fired
    assert [rule["alert"] for rule in rules() if not rule["annotations"].get("action")] == []


def test_the_dashboard_asks_only_for_what_is_exported():
    dashboard = json.loads(DASHBOARD.read_text())
    asked = list(queries(dashboard))
    assert asked
    assert {name for query in asked for name in METRIC.findall(query)} <= EXPORTED
    assert {row.name for row in METRICS.values() if row.name.startswith("mispriced_")} <= {
        re.sub("_bucket$", "", name) for query in asked for name in METRIC.findall(query)
    }


def test_the_panels_lie_beside_each_other_and_have_their_own_ids():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def queries(part: Any) -> Iterator[str]:
    """Yield every query of a dashboard."""
    if isinstance(part, dict):
        if isinstance(part.get("expr"), str):
            yield part["expr"]
        for one in part.values():
            yield from queries(one)
    elif isinstance(part, list):
        for one in part:
            yield from queries(one)
