"""`/api/v1/events` and `/odds`: the matches, and what every bookmaker offers on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.domain.freshness import State as Freshness
from mispriced.pipeline.views.rows import EventRow, OfferRow, OpportunityRow, offer_rows
from mispriced.web.answers import Page, Shown, page
from mispriced.web.documented import described
from mispriced.web.filters import Bookmakers, Cursor, Limit, OneMarket, OneSource, aware, named
from mispriced.web.problems import NOT_FOUND, no_such
from mispriced.web.state import State

Matches = Annotated[
    list[str], Query(default_factory=list, max_length=50, description="of these matches alone")
]


class EventDetail(Struct, frozen=True, kw_only=True):
    """A match with everything that is offered on it, and what stands on it."""

    simulated: bool
    event: EventRow
    offers: list[OfferRow]
    opportunities: list[OpportunityRow]


def matches(shown: Shown) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/v1", tags=["matches"])

    @routes.get("/events", **described(Page[EventRow], "Matches"))
    async def events(
        request: Request,
        bookmaker: Bookmakers,
        source: OneSource = None,
        competition: Annotated[str, Query(max_length=200, description="of this name alone")] = "",
        kickoff_from: Annotated[datetime | None, Query(description="kick-off not before")] = None,
        kickoff_to: Annotated[datetime | None, Query(description="kick-off not after")] = None,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> Response:
        """Matches by kick-off, with each bookmaker's listing and how the match stands."""
        state = shown.state()
        names = named(state, bookmaker)
        found = [
            one
            for one in state.events.values()
            if (source is None or source in one.sources)
            and (not names or names & {listed.bookmaker for listed in one.listed})
            and (not competition or competition.casefold() == one.competition.casefold())
            and (kickoff_from is None or one.kickoff >= aware(kickoff_from))
            and (kickoff_to is None or one.kickoff <= aware(kickoff_to))
        ]
        return shown.answer(request, state, page(state, found, _by_kickoff, limit, cursor))

    @routes.get("/events/{match_id}", **described(EventDetail, "One match", 404))
    async def event(request: Request, match_id: str) -> Response:
        """One match, its offers and what stands on it; also by an id that it had before."""
        state = shown.state()
        wanted = match_id
        if match_id not in state.events:
            wanted = await shown.ask(lambda store: store.match_id(match_id))
        if wanted not in state.events:
            raise no_such("match", match_id, state.events, NOT_FOUND)
        detail = EventDetail(
            simulated=state.is_simulated,
            event=state.events[wanted],
            offers=[one for one in _offers(state, shown) if one.match_id == wanted],
            opportunities=[one for one in state.opportunities.values() if one.match_id == wanted],
        )
        return shown.answer(request, state, detail)

    @routes.get("/odds", **described(Page[OfferRow], "Odds", 404))
    async def odds(
        request: Request,
        bookmaker: Bookmakers,
        match_id: Matches,
        market: OneMarket = None,
        source: OneSource = None,
        state: Annotated[Freshness | None, Query(description="of this state alone")] = None,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> Response:
        """What every bookmaker offers: fresh, stale, suspended or gone."""
        held = shown.state()
        names = named(held, bookmaker)
        for one in match_id:
            if one not in held.events:
                raise no_such("match", one, held.events, NOT_FOUND)
        found = [
            one
            for one in _offers(held, shown)
            if (not match_id or one.match_id in match_id)
            and market in (None, one.market)
            and source in (None, one.source)
            and state in (None, one.state)
            and (not names or one.bookmaker in names)
        ]
        return shown.answer(request, held, page(held, found, _by_offer, limit, cursor))

    return routes


def _offers(state: State, shown: Shown) -> list[OfferRow]:
    now = shown.clock.now()
    return [row for one in state.documents.values() for row in offer_rows(one, now, state.limits)]


def _by_kickoff(one: EventRow) -> tuple[Any, ...]:
    return one.kickoff.isoformat(), one.match_id


def _by_offer(one: OfferRow) -> tuple[Any, ...]:
    return one.match_id, one.source, one.market, one.bookmaker
