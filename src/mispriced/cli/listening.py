"""The roles of a bookmaker's page and their commands: `listen` feeds its event streams, `extract-events`
works one off. In a fleet `mispriced worker` runs them as `listen` and `events`.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from mispriced.cli import Config, app
from mispriced.errors import Misconfigured, Usage

if TYPE_CHECKING:
    from mispriced.bookmakers.contract import Bookmaker
    from mispriced.cli.observing import Observed
    from mispriced.listener.habits import Listening
    from mispriced.ports import Clock, Store
    from mispriced.settings.model import Settings

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
BATCH: Final = 50  # events; the documents' pool size
SETTLE_S: Final = 10.0  # beyond an extraction's deadline: for storing what it gave
KEPT: Final = timedelta(days=1)

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
    from mispriced.cli.working import run_worker
    from mispriced.settings import load

    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Usage(f"URL is {url[:80]!r}, must begin with https:// or http:// and a host")
    settings = load(config, {"bookmaker": bookmaker, "browser": browser})
    run_worker("listen", settings, partial(run_listener, url=url))


@app.command(name="extract-events")
def extract_events(
    bookmaker: Name,
    market: Annotated[str, typer.Argument(metavar="MARKET", help="three_way, btts or double_chance.")],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="live or upcoming.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="The bookmaker's word for the day.")] = "0",
    config: Config = None,
) -> None:
    """Work off one event stream of a bookmaker's page until SIGTERM."""
    from mispriced.bookmakers import check, find
    from mispriced.cli.working import run_worker
    from mispriced.settings import load

    check(find(bookmaker), source, [market], period)
    given = {"bookmaker": bookmaker, "market": market, "source": source, "period": period}
    run_worker("events", load(config, given), run_events)


def run_listener(
    store: Store,
    settings: Settings,
    clock: Clock,
    stop: threading.Event,
    seen: Observed,
    url: str | None = None,
) -> None:
    """Listen to the page of `settings.bookmaker` until SIGTERM.

    Raises: Usage for a bookmaker that does not answer by event id; Misconfigured without page or browser.
    """
    from mispriced.bookmakers import find
    from mispriced.cli.wiring import pages

    site = find(settings.bookmaker)
    page = url or pages(settings).get(site.name)
    if page is None:
        raise Misconfigured(f"bookmakers.{site.name}.page is not set: what the listener opens")
    executable = str(settings.browser or next(filter(None, map(shutil.which, BROWSERS)), BROWSERS[0]))
    if shutil.which(executable) is None:
        raise Misconfigured(f"no browser at {executable}: install chromium, or name one by --browser")
    if not stop.is_set():
        asyncio.run(_listen(site, page, executable, store, settings, clock, seen))


def run_events(store: Store, settings: Settings, clock: Clock, stop: threading.Event, seen: Observed) -> None:
    """Work off the event stream that the settings name until `stop` is set."""
    from mispriced.backends.keys import Keys
    from mispriced.bookmakers import check, find
    from mispriced.cli.wiring import door, sites
    from mispriced.domain.markets import MARKETS
    from mispriced.messages import Subscription
    from mispriced.pipeline.eventstream import EventStream
    from mispriced.pipeline.extract import DEADLINE_S
    from mispriced.pipeline.pauses import SharedDoor
    from mispriced.pipeline.run import Consumer, Rhythm

    assert settings.source is not None
    site, source = find(settings.bookmaker), settings.source
    check(site, source, [settings.market], settings.period)
    market = next(one for one in MARKETS if one == settings.market)
    keys = Keys(prefix=settings.prefix, tag=settings.keys.tag)
    named = keys.event_stream(site.name, market, source, settings.period)
    subscription = Subscription(
        streams=named.streams, group=named.group, consumer=settings.worker or named.consumer
    )

    def opened() -> SharedDoor:
        return SharedDoor(seen.door(door(settings, clock), sites(settings)), store, clock)

    stage = EventStream(store, clock, opened, site, market, source, settings.period, seen.landed)
    reached, turned = seen.consumer(subscription.group, subscription.consumer)
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
            reached=reached,
            observed=turned,
        ).run()
    finally:
        stage.close()


async def _listen(
    site: Bookmaker,
    url: str,
    executable: str,
    store: Store,
    settings: Settings,
    clock: Clock,
    seen: Observed,
) -> None:
    from mispriced.backends.keys import Keys
    from mispriced.listener.browser import Listener
    from mispriced.listener.feed import Feed, receiver

    feed = Feed(site, Keys(prefix=settings.prefix, tag=settings.keys.tag))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    said = _Said(site, settings.worker or f"{site.name.lower()}_listener", store, seen)
    await Listener(url, receiver(feed, store, clock), clock, executable, said=said).run(stop)


class _Said:
    """Notes what a listener says of itself; it counts as healthy by what was useful."""

    def __init__(self, site: Bookmaker, name: str, store: Store, seen: Observed) -> None:
        self._note = f"listener/{site.name}"
        self._heartbeat = f"worker/listen/{name}"
        self._store = store
        _, self._turned = seen.consumer("listen", name)
        self._useful = 0

    def __call__(self, listening: Listening) -> None:
        import msgspec

        from mispriced.pipeline.run import Heartbeat

        if listening.useful > self._useful:
            self._useful = listening.useful
            self._turned(listening.useful, 0, listening.dropped)
        beat = Heartbeat(
            at=listening.at, streams=(), handled=listening.useful, buried=0, failed=listening.dropped
        )
        until = listening.at + KEPT
        self._store.note(self._note, msgspec.json.encode(listening), until)
        self._store.note(self._heartbeat, msgspec.json.encode(beat), until)
