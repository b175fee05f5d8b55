"""What matching knows beside the events: names it learned, and what people pinned and banned.

Part of the index: writing it moves the index's version, so that every match worker reads it before it
assigns anything more.
"""

from __future__ import annotations

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys, Rules
from mispriced.backends.lua import load
from mispriced.backends.tables import lua_tables
from mispriced.messages import Conflict


class Knowledge:
    """The knowledge of one prefix over one connection."""

    def __init__(self, link: Link, keys: Keys, rules: Rules) -> None:
        self._link = link
        self._key = keys.own("knowledge")
        self._index = keys.own("index")
        self._write = load("know", lua_tables(keys, rules))

    def read(self, name: str) -> bytes | None:
        """Return what is kept under a name."""
        value: bytes | None = self._link.call("HGET", self._key, name, again=True)
        return value

    def write(self, name: str, value: bytes, version: int) -> int:
        """Keep it, made from the index at `version`; see `ports.Store`."""
        [reply] = self._link.run(self._write, [(1, self._index, version, name, value)])
        if reply < 0:
            raise Conflict(f"the index is no longer at version {version}")
        return int(reply)
