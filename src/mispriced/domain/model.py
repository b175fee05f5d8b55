"""The messages of the domain: an event and a quote, as one bookmaker gives them at one instant.

Both check themselves; the type is the wire format. Price: decimal odds, float, greater than 1.
Time: aware UTC. Not here: what many bookmakers say together (matching, arbitrage).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr

from mispriced.domain.markets import MARKETS, Market
from mispriced.errors import unknown

Source = Literal["live", "upcoming"]
SOURCES: Final[tuple[Source, ...]] = ("upcoming", "live")
Category = Literal["men", "women", "youth", "reserve", "virtual"]

HIGHEST_PRICE: Final = 1000.0  # above it are sentinels; no bookmaker here pays more
LONGEST_NAME: Final = 200  # characters; the longest real one in the recorded data has 52


class Score(Struct, frozen=True, array_like=True):
    """Goals of home and away at the moment of the answer."""

    home: int
    away: int

    def __str__(self) -> str:
        return f"{self.home}:{self.away}"


class Origin(Struct, frozen=True):
    """Where a quote was read: the request, the SHA-256 of the answer's bytes, milliseconds it took."""

    request: str
    sha256: str
    step: str
    took_ms: int = 0


class Event(Struct, frozen=True, kw_only=True):
    """A match as one bookmaker lists it.

    `event_id` is the bookmaker's id, unique within bookmaker and source; `refs` are ids of others
    that it publishes, such as `{"betradar": "61624652"}`.

    Raises: ValueError for an empty or overlong name or id, or a kick-off without UTC.
    """

    bookmaker: str
    event_id: str
    refs: Mapping[str, str] = {}
    home: str
    away: str
    competition: str = ""
    country: str = ""
    category: Category = "men"
    kickoff: datetime
    source: Source
    score: Score | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check_event(self)

    @property
    def key(self) -> str:
        """The event's key in the store: bookmaker, source and id.

        Live and upcoming are apart because a bookmaker may number them apart.
        """
        return f"{self.bookmaker}/{self.source}/{self.event_id}"


class Quote(Struct, frozen=True, kw_only=True, dict=True):
    """All prices of one market of one event at one bookmaker at one instant.

    `prices` by outcome, decimal odds; an outcome that is not offered is absent, one that the
    bookmaker closed for now is in `suspended` and not in `prices`. `seen_at` is when the answer
    was complete. Attributes that are no fields hold what was derived from the others than `seen_at`
    and `origin`; they are no part of it and go along with `seen_again` alone.

    Raises: ValueError naming bookmaker, outcome and value.
    """

    v: int = 1
    bookmaker: str
    event_id: str
    refs: Mapping[str, str] = {}
    home: str
    away: str
    competition: str = ""
    country: str = ""
    category: Category = "men"
    kickoff: datetime
    market: Market
    prices: Mapping[str, float]
    suspended: tuple[str, ...] = ()
    source: Source
    seen_at: datetime
    score: Score | UnsetType = UNSET
    origin: Origin | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check_event(self)
        if self.seen_at.tzinfo is not UTC:
            _check_utc(self.bookmaker, "seen_at", self.seen_at)
        offered = MARKETS[self.market].paid
        for outcome, price in self.prices.items():
            if outcome not in offered:
                raise ValueError(
                    f"{self.bookmaker}: {unknown(f'outcome of {self.market}', outcome, offered)}"
                )
            if not 1 < price <= HIGHEST_PRICE:  # nothing compares with NaN
                check_price(price, f"{self.bookmaker}: price of {outcome}")
        for outcome in self.suspended:
            if outcome not in offered:
                raise ValueError(
                    f"{self.bookmaker}: {unknown(f'outcome of {self.market}', outcome, offered)}"
                )
            if outcome in self.prices:
                raise ValueError(f"{self.bookmaker}: {outcome} is both priced and suspended")
        if not self.prices and not self.suspended:
            raise ValueError(f"{self.bookmaker}: no outcome of {self.market} is priced or suspended")

    def seen_again(self, seen_at: datetime, origin: Origin | UnsetType) -> Quote:
        """Return the quote as another answer holds it, unchanged; only the time is checked again.

        Raises: ValueError for a time without UTC.
        """
        if seen_at.tzinfo is not UTC:
            _check_utc(self.bookmaker, "seen_at", seen_at)
        again: Quote = self.__copy__()  # type: ignore[attr-defined]  # a third of the time of copy.copy
        force_setattr(again, "seen_at", seen_at)
        force_setattr(again, "origin", origin)
        force_setattr(again, "__dict__", self.__dict__)
        return again

    @property
    def event(self) -> Event:
        """The event that the quote is of."""
        return Event(
            bookmaker=self.bookmaker,
            event_id=self.event_id,
            refs=self.refs,
            home=self.home,
            away=self.away,
            competition=self.competition,
            country=self.country,
            category=self.category,
            kickoff=self.kickoff,
            source=self.source,
            score=self.score,
        )

    @property
    def event_key(self) -> str:
        """`Event.key` without building the event."""
        return f"{self.bookmaker}/{self.source}/{self.event_id}"


def check_price(price: float, what: str) -> float:
    """Return the price, decimal odds, if it can be one.

    Raises: ValueError unless it is a finite number greater than 1 and at most `HIGHEST_PRICE`.

    >>> check_price(1.0, "BookieGamma: price of X")
    Traceback (most recent call last):
    ValueError: BookieGamma: price of X is 1.0, must be greater than 1 and at most 1000
    """
    if not (math.isfinite(price) and 1 < price <= HIGHEST_PRICE):
        raise ValueError(f"{what} is {price}, must be greater than 1 and at most {HIGHEST_PRICE:.0f}")
    return price


def encode(message: Struct) -> bytes:
    """Return the message's JSON, the form that every stream, document and output has."""
    return _ENCODER.encode(message)


def decode_quote(data: bytes | str) -> Quote:
    """Return the quote of its JSON; fields this version does not know are ignored.

    Raises: ValueError (msgspec.ValidationError) naming the field.
    """
    return _QUOTE.decode(data)


def decode_event(data: bytes | str) -> Event:
    """Return the event of its JSON.

    Raises: ValueError (msgspec.ValidationError) naming the field.
    """
    return _EVENT.decode(data)


def _check_event(event: Event | Quote) -> None:
    for text in (event.event_id, event.home, event.away):
        if not text or text.isspace() or len(text) > LONGEST_NAME or "\x00" in text:
            name = next(name for name in ("event_id", "home", "away") if getattr(event, name) is text)
            shown = repr(text[:40])
            raise ValueError(
                f"{event.bookmaker}: {name} is {shown} ({len(text)} characters), "
                f"must have 1 to {LONGEST_NAME} and no NUL"
            )
    if event.home == event.away:
        raise ValueError(f"{event.bookmaker}: home and away are both {event.home!r}")
    if event.kickoff.tzinfo is not UTC:
        _check_utc(event.bookmaker, "kickoff", event.kickoff)


def _check_utc(bookmaker: str, name: str, moment: datetime) -> None:
    if moment.tzinfo is None or moment.utcoffset():
        raise ValueError(f"{bookmaker}: {name} is {moment.isoformat()}, must be UTC")


_ENCODER: Final = msgspec.json.Encoder()
_QUOTE: Final = msgspec.json.Decoder(Quote)
_EVENT: Final = msgspec.json.Decoder(Event)
