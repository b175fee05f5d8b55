"""The API's odds of a match, by company; a broken row costs itself.

An answer holds up to some ten thousand rows, so a company's are decoded at once, and one by one only
where one of them is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw

from mispriced.bookmakers.contract import Skipped, item_start
from mispriced.errors import unknown
from mispriced.exchange import Payload
from mispriced.livedata.answers import Answer, answered, decode_item, read_table
from mispriced.livedata.forms import CompanyOdds, Market, OddsChange, RawTables, Row, WholeTables

MARKETS: Final[Mapping[str, Market]] = {
    "eu": "money_line",
    "asia": "spread",
    "bs": "over_under",
    "cr": "corners",
}
"""The API's name of an array -> the market."""


def parse_odds(payload: Payload) -> Answer[CompanyOdds]:
    """Return a match's odds by company; of a broken row only its company's array is poorer."""
    table = read_table(payload)
    if table.outcome != "ok":
        return Answer(outcome=table.outcome, reason=table.reason)
    found: list[CompanyOdds] = []
    skipped: list[Skipped] = []
    for company_id, tables in table.found:
        try:
            odds = _company(company_id, tables, skipped)
        except (msgspec.DecodeError, ValueError) as error:
            skipped.append(Skipped(f"odds: company {company_id:.20}: {error}", item_start(tables)))
        else:
            if odds.money_line or odds.spread or odds.over_under or odds.corners:
                found.append(odds)
    return answered(found, skipped)


def parse_odds_live(payload: Payload) -> Answer[OddsChange]:
    """Return the prices that changed in the last minute, of all matches and companies.

    A change is match id, array name, `[changed_at, minute, "v1,v2,v3,sealed", status]`, score.

    Source: the vendor's description; no answer of this end point is recorded.
    """
    table = read_table(payload)
    if table.outcome != "ok":
        return Answer(outcome=table.outcome, reason=table.reason)
    found: list[OddsChange] = []
    skipped: list[Skipped] = []
    for company_id, changes in table.found:
        for change in _changes(company_id, changes, skipped):
            try:
                found.append(_change(company_id, change))
            except (msgspec.DecodeError, ValueError) as error:
                skipped.append(Skipped(f"odds_live: company {company_id:.20}: {error}", item_start(change)))
    return answered(found, skipped)


def _company(company_id: str, tables: Raw, skipped: list[Skipped]) -> CompanyOdds:
    try:
        whole = decode_item(tables, WholeTables)
    except msgspec.ValidationError:
        by_row = decode_item(tables, RawTables)
        rows = {
            market: _sound(company_id, name, getattr(by_row, name), skipped)
            for name, market in MARKETS.items()
        }
        return CompanyOdds(company_id=company_id, **rows)
    return CompanyOdds(
        company_id=company_id,
        money_line=whole.eu,
        spread=whole.asia,
        over_under=whole.bs,
        corners=whole.cr,
    )


def _sound(company_id: str, name: str, raw: list[Raw], skipped: list[Skipped]) -> tuple[Row, ...]:
    rows: list[Row] = []
    broken: list[tuple[msgspec.DecodeError, Raw]] = []
    for one in raw:
        try:
            rows.append(decode_item(one, Row))
        except msgspec.DecodeError as error:
            broken.append((error, one))
    if broken:
        why, first = broken[0]
        count = f"{len(broken)} of {len(raw)} rows of {name}"
        skipped.append(Skipped(f"odds: company {company_id:.20}: {count}: {why}", item_start(first)))
    return tuple(rows)


def _changes(company_id: str, rows: Raw, skipped: list[Skipped]) -> list[Raw]:
    """Return the rows of a company, none when they are no list."""
    try:
        return decode_item(rows, list[Raw])
    except msgspec.DecodeError as error:
        skipped.append(Skipped(f"odds_live: company {company_id:.20}: {error}", item_start(rows)))
        return []


def _change(company_id: str, change: Raw) -> OddsChange:
    match_id, name, (changed_at, at_minute, printed, status_id), score = decode_item(
        change, tuple[str, str, tuple[int, str, str, int], str]
    )
    if name not in MARKETS:
        raise ValueError(unknown("array", name, MARKETS))
    # As JSON, so that nothing that is no plain number passes.
    first, second, third, sealed = msgspec.json.decode(f"[{printed}]", type=tuple[float, float, float, int])
    row = msgspec.convert([changed_at, at_minute, first, second, third, status_id, sealed, score], Row)
    return OddsChange(match_id=match_id, company_id=company_id, market=MARKETS[name], row=row)
