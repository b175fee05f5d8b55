"""What the page showed as entries of the bookmaker's event streams, each told once a cadence.

An event goes to the stream of every market that its source has: with the quote where the page carried odds,
else without, for the worker of that stream to ask for them. Not here: reading the page (page).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from mispriced.backends.keys import CADENCE_S, Keys
from mispriced.bookmakers.contract import Bookmaker
from mispriced.domain.markets import Market
from mispriced.domain.model import Event, Quote, Source
from mispriced.errors import Retry
from mispriced.listener.page import Found, Reader, Received, period_of
from mispriced.messages import Output
from mispriced.pipeline.eventstream import event_fields
from mispriced.ports import Clock, Store

MOST_TOLD: Final = 20_000  # events and markets remembered as told; a site has about 5,000

Prices = tuple[tuple[tuple[str, float], ...], tuple[str, ...]]


class Feed:
    """Makes entries of what was found; what was told already is not told again before its cadence."""

    def __init__(
        self, bookmaker: Bookmaker, keys: Keys, cadence_s: Mapping[Source, float] = CADENCE_S
    ) -> None:
        self.bookmaker = bookmaker
        self._keys = keys
        self._cadence_s = cadence_s
        self._told: dict[tuple[str, Market], tuple[datetime, Prices | None]] = {}

    def entries(self, found: Found, now: datetime) -> list[Output]:
        """Return the entries for what is new, has other prices, or was told a cadence ago."""
        return list(self._entries(found, now))

    def forget(self) -> None:
        """Tell everything again: what was made could not be published."""
        self._told.clear()

    def _entries(self, found: Found, now: datetime) -> Iterator[Output]:
        priced = {(quote.event_key, quote.market): quote for quote in found.quotes}
        for event in found.events:
            period = period_of(self.bookmaker, event, now)
            if period is None:
                continue
            for market in self.bookmaker.markets[event.source]:
                quote = priced.get((event.key, market))
                if self._is_news(event, market, quote, now):
                    read = self._keys.event_stream(self.bookmaker.name, market, event.source, period)
                    yield Output(stream=read.streams[0], fields=event_fields(event, quote))
        self._shrink()

    def _is_news(self, event: Event, market: Market, quote: Quote | None, now: datetime) -> bool:
        at, prices = self._told.get((event.key, market), (None, None))
        shown = _prices(quote) if quote else None
        is_due = at is None or (now - at).total_seconds() >= self._cadence_s[event.source]
        if not is_due and (shown is None or shown == prices):
            return False
        self._told.pop((event.key, market), None)
        self._told[event.key, market] = (now, shown or prices)
        return True

    def _shrink(self) -> None:
        for key in list(self._told)[: max(len(self._told) - MOST_TOLD, 0)]:
            del self._told[key]


def receiver(feed: Feed, store: Store, clock: Clock) -> Callable[[Received], bool]:
    """Return what publishes the entries of a body or frame, and says whether there was anything in it.

    Raises: Usage for a bookmaker that does not answer by event id; Retry, when called, with the store away.
    """
    reader = Reader(feed.bookmaker)

    def receive(received: Received) -> bool:
        found = reader.read(received)
        try:
            store.publish(feed.entries(found, clock.now()))
        except Retry:
            feed.forget()
            raise
        return bool(found.events or found.quotes)

    return receive


def _prices(quote: Quote) -> Prices:
    return tuple(sorted(quote.prices.items())), tuple(sorted(quote.suspended))
