"""The HTTP server: uvicorn, which hands its connections over to the live stream and ends in time."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from mispriced.errors import Misconfigured
from mispriced.web.access import is_loopback

TRANSPORT: Final = "mispriced.transport"  # of a scope's extensions
GRACE_S: Final = 3  # for requests in hand; the promise is five seconds for everything
MOST_HEADERS: Final = 64 * 1024  # bytes of a request's head
BACKLOG: Final = 1024  # clients that connect at once, as after a restart
PORTS: Final = 20  # tried after a taken one


class Protocol(H11Protocol):
    """A connection whose requests know it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        inner: ASGIApp = self.app

        async def known(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), TRANSPORT: self.transport}
            await inner(scope, receive, send)

        self.app = known


class Server(uvicorn.Server):
    """Serves an app on a bound socket; `ending` is called when it is told to stop."""

    def __init__(self, app: ASGIApp, ending: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=MOST_HEADERS,
                timeout_graceful_shutdown=GRACE_S,
                backlog=BACKLOG,
            )
        )
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first: nobody waits for a client that listens for ever."""
        self._ending()
        await asyncio.sleep(0)
        await super().shutdown(sockets)


def bind(host: str, port: int, has_token: bool) -> socket.socket:
    """Return a socket that listens on the port, or on the next free one where it is taken.

    Raises: Misconfigured for an address beyond loopback without a token, or one that is not this machine's.
    """
    if not has_token and not is_loopback(host):
        raise Misconfigured(
            f"web.host: {host} is reached from other machines, which needs web.token to be set; "
            "allowed without: 127.0.0.1, ::1, localhost"
        )
    last: OSError | None = None
    for tried in range(port, min(port + PORTS, 65536)) if port else (0,):
        try:
            return _listen(host, tried)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Misconfigured(
                    f"web.host: cannot listen on {host} port {tried}: {error.strerror}"
                ) from error
            last = error
    raise Misconfigured(f"web.port: {port} to {tried} are taken on {host}") from last


def address_of(bound: socket.socket) -> str:
    """Return the URL under which a bound socket is reached."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
