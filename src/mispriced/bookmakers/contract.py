"""What an adapter is: a value that says what to read and how to read it, and never reads.

`start(job)` yields the first requests; a step's parser yields quotes, further requests, and the
items it had to leave out. `read` runs a parser over one answer and never raises for its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source
from mispriced.errors import Skip
from mispriced.ports import Job, Limits, Outcome, Payload, Request

NAIROBI: Final = timezone(timedelta(hours=3), "EAT")  # no summer time; the four sites' home
FURTHEST_KICKOFF: Final = timedelta(days=400)  # a season ahead; beyond it is a placeholder such as 2099
SHOWN_ITEM: Final = 200  # characters of a skipped item that are kept

T = TypeVar("T")


class Skipped(Struct, frozen=True):
    """An item that was left out: why, and how the item began."""

    reason: str
    item: str = ""


Found: TypeAlias = Quote | Request | Skipped
Parser: TypeAlias = Callable[[Payload, Job], Iterator[Found]]


class Bookmaker(Struct, frozen=True, kw_only=True):
    """One site: its words for days, the markets it has by source, and its steps.

    `periods`: the site's own period word -> day 0..4. `cached`: the steps whose answers change
    seldom -> the word for them in the name of their cache.
    """

    name: str
    periods: Mapping[str, int]
    markets: Mapping[Source, tuple[Market, ...]]
    start: Callable[[Job], Iterator[Request]]
    parsers: Mapping[str, Parser]
    limits: Limits = Limits()
    cached: Mapping[str, str] = {}


class Reading(Struct, frozen=True, kw_only=True):
    """What one answer held, and its outcome: ok, partial (items skipped), empty, rejected."""

    outcome: Outcome
    quotes: tuple[Quote, ...] = ()
    requests: tuple[Request, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Rejected(Exception):
    """The whole answer is not what this step's answers look like."""


def read(bookmaker: Bookmaker, payload: Payload, job: Job) -> Reading:
    """Return what the answer holds by the parser of its step.

    An answer of another form ends as `rejected` with the reason, an item of another form in
    `skipped`; two events under one id with other teams are both left out.
    """
    found: list[Found] = []
    try:
        found.extend(bookmaker.parsers[payload.request.step](payload, job))
    except Rejected as error:
        return Reading(outcome="rejected", skipped=(Skipped(str(error), _start(payload.body)),))
    except RecursionError:
        return Reading(outcome="rejected", skipped=(Skipped("nested too deep", _start(payload.body)),))
    skipped = [one for one in found if isinstance(one, Skipped)]
    quotes = _without_contradictions([one for one in found if isinstance(one, Quote)], skipped)
    requests = tuple(one for one in found if isinstance(one, Request))
    if skipped:
        outcome: Outcome = "partial" if quotes or requests else "rejected"
    else:
        outcome = "ok" if quotes or requests else "empty"
    return Reading(outcome=outcome, quotes=tuple(quotes), requests=requests, skipped=tuple(skipped))


def decode(payload: Payload, form: type[T]) -> T:
    """Return the answer decoded as `form`.

    Raises: Rejected with the place and what was expected.
    """
    try:
        return msgspec.json.decode(payload.body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"{payload.request.step}: {error}") from error


def each(
    items: Iterable[msgspec.Raw], form: type[T], read_item: Callable[[T], Iterable[Found]]
) -> Iterator[Found]:
    """Yield what `read_item` makes of every item; one that is broken yields its `Skipped` alone.

    What a broken item had yielded before it broke is dropped with it.
    """
    for raw in items:
        try:
            found = list(read_item(msgspec.json.decode(raw, type=form)))
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError, Skip) as error:
            yield Skipped(str(error), _start(bytes(raw)))
        else:
            yield from found


def quote(
    event: Event,
    market: Market,
    payload: Payload,
    prices: Mapping[str, float],
    suspended: Iterable[str] = (),
) -> Quote:
    """Return the event's quote with where it was read.

    Raises: ValueError (see `Quote`).
    """
    if event.kickoff > payload.seen_at + FURTHEST_KICKOFF:
        raise ValueError(
            f"{event.bookmaker}: kickoff is {event.kickoff.isoformat()}, more than a season ahead"
        )
    return Quote(
        bookmaker=event.bookmaker,
        event_id=event.event_id,
        refs=event.refs,
        home=event.home,
        away=event.away,
        competition=event.competition,
        country=event.country,
        category=event.category,
        kickoff=event.kickoff,
        market=market,
        prices=prices,
        suspended=tuple(suspended),
        source=event.source,
        seen_at=payload.seen_at,
        score=event.score,
        origin=payload.origin,
    )


def price(text: str | float) -> float:
    """Return a site's price text as decimal odds.

    Raises: ValueError for anything but a plain decimal number; `Quote` checks the range.

    >>> price("2.30")
    2.3
    >>> price("11/8")
    Traceback (most recent call last):
    ValueError: price is '11/8', must be a decimal number
    """
    if isinstance(text, str):
        if not text.replace(".", "", 1).isascii() or not text.replace(".", "", 1).isdigit():
            raise ValueError(f"price is {text[:20]!r}, must be a decimal number")
        return float(text)
    return float(text)


def nairobi_time(text: str) -> datetime:
    """Return a site's local Nairobi time without a zone as UTC.

    Raises: ValueError unless it reads YYYY-MM-DD HH:MM:SS.

    >>> nairobi_time("2026-05-14 20:00:00").isoformat()
    '2026-05-14T17:00:00+00:00'
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=NAIROBI).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"time is {text[:30]!r}, must be like 2026-05-14 20:00:00") from error


def _without_contradictions(quotes: list[Quote], skipped: list[Skipped]) -> list[Quote]:
    teams: dict[str, tuple[str, str]] = {}
    torn = {
        one.event_id
        for one in quotes
        if teams.setdefault(one.event_id, (one.home, one.away)) != (one.home, one.away)
    }
    skipped.extend(Skipped(f"event {event_id} is listed with different teams") for event_id in sorted(torn))
    return [one for one in quotes if one.event_id not in torn]


def _start(body: bytes) -> str:
    return body[:SHOWN_ITEM].decode("utf-8", "replace")
