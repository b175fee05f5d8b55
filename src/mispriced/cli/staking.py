"""`mispriced stakes`: integer stakes on a surebet, or on legs that are typed, and what they leave at worst.

Amounts are currency units on the command line and when shown, minor units (a hundredth) inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Usage, unknown

if TYPE_CHECKING:
    from mispriced.domain.stakes import Bet, Staking
    from mispriced.domain.terms import Terms
    from mispriced.settings.model import Settings

LEG: Final = re.compile(r"(?P<bookmaker>[^:=]+):(?P<market>[^:=]+):(?P<outcome>[^:=]+)=(?P<price>[^=]+)")
MINOR: Final = 100  # minor units of a currency unit


@app.command()
def stakes(
    opportunity_id: Annotated[str, typer.Argument(metavar="ID", help="Of `mispriced surebets`.")] = "",
    total: Annotated[str, typer.Option("--total", help="What is staked at most, in currency units.")] = "100",
    leg: Annotated[
        list[str] | None,
        typer.Option("--leg", help="A bet instead of an ID: BOOKMAKER:three_way:1=2.10, once for each."),
    ] = None,
    towards: Annotated[
        str, typer.Option("--towards", help="All profit on this outcome, the others return what was paid.")
    ] = "",
    fixed: Annotated[
        list[str] | None, typer.Option("--fixed", help="A stake that is placed: 1=50, in its currency.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show stakes in whole increments, with taxes and limits, and what the worst result leaves."""
    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.domain.markets import RESULTS
    from mispriced.domain.stakes import stake
    from mispriced.settings import load

    if bool(opportunity_id) == bool(leg):
        raise Usage("give the ID of a surebet, or each bet as --leg BOOKMAKER:MARKET:OUTCOME=PRICE")
    settings, today = load(config), SystemClock().now().date()
    typed = [_leg(text) for text in leg] if leg else _legs_of(opportunity_id, config)
    placed = _fixed(fixed or (), [one[2] for one in typed])
    try:
        bets = [_bet(one, placed, settings, today) for one in typed]
        found = stake(bets, _minor(total, "--total"), frozenset(RESULTS), towards or None)
    except ValueError as error:
        raise Usage(str(error)) from error
    if as_json:
        show.print_json(_facts(found))
    else:
        for line in _lines(found):
            typer.echo(show.clean(line))


def terms_of(settings: Settings, bookmaker: str, today: date) -> Terms:
    """Return a bookmaker's terms with the taxes that are in force, without regard to its name's case."""
    from mispriced.domain.terms import Tax, Terms, tax_at
    from mispriced.settings.judging import TermsSettings

    given = next(
        (one for name, one in settings.terms.items() if name.casefold() == bookmaker.casefold()),
        TermsSettings(),
    )
    own = max((one for one in given.tax if one.since <= today), key=lambda one: one.since, default=None)
    tax = None
    if own is not None:
        rates = {
            name: Fraction(getattr(own, name))
            for name in ("on_stake", "on_winnings", "on_deposit", "on_withdrawal")
        }
        tax = Tax(since=own.since, source=own.source, **rates)
    elif given.country and not given.tax:
        tax = tax_at(given.country, today)
    return Terms(
        increment=int(given.increment * MINOR),
        minimum=int(given.minimum * MINOR),
        maximum=None if given.maximum is None else int(given.maximum * MINOR),
        bankroll=None if given.bankroll is None else int(given.bankroll * MINOR),
        commission_on_winnings=Fraction(given.commission_on_winnings),
        commission_on_stake=Fraction(given.commission_on_stake),
        tax=tax,
        buy=Fraction(given.buy),
        sell=Fraction(given.sell),
    )


Typed = tuple[str, Any, str, Fraction]
"""Bookmaker, market, outcome, price."""


