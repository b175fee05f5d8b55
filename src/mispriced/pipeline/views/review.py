"""What a person should look at: events that nearly joined, and what was ruled on such pairs.

The queue is worked out anew from the index, so that it never disagrees with it. Rulings change what the
match workers do at once: they read them before they assign anything more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from mispriced.domain.matching import Join, Ruling, match
from mispriced.domain.matching.rulings import Kind, ruled, undone
from mispriced.domain.model import Event
from mispriced.errors import Retry, Usage, unknown
from mispriced.messages import Conflict
from mispriced.pipeline.learning import keep_rulings, read_memory, read_rulings
from mispriced.pipeline.match import fixture
from mispriced.ports import Store

LEAST_SCORE: Final = 0.0
"""Points of both clubs below which two events are not worth a person's time: names without likeness."""
MOST: Final = 500  # entries; whoever has more has another problem
TRIES: Final = 5
MOST_WEAK: Final = 50  # joins; the strong ones need nobody
SHOWN: Final = 10  # keys named in an error


class Doubt(Struct, frozen=True, kw_only=True):
    """Two events that are not joined though something speaks for it, and what speaks against it.

    `score`: points of both clubs together; the matcher joins from 3 on, with a clear margin.
    """

    event: Event
    other: Event
    reason: str
    score: float


class Weak(Struct, frozen=True, kw_only=True):
    """Two events that were joined by names: what spoke for it, in points of each club, and for the next best.

    `apart_s`: kick-off of the second minus that of the first, seconds.
    """

    event: Event
    other: Event
    home: float
    away: float
    apart_s: int
    runner_up: float | None


class Review(Struct, frozen=True, kw_only=True):
    """The queue, the likeliest first, joins by names, the weakest first, and rulings, the latest first."""

    doubts: tuple[Doubt, ...]
    weakest: tuple[Weak, ...]
    rulings: tuple[Ruling, ...]


def review(store: Store, now: datetime) -> Review:
    """Return what is in doubt among the matches that are not over, and what was ruled."""
    events = {one.event.key: one.event for one in store.events()[1]}
    rulings = read_rulings(store)
    matching = match([fixture(event) for event in events.values()], read_memory(store), rulings)
    found: dict[tuple[str, str], Doubt] = {}
    for left in matching.left:
        if left.best is None or left.score is None or left.score < LEAST_SCORE or left.reason == "banned":
            continue
        pair = (min(left.key, left.best), max(left.key, left.best))
        found.setdefault(
            pair,
            Doubt(event=events[pair[0]], other=events[pair[1]], reason=left.reason, score=left.score),
        )
    doubts = sorted(found.values(), key=lambda one: (-one.score, one.event.key))
    latest = sorted(rulings, key=lambda one: (one.at, one.id), reverse=True)
    weakest = sorted(_weak(matching.joins, events), key=lambda one: (one.home + one.away, one.event.key))
    return Review(doubts=tuple(doubts[:MOST]), weakest=tuple(weakest[:MOST_WEAK]), rulings=tuple(latest))


def rule(store: Store, kind: Kind, keys: tuple[str, str], by: str, at: datetime, why: str = "") -> Ruling:
    """Keep that two events, by key, are one match or are not; return the ruling.

    Raises: Usage for an event that the index does not know, or one event twice, or a pin of two events
    of one bookmaker.
    """
    known = {one.event.key: fixture(one.event).provider for one in store.events()[1]}
    for key in keys:
        if key not in known:
            raise Usage(unknown("event", key, _near(key, sorted(known))))
    first, second = keys
    if kind == "pin" and first != second and known[first] == known[second]:
        raise Usage(f"{first} and {second} are of one bookmaker, which lists a match once")
    return _change(store, lambda rulings: ruled(rulings, kind, keys, by, at, why))[-1]


def take_back(store: Store, ruling_id: str, by: str, at: datetime) -> Ruling:
    """Let a ruling hold no more; return it.

    Raises: Usage when none of that id holds.
    """
    changed = _change(store, lambda rulings: undone(rulings, ruling_id, by, at))
    return next(one for one in changed if one.id == ruling_id)


def _weak(joins: Iterable[Join], events: Mapping[str, Event]) -> Iterator[Weak]:
    for join in joins:
        for one in join.evidence:
            if one.by == "names":
                first, second = one.keys
                yield Weak(
                    event=events[first],
                    other=events[second],
                    home=one.home,
                    away=one.away,
                    apart_s=one.apart_s,
                    runner_up=one.runner_up,
                )


def _change(store: Store, change: Callable[[Sequence[Ruling]], tuple[Ruling, ...]]) -> tuple[Ruling, ...]:
    for _ in range(TRIES):
        version = store.version()
        changed = change(read_rulings(store))
        try:
            keep_rulings(store, changed, version)
        except Conflict:
            continue  # a worker assigned events meanwhile
        return changed
    raise Retry(f"the index changed {TRIES} times in a row while the ruling was written; try again")


def _near(key: str, known: Sequence[str]) -> list[str]:
    beginning = key.rpartition("/")[0]
    return [one for one in known if one.startswith(beginning)][:SHOWN] or list(known[:SHOWN])
