"""What changes documents, index and opportunities: one script each, told what to do by `orders.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from mispriced.backends.connection import Command, Link, Reply, sound
from mispriced.backends.keys import Keys
from mispriced.backends.layouts import Scripts
from mispriced.backends.lua import load
from mispriced.backends.moments import microseconds
from mispriced.backends.orders import (
    CHUNK,
    Order,
    Texts,
    chosen,
    commit_order,
    grouped,
    in_full,
    is_relay,
    offer,
    packed,
    relay_words,
    verdict_order,
)
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.model import Quote
from mispriced.messages import Assignment, Conflict, Effects, Upserted, Verdict


class Writes:
    """The writing scripts of one prefix over one connection."""

    def __init__(self, link: Link, keys: Keys, scripts: Scripts) -> None:
        self._link = link
        self._index = keys.own("index")
        self._version = keys.own("index:version")
        self._relay_script = load("relay", {})
        self._scripts = scripts

    def commit(
        self,
        group: str,
        effects: Sequence[Effects],
        now: datetime,
        assignments: Sequence[Assignment] = (),
        version: int | None = None,
    ) -> Upserted:
        """Apply assignments, acknowledge the messages and apply their effects.

        One script up to `CHUNK` of each; beyond it, all assignments go first. A script that was cut
        short by a broken connection is asked again: acknowledging tells what is done already.
        """
        total = Upserted()
        more = list(assignments)
        while len(more) > CHUNK:
            total = self._commit(group, (), now, more[:CHUNK], version, total)
            version = None if version is None else total.version
            more = more[CHUNK:]
        for first in range(0, max(1, len(effects)), CHUNK):
            total = self._commit(group, effects[first : first + CHUNK], now, more, version, total)
            more, version = [], None
        return total

    def upsert(
        self, quotes: Sequence[Quote], now: datetime, limits: FreshnessLimits | None = None
    ) -> Upserted:
        """Put quotes in, `CHUNK` a script; their JSON is sent only where the script asks for it."""
        parts = [(offer(group, limits), group) for group in grouped(quotes)]
        replies = self._upsert([(part, Texts()) for part, _ in parts], now)
        total = Upserted()
        again: list[tuple[Order, Texts]] = []
        for (part, offered), reply in zip(parts, replies, strict=True):
            total = _added(total, reply)
            missing: list[int] = reply[7]
            if missing:
                texts = Texts()
                wanted = [offered[place - 1] for place in missing]
                again.append((in_full(chosen(part, missing), wanted, texts), texts))
        for reply in self._upsert(again, now):
            total = _added(total, reply)
        return total

    def judge(self, verdicts: Sequence[Verdict]) -> int:
        calls: list[Command] = []
        for first in range(0, len(verdicts), CHUNK):
            texts = Texts()
            orders = [verdict_order(verdict, texts) for verdict in verdicts[first : first + CHUNK]]
            calls.append((1, self._index, packed(orders), *texts.arguments))
        return sum(self._link.run(self._scripts["judge"], calls))

    def sweep(self, now: datetime) -> int:
        removed, is_full = 0, True
        while is_full:
            call: Command = (1, self._index, microseconds(now), CHUNK)
            count, is_full = self._link.run(self._scripts["sweep"], [call])[0]
            removed += count
        return removed

    def _upsert(self, batches: Sequence[tuple[Order, Texts]], now: datetime) -> list[Reply]:
        calls: list[Command] = []
        for batch, texts in batches:
            order = {"now": microseconds(now), "batch": batch}
            calls.append((1, self._index, packed(order), *texts.arguments))
        return self._link.run(self._scripts["upsert"], calls)

    def _commit(
        self,
        group: str,
        effects: Sequence[Effects],
        now: datetime,
        assignments: Sequence[Assignment],
        version: int | None,
        total: Upserted,
    ) -> Upserted:
        if version is None and not assignments and is_relay(effects):
            return msgspec.structs.replace(total, version=self._relay(group, effects))
        order, texts = commit_order(group, now, effects, assignments, version)
        reply = self._link.run(self._scripts["commit"], [(1, self._index, order, *texts)])[0]
        if reply[0] < 0:
            raise Conflict(f"the index is at version {reply[1]}, not {version}")
        return _added(total, reply)

    def _relay(self, group: str, effects: Sequence[Effects]) -> int:
        if any(one.outputs for one in effects):
            words = relay_words(group, effects)
            return int(self._link.run(self._relay_script, [(1, self._version, *words)])[0])
        streams: dict[str, list[str]] = {}
        for one in effects:
            streams.setdefault(one.message.stream, []).append(one.message.id)
        acknowledge: list[Command] = [("XACK", stream, group, *ids) for stream, ids in streams.items()]
        *acknowledged, version = self._link.pipeline([*acknowledge, ("GET", self._version)], again=True)
        for reply in acknowledged:
            sound(reply)
        return int(version or 0)


def _added(total: Upserted, reply: Reply) -> Upserted:
    published, version, changed, touched, older, unknown, waiting = reply[:7]
    return Upserted(
        changed=total.changed + changed,
        touched=total.touched + touched,
        older=total.older + older,
        unknown=total.unknown + unknown,
        waiting=total.waiting + waiting,
        published=total.published + published,
        version=version,
    )
