"""What is no API: the page, its login, the list of routes, files, health and metrics.

The page asks `/api/v1` and listens to `/api/v1/stream`; their data contract is in `frames.py` and in the
OpenAPI document at `/api/v1/openapi.json`. Templates get `simulated` and nothing of a bookmaker's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from mispriced.telemetry.metrics import Metrics
from mispriced.web.access import COOKIE, SESSION_S, Access
from mispriced.web.answers import Shown
from mispriced.web.guard import too_many
from mispriced.web.problems import Problem
from mispriced.web.state import status

FOLDER: Final = Path(__file__).parent
TEMPLATES: Final = FOLDER / "templates"
STATIC: Final = FOLDER / "static"


def pages(
    shown: Shown, access: Access, metrics: Metrics, document: Callable[[], dict[str, object]]
) -> APIRouter:
    """Return the routes, which are in no API's document."""
    routes = APIRouter(include_in_schema=False)
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())

    def rendered(name: str, code: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(
            templates.get_template(name).render(**values), code, {"Cache-Control": "no-cache"}
        )

    @routes.get("/")
    async def index() -> Response:
        return rendered("index.html")

    @routes.get("/docs")
    async def docs() -> Response:
        return rendered("docs.html", document=document())

    @routes.get("/login")
    async def login() -> Response:
        return rendered("login.html", failed=False)

    @routes.post("/login")
    async def log_in(request: Request) -> Response:
        address = request.client.host if request.client else ""
        if wait_s := access.wait_s(address):
            raise too_many(wait_s)
        body = (await request.body()).decode("utf-8", "replace")
        if not access.is_token(parse_qs(body).get("token", [""])[0]):
            access.fail(address)
            return rendered("login.html", 401, failed=True)
        answer = RedirectResponse(_own(request.query_params.get("next", "/")), 303)
        is_secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, access.session(), SESSION_S, httponly=True, samesite="strict", secure=is_secure
        )
        return answer

    @routes.post("/logout")
    async def log_out() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    @routes.get("/healthz")
    async def healthz() -> Response:
        if not shown.is_read:
            return PlainTextResponse("the store is read no more: start this process again\n", 503)
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    async def readyz() -> Response:
        why = _not_ready(shown)
        return PlainTextResponse(f"{why or 'ok'}\n", 503 if why else 200)

    @routes.get("/metrics")
    async def measured(request: Request) -> Response:
        body, kind = metrics.render(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": kind})

    return routes


def _not_ready(shown: Shown) -> str:
    try:
        state = shown.state()
    except Problem as problem:
        return problem.detail
    now = shown.clock.now()
    if status(state, now) == "stale":
        return state.error or f"the store was read {(now - state.at).total_seconds():.1f} s ago"
    return ""


def _own(path: str) -> str:
    """Return a path of ours to go to; anything else, such as another site's address, becomes the page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/"
