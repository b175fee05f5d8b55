"""The door of every request: size, Host, token, origin; and the headers that keep a browser strict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mispriced.web.access import Access, cookie_of
from mispriced.web.problems import COMPATIBLE, Problem, response

MOST_BODY: Final = 16 * 1024  # bytes; the longest form is a decision on two events
MOST_QUERY: Final = 8 * 1024  # bytes; fifty ids
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = ("/healthz", "/login", "/static/")  # without a token: nothing of the state is in them
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Lets a request through to `app`, or answers it."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    found.setdefault(name, value)
            await send(message)

        try:
            self._check(scope, headers)
            await self._app(scope, _bounded(receive), sealed)
        except Problem as problem:
            path = scope["path"]
            is_page = "text/html" in headers.get("accept", "") and not path.startswith(COMPATIBLE)
            if problem.status == 401 and is_page and scope["method"] == "GET":
                answer = RedirectResponse(f"/login?next={quote(path)}", 303)
                await answer(scope, receive, sealed)
            else:
                await response(path, problem)(scope, receive, sealed)

    def _check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        if len(scope["query_string"]) > MOST_QUERY:
            raise Problem(414, f"the query has {len(scope['query_string'])} bytes, at most {MOST_QUERY}")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BODY:
            raise Problem(413, f"the body has {length[:20]} bytes, at most {MOST_BODY} are taken")
        host = headers.get("host", "")
        if not self._access.is_host(host):
            raise Problem(
                421, f"host {host[:80]!r} is not served here; web.hosts of the settings allows names"
            )
        by_token = self._authenticate(scope, headers)
        if scope["method"] not in SAFE:
            self._check_change(scope, headers, host, by_token)

    def _authenticate(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        """Return whether the request carries the token itself, which no browser adds by itself."""
        path = scope["path"]
        if not self._access.needs_token or path.startswith(OPEN):
            return False
        if self._access.is_session(cookie_of(headers)):
            return False
        given = _token(scope, headers)
        address = (scope.get("client") or ("",))[0]
        if wait_s := self._access.wait_s(address):
            raise too_many(wait_s)
        if self._access.is_token(given):
            return True
        if given:
            self._access.fail(address)
        says = (
            "the token is wrong"
            if given
            else "a token is needed: Authorization: Bearer, apiKey of /v4, or /login"
        )
        raise Problem(401, says, {"WWW-Authenticate": "Bearer"})

    def _check_change(self, scope: Scope, headers: Mapping[str, str], host: str, by_token: bool) -> None:
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "same-origin")
        if (origin is not None and urlsplit(origin).netloc != host) or site not in ("same-origin", "none"):
            raise Problem(403, "a change is taken from our own pages only")
        if by_token or scope["path"] == "/login":
            return
        if not self._access.is_csrf(headers.get("x-csrf-token", ""), cookie_of(headers)):
            raise Problem(403, "X-CSRF-Token is missing or not of this session; /api/v1/session gives it")


def too_many(wait_s: float) -> Problem:
    """Return the answer to an address that guesses."""
    seconds = max(1, round(wait_s))
    return Problem(429, f"too many wrong tokens, wait {seconds} s", {"Retry-After": str(seconds)})


def _token(scope: Scope, headers: Mapping[str, str]) -> str:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        return given.strip()
    if scope["path"].startswith(COMPATIBLE):
        query: bytes = scope["query_string"]
        return parse_qs(query.decode("latin-1")).get("apiKey", [""])[0]
    return ""


def _bounded(receive: Receive) -> Receive:
    """Return what receives a body that does not tell its length, up to the limit."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BODY:
            raise Problem(413, f"the body is longer than {MOST_BODY} bytes")
        return message

    return bounded
