"""How an answer is made of the state: JSON with its age, a tag to ask again with, and pages by cursor."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

import msgspec
from fastapi import Request
from msgspec import Struct
from starlette.responses import Response

from mispriced.domain.freshness import age
from mispriced.errors import Retry
from mispriced.pipeline.compare import DetectRules
from mispriced.ports import Clock, Store
from mispriced.web.problems import UNPROCESSABLE, Problem
from mispriced.web.reader import Reader
from mispriced.web.state import State, status

ANSWER_S: Final = 5.0  # for what the store is asked

Row = TypeVar("Row")
Found = TypeVar("Found")
Key = tuple[Any, ...]


class Page(Struct, Generic[Row], frozen=True, kw_only=True):
    """A part of a list; `next` is the cursor of the part after it, null at the end."""

    simulated: bool
    items: list[Row]
    next: str | None


class Shown:
    """What the routes answer from."""

    def __init__(self, reader: Reader, clock: Clock, rules: DetectRules) -> None:
        self.clock = clock
        self.rules = rules
        self._reader = reader

    @property
    def is_read(self) -> bool:
        """Whether the store is read on."""
        return self._reader.is_alive

    def state(self) -> State:
        """Return the last state.

        Raises: Problem until the store was read once.
        """
        if self._reader.state is None:
            raise Problem(503, "the store was not read yet", {"Retry-After": "1"})
        return self._reader.state

    async def ask(self, call: Callable[[Store], Found]) -> Found:
        """Return what the store says to `call`, between two readings.

        Raises: Retry when it is busy or away; what `call` raises.
        """
        answer: Future[Found] = self._reader.ask(call)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), ANSWER_S)
        except TimeoutError as error:
            raise Retry(f"the store does not answer within {ANSWER_S:.0f} s") from error

    def answer(
        self, request: Request, state: State, body: Any, headers: dict[str, str] | None = None
    ) -> Response:
        """Return the body as JSON, or 304 where the client has it already."""
        data = _ENCODER.encode(body)
        now = self.clock.now()
        tag = f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
        told = {
            "ETag": tag,
            "Cache-Control": "no-cache",
            "X-Data-Status": status(state, now),
            "X-Data-Age-Ms": str(round(age(state.at, now).total_seconds() * 1000)),
            **(headers or {}),
        }
        given = [
            one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")
        ]
        if tag in given or "*" in given:
            return Response(status_code=304, headers=told)
        return Response(data, headers=told, media_type="application/json")


def page(state: State, rows: Iterable[Row], key: Callable[[Row], Key], limit: int, cursor: str) -> Page[Row]:
    """Return the rows behind the cursor, at most `limit`, in the order of their keys.

    A cursor is the key of the last row that was given, so rows that come or go move no other.

    Raises: Problem when the cursor is none of this list.
    """
    found = sorted(rows, key=key)
    if cursor:
        last = _key(cursor)
        try:
            found = [one for one in found if list(key(one)) > last]
        except TypeError as error:
            raise _no_cursor(cursor) from error
    items = found[:limit]
    more = len(found) > limit
    return Page(simulated=state.is_simulated, items=items, next=_cursor(key(items[-1])) if more else None)


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _key(cursor: str) -> list[Any]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=list[str | float | bool])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise _no_cursor(cursor) from error


def _no_cursor(cursor: str) -> Problem:
    return Problem(UNPROCESSABLE, f"cursor {cursor[:40]!r} is none of this list; take `next` of an answer")


_ENCODER: Final = msgspec.json.Encoder()
