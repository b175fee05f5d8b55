"""How the sites print what a quote holds: prices, times, stable numbers for names."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from mispriced.domain.model import Quote

CLOSED_PRICE: Final = "1.00"  # what is printed for an outcome that cannot be bet on
_EAT: Final = timedelta(hours=3)


def price_text(price: float) -> str:
    """Return the price with all its decimals, two at least.

    >>> price_text(2.3), price_text(1.444), price_text(40.0)
    ('2.30', '1.444', '40.00')
    """
    whole, _, decimals = repr(float(price)).partition(".")
    return f"{whole}.{decimals:0<2}"


def nairobi_text(moment: datetime) -> str:
    """Return local Nairobi time without a zone, as two of the sites print it."""
    return f"{moment + _EAT:%Y-%m-%d %H:%M:%S}"


def utc_text(moment: datetime, milliseconds: bool = False) -> str:
    """Return UTC with its zone.

    >>> utc_text(datetime(2026, 5, 12, 10, 30), milliseconds=True)
    '2026-05-12T10:30:00.000Z'
    """
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.000' if milliseconds else ''}Z"


def number(*names: str) -> int:
    """Return a number above 0 that is always the same for these names, as a site's ids are."""
    return zlib.crc32("\x1f".join(names).encode()) % 1_000_000 + 1


def by_event(quotes: Iterable[Quote]) -> list[list[Quote]]:
    """Return the quotes of each event together, events in the order of their first quote."""
    events: dict[str, list[Quote]] = {}
    for quote in quotes:
        events.setdefault(quote.event_id, []).append(quote)
    return list(events.values())


def offers(quote: Quote, outcomes: Iterable[str]) -> list[tuple[str, str, bool]]:
    """Return (outcome, price text, can be bet on) of those that the quote has, in the site's order."""
    return [
        (outcome, price_text(quote.prices[outcome]) if outcome in quote.prices else CLOSED_PRICE, is_open)
        for outcome in outcomes
        for is_open in [outcome in quote.prices]
        if is_open or outcome in quote.suspended
    ]
