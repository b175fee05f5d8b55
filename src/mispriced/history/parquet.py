"""Rows to and from Parquet, by duckdb: files sorted by what is asked for, so that most is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from mispriced.errors import Retry
from mispriced.history.rows import KINDS, Row, moment
from mispriced.history.shelf import PARTIAL, Part, all_parts, counting, publish

MEMORY: Final = "1GB"
GROUP_ROWS: Final = 20_480  # of a row group: an event of a day of 10 million quotes is in one or two
BATCH: Final = 10_000  # rows in memory
TRIES: Final = 3  # a file that was listed may have been merged into another since


def write(root: Path, part: Part, rows: Iterable[Row]) -> Path:
    """Write the rows as the part's file; it is there whole or not at all."""
    kind = KINDS[part.kind]
    lines = _beside(root, part, ".jsonl")
    columns = ", ".join(f"\"{name}\": '{words}'" for name, words in kind.columns.items())
    try:
        lines.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
        source = f"read_json($source, format='newline_delimited', columns={{{columns}}})"
        return _copy(root, part, source, str(lines))
    finally:
        lines.unlink(missing_ok=True)


def merge(root: Path, parts: Sequence[Part]) -> Part:
    """Write consecutive parts of one stream and day as one file, then remove them.

    Raises: duckdb.Error when they cannot be one; they are as they were.
    """
    first, last = parts[0], parts[-1]
    whole = msgspec.structs.replace(first, last=last.last)
    _copy(root, whole, f"({_rows(whole.kind, '$source')})", [str(one.path(root)) for one in parts])
    for one in parts:
        one.path(root).unlink(missing_ok=True)
    return whole


def select(root: Path, kind: str, query: str, values: Mapping[str, Any] | None = None) -> list[Row]:
    """Return the rows of a query over `record`, the counting files of a kind; none where there is none."""
    for tries_left in reversed(range(TRIES)):
        try:
            return list(stream(root, kind, query, values))
        except Retry:
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def stream(root: Path, kind: str, query: str, values: Mapping[str, Any] | None = None) -> Iterator[Row]:
    """Yield the rows of a query as `select`, a batch in memory at a time.

    Raises: Retry when a file cannot be read, or no longer.
    """
    files = [str(one.path(root)) for one in counting(all_parts(root, kind))]
    if not files:
        return
    try:
        with _database() as database:
            asked = f"WITH record AS NOT MATERIALIZED ({_rows(kind, '$files')}) {query}"
            given = {**(values or {}), "files": files}
            columns = [row[:2] for row in database.execute(f"DESCRIBE {asked}", given).fetchall()]
            names = [name for name, _ in columns]
            # as moments of Python only some versions of duckdb give them without another package
            moments = [name for name, type_ in columns if type_ == "TIMESTAMP WITH TIME ZONE"]
            plain = ", ".join(
                f'epoch_us("{name}") AS "{name}"' if name in moments else f'"{name}"' for name in names
            )
            found = database.execute(f"SELECT {plain} FROM ({asked})", given)
            while batch := found.fetchmany(BATCH):
                for values_ in batch:
                    row = dict(zip(names, values_, strict=True))
                    for name in moments:
                        row[name] = None if row[name] is None else moment(row[name])
                    yield row
    except duckdb.IOException as error:
        raise Retry(f"record {root}: {error}") from error


def _rows(kind: str, files: str) -> str:
    # other versions wrote other columns: theirs are kept, and of ours NULL is what a file has not
    typed = ", ".join(f'NULL::{words} AS "{name}"' for name, words in KINDS[kind].columns.items())
    files = f"SELECT * FROM read_parquet({files}, union_by_name = true)"
    return f"SELECT {typed} WHERE false UNION ALL BY NAME {files}"


def _copy(root: Path, part: Part, source: str, given: str | list[str]) -> Path:
    kind = KINDS[part.kind]
    path, beside = part.path(root), _beside(root, part, PARTIAL)
    try:
        with _database() as database:
            order = ", ".join(f'"{name}"' for name in kind.order)
            place = str(beside).replace("'", "''")
            database.execute(
                f"COPY (SELECT * FROM {source} ORDER BY {order}) TO '{place}'"
                f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP_ROWS})",
                {"source": given},
            )
        publish(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _beside(root: Path, part: Part, ending: str) -> Path:
    path = part.path(root)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.with_name(f".{path.name}{ending}")


@contextmanager
def _database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'")
        yield database
