"""Bookmakers, health, and what is no API: probes, metrics, documents, pages."""

import json
import re

import pytest


def test_a_bookmaker_has_its_markets_and_how_reading_goes(standing):
    rows = {one["bookmaker"]: one for one in standing.get("/api/v1/bookmakers").json["items"]}
    assert set(rows) == {"BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta"}
    live, upcoming = rows["BookieAlpha"]["sites"]
    assert (live["source"], live["events"], live["last_read"]) == ("live", 1, None)
    assert (upcoming["events"], upcoming["outcomes"]) == (2, {"ok": 1, "blocked": 1})
    assert upcoming["reasons"] == ["blocked: 403"]
    assert "double_chance" in rows["BookieAlpha"]["markets"]["upcoming"]


def test_health_says_how_far_prices_come(standing):
    found = standing.get("/api/v1/health").json
    assert (found["funnel"]["events"], found["funnel"]["matched"], found["funnel"]["surebets"]) == (6, 3, 2)
    assert (found["error"], found["dead_letters"], found["simulated"]) == ("", 0, False)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_told_that_all_is_well(standing, path):
    assert standing.get(path)[::2] == (200, b"ok\n")


def test_metrics_are_in_the_format_of_prometheus(standing):
    answer = standing.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"process_cpu_seconds_total" in answer.body


def test_a_path_that_is_none_is_not_found(standing):
    answer = standing.get("/api/v2/surebets")
    assert (answer.status, answer.json["detail"]) == (
        404, "nothing is at '/api/v2/surebets'; /docs lists what is",
    )  # fmt: skip
    refused = standing.get(
        "/api/v1/surebets", "DELETE", X_CSRF_Token=standing.get("/api/v1/session").json["csrf"]
    )
    assert (refused.status, refused.headers["allow"]) == (405, "GET")


def test_pages_ask_nobody_else_and_have_no_script_in_them(standing):
    for path in ("/", "/docs", "/login"):
        answer = standing.get(path)
        text = answer.body.decode()
        assert answer.status == 200
        assert not re.search(r"(?:src|href)=\"(?![/#])", text), path
        assert re.findall(r"<script(?![^>]* src=)|<style|\bon\w+=\"|style=\"", text) == [], path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    for name in re.findall(r"/static/[\w./]+", standing.get("/").body.decode()):
        assert standing.get(name).status == 200, name


def test_the_list_of_routes_names_every_path_of_the_document(standing):
    document = standing.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    shown = standing.get("/docs").body.decode()
    for path in document["paths"]:
        assert path in shown
    assert "$ref" in json.dumps(document)
    assert {"/api/v1/surebets", "/api/v1/stream", "/v4/sports/{sport}/odds"} <= set(document["paths"])
