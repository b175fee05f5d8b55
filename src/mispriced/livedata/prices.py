"""A match's odds in a summary: by company, the early minutes and the latest, and which is its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, get_args

from msgspec import Struct

from mispriced.livedata.american import AmericanRow, american
from mispriced.livedata.forms import CompanyOdds, Market, Row
from mispriced.livedata.words import PREFERRED, company_name

MARKETS: Final[tuple[Market, ...]] = get_args(Market)
EARLY: Final = ("2", "3", "4", "5", "6")
"""The minutes of a match whose odds the original keeps."""
DECISIVE: Final[tuple[Market, ...]] = ("money_line", "spread", "over_under")
"""Markets of which a company must have one to be a summary's own."""


class CompanyPrices(Struct, frozen=True, kw_only=True):
    """A company's odds: of each early minute the last row, ascending, and each market's latest row."""

    name: str
    money_line: tuple[Row, ...]
    spread: tuple[Row, ...]
    over_under: tuple[Row, ...]
    corners: tuple[Row, ...]
    latest: Mapping[Market, Row]
    latest_american: Mapping[Market, AmericanRow]

    def rows(self, market: Market) -> tuple[Row, ...]:
        """Return the early rows of a market."""
        rows: tuple[Row, ...] = getattr(self, market)
        return rows


def by_company(odds: Iterable[CompanyOdds]) -> dict[str, CompanyPrices]:
    """Return the prices by company id, in the API's order."""
    return {one.company_id: _prices(one) for one in odds}


def own_company(prices: Mapping[str, CompanyPrices]) -> str | None:
    """Return the id of the company that a summary shows, or None where none has a decisive market.

    The first in the original's order that has odds of the early minutes, else the first that has any.
    """
    rank = {company_id: place for place, company_id in enumerate(PREFERRED)}
    ordered = sorted(prices, key=lambda company_id: rank.get(company_id, len(rank)))
    early = (one for one in ordered if any(prices[one].rows(market) for market in DECISIVE))
    some = (one for one in ordered if any(market in prices[one].latest for market in DECISIVE))
    return next(early, None) or next(some, None)


def early_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the last row of each early minute, ascending."""
    last: dict[str, Row] = {}
    for row in rows:
        if row.minute in EARLY and (row.minute not in last or row.changed_at > last[row.minute].changed_at):
            last[row.minute] = row
    return tuple(last[minute] for minute in EARLY if minute in last)


def _prices(odds: CompanyOdds) -> CompanyPrices:
    rows: dict[Market, tuple[Row, ...]] = {market: getattr(odds, market) for market in MARKETS}
    latest = {market: max(rows[market], key=_changed_at) for market in MARKETS if rows[market]}
    return CompanyPrices(
        name=company_name(odds.company_id),
        money_line=early_rows(odds.money_line),
        spread=early_rows(odds.spread),
        over_under=early_rows(odds.over_under),
        corners=early_rows(odds.corners),
        latest=latest,
        latest_american={market: american(market, row) for market, row in latest.items()},
    )


def _changed_at(row: Row) -> int:
    return row.changed_at
