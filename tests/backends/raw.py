"""A document as its server has it, whichever way it is laid out."""

from __future__ import annotations

import json

from mispriced.backends.connection import Link


def fields(link: Link, key: str) -> dict[str, str]:
    """Return a document's fields as text; of JSON `a.b` is the member b of a, where a is by bookmaker."""
    if link.call("TYPE", key) == b"hash":
        words = iter(link.call("HGETALL", key))
        return {name.decode(): value.decode() for name, value in zip(words, words, strict=True)}
    found: dict[str, str] = {}
    for name, value in json.loads(link.call("JSON.GET", key)).items():
        if isinstance(value, dict):
            found |= {f"{name}.{bookmaker}": _text(one) for bookmaker, one in value.items()}
        else:
            found[name] = _text(value)
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
