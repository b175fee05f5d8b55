"""The settings of the Redis or Valkey server, and of the names in it."""

from __future__ import annotations

from pydantic import Field, SecretStr

from mispriced.settings.strict import Strict


class RedisSettings(Strict):
    """A Redis or Valkey server; without one the embedded server is used."""

    url: SecretStr | None = Field(default=None, description="redis://, rediss:// or unix:// address")
    host: str | None = Field(default=None, description="host name, instead of url")
    port: int = Field(default=6379, ge=1, le=65535, description="port")
    db: int = Field(default=0, ge=0, description="database number")
    password: SecretStr | None = Field(default=None, description="password")


class KeySettings(Strict):
    """The names of keys."""

    tag: str = Field(
        default="", description="stands before every name, such as {odds}, for one slot of a cluster"
    )
