"""Teams, competitions and countries hardly change: their answers are kept, each until its time is over.

What is kept is the answer as it came; it is read by the same parsers as a new one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from mispriced.exchange import Payload
from mispriced.livedata.calls import Call
from mispriced.livedata.provider import PARSERS, Step, ask
from mispriced.ports import Store

CACHE: Final = "livedata-statics"
STATIC: Final[frozenset[Step]] = frozenset({"team", "competition", "country"})


class Kept(Struct, frozen=True):
    """An answer and the end of its time."""

    call: Call
    until: datetime
    body: Raw


class Statics:
    """What is kept between cycles, in memory and in the store; `seconds` is the time of each."""

    def __init__(self, seconds: float) -> None:
        self._time = timedelta(seconds=seconds)
        self._kept: dict[Call, tuple[Kept, tuple[Any, ...]]] = {}
        self._is_changed = False

    def load(self, store: Store, now: datetime) -> None:
        """Read what an earlier process kept; what another version kept otherwise is read again."""
        body = store.cache(CACHE, now)
        try:
            found = msgspec.json.decode(body or b"[]", type=list[Kept])
        except msgspec.MsgspecError:
            return
        for kept in found:
            self._keep(kept, now)

    def save(self, store: Store, now: datetime) -> None:
        """Keep what came since the last time; what is over is forgotten."""
        if self._is_changed:
            self._forget(now)
            kept = [one for one, _ in self._kept.values()]
            store.put_cache(CACHE, msgspec.json.encode(kept), now, self._time.total_seconds())
            self._is_changed = False

    def add(self, call: Call, body: bytes, now: datetime) -> None:
        """Take the answer of a call, unless it is of something that changes."""
        if call.step in STATIC:
            self._is_changed = True
            self._keep(Kept(call, now + self._time, Raw(body)), now)

    def known(self, step: Step, now: datetime) -> dict[str, Any]:
        """Return what is known at `now` of teams, competitions or countries, by id."""
        self._forget(now)
        items = (found for call, (_, found) in self._kept.items() if call.step == step)
        return {one.id: one for found in items for one in found}

    def bodies(self, now: datetime) -> dict[Call, Raw]:
        """Return the answers that are kept at `now`."""
        self._forget(now)
        return {call: kept.body for call, (kept, _) in self._kept.items()}

    def _keep(self, kept: Kept, now: datetime) -> None:
        request = ask(kept.call.step, kept.call.uuid)
        found = PARSERS[kept.call.step](Payload.of(request, bytes(kept.body), now)).found
        if found:  # what the API does not have today it may have tomorrow
            self._kept[kept.call] = kept, found

    def _forget(self, now: datetime) -> None:
        over = [call for call, (kept, _) in self._kept.items() if kept.until <= now]
        for call in over:
            del self._kept[call]
