"""The whole application: the reader, the hub, the routes and the guard before them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from mispriced.errors import Retry, Usage
from mispriced.pipeline.views.stakes import TermsOf
from mispriced.pipeline.views.values import ValueRules
from mispriced.ports import Clock, Store
from mispriced.telemetry.metrics import Metrics
from mispriced.web.access import Access
from mispriced.web.answers import Shown
from mispriced.web.compatible import compatible
from mispriced.web.documented import STREAM, document
from mispriced.web.guard import Guard
from mispriced.web.historical import historical
from mispriced.web.hub import Hub
from mispriced.web.matches import matches
from mispriced.web.opportunities import opportunities
from mispriced.web.pages import STATIC, pages
from mispriced.web.past import Asker, Record, past
from mispriced.web.problems import Problem, on_failure, on_problem
from mispriced.web.quota import Quota
from mispriced.web.reader import Reader
from mispriced.web.review import reviewing
from mispriced.web.staking import staking
from mispriced.web.state import State, Update
from mispriced.web.stream import Stream
from mispriced.web.system import system

DOCUMENT = "/api/v1/openapi.json"


class Facts(Struct, frozen=True, kw_only=True):
    """What the application is told: whom it lets in, and how it shows what."""

    token: str | None
    hosts: tuple[str, ...]
    values: ValueRules
    terms: TermsOf
    record: Record | None = None
    titles: Mapping[str, str] = {}
    is_strict_v4: bool = False


class Web:
    """The application over one store; `app` is served, `close` ends the clients of its stream."""

    def __init__(self, opened: Callable[[], Store], clock: Clock, facts: Facts, metrics: Metrics) -> None:
        self.hub = Hub(clock)
        self.loop: asyncio.AbstractEventLoop | None = None
        rules = facts.values.detect
        self.reader = Reader(opened, clock, rules, facts.terms, self.publish)
        access = Access(facts.token, secrets.token_bytes(32), facts.hosts, clock)
        shown = Shown(self.reader, clock, rules)
        self.app: ASGIApp = Guard(self._routes(shown, access, metrics, facts), access)

    def close(self) -> None:
        """End every stream."""
        self.hub.close()

    def publish(self, state: State, updates: tuple[Update, ...]) -> None:
        """Hand a state to the clients of the stream, from any thread."""
        loop = self.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.hub.publish, state, updates)

    def _routes(self, shown: Shown, access: Access, metrics: Metrics, facts: Facts) -> FastAPI:
        app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=self._lifespan)
        for kind in (Problem, RequestValidationError, HTTPException, Usage, Retry):
            app.add_exception_handler(kind, on_problem)
        app.add_exception_handler(Exception, on_failure)
        asker, quota = Asker(facts.record), Quota(shown)
        for routes in (
            opportunities(shown, facts.values),
            staking(shown, facts.terms),
            matches(shown),
            reviewing(shown),
            past(shown, asker),
            system(shown, access, self.hub),
            compatible(shown, quota, facts.titles, facts.is_strict_v4),
            historical(shown, quota, asker, facts.titles, facts.is_strict_v4),
        ):
            app.include_router(routes)

        @cache
        def described() -> dict[str, Any]:
            return document(app)

        async def openapi(_: object) -> Response:
            return JSONResponse(described())

        app.include_router(pages(shown, access, metrics, described))
        app.router.routes.append(Route(DOCUMENT, openapi))
        app.router.routes.append(Route(STREAM, Stream(shown, self.hub), methods=None))
        app.mount("/static", StaticFiles(directory=STATIC))
        return app

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        self.loop = asyncio.get_running_loop()
        self.reader.start()
        try:
            yield
        finally:
            self.loop = None
            await asyncio.to_thread(self.reader.close)
