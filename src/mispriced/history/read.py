"""What the record answers: the prices of a match, and what came of opportunities and margins.

Every answer is empty where nothing is recorded. Times are those of the quotes and verdicts. What passed in
the last `record.flush_s` seconds may not be in the files yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any, Final, TypeVar, get_args

import msgspec
from msgspec import Struct

from mispriced.domain.markets import MARKETS, Market, outcomes, paid_outcomes
from mispriced.history import parquet
from mispriced.history.rows import Row
from mispriced.pipeline.views.past import Board, Hour, Margin, Price, Survival

Answer = TypeVar("Answer", bound=Struct)


class Health(Struct, frozen=True, kw_only=True):
    """A worker's last recorded heartbeat, and how often it was sampled."""

    worker: str
    at: datetime
    handled: int
    buried: int
    failed: int
    samples: int


class Period(Struct, frozen=True, kw_only=True):
    """From when on and until when; None is without limit."""

    since: datetime | None = None
    until: datetime | None = None

    def where(self, column: str) -> tuple[str, dict[str, Any]]:
        """Return the condition on a column with its values."""
        given = {"since": (">=", self.since), "until": ("<", self.until)}
        parts = {name: (sign, one) for name, (sign, one) in given.items() if one is not None}
        text = " AND ".join([f"{column} {sign} ${name}::TIMESTAMPTZ" for name, (sign, _) in parts.items()])
        return text or "true", {name: one.isoformat() for name, (_, one) in parts.items()}


ALWAYS: Final = Period()
SURVIVED_S: Final = (5, 15, 60, 300)  # seconds: a person needs some thirty to place two bets

# ids compare as two numbers
NUMBERS: Final = "split_part(id, '-', 1)::BIGINT, split_part(id, '-', 2)::BIGINT"
ORDER: Final = f'"at", {NUMBERS}'


def quotes(root: Path, match_id: str, market: Market | None = None, period: Period = ALWAYS) -> list[Price]:
    """Return every change of the prices of a match, by market, bookmaker and time."""
    during, values = period.where("seen_at")
    of_market = "AND market = $market" if market else ""
    rows = parquet.select(
        root,
        "quotes",
        f"""SELECT bookmaker, market, source, seen_at, before, prices, suspended, score FROM record
        WHERE match_id = $match_id {of_market} AND {during} ORDER BY market, bookmaker, seen_at, id""",
        {"match_id": match_id, **values, **({"market": market} if market else {})},
    )
    return _answers(rows, Price)


def board(root: Path, at: datetime) -> list[Board]:
    """Return what every bookmaker offered at a moment: the last change of each before it, not kicked off.

    Upcoming quotes alone: nobody offers them once the match has begun. The last is that of the bookmaker's
    own event, whichever match it was of, and its kick-off counts.
    """
    rows = parquet.select(
        root,
        "quotes",
        f"""SELECT match_id, bookmaker, market, source, home, away, competition, country, category, kickoff,
            seen_at, prices
        FROM record WHERE kickoff > $at::TIMESTAMPTZ AND (bookmaker, source, event_id, market, id) IN (
            SELECT (bookmaker, source, event_id, market, arg_max(id, (seen_at, {NUMBERS})))
            FROM record WHERE seen_at <= $at::TIMESTAMPTZ AND source = 'upcoming'
            GROUP BY bookmaker, source, event_id, market)
        ORDER BY match_id, bookmaker, market""",
        {"at": at.isoformat()},
    )
    return _answers(rows, Board)


def moments(root: Path, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when prices last changed at or before a moment, and next after it."""
    [row] = parquet.select(
        root,
        "quotes",
        """SELECT max(seen_at) FILTER (seen_at <= $at::TIMESTAMPTZ) AS before,
            min(seen_at) FILTER (seen_at > $at::TIMESTAMPTZ) AS after FROM record""",
        {"at": at.isoformat()},
    ) or [{"before": None, "after": None}]
    return row["before"], row["after"]


def opportunities(root: Path, period: Period = ALWAYS) -> list[Hour]:
    """Return what opened and closed, by hour."""
    during, values = period.where('"at"')
    rows = parquet.select(
        root,
        "opportunities",
        f"""SELECT date_trunc('hour', "at") AS hour, count(*) FILTER (state = 'opened') AS opened,
            count(*) FILTER (state = 'closed') AS closed,
            max(profit) FILTER (state = 'opened') AS best_profit
        FROM record WHERE {during} GROUP BY hour ORDER BY hour""",
        values,
    )
    return _answers(rows, Hour)


def survival(root: Path, period: Period = ALWAYS) -> list[Survival]:
    """Return how long surebets stood by the bookmakers between which they opened, the most frequent first."""
    during, values = period.where('"at"')
    survived = ", ".join(f"avg((stood_s >= {one})::INTEGER) AS after_{one}" for one in SURVIVED_S)
    rows = parquet.select(
        root,
        "opportunities",
        f"""SELECT array_to_string(bookmakers, ' + ') AS bookmakers, count(*) AS opened,
            count(stood_s) AS closed, median(stood_s) AS median_s, max(stood_s) AS longest_s,
            max(profit) AS best_profit, {survived}
        FROM (SELECT *, epoch(lead("at") OVER same - "at") AS stood_s FROM record
            WHERE state IN ('opened', 'closed') WINDOW same AS (PARTITION BY opportunity ORDER BY {ORDER}))
        WHERE state = 'opened' AND {during} GROUP BY ALL ORDER BY opened DESC, bookmakers""",
        values,
    )
    for row in rows:
        after = {str(one): row.pop(f"after_{one}") for one in SURVIVED_S}
        row["survived"] = {one: part for one, part in after.items() if part is not None}
    return _answers(rows, Survival)


def margins(root: Path, period: Period = ALWAYS) -> list[Margin]:
    """Return each bookmaker's margin by market and source, of quotes in which every outcome is priced."""
    during, values = period.where("seen_at")
    table = ", ".join(f"('{name}', {len(outcomes(name))}, {paid_outcomes(name)})" for name in MARKETS)
    rows = parquet.select(
        root,
        "quotes",
        f"""SELECT bookmaker, market, source, count(*) AS quotes, avg(margin) AS mean, min(margin) AS lowest
        FROM (SELECT *,
                list_sum(list_transform(map_values(prices), lambda price: 1 / price)) / paid - 1 AS margin
            FROM record JOIN (VALUES {table}) AS book(name, priced, paid) ON market = name
            WHERE cardinality(prices) = priced AND {during})
        GROUP BY bookmaker, market, source ORDER BY bookmaker, market, source""",
        values,
    )
    return _answers(rows, Margin)


def health(root: Path, period: Period = ALWAYS) -> list[Health]:
    """Return what workers last said of themselves, by name."""
    during, values = period.where('"at"')
    rows = parquet.select(
        root,
        "health",
        f"""SELECT worker, max("at") AS "at", arg_max(handled, "at") AS handled,
            arg_max(buried, "at") AS buried, arg_max(failed, "at") AS failed, count(*) AS samples
        FROM record WHERE {during} GROUP BY worker ORDER BY worker""",
        values,
    )
    return _answers(rows, Health)


def _answers(rows: Sequence[Row], kind: type[Answer]) -> list[Answer]:
    # a column that another version had not, or by another name, is NULL: what needs it is no answer
    needed = [one.name for one in msgspec.structs.fields(kind) if NoneType not in get_args(one.type)]
    known = [row for row in rows if all(row.get(name, "") is not None for name in needed)]
    return msgspec.convert(known, list[kind])  # type: ignore[valid-type]
