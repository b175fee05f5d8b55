"""Where the page and the API are served, and to whom."""

from __future__ import annotations

from typing import Final

from pydantic import Field, SecretStr, field_validator

from mispriced.settings.strict import Strict

WEB_TOKEN: Final = "MISPRICED_WEB_TOKEN"  # environment name; with _FILE at its end of a file with the token
SHORTEST_TOKEN: Final = 16  # characters; a shorter one can be guessed over a network


class WebSettings(Strict):
    """The page and the API."""

    host: str = Field(
        default="127.0.0.1", description="the address to listen on; beyond loopback only with a token"
    )
    port: int = Field(
        default=8765,
        ge=0,
        le=65535,
        description="the port; a taken one is replaced by the next free one; 0: any",
    )
    token: SecretStr | None = Field(
        default=None,
        description=f"asked of everybody where it is set, at least {SHORTEST_TOKEN} characters",
    )
    hosts: tuple[str, ...] = Field(
        default=(), description="further names under which the page may be asked for, without a port"
    )
    strict_v4: bool = Field(default=False, description="/v4 without our own fields, which begin with x_")

    @field_validator("token")
    @classmethod
    def _long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"is too short, must have at least {SHORTEST_TOKEN} characters")
        return token
