"""The review queue over HTTP: what is in doubt, rulings, who may make them, and the audit log."""

import json
import logging

import pytest

from mispriced.pipeline.views.review import review
from tests.web.conftest import now, put_doubtful, until

KEYS = ["BookieAlpha/upcoming/91", "BookieBeta/upcoming/92"]


@pytest.fixture
def doubtful(site, store):
    """Yield a site whose store has an event of which two others may be the same match."""
    put_doubtful(store)
    until(lambda: "t93" in site.shown.reader.state.events)
    return site


def post(site, path, body, **headers):
    csrf = site.get("/api/v1/session").json["csrf"]
    return site.get(f"/api/v1/review{path}", "POST", json.dumps(body), **{"X_CSRF_Token": csrf} | headers)


def pairs(site):
    return {
        (one["event"]["event_id"], one["other"]["event_id"])
        for one in site.get("/api/v1/review").json["doubts"]
    }


def test_a_ruling_holds_until_it_is_taken_back_and_is_in_the_audit_log(doubtful, store, caplog):
    assert pairs(doubtful) == {("91", "92"), ("91", "93")}
    with caplog.at_level(logging.INFO, "mispriced.audit"):
        ruled = post(doubtful, "", {"kind": "ban", "keys": KEYS, "why": "two derbies"})
        assert ruled.status == 200
        assert (ruled.json["kind"], ruled.json["keys"], ruled.json["by"]) == (
            "ban",
            KEYS,
            "page at 127.0.0.1",
        )
        until(lambda: ("91", "92") not in pairs(doubtful))
        [kept] = review(store, now()).rulings
        assert (kept.id, kept.why, kept.holds) == (ruled.json["id"], "two derbies", True)
        undone = post(doubtful, f"/{kept.id}/undo", {})
        assert (undone.status, undone.json["undone_by"]) == (200, "page at 127.0.0.1")
    until(lambda: pairs(doubtful) == {("91", "92"), ("91", "93")})
    assert [(one.msg["action"], one.msg["by"]) for one in caplog.records] == [
        ("banned", "page at 127.0.0.1"),
        ("took back", "page at 127.0.0.1"),
    ]


def test_joins_by_names_are_listed_with_what_spoke_for_them(site):
    [join] = [one for one in site.get("/api/v1/review").json["weakest"] if one["event"]["home"] == "Valencia"]
    assert {join["event"]["bookmaker"], join["other"]["bookmaker"]} == {"BookieAlpha", "BookieBeta"}
    assert (join["home"] > 0, join["away"] > 0, join["apart_s"]) == (True, True, 0)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"kind": "split", "keys": KEYS}, "the body is no ruling: Invalid enum value 'split' - at `$.kind`"),
        ({"kind": "ban"}, "the body is no ruling: Object missing required field `keys`"),
        (
            {"kind": "ban", "keys": KEYS, "who": "me"},
            "the body is no ruling: Object contains unknown field `who`",
        ),
        ({"kind": "ban", "keys": ["A/live/1", KEYS[1]]}, "unknown event 'A/live/1'"),
    ],
)
def test_what_is_no_ruling_is_refused_and_nothing_kept(doubtful, store, body, says):
    answer = post(doubtful, "", body)
    assert answer.status == 422
    assert answer.json["detail"].startswith(says)
    assert review(store, now()).rulings == ()


def test_a_ruling_is_taken_from_our_own_pages_alone(doubtful, store):
    body = {"kind": "ban", "keys": KEYS}
    assert post(doubtful, "", body, X_CSRF_Token="guessed").status == 403
    assert post(doubtful, "", body, Origin="http://elsewhere.example").status == 403
    assert post(doubtful, "/r0/undo", {}).status == 404
    assert review(store, now()).rulings == ()
