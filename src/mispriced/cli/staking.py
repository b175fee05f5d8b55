"""`mispriced stakes`: stakes on a surebet, or on legs that are typed, and what they leave at worst."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Usage, unknown

if TYPE_CHECKING:
    from mispriced.domain.model import Score
    from mispriced.domain.terms import Terms
    from mispriced.pipeline.views.stakes import StakeLeg, StakingRow
    from mispriced.settings.model import Settings

LEG: Final = re.compile(r"(?P<bookmaker>[^:=]+):(?P<market>[^:=]+):(?P<outcome>[^:=]+)=(?P<price>[^=]+)")


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
    increment: Annotated[str, typer.Option("--increment", help="Round every stake to this.")] = "",
    commission: Annotated[
        str, typer.Option("--commission", help="Per cent of winnings, at every bookmaker.")
    ] = "",
    tax: Annotated[str, typer.Option("--tax", help="none, or a country: kenya.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show stakes in whole increments, with taxes and limits, and what the worst result leaves.

    Increment, commission and tax are those of `terms` in the settings unless they are given.
    """
    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.pipeline.views.stakes import Asked, staked
    from mispriced.settings import load

    if bool(opportunity_id) == bool(leg):
        raise Usage("give the ID of a surebet, or each bet as --leg BOOKMAKER:MARKET:OUTCOME=PRICE")
    settings = load(config)
    legs, score = ([_leg(text) for text in leg], None) if leg else _legs_of(opportunity_id, config)
    asked = Asked(
        total=total, towards=towards, fixed=fixed or (), increment=increment, commission=commission, tax=tax
    )
    found = staked(legs, score, asked, partial(terms_of, settings), SystemClock().now().date())
    if as_json:
        show.print_json(found)
    else:
        for line in _lines(found):
            typer.echo(show.clean(line))


def terms_of(settings: Settings, bookmaker: str, today: date) -> Terms:
    """Return a bookmaker's terms with the taxes that are in force, without regard to its name's case."""
    from mispriced.domain.terms import Tax, Terms, tax_at
    from mispriced.pipeline.views.stakes import MINOR
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
    elif given.country:
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


def _leg(text: str) -> StakeLeg:
    from mispriced.domain.markets import MARKETS, outcomes
    from mispriced.pipeline.views.stakes import StakeLeg, number

    found = LEG.fullmatch(text)
    if found is None:
        raise Usage(f"--leg {text!r} is not of the form BOOKMAKER:three_way:1=2.10")
    market = next((name for name in MARKETS if name == found["market"]), None)
    if market is None:
        raise Usage(unknown("market", found["market"], MARKETS))
    outcome = next((one for one in outcomes(market) if one.casefold() == found["outcome"].casefold()), None)
    if outcome is None:
        raise Usage(unknown(f"outcome of {market}", found["outcome"], outcomes(market)))
    price = number(found["price"], f"price of {outcome}")
    if price <= 1:
        raise Usage(f"price of {outcome} is {found['price']}, must be greater than 1")
    return StakeLeg(found["bookmaker"], market, outcome, Fraction(price))


def _legs_of(opportunity_id: str, config: Path | None) -> tuple[list[StakeLeg], Score | None]:
    from mispriced.cli.reading import state_of_store
    from mispriced.cli.wiring import detect_rules
    from mispriced.pipeline.detect import standing
    from mispriced.pipeline.views.stakes import legs_of

    with state_of_store(config) as (store, settings, clock):
        found = {one.id: one for one in standing(store, clock.now(), detect_rules(settings))}
    if opportunity_id not in found:
        raise Usage(unknown("surebet", opportunity_id, sorted(found)))
    chosen = found[opportunity_id]
    return legs_of(chosen.legs), chosen.score or None


def _lines(found: StakingRow) -> list[str]:
    lines = [
        f"{one.outcome:>3} {one.price} at {one.bookmaker}: stake {one.stake}, "
        f"costs {one.cost}, pays {one.payout}; {one.tax}"
        for one in found.bets
    ]
    lines += [f"{result}: {_signed(profit)}" for result, profit in found.profits.items()]
    worst = f"{_signed(found.guaranteed)} of {found.cost} at worst"
    return [*lines, f"{found.verdict}: {worst}, {found.optimum:+.2f} without increments and rounding"]


def _signed(amount: str) -> str:
    return amount if amount.startswith("-") else f"+{amount}"
