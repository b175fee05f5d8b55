"""Stakes as people ask for them and are shown them: amounts in currency units, minor units inside.

The command and the API answer with the same row. Not here: which stakes are best (domain/stakes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

import msgspec
from msgspec import Struct

from mispriced.domain.covers import reachable
from mispriced.domain.markets import Market, Result, paid_on
from mispriced.domain.model import Score
from mispriced.domain.odds import exact
from mispriced.domain.stakes import Bet, Staking, stake
from mispriced.domain.terms import TAXES, Terms, tax_at
from mispriced.errors import Usage, unknown
from mispriced.messages import Leg, Opportunity
from mispriced.pipeline.views.rows import LegRow

MINOR: Final = 100  # minor units of a currency unit
TOTAL: Final = "100"  # currency units: what is staked where nothing is said
NO_TAX: Final = "none"

TermsOf = Callable[[str, date], Terms]
"""A bookmaker's terms with the taxes in force on a day."""


class StakeLeg(Struct, frozen=True):
    """A bet to stake on."""

    bookmaker: str
    market: Market
    outcome: str
    price: Fraction


class Asked(Struct, frozen=True, kw_only=True):
    """What is asked for, as it was typed. `fixed`: stakes that are placed, such as 1=50.

    `increment`, `commission` (per cent of winnings) and `tax` (none, or a country's) stand before the terms
    of every bookmaker; empty is as the settings say.
    """

    total: str = TOTAL
    towards: str = ""
    fixed: Sequence[str] = ()
    increment: str = ""
    commission: str = ""
    tax: str = ""


class StakedRow(Struct, frozen=True, kw_only=True):
    """One bet: its stake, what that costs and what it pays, in currency units with two decimals."""

    outcome: str
    bookmaker: str
    price: float
    stake: str
    cost: str
    payout: str
    tax: str


class StakingRow(Struct, frozen=True, kw_only=True):
    """Stakes and what they leave: `profits` by result, `guaranteed` at worst, `optimum` unrounded."""

    verdict: str
    is_surebet: bool
    guaranteed: str
    optimum: float
    cost: str
    bets: list[StakedRow]
    profits: Mapping[str, str]


def legs_of(legs: Iterable[Leg | LegRow]) -> list[StakeLeg]:
    """Return the bets of an opportunity's legs."""
    return [StakeLeg(one.bookmaker, one.market, one.outcome, exact(one.price)) for one in legs]


def staked(
    legs: Sequence[StakeLeg], score: Score | None, asked: Asked, terms: TermsOf, today: date
) -> StakingRow:
    """Return stakes on the legs, which cover what can still come from `score`.

    Raises: Usage saying what of it cannot be.
    """
    total = minor(asked.total, "total")
    placed = _placed(asked.fixed, [one.outcome for one in legs])
    try:
        bets = [
            Bet(
                outcome=one.outcome,
                bookmaker=one.bookmaker,
                price=one.price,
                results=paid_on(one.outcome),
                terms=_changed(terms(one.bookmaker, today), asked, today),
                fixed=placed.get(one.outcome),
            )
            for one in legs
        ]
        return _row(stake(bets, total, reachable(score), asked.towards or None))
    except ValueError as error:
        raise Usage(str(error)) from error


def after_rounding(opportunity: Opportunity, terms: TermsOf, today: date) -> float | None:
    """Return what stakes of `TOTAL` leave at worst per unit they cost; None where no stakes are possible."""
    score = opportunity.score or None
    try:
        found = staked(legs_of(opportunity.legs), score, Asked(), terms, today)
    except Usage:
        return None
    return float(Decimal(found.guaranteed) / Decimal(found.cost))


def minor(text: str, what: str) -> int:
    """Return an amount in minor units.

    Raises: Usage for what is no amount greater than 0.
    """
    amount = number(text, what) * MINOR
    if amount <= 0 or amount != int(amount):
        raise Usage(f"{what} is {text}, must be greater than 0 and of at most two decimals")
    return int(amount)


def number(text: str, what: str) -> Decimal:
    """Return a number as it was typed.

    Raises: Usage for what is none.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Usage(f"{what} is {text!r}, must be a number")
    return value


def _placed(given: Sequence[str], outcomes: Sequence[str]) -> dict[str, int]:
    placed = {}
    for text in given:
        outcome, _, amount = text.partition("=")
        if outcome not in outcomes:
            raise Usage(f"fixed: {unknown('outcome', outcome, outcomes)}")
        placed[outcome] = minor(amount, f"fixed {outcome}")
    return placed


def _changed(terms: Terms, asked: Asked, today: date) -> Terms:
    changes: dict[str, Any] = {}
    if asked.increment:
        changes["increment"] = minor(asked.increment, "increment")
    if asked.commission:
        percent = number(asked.commission, "commission")
        if not 0 <= percent <= 100:
            raise Usage(f"commission is {asked.commission}, must be 0 to 100 per cent")
        changes["commission_on_winnings"] = Fraction(percent) / 100
    if asked.tax == NO_TAX:
        changes["tax"] = None
    elif asked.tax in TAXES:
        changes["tax"] = tax_at(asked.tax, today)
    elif asked.tax:
        raise Usage(unknown("tax", asked.tax, [NO_TAX, *TAXES]))
    return msgspec.structs.replace(terms, **changes)


def _row(found: Staking) -> StakingRow:
    return StakingRow(
        verdict=found.verdict,
        is_surebet=found.is_surebet,
        guaranteed=_units(found.guaranteed),
        optimum=round(float(found.optimum) / MINOR, 6),
        cost=_units(found.cost),
        bets=[
            StakedRow(
                outcome=one.bet.outcome,
                bookmaker=one.bet.bookmaker,
                price=float(one.bet.price),
                stake=_units(one.stake),
                cost=_units(one.cost),
                payout=_units(one.payout),
                tax=_tax(one.bet.terms),
            )
            for one in found.bets
        ],
        profits={_said(result): _units(profit) for result, profit in found.profits.items()},
    )


def _tax(terms: Terms) -> str:
    return "no tax reckoned" if terms.tax is None else f"tax since {terms.tax.since}: {terms.tax.source}"


def _said(result: Result) -> str:
    return f"{result[0]}, {'both score' if result[1] else 'not both score'}"


def _units(amount: int) -> str:
    return f"{Decimal(amount) / MINOR:.2f}"
