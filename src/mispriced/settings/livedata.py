"""The settings of the football cycle, with the documents' limits and thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from mispriced.settings.strict import Strict

PROFILES: Final[Mapping[str, int]] = {"conservative": 15, "balanced": 30, "aggressive": 50}
"""Requests in flight, by the documents' word: 10 to 15, 20 to 30, 50 and more."""

Pair = tuple[float, float]


class ThresholdSettings(Strict):
    """Each a pair: beyond the first is a warning, beyond the second critical."""

    cycle_s: Pair = Field(default=(15.0, 45.0), description="a whole cycle, seconds")
    enrich_s: Pair = Field(default=(8.0, 30.0), description="details, odds, teams, competitions, country")
    errors: Pair = Field(default=(0.05, 0.2), description="failed calls, as a part of all")
    sleep_s: Pair = Field(default=(45.0, 15.0), description="what is left to the next cycle: below")


class LivedataSettings(Strict):
    """The football cycle and the API it reads; on when user and secret are given."""

    base_url: str = Field(
        default="https://api.thesports.com/v1/football", description="the API's address, https or loopback"
    )
    user: SecretStr | None = Field(default=None, description="who asks the API; there is no default")
    secret: SecretStr | None = Field(default=None, description="with which secret; there is no default")
    every_s: float = Field(default=60, gt=0, description="seconds from one cycle's start to the next")
    deadline_s: float = Field(default=50, gt=0, description="a cycle takes no longer; the rest is left over")
    profile: Literal["conservative", "balanced", "aggressive"] = Field(
        default="balanced", description="requests in flight: 15, 30 or 50"
    )
    connections: int | None = Field(
        default=None, ge=1, le=200, description="requests in flight, instead of the profile's"
    )
    timeout_s: float = Field(default=30, gt=0, description="a request with its tries")
    per_minute: Mapping[str, int] = Field(
        default={"odds": 120},
        description="calls a minute of live, details, odds, team, competition, country",
    )
    limit_wait_s: float = Field(
        default=10, ge=0, description="a call waits so long for its minute's limit, then for the next cycle"
    )
    static_s: float = Field(
        default=86_400, gt=0, description="how long teams, competitions and countries are kept"
    )
    fallback: Literal["last-known", "none", "mock"] = Field(
        default="last-known",
        description="what is given when the API fails: the last data marked with their age, nothing, or "
        "made-up matches marked as such, which decide nothing",
    )
    zone: str = Field(default="America/New_York", description="the zone that times are shown in")
    history: int = Field(default=100, ge=1, description="entries of the history file")
    out: Path | None = Field(default=None, description="the folder of the documents; default: none")
    healthy_s: float = Field(
        default=180, gt=0, description="`live health` is well while the last good cycle is no older"
    )
    thresholds: ThresholdSettings = Field(default=ThresholdSettings(), description="when a cycle is not well")

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be a zone of the tz database, such as America/New_York or UTC") from error
        return name

    @field_validator("per_minute")
    @classmethod
    def _is_of_an_end_point(cls, limits: Mapping[str, int]) -> Mapping[str, int]:
        allowed = ("live", "details", "odds", "team", "competition", "country")
        for name, limit in limits.items():
            if name not in allowed or limit < 1:
                raise ValueError(f"{name} = {limit}: 1 or more, of {', '.join(allowed)}")
        return limits

    @property
    def in_flight(self) -> int:
        """Requests in flight."""
        return self.connections or PROFILES[self.profile]
