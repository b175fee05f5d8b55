"""Files that versions with other columns wrote, read together and merged: no value is lost."""

from __future__ import annotations

import msgspec
import pytest

from mispriced.history import parquet
from mispriced.history.read import Health, health
from mispriced.history.rows import KINDS
from mispriced.history.shelf import Part
from tests.domain.quotes import NOON

COLUMNS = KINDS["health"].columns
ADDED = {**COLUMNS, "late": "BIGINT"}
REMOVED = {name: words for name, words in COLUMNS.items() if name != "streams"}
RENAMED = {{"buried": "dead", "worker": "name"}.get(name, name): words for name, words in COLUMNS.items()}


@pytest.fixture
def use(monkeypatch):
    """Return what lets the program be of a version that keeps these columns of health."""

    def used(columns):
        order = [name for name in ("worker", "name", "at", "id") if name in columns]
        kind = msgspec.structs.replace(KINDS["health"], columns=columns, order=order)
        monkeypatch.setitem(KINDS, "health", kind)

    return used


def sample(number):
    return {
        "id": f"{number}-0", "worker": "match/one", "name": "match/one", "at": NOON, "streams": ["s"],
        "handled": number, "buried": 1, "dead": 2, "failed": 3, "late": 4,
    }  # fmt: skip


def written(root, columns, number):
    """Write a file of one row with these columns; return it and the row."""
    part = Part(stream="health", day="2026-05-14", first=(number, 0), last=(number, 0))
    row = {name: one for name, one in sample(number).items() if name in columns}
    parquet.write(root, part, [row])
    return part, row


def rows(root):
    return parquet.select(root, "health", "SELECT * FROM record ORDER BY id")


@pytest.mark.parametrize("other", [ADDED, REMOVED, RENAMED], ids=["added", "removed", "renamed"])
@pytest.mark.parametrize("is_newer", [True, False], ids=["by a newer version", "by an older version"])
def test_files_of_two_versions_are_read_as_one_and_become_one_without_a_loss(tmp_path, use, other, is_newer):
    versions = [COLUMNS, other] if is_newer else [other, COLUMNS]
    parts, expected = [], []
    for number, columns in enumerate([versions[0]] * 2 + [versions[1]] * 2):
        use(columns)
        part, row = written(tmp_path, columns, number)
        parts.append(part)
        expected.append(dict.fromkeys([*COLUMNS, *other]) | row)
    assert rows(tmp_path) == expected
    parquet.merge(tmp_path, parts)
    assert [one.name for one in tmp_path.glob("health/*/*")] == ["health.0-0.3-0.parquet"]
    assert rows(tmp_path) == expected


@pytest.mark.parametrize("older", [ADDED, REMOVED, RENAMED], ids=["more", "fewer", "others"])
def test_files_that_have_not_one_of_our_columns_are_asked_and_merged(tmp_path, use, older):
    use(older)
    parts, given = zip(*(written(tmp_path, older, number) for number in range(2)), strict=True)
    use(COLUMNS)
    expected = [dict.fromkeys([*COLUMNS, *older]) | row for row in given]
    assert rows(tmp_path) == expected
    parquet.merge(tmp_path, parts)
    assert rows(tmp_path) == expected


@pytest.mark.parametrize("older", [ADDED, REMOVED, RENAMED], ids=["more", "fewer", "others"])
def test_what_is_asked_is_answered_of_the_rows_that_say_it(tmp_path, use, older):
    use(older)
    written(tmp_path, older, 1)
    use(COLUMNS)
    found = Health(worker="match/one", at=NOON, handled=1, buried=1, failed=3, samples=1)
    assert health(tmp_path) == ([] if older is RENAMED else [found])
    written(tmp_path, COLUMNS, 2)
    [answer] = health(tmp_path)
    assert (answer.worker, answer.samples) == ("match/one", 1 if older is RENAMED else 2)
