"""A cycle's summaries as a Parquet file: what a query filters by is typed, the rest is JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import msgspec

from mispriced.livedata.files import Written, beside_of, failed
from mispriced.livedata.records import Summaries, Summary

# The types of columns whose values are no text; what is made of several values is JSON.
TYPES: Final = {
    "status_id": "INTEGER",
    "status": "INTEGER",
    "minute": "INTEGER",
    "v": "INTEGER",
    "match_time": "BIGINT",
    "kickoff": "TIMESTAMPTZ",
    "seen_at": "TIMESTAMPTZ",
}
TEXTS: Final = frozenset(
    {
        "match_id", "home", "away", "home_id", "away_id", "score", "competition", "competition_id", "country",
        "venue", "home_position", "away_position", "odds_company_id", "odds_company_name", "source",
        "status_name", "status_description",
    }
)  # fmt: skip
COLUMNS: Final = {
    name: TYPES.get(name) or ("VARCHAR" if name in TEXTS else "JSON") for name in Summary.__struct_fields__
}


def write_parquet(path: Path, summaries: Summaries) -> Written:
    """Write the matches of a cycle, one a row, in the file's place; a failure leaves what was there."""
    lines, beside = path.with_name(f".{path.name}.jsonl"), beside_of(path)
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    source = f"read_json($lines, format='newline_delimited', columns={{{columns}}})"
    try:
        lines.write_bytes(b"\n".join(map(msgspec.json.encode, summaries.summaries)))
        with duckdb.connect() as database:
            rows = database.sql(f"SELECT * FROM {source}", params={"lines": str(lines)})
            rows.write_parquet(str(beside))
        beside.replace(path)
        return Written(path=path, bytes=path.stat().st_size)
    except OSError as error:
        return failed(path, error)
    except duckdb.Error as error:
        return Written(path=path, problem=f"{path.name}: {error}")
    finally:
        lines.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)
