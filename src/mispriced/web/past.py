"""`/api/v1/history`: what the record says of the past, where one is kept.

The record is asked in a thread of its own, one question at a time; without one, answers are empty and say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol, TypeVar

from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.pipeline.views.past import Board, Hour, Margin, Price, Survival
from mispriced.web.answers import Shown
from mispriced.web.documented import described

Found = TypeVar("Found")


class Record(Protocol):
    """What keeps the past; a call may take a while and raises Retry where it cannot be read."""

    def prices(self, match_id: str) -> Sequence[Price]:
        """Return every change of the prices of a match."""

    def hours(self) -> Sequence[Hour]:
        """Return what opened and closed, by hour."""

    def survival(self) -> Sequence[Survival]:
        """Return how long surebets stood, by their bookmakers."""

    def margins(self) -> Sequence[Margin]:
        """Return each bookmaker's margins."""

    def board(self, at: datetime) -> Sequence[Board]:
        """Return what was offered at a moment."""

    def moments(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """Return when prices changed last before a moment, and next after it."""


class Asker:
    """Asks the record, if there is one, outside the event loop."""

    def __init__(self, record: Record | None) -> None:
        self.record = record
        self._lock = asyncio.Lock()

    async def ask(self, question: Callable[[Record], Sequence[Found]]) -> list[Found]:
        """Return the rows, none without a record.

        Raises: Retry when it cannot be read.
        """
        record = self.record
        if record is None:
            return []
        async with self._lock:
            return list(await asyncio.to_thread(question, record))


class Past(Struct, frozen=True, kw_only=True):
    """Opportunities by hour, how long they stood by bookmakers, margins; empty where `recorded` is not."""

    simulated: bool
    recorded: bool
    hours: list[Hour]
    survival: list[Survival]
    margins: list[Margin]


class Prices(Struct, frozen=True, kw_only=True):
    """Every recorded change of the prices of a match, by market, bookmaker and time."""

    simulated: bool
    recorded: bool
    prices: list[Price]


def past(shown: Shown, asker: Asker) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/v1/history", tags=["record"])

    @routes.get("", **described(Past, "What the record says"))
    async def history(request: Request) -> Response:
        """Opportunities by hour, survival by bookmakers, margins."""
        state = shown.state()
        body = Past(
            simulated=state.is_simulated,
            recorded=asker.record is not None,
            hours=await asker.ask(lambda record: record.hours()),
            survival=await asker.ask(lambda record: record.survival()),
            margins=await asker.ask(lambda record: record.margins()),
        )
        return shown.answer(request, state, body)

    @routes.get("/prices", **described(Prices, "Recorded prices of a match"))
    async def prices(
        request: Request, match_id: Annotated[str, Query(max_length=200, description="of this match")]
    ) -> Response:
        """Every change of the prices of a match; also of one that is over."""
        state = shown.state()
        body = Prices(
            simulated=state.is_simulated,
            recorded=asker.record is not None,
            prices=await asker.ask(lambda record: record.prices(match_id)),
        )
        return shown.answer(request, state, body)

    return routes
