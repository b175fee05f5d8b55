"""How long surebets lived, by pair of bookmakers: what the stream of opportunities still holds of it.

The stream is the record: the store keeps its last ten thousand entries. An opportunity with legs at three
bookmakers counts for each of its pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.domain.model import Source
from mispriced.domain.survival import Life, Survival, survival
from mispriced.messages import Message, Opportunity
from mispriced.ports import Store

START: Final = "0-0"
AT_ONCE: Final = 500  # entries of one reading
EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
ENDED: Final = frozenset({"over", "joined another match"})  # of the match, not of the prices


class SurvivalRow(Struct, frozen=True, kw_only=True):
    """How long surebets of a source lived between these two bookmakers."""

    bookmakers: tuple[str, str]
    source: Source
    survival: Survival


def read_survival(store: Store, now: datetime) -> list[SurvivalRow]:
    """Return a row a source and pair, those with most lives first.

    Raises: Retry when the server is away.
    """
    return survival_rows(_told(store), now)


def survival_rows(told: Iterable[Message], now: datetime) -> list[SurvivalRow]:
    """Return the rows of entries of the opportunity stream, in their order, at `now`.

    Not seen to end, so censored: what is open still; what ended with its match; and what was closed
    because a leg was not seen again, which may have been offered on.
    """
    pairs: dict[tuple[Source, tuple[str, str]], list[Life]] = {}
    for one, life in _lives(told, now):
        names = sorted({leg.bookmaker for leg in one.legs})
        for first, second in combinations(names, 2):
            pairs.setdefault((one.source, (first, second)), []).append(life)
    rows = [
        SurvivalRow(bookmakers=names, source=source, survival=survival(lives))
        for (source, names), lives in pairs.items()
    ]
    return sorted(rows, key=lambda row: (-row.survival.lives, row.bookmakers, row.source))


def _lives(told: Iterable[Message], now: datetime) -> Iterator[tuple[Opportunity, Life]]:
    """Yield each opportunity with its life; one whose opening is not in the stream any more has none."""
    opened: dict[str, tuple[Opportunity, datetime]] = {}
    for message in told:
        fields = message.fields
        key, state = fields["id"].decode(), fields["state"].decode()
        at = EPOCH + timedelta(microseconds=int(fields["at"]))
        if state == "opened":
            opened[key] = (msgspec.json.decode(fields["body"], type=Opportunity), at)
        elif state == "closed" and key in opened:
            one, since = opened.pop(key)
            yield one, Life(_seconds(since, at), _has_ended(one, fields))
    for one, since in opened.values():
        yield one, Life(_seconds(since, now), False)


def _has_ended(one: Opportunity, fields: Mapping[str, bytes]) -> bool:
    reason = fields["reason"].decode()
    last = msgspec.json.decode(fields["body"], type=Opportunity)
    names = {leg.bookmaker for leg in (*one.legs, *last.legs)}
    return reason not in ENDED and not any(
        f"{name} was {word}" in reason for name in names for word in ("seen", "last seen")
    )


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())  # a clock may have been set back between


def _told(store: Store) -> Iterator[Message]:
    stream, last = store.opportunity_stream(), START
    while found := store.follow({stream: last}, AT_ONCE):
        yield from found
        last = found[-1].id
