"""A cycle as a Parquet file."""

import json

import duckdb

from mispriced.livedata.parquet import write_parquet
from tests.livedata.test_files import full_disk
from tests.livedata.test_history import CYCLE


def test_a_row_is_a_match_with_typed_columns_and_json(tmp_path):
    path = tmp_path / "it's a cycle.parquet"
    assert write_parquet(path, CYCLE).problem == ""
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    query = "SELECT match_id, minute, epoch(kickoff)::INT, country, money_line FROM read_parquet($1)"
    rows = duckdb.execute(query, [str(path)]).fetchall()
    assert [(*row[:4], json.loads(row[4])) for row in rows] == [
        (
            one.match_id,
            one.minute,
            one.match_time,
            "Finland",
            [[row.changed_at, row.minute, 1.9, 3.5, 4.0, 2, 0, "0-0"] for row in one.money_line],
        )
        for one in CYCLE.summaries
    ]


def test_a_full_disk_is_reported_and_the_old_file_stays(tmp_path):
    path = tmp_path / "cycle.parquet"
    write_parquet(path, CYCLE)
    before = path.read_bytes()
    with full_disk(1000):
        assert write_parquet(path, CYCLE).problem != ""
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
