"""A job as the documents write it on a task stream, and back: `bookmaker`, `extractor_type`,
`data_source`, `stream_date`; ours adds `job_id`, `issued_at` and `v`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mispriced.bookmakers import check, find
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Skip, Usage, unknown
from mispriced.exchange import Job

ALL: Final = "all"
VERSION: Final = "1"
LONGEST_FIELD: Final = 200  # bytes; a job's fields are words


def job_fields(
    bookmaker: str, extractor_type: str, source: Source, period: str, job_id: str, issued_at: datetime
) -> dict[str, str]:
    """Return the fields of a job's message."""
    return {
        "bookmaker": bookmaker,
        "extractor_type": extractor_type,
        "data_source": source,
        "stream_date": period,
        "job_id": job_id,
        "issued_at": issued_at.isoformat(),
        "v": VERSION,
    }


def read_job(fields: Mapping[str, bytes], now: datetime) -> Job:
    """Return the job that a message asks for, to be read at `now`.

    Raises: Skip naming the field, its value and what is allowed; the bookmaker is looked up in the
    registry and nothing is imported.
    """
    words = {
        name: _word(fields, name) for name in ("bookmaker", "extractor_type", "data_source", "stream_date")
    }
    source = next((one for one in SOURCES if one == words["data_source"]), None)
    if source is None:
        raise Skip(unknown("data_source", words["data_source"], SOURCES))
    try:
        bookmaker = find(words["bookmaker"])
        markets = _markets(words["extractor_type"], bookmaker.markets.get(source, ()))
        check(bookmaker, source, markets, words["stream_date"])
    except Usage as error:
        raise Skip(str(error)) from error
    return Job(
        bookmaker=bookmaker.name,
        markets=markets,
        source=source,
        period=words["stream_date"],
        day=bookmaker.periods[words["stream_date"]],
        now=now,
        job_id=fields.get("job_id", b"").decode("utf-8", "replace")[:LONGEST_FIELD],
    )


def _markets(extractor_type: str, offered: tuple[Market, ...]) -> tuple[Market, ...]:
    if extractor_type == ALL:
        return offered
    for market in MARKETS:
        if market == extractor_type:
            return (market,)
    raise Skip(unknown("extractor_type", extractor_type, [*MARKETS, ALL]))


def _word(fields: Mapping[str, bytes], name: str) -> str:
    value = fields.get(name)
    if value is None:
        raise Skip(f"field {name} is missing; the message has: {', '.join(sorted(fields)) or 'nothing'}")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Skip(f"field {name} is not UTF-8") from error
    if len(value) > LONGEST_FIELD:
        raise Skip(f"field {name} has {len(value)} bytes, at most {LONGEST_FIELD} are allowed")
    return text
