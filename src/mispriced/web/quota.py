"""How routes of the compatible API are registered and answer: their paths, and the headers of a quota.

There is no quota: `x-requests-used` counts since the start, `x-requests-last` what theirs would have cost,
and `x-requests-remaining` never changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from mispriced.web.answers import Shown
from mispriced.web.documented import described
from mispriced.web.state import State

REMAINING: Final = 1_000_000_000
TAG: Final = "The Odds API v4"

Endpoint = Callable[..., Awaitable[Response]]


class Quota:
    """Answers with the headers of a quota, and counts."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._used = 0

    def answer(self, request: Request, state: State, body: Any, cost: int) -> Response:
        """Return the answer, which would have cost so much at theirs."""
        self._used += cost
        counted = {"used": self._used, "last": cost, "remaining": REMAINING}
        headers = {f"x-requests-{name}": str(number) for name, number in counted.items()}
        return self._shown.answer(request, state, body, headers)


def registered(
    routes: APIRouter, path: str, form: Any, what: str, *codes: int
) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint; their documentation writes paths with a slash at the end and without."""

    def register(endpoint: Endpoint) -> Endpoint:
        routes.get(path, **described(form, what, *codes, is_compatible=True))(endpoint)
        routes.get(f"{path}/", include_in_schema=False, response_model=None)(endpoint)
        return endpoint

    return register
