"""The states of matches as a provider reports them, kept by the provider's event.

Which match that is the index says when they are read: the provider's events are matched like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mispriced.backends.connection import Command, Link
from mispriced.backends.keys import STATE_KEPT_S, Keys, Rules
from mispriced.backends.lua import load
from mispriced.backends.moments import microseconds, moment
from mispriced.backends.orders import CHUNK, Texts, packed
from mispriced.backends.tables import lua_tables
from mispriced.domain.model import encode
from mispriced.domain.state import EventState


class States:
    """The states of one prefix over one connection; `sweep` removes what nobody reports any more."""

    def __init__(self, link: Link, keys: Keys, rules: Rules) -> None:
        self._link = link
        self._index = keys.own("index")
        tables = lua_tables(keys, rules)
        self._put = load("put_states", tables)
        self._read = load("states", tables)

    def put(self, states: Sequence[EventState], now: datetime) -> int:
        """Keep these states; see `ports.Store`."""
        due = microseconds(now) + round(STATE_KEPT_S * 1e6)
        calls: list[Command] = []
        for first in range(0, len(states), CHUNK):
            texts = Texts()
            orders = [
                {
                    "event": one.event_key,
                    "seen": f"{microseconds(one.seen_at):016d}",
                    "since": f"{microseconds(one.score_since):016d}",
                    "score": str(one.score),
                    "due": due,
                    "json": texts.add(encode(one)),
                }
                for one in states[first : first + CHUNK]
            ]
            calls.append((1, self._index, packed(orders), *texts.arguments))
        return sum(self._link.run(self._put, calls))

    def of(self, match_ids: Iterable[str] | None) -> Mapping[str, EventState]:
        """Return the states by match id; see `ports.Store`."""
        asked = None if match_ids is None else sorted(set(match_ids))
        if asked == []:
            return {}
        reply = self._link.run(self._read, [(1, self._index, *(asked or ()))])[0]
        found: dict[str, EventState] = {}
        for match_id, body in zip(reply[::2], reply[1::2], strict=True):
            state = _state(match_id.decode(), body)
            other = found.get(state.match_id)
            if other is None or other.seen_at < state.seen_at:
                found[state.match_id] = state
        return found


def _state(match_id: str, body: bytes) -> EventState:
    _, since, _, text = body.split(b" ", 3)
    return msgspec.structs.replace(_STATE.decode(text), match_id=match_id, score_since=moment(since))


_STATE: Final = msgspec.json.Decoder(EventState)
