"""`mispriced web`: the page and the API against a running store, alone or in a thread of `up`."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from msgspec import Struct
from msgspec.structs import asdict

from mispriced.cli import Config, app

if TYPE_CHECKING:
    from mispriced.ports import Clock, Store
    from mispriced.settings.model import Settings
    from mispriced.telemetry.metrics import Metrics

Host = Annotated[str | None, typer.Option("--host", help="Listen here; beyond loopback only with a token.")]
Port = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65535, help="On this port, or the next free one; 0 is any."),
]

ALIVE_S: Final = 0.5  # a server that ended by itself is noticed within it


@app.command()
def web(config: Config = None, host: Host = None, port: Port = None) -> None:
    """Serve the page and the API of a running store, until stopped."""
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.observing import acting, observed
    from mispriced.cli.stores import open_store, server
    from mispriced.settings import load

    settings = Place(host, port).of(load(config))
    clock = SystemClock()
    with server(settings, is_awaited=True) as address:
        opened = partial(open_store, address, settings)
        with observed(settings, clock, "web", opened, shows_state=True) as seen, acting("web"):
            stop = threading.Event()
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            with in_thread(settings, opened, clock, seen.metrics) as found:
                while found.thread.is_alive() and not stop.wait(ALIVE_S):
                    pass


class Place(Struct, frozen=True):
    """Where the command line says to listen; None is as the settings say."""

    host: str | None = None
    port: int | None = None

    def of(self, settings: Settings) -> Settings:
        """Return the settings with this address."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return settings.model_copy(update={"web": settings.web.model_copy(update=given)})


class Served:
    """A server on a bound socket, and the thread that it will run in."""

    def __init__(self, shown: Any, server: Any, socket: Any, url: str, asked: int) -> None:
        self.shown = shown
        self.server = server
        self.socket = socket
        self.url = url
        self.asked = asked
        self.thread = threading.Thread()


def served(settings: Settings, opened: Callable[[], Store], clock: Clock, metrics: Metrics) -> Served:
    """Return the server of the settings' address.

    Raises: Misconfigured when it may not or cannot be listened on.
    """
    from mispriced.cli.recording import recorded
    from mispriced.cli.staking import terms_of
    from mispriced.cli.wiring import value_rules
    from mispriced.web.app import Facts, Web
    from mispriced.web.server import Server, address_of, bind

    given = settings.web
    facts = Facts(
        token=given.token.get_secret_value() if given.token is not None else None,
        hosts=(given.host, *given.hosts),
        values=value_rules(settings),
        terms=partial(terms_of, settings),
        record=recorded(settings),
        titles={name: one.title for name, one in settings.bookmakers.items() if one.title},
        is_strict_v4=given.strict_v4,
    )
    bound = bind(given.host, given.port, facts.token is not None)
    shown = Web(opened, clock, facts, metrics)
    return Served(shown, Server(shown.app, shown.close), bound, address_of(bound), given.port)


@contextmanager
def in_thread(
    settings: Settings, opened: Callable[[], Store], clock: Clock, metrics: Metrics
) -> Iterator[Served]:
    """Serve in a thread until the end of the block."""
    found = served(settings, opened, clock, metrics)

    def run() -> None:
        asyncio.run(found.server.serve([found.socket]))

    say(found)
    found.thread = threading.Thread(target=run, name="web")
    found.thread.start()
    try:
        yield found
    finally:
        found.server.should_exit = True
        found.thread.join()


def say(found: Served) -> None:
    """Say where the page is, and that it is not where it was meant to be."""
    port = found.socket.getsockname()[1]
    moved = f" (port {found.asked} is taken)" if found.asked not in (0, port) else ""
    sys.stderr.write(f"mispriced: page and API at {found.url}{moved}\n")
