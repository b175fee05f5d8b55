"""What a bet costs and brings at one bookmaker: increments, limits, commission, taxes, currency.

Everything is reckoned exactly and rounded against the bettor: a cost up, a payout down, each to a whole
minor unit. Not here: how much to stake (stakes).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from msgspec import Struct

NONE: Final = Fraction(0)


class Tax(Struct, frozen=True, kw_only=True):
    """Rates that hold from a day on: of the stake, of winnings, of money paid in and of money taken out.

    `source` says where they are from; a rate that nobody checked says so there.
    """

    since: date
    on_stake: Fraction = NONE
    on_winnings: Fraction = NONE
    on_deposit: Fraction = NONE
    on_withdrawal: Fraction = NONE
    source: str = ""


# Kenya. Before July 2023 the excise duty was 7.5 %, at other times 20 % or none: reckon those with rates of
# your own. Parliament taxes the transfer to and from the betting account since July 2025, no more the bet.
KENYA: Final = (
    Tax(
        since=date(2023, 7, 1),
        on_stake=Fraction(125, 1000),
        on_winnings=Fraction(20, 100),
        source="Finance Act 2023: excise duty 12.5 % of the stake, withholding tax 20 % of payout less stake",
    ),
    Tax(
        since=date(2024, 12, 27),
        on_stake=Fraction(15, 100),
        on_winnings=Fraction(20, 100),
        source="Tax Laws (Amendment) Act 2024: excise duty 15 %; the first day is not verified",
    ),
    Tax(
        since=date(2025, 7, 1),
        on_deposit=Fraction(5, 100),
        on_withdrawal=Fraction(5, 100),
        source="Finance Act 2025: 5 % of each deposit, 5 % of each withdrawal",
    ),
)
TAXES: Final[Mapping[str, Sequence[Tax]]] = {"kenya": KENYA}


class Terms(Struct, frozen=True, kw_only=True):
    """A bookmaker's terms. Amounts are minor units of its currency, rates are parts of 1.

    `minimum` and `maximum` are of a bet, `bankroll` of all bets there. `buy` is what one of its units costs
    in the account's currency and `sell` what one is worth there; the spread is between them.
    """

    increment: int = 1
    minimum: int = 1
    maximum: int | None = None
    bankroll: int | None = None
    commission_on_winnings: Fraction = NONE
    commission_on_stake: Fraction = NONE
    tax: Tax | None = None
    buy: Fraction = Fraction(1)
    sell: Fraction = Fraction(1)

    @property
    def unit_cost(self) -> Fraction:
        """What one unit of stake costs in the account's currency, before rounding."""
        deposit = self.tax.on_deposit if self.tax else NONE
        return (1 + self.commission_on_stake) / (1 - deposit) * self.buy

    def unit_payout(self, price: Fraction) -> Fraction:
        """Return what one unit of stake brings in the account's currency when it wins, before rounding."""
        withdrawal = self.tax.on_withdrawal if self.tax else NONE
        return self._unit_credit(price) * (1 - withdrawal) * self.sell

    def cost(self, stake: int) -> int:
        """Return what a stake costs in the account's minor units, rounded up.

        >>> Terms(tax=KENYA[-1]).cost(9500)
        10000
        """
        charged = math.ceil(stake * (1 + self.commission_on_stake))
        deposit = self.tax.on_deposit if self.tax else NONE
        return math.ceil(charged / (1 - deposit) * self.buy)

    def payout(self, stake: int, price: Fraction) -> int:
        """Return what a winning stake brings in the account's minor units, rounded down.

        Tax on the stake leaves less of it in play; commission and tax on winnings are taken from the payout
        less the stake in play, commission first; the tax on a withdrawal is taken of all.

        >>> Terms(tax=KENYA[1]).payout(10000, Fraction("2.1"))
        15980
        """
        withdrawal = self.tax.on_withdrawal if self.tax else NONE
        credited = math.floor(stake * self._unit_credit(price))
        return math.floor(credited * (1 - withdrawal) * self.sell)

    def least(self) -> int:
        """Return the least stake that the minimum and the increment allow."""
        return max(-(-self.minimum // self.increment), 1) * self.increment

    def most(self) -> int | None:
        """Return the highest stake that maximum, bankroll and increment allow, None without a limit."""
        limits = [one for one in (self.maximum, self.bankroll) if one is not None]
        return min(limits) // self.increment * self.increment if limits else None

    def _unit_credit(self, price: Fraction) -> Fraction:
        """Return what one unit of a winning stake puts on the account at the bookmaker."""
        on_stake = self.tax.on_stake if self.tax else NONE
        on_winnings = self.tax.on_winnings if self.tax else NONE
        in_play = 1 - on_stake
        kept = (1 - self.commission_on_winnings) * (1 - on_winnings)
        return in_play + in_play * (price - 1) * kept


def tax_at(name: str, day: date) -> Tax | None:
    """Return the rates of a country in force on a day, None before the first that is known.

    >>> tax_at("kenya", date(2026, 1, 1)).on_deposit
    Fraction(1, 20)
    """
    return next((tax for tax in reversed(TAXES[name]) if tax.since <= day), None)
