"""Caches and notes: small things that end at a moment of our own clock."""

from __future__ import annotations

from datetime import datetime

from mispriced.backends.connection import Command, Link, named, sound
from mispriced.backends.keys import Keys
from mispriced.backends.moments import microseconds


class Facts:
    """The caches and notes of one prefix; `sweep` removes what is over."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys

    def cache(self, name: str, now: datetime) -> bytes | None:
        value, until = self._link.call("HMGET", self._keys.own(name), "value", "until", again=True)
        return value if until is not None and int(until) > microseconds(now) else None

    def put_cache(self, name: str, value: bytes, now: datetime, seconds: float) -> None:
        key = self._keys.own(name)
        until = microseconds(now) + round(seconds * 1e6)
        self._both(
            ("HSET", key, "value", value, "until", until), ("ZADD", self._keys.own("due:caches"), until, key)
        )

    def note(self, name: str, value: bytes, until: datetime | None = None) -> None:
        kept: Command = ("HSET", self._keys.own("notes"), name, value)
        if until is None:
            self._both(kept, ("ZREM", self._keys.own("due:notes"), name))
        else:
            self._both(kept, ("ZADD", self._keys.own("due:notes"), microseconds(until), name))

    def notes(self, prefix: str) -> dict[str, bytes]:
        found = named(self._link.call("HGETALL", self._keys.own("notes"), again=True))
        return {name: value for name, value in sorted(found.items()) if name.startswith(prefix)}

    def _both(self, *commands: Command) -> None:
        for reply in self._link.pipeline([("MULTI",), *commands, ("EXEC",)], again=True):
            sound(reply)
