"""What extraction learns of each bookmaker's cadence: notes in the store, by market, source and period.

A worker remembers its own readings. Where several share a task stream each sees longer intervals than
there are: a price then counts for longer, up to its configured limit, never for less.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mispriced.domain.cadence import Sightings, cadence, seen
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import Market
from mispriced.domain.model import Quote
from mispriced.exchange import Job
from mispriced.ports import Store

CADENCE: Final = "cadence/"  # notes `cadence/BOOKMAKER/SOURCE/MARKET/PERIOD`: sightings
KEPT: Final = timedelta(days=1)  # of a period that is read no more; then it says nothing of the others


class Learning:
    """Keeps the sightings of this worker's readings, in mind and in the store."""

    def __init__(self, store: Store, limits: FreshnessLimits) -> None:
        self._store = store
        self._limits = limits
        self._known: dict[str, Sightings | None] = {}

    def learn(self, job: Job, quotes: Iterable[Quote]) -> FreshnessLimits:
        """Take in a reading; return the limits with what is known of its markets now.

        Raises: Retry when the server is away.
        """
        last: dict[Market, datetime] = {}
        for quote in quotes:
            last[quote.market] = max(quote.seen_at, last.get(quote.market, quote.seen_at))
        learned = {}
        for market, at in last.items():
            name = f"{CADENCE}{job.bookmaker}/{job.source}/{market}/{job.period}"
            before = self._before(name)
            now_seen = self._known[name] = seen(before, at)
            if now_seen != before:
                self._store.note(name, msgspec.json.encode(now_seen), at + KEPT)
            usual_s = cadence(now_seen.intervals)
            if usual_s is not None:
                learned[_key(job.bookmaker, job.source, market)] = usual_s
        return msgspec.structs.replace(self._limits, learned=learned)

    def _before(self, name: str) -> Sightings | None:
        if name not in self._known:
            kept = self._store.notes(name).get(name)
            self._known[name] = msgspec.json.decode(kept, type=Sightings) if kept else None
        return self._known[name]


def learned(store: Store, limits: FreshnessLimits) -> FreshnessLimits:
    """Return the limits with the cadences that the store knows.

    A quote does not say of which period it is: of several the slowest counts, and none while one of
    them is not known yet.

    Raises: Retry when the server is away.
    """
    found: dict[str, list[float | None]] = {}
    for name, body in store.notes(CADENCE).items():
        bookmaker, source, market, _ = name.removeprefix(CADENCE).split("/", 3)
        usual_s = cadence(msgspec.json.decode(body, type=Sightings).intervals)
        found.setdefault(_key(bookmaker, source, market), []).append(usual_s)
    known = {key: [one for one in all_s if one is not None] for key, all_s in found.items()}
    return msgspec.structs.replace(
        limits,
        learned={key: max(all_s) for key, all_s in known.items() if len(all_s) == len(found[key])},
    )


def _key(bookmaker: str, source: str, market: Market | str) -> str:
    return f"{bookmaker}/{source}/{market}"
