"""The prices of one match out of a day of quotes in Parquet, beside a plain scan of the same day.

The day is made by duckdb and written by the recorder's own merge: sorted by match, in row groups. The
scan reads the same rows in the order in which they came, without anything to pass over them by. Best of
several questions each.

Usage: PYTHONPATH=src python benchmarks/history.py [ROWS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from mispriced.history import parquet, read
from mispriced.history.shelf import Part

ROWS = 10_000_000
MATCHES = 4_000
FILES = 8
QUESTIONS = 5
LIMIT_S = 0.5
NOON_MS = 1_778_760_000_000
DAY_S = 86_400.0
DAY = "2026-05-14"


def run(rows: int = ROWS) -> dict[str, Any]:
    """Return the figures: seconds of a chart and of a scan, and the chart's part of its limit."""
    with tempfile.TemporaryDirectory(prefix="mispriced-bench-") as place:
        root = Path(place)
        parts = [_hour(root, number, rows // FILES) for number in range(FILES)]
        plain = root / "plain.parquet"
        with duckdb.connect() as database:
            files = [str(one.path(root)) for one in parts]
            database.execute(
                f"COPY (SELECT * FROM read_parquet($files)) TO '{plain}' (FORMAT parquet)", {"files": files}
            )
        began = time.perf_counter()
        parquet.merge(root, parts)
        merged_s = time.perf_counter() - began
        wanted = f"m{MATCHES // 3}"
        charts, found = _best(lambda: len(read.quotes(root, wanted)))
        with duckdb.connect() as database:
            question = f"SELECT * FROM read_parquet('{plain}') WHERE match_id || '' = '{wanted}'"
            scans, scanned = _best(lambda: len(database.execute(question).fetchall()))
        assert found == scanned > 0, (found, scanned)
    return {
        "name": f"chart of one match of {MATCHES:,} in a day of {rows:,} quotes / limit of {LIMIT_S} s",
        "rows": [
            {"what": f"its {found:,} prices, sorted files", "figure": round(charts, 4), "unit": "s"},
            {"what": "plain scan of the same rows", "figure": round(scans, 4), "unit": "s"},
            {"what": f"merge of {FILES} files into the day", "figure": round(merged_s, 2), "unit": "s"},
        ],
        "ratio": round(charts / LIMIT_S, 3),
        "aim": 1.0,
        "better": "lower",
    }


def _best(ask: Any) -> tuple[float, int]:
    best, found = float("inf"), 0
    for _ in range(QUESTIONS):
        began = time.perf_counter()
        found = ask()
        best = min(best, time.perf_counter() - began)
    return best, found


def _hour(root: Path, number: int, rows: int) -> Part:
    """Write a part of the day as it comes: by time, not by match."""
    first = NOON_MS + number * rows
    part = Part(stream="quotes-live", day=DAY, first=(first, 0), last=(first + rows - 1, 0))
    path = part.path(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as database:
        database.execute("SELECT setseed(0.5)")
        database.execute(
            f"""COPY (SELECT ({first} + i)::VARCHAR || '-0' AS id, 'm' || (hash(i) % {MATCHES}) AS match_id,
                NULL::TIMESTAMPTZ AS before, 1::INTEGER AS v, 'Bookie' || (i % 4) AS bookmaker,
                (hash(i) % {MATCHES})::VARCHAR AS event_id,
                MAP {{'betradar': (hash(i) % {MATCHES})::VARCHAR}} AS refs,
                'Sporting ' || (hash(i) % {MATCHES}) AS home, 'Athletic ' || (hash(i) % {MATCHES}) AS away,
                'Division' AS competition, 'Spain' AS country, 'men' AS category,
                to_timestamp({NOON_MS} / 1000) AS kickoff, 'three_way' AS market,
                MAP {{'1': 1.5 + random(), 'X': 3 + random(), '2': 4 + random()}} AS prices,
                []::VARCHAR[] AS suspended, 'live' AS source,
                to_timestamp({NOON_MS // 1000} + ({number} * {rows} + i) * {DAY_S / rows / FILES}) AS seen_at,
                [1, 0]::INTEGER[] AS score,
                {{'request': 'GET /live', 'sha256': md5((i // 200)::VARCHAR) || md5((i // 300)::VARCHAR),
                  'step': 'live', 'took_ms': 20::BIGINT}} AS origin
            FROM range({rows}) AS r(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
        )
    return part


def main() -> None:
    """Print the figures."""
    figure = run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    print(f"{figure['name']}: {figure['ratio']} (aim {figure['aim']})")
    for row in figure["rows"]:
        print(f"  {row['what']:42} {row['figure']:10} {row['unit']}")


if __name__ == "__main__":
    main()
