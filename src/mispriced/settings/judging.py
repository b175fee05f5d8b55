"""The settings of how prices are judged: what is plausible, what is value."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from mispriced.domain.margin import Method
from mispriced.domain.plausibility import FARTHEST
from mispriced.domain.value import ALPHA, LEAST_BOOKS, Strategy
from mispriced.settings.strict import Strict


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
