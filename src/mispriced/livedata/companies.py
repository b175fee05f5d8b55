"""The odds companies of the provider beside the bookmakers: their latest prices, for comparison alone.

A company is called `provider.company`. Its prices enter no market document and no surebet: nobody reads
that company's own site.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from mispriced.domain.model import Event, Quote
from mispriced.livedata.forms import CompanyOdds, Row
from mispriced.livedata.provider import moment
from mispriced.livedata.snapshot import Match
from mispriced.livedata.states import events
from mispriced.livedata.words import PROVIDER, company_name
from mispriced.ports import Store

CACHE: Final = "livedata-companies"
KEPT_S: Final = 3600.0  # a price that nobody confirmed for so long compares with nothing


def company_quotes(matches: Iterable[Match]) -> list[Quote]:
    """Return each company's latest 1X2 prices; `seen_at` is when the company gave them.

    What was sealed then is suspended. A company whose latest row is no price is left out.
    """
    found = []
    for match in matches:
        for event in events([match])[0]:
            quotes = (_quote(company, event) for company in match.odds)
            found += [quote for quote in quotes if quote is not None]
    return found


def put(quotes: Iterable[Quote], store: Store, now: datetime) -> None:
    """Keep the prices until the next cycle brings others."""
    store.put_cache(CACHE, msgspec.json.encode(list(quotes)), now, KEPT_S)


def read(store: Store, now: datetime) -> list[Quote]:
    """Return the prices that the last cycle kept."""
    return msgspec.json.decode(store.cache(CACHE, now) or b"[]", type=list[Quote])


def _quote(company: CompanyOdds, event: Event) -> Quote | None:
    latest: Row | None = max(company.money_line, key=lambda row: row.changed_at, default=None)
    if latest is None:
        return None
    prices = {"1": latest.first, "X": latest.second, "2": latest.third}
    try:
        return Quote(
            bookmaker=f"{PROVIDER}.{company_name(company.company_id)}",
            event_id=event.event_id,
            home=event.home,
            away=event.away,
            competition=event.competition,
            country=event.country,
            category=event.category,
            kickoff=event.kickoff,
            market="three_way",
            prices={} if latest.sealed else prices,
            suspended=tuple(prices) if latest.sealed else (),
            source=event.source,
            seen_at=moment(latest.changed_at),
        )
    except ValueError:
        return None
