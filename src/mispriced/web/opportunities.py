"""`/api/v1/surebets`, `/values`, `/opportunities` and `/explain`: what stands, and why."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.domain.markets import Market
from mispriced.domain.model import Source
from mispriced.pipeline.views.opportunities import explain as proof
from mispriced.pipeline.views.rows import OpportunityRow
from mispriced.pipeline.views.values import Valued, ValueRow, ValueRules
from mispriced.web.answers import Page, Shown, page
from mispriced.web.documented import described
from mispriced.web.filters import Bookmakers, Cursor, Limit, OneMarket, OneSource, named
from mispriced.web.problems import NOT_FOUND, no_such
from mispriced.web.state import State

Profit = Annotated[float, Query(ge=-1, le=1000, description="at least this return per unit staked, minus 1")]
Edge = Annotated[float, Query(ge=0, le=1000, description="at least this expected profit per unit staked")]
Flagged = Annotated[bool | None, Query(description="with a flag, or without")]


class Wanted(Struct, frozen=True):
    """What surebets are narrowed to; None and an empty set narrow nothing."""

    market: Market | None
    source: Source | None
    bookmakers: frozenset[str]
    min_profit: float
    flagged: bool | None

    def of(self, state: State) -> list[OpportunityRow]:
        """Return the opportunities that are wanted: all their legs at the bookmakers."""
        return [
            one
            for one in state.opportunities.values()
            if one.kind == "surebet"
            and (self.market is None or self.market in one.markets)
            and self.source in (None, one.source)
            and one.profit >= self.min_profit
            and self.flagged in (None, bool(one.flags))
            and (not self.bookmakers or self.bookmakers.issuperset(leg.bookmaker for leg in one.legs))
        ]


def opportunities(shown: Shown, values_rules: ValueRules) -> APIRouter:
    """Return the routes; values are judged once a state, outside the event loop."""
    routes = APIRouter(prefix="/api/v1", tags=["opportunities"])
    known, lock = Valued(values_rules), asyncio.Lock()
    last: tuple[State, list[ValueRow]] | None = None

    async def valued(state: State) -> list[ValueRow]:
        nonlocal last
        async with lock:
            if last is None or last[0] is not state:
                rules = msgspec.structs.replace(shown.rules, limits=state.limits)
                call = partial(known.rows, state.documents.values(), state.told, shown.clock.now(), rules)
                last = state, await asyncio.to_thread(call)
            return last[1]

    @routes.get("/surebets", **described(Page[OpportunityRow], "Surebets that stand"))
    async def surebets(
        request: Request,
        bookmaker: Bookmakers,
        market: OneMarket = None,
        source: OneSource = None,
        min_profit: Profit = 0.0,
        flagged: Flagged = None,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> Response:
        """Surebets that stand now, those without a flag first, the most profitable first."""
        state = shown.state()
        wanted = Wanted(market, source, named(state, bookmaker), min_profit, flagged)
        return shown.answer(request, state, page(state, wanted.of(state), _best_first, limit, cursor))

    @routes.get("/values", **described(Page[ValueRow], "Mispriced odds"))
    async def values(
        request: Request,
        bookmaker: Bookmakers,
        market: OneMarket = None,
        source: OneSource = None,
        min_edge: Edge = 0.0,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> Response:
        """Prices that are longer than what the other bookmakers say is fair, the largest edge first."""
        state = shown.state()
        names = named(state, bookmaker)
        found = [
            one
            for one in await valued(state)
            if market in (None, one.market)
            and source in (None, one.source)
            and one.edge >= min_edge
            and (not names or one.bookmaker in names)
        ]
        return shown.answer(request, state, page(state, found, _longest_first, limit, cursor))

    @routes.get("/opportunities/{opportunity_id}", **described(OpportunityRow, "One opportunity", 404))
    async def opportunity(request: Request, opportunity_id: str) -> Response:
        """One opportunity that stands now."""
        state = shown.state()
        if opportunity_id not in state.opportunities:
            raise no_such("opportunity", opportunity_id, state.opportunities, NOT_FOUND)
        return shown.answer(request, state, state.opportunities[opportunity_id])

    @routes.get("/explain/{opportunity_id}", **described(dict[str, Any], "The proof", 404))
    async def explain(request: Request, opportunity_id: str) -> Response:
        """Why an opportunity is believed: the answers it was read from, the joins, the arithmetic."""
        found = await shown.ask(lambda store: proof(store, opportunity_id, shown.clock.now(), shown.rules))
        return shown.answer(request, shown.state(), found)

    return routes


def _longest_first(one: ValueRow) -> tuple[Any, ...]:
    return -one.edge, one.match_id, one.source, one.market, one.outcome


def _best_first(one: OpportunityRow) -> tuple[Any, ...]:
    return bool(one.flags), -one.profit, one.id
