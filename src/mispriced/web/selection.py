"""What a request of the compatible API selects of the state: matches by sport and time, offers by market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.bookmakers import bookmakers as registry
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import Market
from mispriced.pipeline.views.rows import EventRow, OfferRow, offer_rows
from mispriced.web.filters import aware
from mispriced.web.problems import NOT_FOUND, UNPROCESSABLE, Problem, no_such
from mispriced.web.sports import ALL, NEXT, UPCOMING, Sport, all_sports, sport_of
from mispriced.web.state import State
from mispriced.web.v4 import MARKETS

REGIONS: Final = ("us", "us2", "us_dfs", "us_ex", "uk", "au", "eu", "fr", "se")
BOOKMAKERS_A_REGION: Final = 10  # so many named bookmakers cost as much as a region


class Chosen(Struct, frozen=True):
    """Markets and bookmakers (none: all) that a request names, and what it would cost at theirs."""

    markets: frozenset[Market]
    bookmakers: frozenset[str]
    cost: int


def chosen_of(state: State, markets: str, bookmakers: str, regions: str, is_strict: bool) -> Chosen:
    """Return what the parameters choose.

    Raises: Problem for a name that is none; in strict mode when neither regions nor bookmakers are named.
    """
    keys, names, places = _names(markets), _names(bookmakers), _names(regions)
    for key in keys:
        if key not in MARKETS:
            raise no_such("market", key, MARKETS)
    for place in places:
        if place not in REGIONS:
            raise no_such("region", place, REGIONS)
    allowed = {one.casefold() for one in registry()} | {one.event.bookmaker.casefold() for one in state.known}
    for name in names:
        if name.casefold() not in allowed:
            raise no_such("bookmaker", name, sorted(allowed))
    if is_strict and not places and not names:
        raise Problem(UNPROCESSABLE, "regions is missing, or bookmakers instead of it")
    wanted = frozenset(MARKETS[key] for key in keys)
    groups = -(-len(names) // BOOKMAKERS_A_REGION) if names else max(1, len(places))
    return Chosen(wanted, frozenset(name.casefold() for name in names), len(wanted) * groups)


def events_of(
    state: State,
    key: str,
    now: datetime,
    event_ids: str = "",
    commence_from: datetime | None = None,
    commence_to: datetime | None = None,
) -> list[tuple[EventRow, Sport]]:
    """Return the matches of a sport by kick-off, each with its own sport.

    Raises: Problem when there is no such sport.
    """
    found = [(event, sport_of(event.country, event.competition)) for event in state.events.values()]
    if key == UPCOMING:
        begun = [one for one in found if "live" in one[0].sources]
        found = begun + [one for one in found if "live" not in one[0].sources and one[0].kickoff > now][:NEXT]
    elif key != ALL:
        allowed = dict.fromkeys([UPCOMING, ALL, *sorted({sport.key for _, sport in found})])
        if key not in allowed and key not in {one.key for one in all_sports()}:
            raise no_such("sport", key, allowed, NOT_FOUND)
        found = [one for one in found if one[1].key == key]
    ids = frozenset(_names(event_ids))
    return [
        (event, sport)
        for event, sport in sorted(found, key=lambda one: (one[0].kickoff, one[0].match_id))
        if (not ids or event.match_id in ids)
        and (commence_from is None or event.kickoff >= aware(commence_from))
        and (commence_to is None or event.kickoff <= aware(commence_to))
    ]


def offers_of(
    state: State, chosen: Chosen, limits: FreshnessLimits, now: datetime
) -> Mapping[str, Sequence[OfferRow]]:
    """Return the chosen offers by match."""
    found: dict[str, list[OfferRow]] = {}
    for document in state.documents.values():
        if document.market in chosen.markets:
            found.setdefault(document.match_id, []).extend(
                row
                for row in offer_rows(document, now, limits)
                if not chosen.bookmakers or row.bookmaker.casefold() in chosen.bookmakers
            )
    return found


def resting(sport: Sport) -> Sport:
    """Return a sport as one that has no matches now."""
    return msgspec.structs.replace(sport, active=False)


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
