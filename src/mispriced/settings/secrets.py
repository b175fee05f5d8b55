"""Which of the settings' values are secret: what is typed as one, and what addresses and headers carry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, SecretStr

# Of a header or a parameter whose value is nobody's business.
SECRET_NAME: Final = re.compile(r"auth|cookie|key|pass|secret|sign|token", re.IGNORECASE)

# A server's address is shown in errors, without what it carries; any other secret address is secret whole.
SHOWN_SCHEMES: Final = ("redis", "rediss", "unix")


def secrets(settings: BaseModel) -> frozenset[str]:
    """Return every value of the settings that must not be shown."""
    return frozenset(one for one in _of("", settings) if one)


def _of(name: str, value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield from _typed(value.get_secret_value())
    elif isinstance(value, str):
        if SECRET_NAME.search(name):
            yield from _header(value)
        yield from _carried(value)
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from _of("", getattr(value, field))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _of(str(key), one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _of(name, one)


def _typed(value: str) -> Iterator[str]:
    if not value.startswith(tuple(f"{scheme}://" for scheme in SHOWN_SCHEMES)):
        yield value
    yield from _carried(value)


def _header(value: str) -> Iterator[str]:
    """Yield a header's value, and what stands in it after a scheme (`Bearer ...`) or a name (`sid=...`)."""
    yield value
    scheme, _, rest = value.partition(" ")
    if rest and scheme.isalpha():
        yield rest
    for part in value.split(";"):
        if part.partition("=")[2]:
            yield part.partition("=")[2].strip()


def _carried(address: str) -> Iterator[str]:
    """Yield what an address carries: the password, or a user that stands alone, and secret parameters."""
    if "://" not in address:
        return
    try:
        parts = urlsplit(address)
        user, password = parts.username, parts.password
    except ValueError:
        yield address  # it cannot be taken apart, so nothing of it is shown
        return
    alone = user if not password else None
    for one in (password, alone):
        if one:
            yield one
            yield unquote(one)
    for name, value in parse_qsl(parts.query):
        if SECRET_NAME.search(name):
            yield value
