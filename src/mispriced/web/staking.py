"""`/api/v1/stakes`: stakes on a surebet that stands; the same that `mispriced stakes` says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mispriced.errors import Usage
from mispriced.pipeline.views.stakes import TOTAL, Asked, StakingRow, TermsOf, legs_of, staked
from mispriced.web.answers import Shown
from mispriced.web.documented import described
from mispriced.web.problems import NOT_FOUND, UNPROCESSABLE, Problem, no_such


def staking(shown: Shown, terms: TermsOf) -> APIRouter:
    """Return the route; `terms` of the settings hold where the request says no other."""
    routes = APIRouter(prefix="/api/v1/stakes", tags=["opportunities"])

    @routes.get("/{opportunity_id}", **described(StakingRow, "Stakes, and what they leave", 404))
    async def stakes(
        request: Request,
        opportunity_id: str,
        fixed: Annotated[
            list[str], Query(default_factory=list, max_length=10, description="a stake that is placed: 1=50")
        ],
        total: Annotated[str, Query(max_length=20, description="what is staked at most")] = TOTAL,
        towards: Annotated[str, Query(max_length=20, description="all profit on this outcome")] = "",
        increment: Annotated[str, Query(max_length=20, description="every stake is rounded to this")] = "",
        commission: Annotated[str, Query(max_length=20, description="per cent of winnings")] = "",
        tax: Annotated[str, Query(max_length=20, description="none, or a country")] = "",
    ) -> Response:
        """Stakes on a surebet in whole increments, with taxes, and what the worst result leaves."""
        state = shown.state()
        found = state.opportunities.get(opportunity_id)
        if found is None:
            raise no_such("surebet", opportunity_id, state.opportunities, NOT_FOUND)
        asked = Asked(
            total=total, towards=towards, fixed=fixed, increment=increment, commission=commission, tax=tax
        )
        today = shown.clock.now().date()
        try:
            body = staked(legs_of(found.legs), found.score, asked, terms, today)
        except Usage as error:
            raise Problem(UNPROCESSABLE, str(error)) from error
        return shown.answer(request, state, body)

    return routes
