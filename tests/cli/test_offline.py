"""The commands that need no network: the configuration's round trip, a bookmaker's stub, matching a file."""

import gzip

import pytest

from mispriced.settings import load
from tests.cli.commands import Asked, run_many

pytestmark = pytest.mark.timeout(120)

EVENTS = """event_id,provider,kickoff_utc,home,away,competition
a1,a,2026-05-14T17:00:00Z,Man Utd,Chelsea,
b1,b,2026-05-14T17:05:00Z,Manchester United,Chelsea FC,
a2,a,2026-05-15T17:00:00Z,"Leeds, United",Everton,
"""
TRUTH = "event_id,truth_id\na1,x\nb1,x\na2,y\n"


def ask(place, *many, **given):
    """Return what the commands say, one after the other in that place."""
    given = {"MISPRICED_DATA_DIR": str(place / "data")} | given
    return run_many([Asked(words.split(), given, place) for words in many], at_once=1)


def test_a_configuration_is_written_filled_in_checked_and_shown_without_secrets(tmp_path):
    path = tmp_path / "mispriced.toml"
    written, again, unfilled = ask(
        tmp_path, "config init", "config init", "config check --config mispriced.toml"
    )
    assert (written.code, written.out) == (0, "")
    assert written.err == (
        "wrote mispriced.toml; fill in the addresses, then: mispriced config check --config mispriced.toml\n"
    )
    assert (again.code, again.err) == (2, "mispriced: mispriced.toml exists already\n")
    assert unfilled.code == 78

    text = path.read_text(encoding="utf-8")
    filled = text.replace(
        '# live = { base_url = "https://…"', 'live = { base_url = "https://odds.example/live"'
    )
    filled = filled.replace(
        '# upcoming = { base_url = "https://…", headers = { "Accept" = "application/json" } }',
        'upcoming = { base_url = "https://me:canary-1@odds.example/up?key=canary-2", '
        'headers = { Authorization = "Bearer canary-3" }, proxy = "http://me:canary-4@proxy.example:8080" }',
    )
    assert filled.count("canary") == 16
    path.write_text(filled, encoding="utf-8")
    given = {"REDIS_PASS": "canary-5", "ROLLBAR_ACCESS_TOKEN": "canary-6"}
    many = [f"{words} --config mispriced.toml" for words in ("config check", "config show", "doctor")]
    checked, shown, doctor = ask(tmp_path, *many, **given)
    # three markets on five days and live; of upcoming matches four bookmakers on five days, live three
    assert checked == (0, "ok: 18 task streams, 69 jobs a cycle\n", "")
    assert (shown.code, shown.err) == (0, "")
    loaded = load(path)
    for name in ("prefix", "extract", "freshness", "cadence"):
        value = getattr(loaded, name)
        plain = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
        assert shown.json[name] == plain, name
    assert shown.json["bookmakers"]["BookieAlpha"]["live"]["base_url"] == "https://odds.example/live"
    assert shown.out.count("***") >= 16
    assert doctor.code == 0
    assert "https://me:***@odds.example/up" in doctor.out
    assert "canary" not in "".join(f"{one.out}{one.err}" for one in (checked, shown, doctor))


def test_a_bookmakers_stub_is_written_once_with_what_to_do_next(tmp_path):
    first, second = ask(
        tmp_path, "new-bookmaker BookieEpsilon --dir new", "new-bookmaker BookieEpsilon --dir new"
    )
    files = sorted(path.relative_to(tmp_path) for path in (tmp_path / "new").rglob("*.*"))
    assert first.code == 0
    assert sorted(first.err.splitlines()) == [f"wrote {file}" for file in files]
    assert [line[:2] for line in first.out.splitlines()] == ["1.", "2.", "3.", "4."]
    assert second.code == 2
    assert second.err.startswith("mispriced: new/")
    assert second.err.endswith(" exists already\n")


def test_matched_events_are_written_scored_and_explained(tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    (tmp_path / "truth.csv").write_text(TRUTH, encoding="utf-8")
    plain, scored, reported = ask(
        tmp_path,
        "match events.csv --out out.csv",
        "match events.csv --out out.csv.gz --truth truth.csv --json",
        "match events.csv --out again.csv --report",
    )
    groups = "event_id,group_id\na1,0\na2,1\nb1,0\n"
    assert plain == (0, "", "3 events, 1 groups, 1 left\n")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == groups
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()).decode() == groups
    assert (scored.code, scored.err) == (0, "")
    assert scored.json == {
        "events": 3,
        "groups": 1,
        "left": 1,
        "score": {
            "precision": 1.0, "recall": 1.0, "f1": 1.0, "exact": 1.0, "mixed": 0, "groups": 1, "wrong": [],
        },
    }  # fmt: skip
    lines = reported.out.splitlines()
    assert lines[0].startswith("names: Evidence(keys=('a1', 'b1'), by='names'")
    assert lines[1:] == ["left: a2: no candidate in the window"]


def test_an_answer_is_parsed_to_what_json_says(tmp_path):
    (tmp_path / "live.json").write_text('{"data": [], "meta": {"total": 0}}', encoding="utf-8")
    (tmp_path / "page.json").write_text("<html>Just a moment...</html>", encoding="utf-8")
    empty, page = ask(
        tmp_path,
        "parse BookieAlpha live live live.json --json",
        "parse BookieAlpha live live page.json --json",
    )
    assert (empty.code, empty.err) == (0, "")
    assert empty.json == {"outcome": "empty", "quotes": [], "requests": [], "skipped": []}
    assert page.code == 1
    assert page.json["outcome"] == "rejected"
    assert [one["reason"] for one in page.json["skipped"]] == ["live: an HTML page, not JSON"]
