"""The settings of how prices are judged: what is plausible, what is value, what a bet costs where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from pydantic import Field

from mispriced.domain.margin import Method
from mispriced.domain.plausibility import FARTHEST
from mispriced.domain.settlement import NOT_VERIFIED, Abandoned, Period, Policy
from mispriced.domain.value import ALPHA, LEAST_BOOKS, Strategy
from mispriced.settings.strict import Strict


class DetectionSettings(Strict):
    """What counts as found."""

    hold_off_s: float = Field(
        default=30, ge=0, description="a live score leaves out results once it has stood so long"
    )
    confirm: Literal["off", "reread"] = Field(
        default="off", description='"reread": the legs of a surebet are read again before it is told'
    )
    confirm_s: float = Field(
        default=20, gt=0, description="a surebet that is not confirmed so long after it was found is given up"
    )


class ValueSettings(Strict):
    """When a price is called value; how fair prices are made is in docs/fair-prices.md."""

    strategy: Strategy = Field(
        default="leave_one_out",
        description="consensus: the best price against the mean of all; "
        "leave_one_out: each against the fair probability of the others",
    )
    method: Method = Field(default="shin", description="how margins are taken out, of leave_one_out")
    alpha: float = Field(
        default=ALPHA, ge=0, lt=1, description="the margin in a mean price, as a probability, of consensus"
    )
    least_books: int = Field(
        default=LEAST_BOOKS, ge=2, description="independent bookmakers that must price the market"
    )
    least_edge: float = Field(default=0.02, ge=0, description="expected profit per unit staked to be shown")
    kelly_part: float = Field(default=0.25, gt=0, le=1, description="part of the full Kelly stake shown")
    clones: tuple[frozenset[str], ...] = Field(
        default=(), description="groups of bookmakers that are one voice: one owner, one feed of odds"
    )


class PlausibilitySettings(Strict):
    """Which prices are flagged as likely wrong, and whether detection may use them."""

    detect_flagged: bool = Field(default=False, description="flagged prices take part in detection")
    farthest: float = Field(
        default=FARTHEST, gt=0, description="logits of 1/price that a price may be away from the others"
    )
    overrounds: Mapping[str, tuple[float, float]] = Field(
        default={}, description="lowest and highest margin, by BookieAlpha/three_way or by market"
    )


class TaxSettings(Strict):
    """Tax rates that hold from a day on, as parts of 1."""

    since: date = Field(description="the first day on which they hold")
    on_stake: Decimal = Field(default=Decimal(0), ge=0, lt=1, description="part of a stake that is tax")
    on_winnings: Decimal = Field(default=Decimal(0), ge=0, le=1, description="of the payout less the stake")
    on_deposit: Decimal = Field(default=Decimal(0), ge=0, lt=1, description="of money paid in")
    on_withdrawal: Decimal = Field(default=Decimal(0), ge=0, le=1, description="of money taken out")
    source: str = Field(default="", description="where they are from")


class TermsSettings(Strict):
    """What bets cost at one bookmaker. Amounts are units of its currency, rates parts of 1."""

    increment: Decimal = Field(
        default=Decimal("0.01"), gt=0, decimal_places=2, description="steps of a stake"
    )
    minimum: Decimal = Field(default=Decimal("0.01"), gt=0, decimal_places=2, description="of a bet")
    maximum: Decimal | None = Field(default=None, gt=0, decimal_places=2, description="of a bet")
    bankroll: Decimal | None = Field(default=None, gt=0, decimal_places=2, description="of all bets there")
    commission_on_winnings: Decimal = Field(default=Decimal(0), ge=0, le=1, description="taken from a payout")
    commission_on_stake: Decimal = Field(default=Decimal(0), ge=0, description="paid beside a stake")
    country: Literal["", "kenya"] = Field(default="", description="whose taxes are reckoned; empty is none")
    tax: tuple[TaxSettings, ...] = Field(default=(), description="instead of the country's")
    buy: Decimal = Field(default=Decimal(1), gt=0, description="what one unit of its currency costs in yours")
    sell: Decimal = Field(
        default=Decimal(1), gt=0, description="what one unit of its currency is worth in yours"
    )


class RulesSettings(Strict):
    """How a bookmaker settles, by BookieAlpha, or by BookieAlpha/btts for one market."""

    period: Period = Field(default="90 minutes", description="what counts")
    abandoned: Abandoned = Field(default="unknown", description="bets on a match that is broken off for good")
    resumed_within_h: int | None = Field(
        default=None, ge=0, description="hours within which a postponed match still counts; default: unknown"
    )
    source: str = Field(default=NOT_VERIFIED, description="where the rules were read")


class SettlementSettings(Strict):
    """Which legs may stand against each other."""

    policy: Policy = Field(
        default="refuse", description="legs of different rules: refuse, or show them with the difference"
    )
    rules: Mapping[str, RulesSettings] = Field(default={}, description="by bookmaker, or bookmaker/market")


SECTIONS: Final[Mapping[str, type[Strict]]] = {
    "detection": DetectionSettings,
    "value": ValueSettings,
    "plausibility": PlausibilitySettings,
    "tax": TaxSettings,
    "terms": TermsSettings,
    "rules": RulesSettings,
    "settlement": SettlementSettings,
}
"""By the key of the file; what stands within another before it."""
