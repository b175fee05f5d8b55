"""`/api/v1/bookmakers`, `/health` and `/session`: how reading goes, and what a page needs for changes."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.bookmakers import bookmakers as registry
from mispriced.messages import Backlog
from mispriced.pipeline.funnel import Funnel, funnel
from mispriced.pipeline.run import Heartbeat
from mispriced.pipeline.views.cadences import CadenceRow, cadence_rows
from mispriced.pipeline.views.extractions import SiteRow, site_rows
from mispriced.pipeline.views.opportunities import matched
from mispriced.web.access import Access, cookie_of
from mispriced.web.answers import Page, Shown, page
from mispriced.web.documented import described
from mispriced.web.filters import Cursor, Limit


class BookmakerRow(Struct, frozen=True, kw_only=True):
    """A bookmaker: its markets and period words by source, how reading goes, how often prices are seen."""

    bookmaker: str
    markets: Mapping[str, tuple[str, ...]]
    periods: Mapping[str, int]
    sites: list[SiteRow]
    cadences: list[CadenceRow]


class Health(Struct, frozen=True, kw_only=True):
    """How the system does: how far prices come towards a surebet, workers, what waits, what was buried."""

    simulated: bool
    read_at: datetime
    error: str
    funnel: Funnel
    heartbeats: Mapping[str, Heartbeat]
    backlog: list[Backlog]
    dead_letters: int
    clients: int


class Session(Struct, frozen=True, kw_only=True):
    """What a page needs for changes: the value of X-CSRF-Token."""

    needs_token: bool
    csrf: str


def system(shown: Shown, access: Access, clients: Sized) -> APIRouter:
    """Return the routes; `clients` are those of the stream."""
    routes = APIRouter(prefix="/api/v1", tags=["system"])

    @routes.get("/bookmakers", **described(Page[BookmakerRow], "Bookmakers"))
    async def bookmakers(request: Request, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """Every bookmaker, and what its last readings gave."""
        state = shown.state()
        sites = site_rows(state.extractions, state.known, state.paused)
        cadences = cadence_rows(state.limits)
        rows = [
            BookmakerRow(
                bookmaker=name,
                markets={str(source): markets for source, markets in one.markets.items()},
                periods=one.periods,
                sites=[site for site in sites if site.bookmaker == name],
                cadences=[one for one in cadences if one.bookmaker == name],
            )
            for name, one in registry().items()
        ]
        return shown.answer(request, state, page(state, rows, lambda one: (one.bookmaker,), limit, cursor))

    @routes.get("/health", **described(Health, "How the system does"))
    async def health(request: Request) -> Response:
        """Why nothing is found, whether workers live, what waits and what was buried."""
        state = shown.state()
        documents, number = state.documents.values(), matched(state.known)
        rules = msgspec.structs.replace(shown.rules, limits=state.limits)
        body = Health(
            simulated=state.is_simulated,
            read_at=state.at,
            error=state.error,
            funnel=funnel(documents, len(state.known), number, state.at, rules, state.told),
            heartbeats=state.heartbeats,
            backlog=list(state.backlog),
            dead_letters=state.dead_letters,
            clients=len(clients),
        )
        return shown.answer(request, state, body)

    @routes.get("/session", **described(Session, "What a page needs for changes"))
    async def session(request: Request) -> Response:
        """The value that a page of this session sends along with changes."""
        csrf = access.csrf(cookie_of(request.headers))
        body = Session(needs_token=access.needs_token, csrf=csrf)
        return shown.answer(request, shown.state(), body)

    return routes
