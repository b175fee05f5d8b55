"""The settings of alerts: what is told to whom, and when not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from mispriced.settings.strict import Strict


class TargetSettings(Strict):
    """Who is told: a service by its apprise address, or a webhook by https:// (http:// on loopback)."""

    url: SecretStr = Field(description="such as ntfy://topic, discord://id/token, or https://host/path")
    secret: SecretStr | None = Field(
        default=None, description="of a webhook: its requests are signed, HMAC-SHA256"
    )


class AlertSettings(Strict):
    """Alerts are on when there is a target."""

    targets: Mapping[str, TargetSettings] = Field(default={}, description="by a name of your own")
    kinds: tuple[Literal["surebet"], ...] = Field(default=("surebet",), description="kinds of opportunities")
    total: Decimal = Field(
        default=Decimal(100), gt=0, decimal_places=2, description="what is staked in the reckoning"
    )
    least_profit: float = Field(
        default=0.01, description="guaranteed profit after taxes and rounding, as a part of what is paid"
    )
    bookmakers: tuple[str, ...] = Field(
        default=(), description="every leg must be at one of these; empty is all"
    )
    competitions: tuple[str, ...] = Field(default=(), description="only these; empty is all")
    suspicious: bool = Field(default=False, description="flagged opportunities too")
    quiet: str = Field(default="", description="hours without alerts, such as 22:00-07:00")
    zone: str = Field(default="UTC", description="the zone of the quiet hours")
    cooldown_s: float = Field(
        default=60, ge=0, description="an opportunity is not told of again so soon; that it closed is"
    )
    most_per_hour: int = Field(
        default=30, ge=1, description="openings and changes an hour; what is over is counted in the log"
    )
    give_up_s: float = Field(default=3600, gt=0, description="what could not be sent for so long is buried")
    link: str = Field(default="http://127.0.0.1:8765/", description="the page's address in a message")

    @field_validator("quiet")
    @classmethod
    def _is_from_to(cls, text: str) -> str:
        try:
            quiet_hours(text)
        except ValueError as error:
            raise ValueError("must be two times such as 22:00-07:00") from error
        return text

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be a zone of the tz database, such as Africa/Nairobi or UTC") from error
        return name


def quiet_hours(text: str) -> tuple[time, time] | None:
    """Return from when until when it is quiet, None where never.

    >>> quiet_hours("22:00-07:00")
    (datetime.time(22, 0), datetime.time(7, 0))
    """
    if not text:
        return None
    start, _, end = text.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)