def _leg(text: str) -> Typed:
    from mispriced.domain.markets import MARKETS, outcomes

    found = LEG.fullmatch(text)
    if found is None:
        raise Usage(f"--leg {text!r} is not of the form BOOKMAKER:three_way:1=2.10")
    market = next((name for name in MARKETS if name == found["market"]), None)
    if market is None:
        raise Usage(unknown("market", found["market"], MARKETS))
    outcome = next((one for one in outcomes(market) if one.casefold() == found["outcome"].casefold()), None)
    if outcome is None:
        raise Usage(unknown(f"outcome of {market}", found["outcome"], outcomes(market)))
    price = _decimal(found["price"], f"price of {outcome}")
    if price <= 1:
        raise Usage(f"price of {outcome} is {found['price']}, must be greater than 1")
    return found["bookmaker"], market, outcome, Fraction(price)


def _legs_of(opportunity_id: str, config: Path | None) -> list[Typed]:
    from mispriced.cli.reading import state_of_store
    from mispriced.cli.wiring import detect_rules
    from mispriced.domain.odds import exact
    from mispriced.pipeline.detect import standing

    with state_of_store(config) as (store, settings, clock):
        found = {one.id: one for one in standing(store, clock.now(), detect_rules(settings))}
    if opportunity_id not in found:
        raise Usage(unknown("surebet", opportunity_id, sorted(found)))
    legs = found[opportunity_id].legs
    return [(one.bookmaker, one.quote.market, one.outcome, exact(one.price)) for one in legs]


def _fixed(given: Sequence[str], outcomes: Sequence[str]) -> dict[str, int]:
    placed = {}
    for text in given:
        outcome, _, amount = text.partition("=")
        if outcome not in outcomes:
            raise Usage(f"--fixed: {unknown('outcome', outcome, outcomes)}")
        placed[outcome] = _minor(amount, f"--fixed {outcome}")
    return placed


def _bet(typed: Typed, placed: Mapping[str, int], settings: Settings, today: date) -> Bet:
    from mispriced.domain.markets import MARKETS
    from mispriced.domain.stakes import Bet

    bookmaker, market, outcome, price = typed
    return Bet(
        outcome=outcome,
        bookmaker=bookmaker,
        price=price,
        results=MARKETS[market].paid[outcome],
        terms=terms_of(settings, bookmaker, today),
        fixed=placed.get(outcome),
    )


def _decimal(text: str, what: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Usage(f"{what} is {text!r}, must be a number")
    return value


def _minor(text: str, what: str) -> int:
    amount = _decimal(text, what) * MINOR
    if amount <= 0 or amount != int(amount):
        raise Usage(f"{what} is {text}, must be greater than 0 and of at most two decimals")
    return int(amount)


def _facts(found: Staking) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "is_surebet": found.is_surebet,
        "guaranteed": _units(found.guaranteed),
        "optimum": round(float(found.optimum) / MINOR, 6),
        "cost": _units(found.cost),
        "bets": [
            {
                "outcome": one.bet.outcome,
                "bookmaker": one.bet.bookmaker,
                "price": float(one.bet.price),
                "stake": _units(one.stake),
                "cost": _units(one.cost),
                "payout": _units(one.payout),
                "tax": _tax(one.bet.terms),
            }
            for one in found.bets
        ],
        "profits": {_said(result): _units(profit) for result, profit in found.profits.items()},
    }


def _lines(found: Staking) -> list[str]:
    lines = [
        f"{one.bet.outcome:>3} {float(one.bet.price)} at {one.bet.bookmaker}: stake {_units(one.stake)}, "
        f"costs {_units(one.cost)}, pays {_units(one.payout)}; {_tax(one.bet.terms)}"
        for one in found.bets
    ]
    lines += [f"{_said(result)}: {_units(profit, '+')}" for result, profit in found.profits.items()]
    worst = f"{_units(found.guaranteed, '+')} of {_units(found.cost)} at worst"
    before = f"{float(found.optimum) / MINOR:+.2f} without increments and rounding"
    return [*lines, f"{found.verdict}: {worst}, {before}"]


def _tax(terms: Terms) -> str:
    return "no tax reckoned" if terms.tax is None else f"tax since {terms.tax.since}: {terms.tax.source}"


def _said(result: tuple[str, bool]) -> str:
    return f"{result[0]}, {'both score' if result[1] else 'not both score'}"


def _units(minor: int, sign: str = "") -> str:
    return f"{Decimal(minor) / MINOR:{sign}.2f}"
