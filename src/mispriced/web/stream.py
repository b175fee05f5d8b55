"""`/api/v1/stream`: a request becomes a client of the hub, which writes to its connection by itself.

The frames are the same bytes for everybody, so they do not pass the framework: `server.py` hands the
connection over, the headers go out as every answer's do, and what follows is the hub's.
"""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import Request
from starlette.types import Receive, Scope, Send

from mispriced.web.answers import Shown
from mispriced.web.frames import KINDS, MOST_MATCHES, Topic
from mispriced.web.hub import Client, Hub
from mispriced.web.problems import NOT_FOUND, UNPROCESSABLE, Problem, no_such, response
from mispriced.web.server import TRANSPORT

MOST_CLIENTS: Final = 4096  # open files of a process, with room for requests

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy hands events on as they come
]


class Stream:
    """The endpoint of the live stream."""

    def __init__(self, shown: Shown, hub: Hub) -> None:
        self._shown = shown
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            topic = self._topic(request)
            if len(self._hub) >= MOST_CLIENTS:
                raise Problem(503, f"{MOST_CLIENTS} clients listen already", {"Retry-After": "5"})
        except Problem as problem:
            await response(scope["path"], problem)(scope, receive, send)
            return
        last_id = request.headers.get("last-event-id") or request.query_params.get("last_event_id", "")
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        client = Client(transport, topic, is_chunked=scope["http_version"] == "1.1")
        self._hub.join(client, last_id)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._hub.leave(client)

    def _topic(self, request: Request) -> Topic:
        if request.method != "GET":
            raise Problem(405, f"{request.method} is not allowed at the stream", {"Allow": "GET"})
        kinds = _names(request, "kinds")
        for one in kinds:
            if one not in KINDS:
                raise no_such("kind", one, KINDS)
        matches = _names(request, "match_id")
        if len(matches) > MOST_MATCHES:
            raise Problem(UNPROCESSABLE, f"{len(matches)} matches are named, at most {MOST_MATCHES}")
        known = self._shown.state().events
        for one in matches:
            if one not in known:
                raise no_such("match", one, known, NOT_FOUND)
        return Topic(frozenset(kinds or KINDS), frozenset(matches) if matches else None)


def _names(request: Request, parameter: str) -> list[str]:
    return [one for one in request.query_params.get(parameter, "").split(",") if one]
