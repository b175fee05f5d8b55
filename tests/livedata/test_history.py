"""Summaries on the disk."""

import json
from datetime import timedelta

import msgspec
import pytest

from mispriced.livedata.files import Written
from mispriced.livedata.history import append_lines, write_history
from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.snapshot import assemble
from mispriced.livedata.summary import summaries
from mispriced.livedata.times import NEW_YORK
from tests.livedata.api import SEEN_AT, bodies, live_item, row, snapshot
from tests.livedata.test_files import full_disk

ODDS = {"m1": {"3": {"eu": [row()]}, "2": {"eu": [row()]}}}


def made(*live, source="api"):
    read = snapshot(bodies(list(live), odds=ODDS), source=source)
    matches, skipped = assemble(read)
    return summaries(read, matches, skipped, now=SEEN_AT, zone=NEW_YORK)


CYCLE = made(live_item("m1"), live_item("m2"))


def cycle(path, number, **more):
    return write_history(path, CYCLE, SEEN_AT + timedelta(minutes=number), **more)


def test_a_history_is_the_originals_document_oldest_first_and_bounded(tmp_path):
    path = tmp_path / "step2.json"
    for number in range(5):
        assert cycle(path, number, most=3).problem == ""
    found = json.loads(path.read_bytes())
    assert [one["timestamp"] for one in found["history"]] == [
        "2025-05-28T17:32:17Z",
        "2025-05-28T17:33:17Z",
        "2025-05-28T17:34:17Z",
    ]
    assert {one["total_matches"] for one in found["history"]} == {2}
    assert list(found["history"][0]["matches"]) == ["m1", "m2"]
    del found["history"], found["step2_processing_summary"]
    assert found == {
        "v": 3,
        "source": "api",
        "last_updated": "2025-05-28T17:34:17Z",
        "total_entries": 3,
        "latest_match_count": 2,
        "ny_timestamp": "05/28/2025 01:34:17 PM EDT",
    }


def test_an_entry_has_the_odds_of_the_matchs_own_company_alone(tmp_path):
    path = tmp_path / "step2.json"
    cycle(path, 0)
    match = json.loads(path.read_bytes())["history"][0]["matches"]["m1"]
    assert (match["odds_company_id"], list(match["odds"])) == ("2", ["2"])
    assert list(CYCLE.summaries[0].odds) == ["3", "2"]


@pytest.mark.parametrize("content", [b"{torn", b"", b"[]", b'{"history": 7}', b"\xff\xfe"])
def test_an_unreadable_history_is_kept_aside_untouched_and_reported(tmp_path, content):
    path = tmp_path / "step2.json"
    name = "step2.json.unreadable-20250528T173017Z"
    for kept in (name, f"{name}-1"):
        path.write_bytes(content)
        problem = f"step2.json: no history could be read in it, kept as {kept}"
        assert cycle(path, 0).problem == problem
        assert (tmp_path / kept).read_bytes() == content
        assert json.loads(path.read_bytes())["total_entries"] == 1
    assert cycle(path, 1).problem == ""


def test_a_full_disk_is_reported_and_the_old_history_stays(tmp_path):
    path = tmp_path / "step2.json"
    cycle(path, 0)
    before = path.read_bytes()
    with full_disk(1000):
        assert cycle(path, 1) == Written(path=path, problem="step2.json: File too large")
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["step2.json"]


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    path = tmp_path / "gone" / "step2.json"
    assert cycle(path, 0).problem == "step2.json: No such file or directory"
    assert append_lines(path, CYCLE).problem == "step2.json: No such file or directory"


def test_a_line_is_a_match(tmp_path):
    path = tmp_path / "matches.jsonl"
    append_lines(path, CYCLE)
    append_lines(path, CYCLE)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert lines == json.loads(msgspec.json.encode(CYCLE))["summaries"] * 2


def test_a_fallback_is_marked_in_the_file_its_entry_and_each_match(tmp_path):
    path = tmp_path / "step2.json"
    write_history(path, made(live_item(), source="fallback"), SEEN_AT)
    cycle(path, 1)
    found = json.loads(path.read_bytes())
    made_up, real = found["history"]
    assert (made_up["banner"], made_up["source"]) == (FALLBACK_BANNER, "fallback")
    assert made_up["matches"]["m1"]["source"] == "fallback"
    assert ("banner" in real, "banner" in found, found["source"]) == (False, False, "api")
