"""What the streams still hold for their groups, and the removal of what no group needs."""

from __future__ import annotations

from typing import Any, Final

from mispriced.backends.connection import Command, Link, is_refusal, named, sound
from mispriced.backends.keys import Keys
from mispriced.backends.lua import load
from mispriced.backends.streams import Streams
from mispriced.messages import Backlog

MOST_TRIMMED: Final = 10_000  # entries of a stream in one call: about a millisecond of the server
COUNTED: Final = 1_000  # entries a page where the server cannot say how many are unread
MOST_COUNTED: Final = 100_000


class Upkeep:
    """The upkeep of every stream of one prefix."""

    def __init__(self, link: Link, keys: Keys, streams: Streams, idle_consumer_s: float) -> None:
        self._link = link
        self._idle_ms = round(idle_consumer_s * 1000)
        self._keys = keys
        self._streams = streams
        self._trim = load("trim", {})

    def backlog(self) -> list[Backlog]:
        """Return every group of every known stream."""
        streams = self._streams.living()
        # in one transaction: a message that goes from one stream to the next is in one of the counts
        asked: list[Command] = [("XINFO", "GROUPS", stream) for stream in streams]
        replies = sound(self._link.pipeline([("MULTI",), *asked, ("EXEC",)], again=True)[-1])
        return [
            self._backlog_of(stream, named(group))
            for stream, groups in zip(streams, replies, strict=True)
            if not is_refusal(groups, "ERR no such key")  # known, and never written to
            for group in groups
        ]

    def trim(self) -> int:
        """Remove what every group has acknowledged, beyond each stream's kept length."""
        calls: list[Command] = [
            (1, name, *self._keys.kept(name), MOST_TRIMMED, self._idle_ms) for name in self._streams.known()
        ]
        return sum(self._link.run(self._trim, calls)) if calls else 0

    def _backlog_of(self, stream: str, group: dict[str, Any]) -> Backlog:
        name = group["name"].decode()
        lag = group.get("lag")
        pending = group["pending"]
        oldest = 0
        if pending:
            lines = self._link.call("XPENDING", stream, name, "-", "+", 1, again=True)
            oldest = lines[0][2] if lines else 0
        unread = lag if lag is not None else self._count_after(stream, group["last-delivered-id"].decode())
        return Backlog(
            stream=stream, group=name, unread=int(unread), pending=int(pending), oldest_pending_ms=oldest
        )

    def _count_after(self, stream: str, last: str) -> int:
        counted = 0
        while counted < MOST_COUNTED:
            page = self._link.call("XRANGE", stream, f"({last}", "+", "COUNT", COUNTED, again=True)
            counted += len(page)
            if len(page) < COUNTED:
                break
            last = page[-1][0].decode()
        return counted
