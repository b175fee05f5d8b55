"""The commands of a bookmaker's page: `listen` feeds its event streams, `extract-events` works one off."""

from __future__ import annotations

import asyncio
import shutil
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from mispriced.cli import Config, app
from mispriced.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from mispriced.bookmakers.contract import Bookmaker
    from mispriced.ports import Clock, Store
    from mispriced.settings.model import Settings

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
BATCH: Final = 50  # events; the documents' pool size
SETTLE_S: Final = 10.0  # beyond an extraction's deadline: for storing what it gave

Name = Annotated[str, typer.Argument(metavar="BOOKMAKER", help="One that answers by event id.")]


@app.command()
def listen(
    bookmaker: Name,
    url: Annotated[str, typer.Argument(metavar="URL", help="The page that the browser opens.")],
    browser: Annotated[
        Path | None, typer.Option("--browser", metavar="PATH", help="Chromium; default: the one on PATH.")
    ] = None,
    config: Config = None,
) -> None:
    """Open a bookmaker's page in a headless browser and feed its event streams until SIGTERM."""
    from mispriced.bookmakers import find
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.observing import keep_logs
    from mispriced.cli.stores import open_store, server
    from mispriced.settings import load

    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Usage(f"URL is {url[:80]!r}, must begin with https:// or http:// and a host")
    settings, clock = load(config), SystemClock()
    executable = str(browser) if browser else next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None or shutil.which(executable) is None:
        raise Misconfigured(f"no browser at {executable or ', '.join(BROWSERS)}: install chromium")
    keep_logs(settings, "listener")
    with server(settings, is_awaited=True) as address:
        store = open_store(address, settings)
        try:
            asyncio.run(_listen(find(bookmaker), url, executable, store, settings, clock))
        finally:
            store.close()


@app.command(name="extract-events")
def extract_events(
    bookmaker: Name,
    market: Annotated[str, typer.Argument(metavar="MARKET", help="three_way, btts or double_chance.")],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="live or upcoming.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="The bookmaker's word for the day.")] = "0",
    config: Config = None,
) -> None:
    """Work off one event stream of a bookmaker's page until SIGTERM."""
    from mispriced.backends.keys import Keys
    from mispriced.bookmakers import check, find
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.observing import observed
    from mispriced.cli.stores import open_store, server
    from mispriced.cli.wiring import door
    from mispriced.domain.markets import MARKETS
    from mispriced.domain.model import SOURCES
    from mispriced.pipeline.eventstream import EventStream
    from mispriced.pipeline.extract import DEADLINE_S
    from mispriced.pipeline.run import Consumer, Rhythm
    from mispriced.settings import load

    site = find(bookmaker)
    check(site, source, [market], period)
    wanted = next(one for one in MARKETS if one == market)
    of = next(one for one in SOURCES if one == source)
    settings, clock, stop = load(config), SystemClock(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    keys = Keys(prefix=settings.prefix, tag=settings.keys.tag)
    subscription = keys.event_stream(site.name, wanted, of, period)
    with server(settings, is_awaited=True) as address:
        store = open_store(address, settings)
        with observed(settings, clock, subscription.consumer) as seen:
            stage = EventStream(
                store, clock, lambda: door(settings, clock), site, wanted, of, period, seen.landed
            )
            try:
                Consumer(
                    store,
                    subscription,
                    stage,
                    clock,
                    stop,
                    batch_size=BATCH,
                    batch_timeout_s=settings.batch_timeout_s,
                    rhythm=Rhythm(claim_idle_s=DEADLINE_S + SETTLE_S),
                ).run()
            finally:
                stage.close()
                store.close()


async def _listen(
    bookmaker: Bookmaker, url: str, executable: str, store: Store, settings: Settings, clock: Clock
) -> None:
    import msgspec

    from mispriced.backends.keys import Keys
    from mispriced.listener.browser import Listener
    from mispriced.listener.feed import Feed, receiver
    from mispriced.listener.habits import Listening

    note = f"listener/{bookmaker.name}"
    feed = Feed(bookmaker, Keys(prefix=settings.prefix, tag=settings.keys.tag))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def said(listening: Listening) -> None:
        store.note(note, msgspec.json.encode(listening))

    await Listener(url, receiver(feed, store, clock), clock, executable, said=said).run(stop)
