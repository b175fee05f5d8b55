"""`/api/v1/review`: events that nearly joined, pins and bans; the same that `mispriced review` does."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, Literal

import msgspec
from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.domain.matching import Ruling
from mispriced.errors import Usage
from mispriced.pipeline.views.review import Doubt, Review, Weak, review, rule, take_back
from mispriced.telemetry import audit
from mispriced.web.answers import Shown
from mispriced.web.documented import described, taken
from mispriced.web.problems import UNPROCESSABLE, Problem

DONE: Final = {"pin": "pinned", "ban": "banned"}


class Queue(Struct, frozen=True, kw_only=True):
    """The queue, the likeliest first, joins by names, the weakest first, and rulings, the latest first."""

    simulated: bool
    doubts: list[Doubt]
    weakest: list[Weak]
    rulings: list[Ruling]


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That two events, by key, are one match (pin) or are not (ban)."""

    kind: Literal["pin", "ban"]
    keys: tuple[str, str]
    why: str = ""


def reviewing(shown: Shown) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/v1/review", tags=["matching"])
    known: dict[int, Review] = {}  # by version of the index: the queue follows from what is in it

    @routes.get("", **described(Queue, "What a person should look at"))
    async def queue(request: Request) -> Response:
        """Events that nearly joined, and what people ruled."""
        state = shown.state()
        if state.version not in known:
            found = await shown.ask(partial(review, now=shown.clock.now()))
            known.clear()
            known[state.version] = found
        found = known[state.version]
        body = Queue(
            simulated=state.is_simulated,
            doubts=list(found.doubts),
            weakest=list(found.weakest),
            rulings=list(found.rulings),
        )
        return shown.answer(request, state, body)

    @routes.post("", **taken(Wanted, Ruling, "The ruling"))
    async def ruled(request: Request) -> Response:
        """Rule on two events; the match workers follow it at once."""
        given = _given(await request.body())
        by, at = _who(request), shown.clock.now()
        call = partial(rule, kind=given.kind, keys=given.keys, by=by, at=at, why=given.why)
        try:
            ruling = await shown.ask(call)
        except Usage as error:
            raise Problem(UNPROCESSABLE, str(error)) from error
        known.clear()
        audit(DONE[given.kind], ruling=ruling.id, events=list(ruling.keys), why=given.why, by=by)
        return shown.answer(request, shown.state(), ruling)

    @routes.post("/{ruling_id}/undo", **taken(None, Ruling, "The ruling, taken back", 404))
    async def undone(request: Request, ruling_id: str) -> Response:
        """Take a pin or a ban back."""
        by = _who(request)
        ruling = await shown.ask(partial(take_back, ruling_id=ruling_id, by=by, at=shown.clock.now()))
        known.clear()
        audit("took back", ruling=ruling.id, kind=ruling.kind, events=list(ruling.keys), by=by)
        return shown.answer(request, shown.state(), ruling)

    return routes


def _given(body: bytes) -> Wanted:
    try:
        return msgspec.json.decode(body, type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(UNPROCESSABLE, f"the body is no ruling: {error}") from error


def _who(request: Request) -> str:
    client: Any = request.client
    return f"page at {client.host}" if client else "page"
