"""What a strategy would have made of historical odds, by file and in total, and whether that is chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, Literal, cast

import numpy as np
from msgspec import Struct

from mispriced.errors import Usage, unknown
from mispriced.history.odds_table import OddsTable, Snapshot
from mispriced.history.strategies import Bets, Surebets, consensus, profit, surebets, value

Strategy = Literal["surebet", "consensus", "value"]
STRATEGIES: Final[Mapping[Strategy, Callable[[OddsTable], Surebets | Bets]]] = {
    "surebet": surebets,
    "consensus": consensus,
    "value": value,
}
STAKE: Final = 50  # currency units a bet, as in the paper
SIGMAS: Final = 3.0  # a result nearer to nothing than so many standard deviations is called chance
SNAPSHOTS: Final[tuple[Snapshot, ...]] = ("pre", "closing")
COUNTS: Final = ("matches", "quoted", "surebets", "sum_margin", "suspects", "bets", "won", "profit")


class FileResult(Struct, frozen=True, kw_only=True):
    """What a strategy made of one file's prices at one time."""

    odds: OddsTable
    made: Surebets | Bets

    def row(self) -> dict[str, Any]:
        """Return the file's line of the report, as plain values."""
        odds, made = self.odds, self.made
        named = {"season": odds.season, "div": odds.division, "snapshot": odds.snapshot}
        counted = {"matches": odds.matches, "quoted": int(odds.quoted.sum())}
        if isinstance(made, Surebets):
            return {
                **named,
                **counted,
                "surebets": len(made.sums),
                "sum_margin": round(math.fsum(made.margins), 9),
                "suspects": made.suspects,
            }
        return {
            **named,
            **counted,
            "bets": len(made.matches),
            "won": int(made.won.sum()),
            "profit": _cents(profit(made, STAKE)),
        }


def strategy_of(word: str) -> Strategy:
    """Return the strategy of that name.

    Raises: Usage for another word.
    """
    if word not in STRATEGIES:
        raise Usage(f"--strategy: {unknown('strategy', word, STRATEGIES)}")
    return cast("Strategy", word)


def run(strategy: Strategy, tables: Iterable[OddsTable]) -> Iterator[FileResult]:
    """Yield what the strategy makes of each table."""
    decide = STRATEGIES[strategy]
    return (FileResult(odds=odds, made=decide(odds)) for odds in tables)


def report(results: Sequence[FileResult], refused: Mapping[str, str]) -> dict[str, Any]:
    """Return the whole as plain values: a row a file and snapshot, totals, and what was left out.

    `refused` are files that could not be read, with why. In `total` are the sums over all rows, and by
    snapshot; `chance` is there where bets were placed.
    """
    rows = [one.row() for one in results]
    total: dict[str, Any] = _sums(rows)
    for snapshot in SNAPSHOTS:
        mine = [row for row in rows if row["snapshot"] == snapshot]
        if not mine:
            continue
        total[snapshot] = _sums(mine)
        bets = [one.made for one in results if one.odds.snapshot == snapshot and isinstance(one.made, Bets)]
        if bets:
            total[snapshot]["chance"] = chance(bets)
    return {
        "files": rows,
        "total": total,
        "refused": {"files": dict(refused), "rows": _refused_rows(results)},
    }


def chance(bets: Sequence[Bets]) -> dict[str, Any]:
    """Return how far the profit is from nothing, in standard deviations of a bettor without any skill.

    Every bet is then fair: it is won with probability 1/price, so its variance is stake^2 * (price - 1).
    """
    prices = np.concatenate([one.prices for one in bets])
    won = np.concatenate([one.won for one in bets])
    spread = STAKE * math.sqrt(float((prices - 1).sum()))
    made = STAKE * (float(prices[won].sum()) - len(prices))
    sigmas = made / spread if spread else 0.0
    return {
        "sigma": round(sigmas, 3),
        "differs": abs(sigmas) >= SIGMAS,
        "verdict": _verdict(sigmas, len(prices)),
    }


def when(text: str) -> date | None:
    """Return the day of a file's text, dd/mm/yy, dd/mm/yyyy or yyyy-mm-dd; None where it is no date.

    >>> when("13/08/05"), when("2015-07-01 18:30"), when("soon")
    (datetime.date(2005, 8, 13), datetime.date(2015, 7, 1), None)
    """
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year if year > 99 else 2000 + year, month, day)
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _verdict(sigmas: float, bets: int) -> str:
    if not bets:
        return "no bet was placed"
    if abs(sigmas) < SIGMAS:
        return f"does not differ from chance: {sigmas:+.2f} standard deviations, {SIGMAS:.0f} would"
    return f"differs from chance: {sigmas:+.2f} standard deviations, a {'gain' if sigmas > 0 else 'loss'}"


def _sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    totals: dict[str, Any] = {"files": len(rows)}
    for name in COUNTS:
        if rows and name in rows[0]:
            total = math.fsum(row[name] for row in rows)
            totals[name] = round(total, 9) if isinstance(rows[0][name], float) else int(total)
    return totals


def _refused_rows(results: Sequence[FileResult]) -> dict[str, dict[str, int]]:
    found = {}
    for one in results:
        if one.odds.refused:
            found[f"{one.odds.season}/{one.odds.division}"] = dict(one.odds.refused)
    return found


def _cents(amount: Fraction) -> float:
    return float(round(amount, 2))
