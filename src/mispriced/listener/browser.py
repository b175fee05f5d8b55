"""A headless browser on a bookmaker's page: the JSON that the page loads and the frames that it is pushed.

It is a visitor like any other and hides nothing. It lives in contexts: a fresh one after a while, when the
page fell silent, crashed or its browser died. Not here: what is in a body (page), and where it goes (feed).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from mispriced.errors import Fatal, Misconfigured, Retry
from mispriced.listener.habits import Habits, Listening
from mispriced.listener.memory import memory_of
from mispriced.listener.page import Received
from mispriced.ports import Clock

if TYPE_CHECKING:
    from playwright.async_api import Browser, Response, WebSocket

FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOK_S: Final = 0.1  # between two looks at whether the context is over
MOST_BYTES: Final = 8_000_000  # of one body or frame; the longest list of games has 1.5 MB
MOST_IN_HAND: Final = 1000  # bodies and frames that wait to be read; beyond it they are dropped
SHOWN_ERROR: Final = 200  # characters


class Listener:
    """Listens to one page. `receive` reads a body or frame and returns whether odds or events were in it.

    `receive` and `said` are called by one thread of the listener's own. `executable`: the browser.
    """

    def __init__(
        self,
        url: str,
        receive: Callable[[Received], bool],
        clock: Clock,
        executable: str,
        *,
        habits: Habits | None = None,
        said: Callable[[Listening], None] | None = None,
    ) -> None:
        self._url = url
        self._read = receive
        self._clock = clock
        self._executable = executable
        self._habits = habits or Habits()
        self._said = said
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="listener")
        self._fatal: Fatal | None = None
        self._last_useful: datetime | None = None
        self._heard_at = 0.0
        self._messages = self._useful = self._dropped = self._contexts = self._failures = self._in_hand = 0
        self._ended = ""
        self._beats_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop` is set; what fails is begun again after a pause.

        Raises: Misconfigured without Playwright; Fatal when a person has to act.
        """
        try:
            from playwright.async_api import Error
        except ImportError as error:
            raise Misconfigured("the listener needs Playwright: pip install 'mispriced[browser]'") from error
        try:
            while not stop.is_set():
                try:
                    await self._browse(stop)
                except (Error, OSError) as error:
                    await self._pause(stop, f"failed: {str(error)[:SHOWN_ERROR]}")
        finally:
            await asyncio.to_thread(self._worker.shutdown)

    async def _browse(self, stop: asyncio.Event) -> None:
        from playwright.async_api import async_playwright

        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=self._executable, args=FLAGS, chromium_sandbox=os.geteuid() != 0
            )
            try:
                while not stop.is_set():
                    why = await self._in_context(browser, stop)
                    if why in ("silent", "crashed", "browser died"):
                        await self._pause(stop, why)
                    self._ended = why
                    if why in ("memory", "browser died"):
                        return
            finally:
                if browser.is_connected():
                    await browser.close()

    async def _in_context(self, browser: Browser, stop: asyncio.Event) -> str:
        """Return why the context is over."""
        context = await browser.new_context(service_workers="block")
        self._contexts += 1
        before = self._messages
        began = self._heard_at = measured = self._clock.monotonic()
        crashed = asyncio.Event()
        try:
            page = await context.new_page()
            page.on("response", self._on_response)
            page.on("websocket", self._on_socket)
            page.on("crash", lambda _: crashed.set())
            await page.goto(self._url, wait_until="domcontentloaded", timeout=self._habits.load_s * 1000)
            while not stop.is_set():
                await _wait(stop, LOOK_S)
                now = self._clock.monotonic()
                self._beat(now)
                if self._fatal is not None:
                    raise self._fatal
                if crashed.is_set():
                    return "crashed"
                if not browser.is_connected():
                    return "browser died"
                if now - began >= self._habits.fresh_s:
                    return "old"
                if self._messages - before >= self._habits.fresh_messages:
                    return "full"
                if now - self._heard_at >= self._habits.silent_s:
                    return "silent"
                if now - measured >= self._habits.memory_s:
                    measured = now
                    if await memory_of(browser) > self._habits.memory_bytes:
                        return "memory"
            return "stopped"
        finally:
            if browser.is_connected():
                await context.close()

    async def _on_response(self, response: Response) -> None:
        from playwright.async_api import Error

        if response.request.resource_type not in ("xhr", "fetch"):
            return
        if "json" not in response.headers.get("content-type", ""):
            return
        try:
            body = await response.body()
        except Error:  # gone with a navigation or its context
            self._dropped += 1
            return
        self._take(body, response.url, is_frame=False)

    def _on_socket(self, socket: WebSocket) -> None:
        def heard(payload: str | bytes) -> None:
            body = payload.encode() if isinstance(payload, str) else payload
            self._take(body, socket.url, is_frame=True)

        socket.on("framereceived", heard)

    def _take(self, body: bytes, address: str, is_frame: bool) -> None:
        self._messages += 1
        if len(body) > MOST_BYTES or self._in_hand >= MOST_IN_HAND:
            self._dropped += 1
            return
        self._in_hand += 1
        received = Received(body=body, address=address, seen_at=self._clock.now(), is_frame=is_frame)
        reading = asyncio.get_running_loop().run_in_executor(self._worker, self._read, received)
        reading.add_done_callback(self._was_read)

    def _was_read(self, reading: asyncio.Future[bool]) -> None:
        self._in_hand -= 1
        error = reading.exception()
        if isinstance(error, Fatal):
            self._fatal = error
        elif isinstance(error, Retry):
            _log.warning("not published, told again later", url=self._url, error=str(error))
        elif error is not None:
            _log.error("a message could not be read", url=self._url, error=repr(error))
        elif reading.result():
            self._useful += 1
            self._failures = 0
            self._heard_at = self._clock.monotonic()
            self._last_useful = self._clock.now()

    async def _pause(self, stop: asyncio.Event, why: str) -> None:
        self._ended = why
        pause_s = min(self._habits.first_pause_s * 2.0**self._failures, self._habits.longest_pause_s)
        self._failures = min(self._failures + 1, 30)
        _log.warning("the page is begun again", url=self._url, why=why, pause_s=pause_s)
        self._beat(self._clock.monotonic())
        await _wait(stop, pause_s)

    def _beat(self, now: float) -> None:
        if self._said is None or now < self._beats_at:
            return
        self._beats_at = now + self._habits.beat_s
        listening = Listening(
            at=self._clock.now(),
            url=self._url,
            last_useful=self._last_useful,
            messages=self._messages,
            useful=self._useful,
            dropped=self._dropped,
            contexts=self._contexts,
            ended=self._ended,
        )
        self._worker.submit(partial(_say, self._said, listening))


def _say(said: Callable[[Listening], None], listening: Listening) -> None:
    try:
        said(listening)
    except Retry as error:
        _log.info("health not noted", error=str(error))


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


_log: Final = structlog.get_logger()
