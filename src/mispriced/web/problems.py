"""What is wrong with a request, in the form of the API that was asked.

Ours are problem details (RFC 9457); those of the compatible API are `{"message": …}`, as its clients expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mispriced.errors import Retry, Usage, unknown

COMPATIBLE: Final = "/v4"
PROBLEM: Final = "application/problem+json"
SHOWN_VALUE: Final = 80  # characters of a value that is repeated
SHOWN_ALLOWED: Final = 20  # names in a sentence; a list of ids may be long

NOT_FOUND: Final = 404
UNPROCESSABLE: Final = 422


class Problem(Exception):
    """A request that is not answered as it was meant: status, one sentence, and what helps."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def no_such(what: str, value: str, allowed: Iterable[str], status: int = UNPROCESSABLE) -> Problem:
    """Return the problem that `value` is none of the allowed; 404 where it names a resource."""
    names = list(allowed)
    near = unknown(what, value[:SHOWN_VALUE], names).partition("; did you mean ")[2]
    shown = ", ".join(names[:SHOWN_ALLOWED]) + (", …" if len(names) > SHOWN_ALLOWED else "")
    hint = f"; did you mean {near}" if near else ""
    return Problem(
        status,
        f"unknown {what} {value[:SHOWN_VALUE]!r}; allowed: {shown or 'none'}{hint}",
        allowed=names[:SHOWN_ALLOWED],
    )


def response(path: str, problem: Problem) -> Response:
    """Return the problem as the API of this path says it."""
    if path == COMPATIBLE or path.startswith(f"{COMPATIBLE}/"):
        body: dict[str, Any] = {"message": problem.detail}
        kind = "application/json"
    else:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(problem.status).phrase,
            "status": problem.status,
            "detail": problem.detail,
            "instance": path,
            **problem.more,
        }
        kind = PROBLEM
    return Response(msgspec.json.encode(body), problem.status, problem.headers, kind)


async def on_problem(request: Request, error: Exception) -> Response:
    """Answer a request that raised a problem, was refused by its parameters, or met a store that is away."""
    if isinstance(error, RequestValidationError):
        error = _refused(error)
    elif isinstance(error, HTTPException):
        error = Problem(error.status_code, _sentence(request, error), error.headers)
    elif isinstance(error, Usage):
        error = Problem(NOT_FOUND, str(error))
    elif isinstance(error, Retry):
        error = Problem(503, str(error), {"Retry-After": "1"})
    if not isinstance(error, Problem):
        raise error
    return response(request.url.path, error)


async def on_failure(request: Request, _: Exception) -> Response:
    """Answer a request that we failed at; the error itself goes on to the log."""
    return response(request.url.path, Problem(500, "this is our mistake; the log says what it is"))


def _sentence(request: Request, error: HTTPException) -> str:
    if error.status_code == NOT_FOUND:
        return f"nothing is at {request.url.path[:SHOWN_VALUE]!r}; /docs lists what is"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "GET")
        return f"{request.method} is not allowed at {request.url.path[:SHOWN_VALUE]!r}; allowed: {allowed}"
    return str(error.detail)


def _refused(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    name = str(first["loc"][-1])
    value = str(first.get("input"))[:SHOWN_VALUE]
    if first["type"] in ("literal_error", "enum"):
        return no_such(name, value, re.findall(r"'([^']*)'", first["ctx"]["expected"]))
    message = first["msg"][:1].lower() + first["msg"][1:]
    shown = "" if first["type"] == "missing" else f", not {value!r}"
    return Problem(UNPROCESSABLE, f"{name}: {message}{shown}")
