"""`/api/v1/surebets`, `/values` and `/explain`: what stands, and why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.domain.markets import Market
from mispriced.domain.model import Source
from mispriced.pipeline.views.opportunities import explain as proof
from mispriced.pipeline.views.rows import OpportunityRow
from mispriced.web.answers import Page, Shown, page
from mispriced.web.documented import described
from mispriced.web.filters import Bookmakers, Cursor, Limit, OneMarket, OneSource, named
from mispriced.web.problems import NOT_FOUND, no_such
from mispriced.web.state import State

Profit = Annotated[float, Query(ge=-1, le=1000, description="at least this return per unit staked, minus 1")]
Flagged = Annotated[bool | None, Query(description="with a flag, or without")]


class Wanted(Struct, frozen=True):
    """What a list is narrowed to; None and an empty set narrow nothing."""

    kind: str
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
            if one.kind == self.kind
            and (self.market is None or self.market in one.markets)
            and self.source in (None, one.source)
            and one.profit >= self.min_profit
            and self.flagged in (None, bool(one.flags))
            and (not self.bookmakers or self.bookmakers.issuperset(leg.bookmaker for leg in one.legs))
        ]


def opportunities(shown: Shown) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/v1", tags=["opportunities"])

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
        wanted = Wanted("surebet", market, source, named(state, bookmaker), min_profit, flagged)
        return shown.answer(request, state, page(state, wanted.of(state), _best_first, limit, cursor))

    @routes.get("/values", **described(Page[OpportunityRow], "Mispriced odds"))
    async def values(
        request: Request,
        bookmaker: Bookmakers,
        market: OneMarket = None,
        source: OneSource = None,
        min_profit: Profit = 0.0,
        flagged: Flagged = None,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> Response:
        """Prices that are higher than what the other bookmakers say is fair, in the same order."""
        state = shown.state()
        wanted = Wanted("value", market, source, named(state, bookmaker), min_profit, flagged)
        return shown.answer(request, state, page(state, wanted.of(state), _best_first, limit, cursor))

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


def _best_first(one: OpportunityRow) -> tuple[Any, ...]:
    return bool(one.flags), -one.profit, one.id
