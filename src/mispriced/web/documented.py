"""The OpenAPI document: routes say which of our types they answer with, and its schema is the type's own."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from msgspec import Struct

from mispriced import __version__
from mispriced.web.problems import PROBLEM

STREAM: Final = "/api/v1/stream"
PARTS: Final = "x-parts"
WORDS: Final = {
    401: "A token is needed, or the one given is wrong",
    403: "A change is taken from our own pages, and with their X-CSRF-Token",
    404: "Nothing has this id",
    413: "The body is too long",
    414: "The query is too long",
    421: "The host that is named is not served here",
    422: "A parameter is none of the allowed",
    429: "Too many wrong tokens; wait",
    503: "The store was not read yet, or is away",
}


class ProblemDetails(Struct, frozen=True, kw_only=True):
    """What is wrong (RFC 9457). `allowed`: what would be taken."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    allowed: list[str] = []


class Message(Struct, frozen=True, kw_only=True):
    """What is wrong, as the compatible API says it."""

    message: str


def described(form: Any, what: str, *more: int, is_compatible: bool = False) -> dict[str, Any]:
    """Return how a route is described: what it answers with, and the problems it may have."""
    kind, problem = ("application/json", Message) if is_compatible else (PROBLEM, ProblemDetails)
    problems = {
        code: {"description": WORDS[code], "content": {kind: {"schema": _schema(problem)}}}
        for code in sorted({401, 414, 421, 422, 429, 503, *more})
    }
    good = {"description": what, "content": {"application/json": {"schema": _schema(form)}}}
    return {"responses": {200: good, **problems}, "response_model": None, "response_description": what}


def taken(given: Any, form: Any, what: str, *more: int) -> dict[str, Any]:
    """Return how a change is described: `given` is the type of its body, None where it has none."""
    extra: dict[str, Any] = {
        "parameters": [
            {
                "name": "X-CSRF-Token",
                "in": "header",
                "required": False,
                "description": "of /api/v1/session; not needed with the token",
                "schema": {"type": "string"},
            }
        ]
    }
    if given is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": _schema(given)}}}
    return {**described(form, what, 403, 413, *more), "openapi_extra": extra}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes."""
    found = get_openapi(
        title="mispriced",
        version=__version__,
        description=DESCRIPTION,
        routes=app.routes,
    )
    parts: dict[str, Any] = {}
    for path in found["paths"].values():
        for operation in path.values():
            for answer in (*operation["responses"].values(), operation.get("requestBody", {})):
                for content in answer.get("content", {}).values():
                    parts |= content["schema"].pop(PARTS, {})
    components = found.setdefault("components", {})
    components["schemas"] = dict(sorted(parts.items()))
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "apiKey": {"type": "apiKey", "in": "query", "name": "apiKey"},
    }
    found["security"] = [{}, {"bearer": []}]
    found["paths"][STREAM] = {"get": _stream()}
    return found


def _schema(form: Any) -> dict[str, Any]:
    """Return the schema of a type, with what it refers to until the document has it in one place."""
    [schema], parts = msgspec.json.schema_components([form], ref_template="#/components/schemas/{name}")
    return {**schema, PARTS: parts}


def _stream() -> dict[str, Any]:
    return {
        "summary": "What changes, live",
        "operationId": "stream",
        "description": STREAM_DESCRIPTION,
        "parameters": [
            {
                "name": name,
                "in": where,
                "required": False,
                "description": what,
                "schema": {"type": "string"},
            }
            for name, where, what in (
                ("kinds", "query", "names of events, with commas between; default: all"),
                ("match_id", "query", "odds of these matches alone, with commas between"),
                ("Last-Event-ID", "header", "go on after this event"),
                ("last_event_id", "query", "the same, for a client that cannot set the header"),
            )
        ],
        "responses": {
            "200": {
                "description": "Events until the client goes",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        },
    }


DESCRIPTION: Final = """\
Odds of several bookmakers, and what stands between them. Every answer says in `X-Data-Status` whether it
is live, simulated or stale, and in `X-Data-Age-Ms` how old it is. `ETag` and `If-None-Match` save asking
for the same again. Lists come in parts: `next` of an answer is the `cursor` of the next part. Problems are
`application/problem+json`. Below `/v4` stands an API that clients of The Odds API v4 can use as it is.
"""

STREAM_DESCRIPTION: Final = """\
Server-sent events. The first is `snapshot`; then `odds`, `locked-odds`, `event-status`,
`opportunity.opened`, `opportunity.changed`, `opportunity.seen`, `opportunity.closed` as they come, a tenth
of a second's changes together, and `heartbeat` every five seconds. A client that comes back with
`Last-Event-ID` gets what it missed, or a new snapshot, which replaces everything. So does one that reads
too slowly.
"""
