"""A real Chromium on the page, which keeps account of everything that must not happen in it; and a demo."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as TooLate

from mispriced.listener.browser import FLAGS
from tests.cli.commands import COMMAND, environment
from tests.engines import program

WITHIN_MS: Final = 60_000
DESK: Final = {"width": 1360, "height": 850}
PHONE: Final = {"width": 390, "height": 844}
AWAY: Final = "net::ERR_"  # how a browser names a server that is away

VIEWS: Final = ("surebets", "mispriced", "events", "bookmakers", "matching", "health", "history")
LISTS: Final = ("surebets", "events", "bookmakers", "matching", "mispriced")


class Watched:
    """A context, and what its pages said, asked for and were kept from."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.said: list[str] = []
        self.hosts: set[str] = set()
        self.dialogs: list[str] = []
        context.set_default_timeout(WITHIN_MS)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        context.on("dialog", self._asked)
        context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def open(self, view: str = "surebets") -> Page:
        """Return a page that shows the view."""
        page = self.context.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(f"{request.url} {request.failure}"))
        page.goto(f"{self.url}/#{view}")
        try:
            page.locator(".view").wait_for()
        except TooLate as error:
            raise AssertionError(f"no view: said {self.said}, failed {failed}, {page.content()}") from error
        return page

    def account(self) -> dict[str, Any]:
        """Return everything that must not have happened; `expected` is what it has to be."""
        return {"said": self.said, "dialogs": self.dialogs, "hosts": self.hosts}

    def expected(self) -> dict[str, Any]:
        """Return the account of a context in which nothing was wrong."""
        return {"said": [], "dialogs": [], "hosts": {urlsplit(self.url).netloc}}

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):  # a violation of the policy is one, too
            self.said.append(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the machine's Chromium, or end the test."""
    executable = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, url: str, **options: Any) -> Iterator[Watched]:
    """Yield a context in which, at the end, nothing was wrong."""
    with browser.new_context(**({"viewport": DESK} | options)) as context:
        found = Watched(context, url)
        yield found
        assert found.account() == found.expected()


def tell(page: Page, script: str, argument: Any = None) -> Any:
    """Return what the script finds, as soon as it is neither false nor empty."""
    return page.wait_for_function(script, arg=argument).json_value()


@contextmanager
def demo(place: Path) -> Iterator[str]:
    """Yield the address of the page of a demo, as `python3 run.py` begins it."""
    log = place / "demo.log"
    words = [*COMMAND, "up", "--demo", "--seed", "3", "--port", "0"]
    with log.open("w") as said:
        process = subprocess.Popen(words, env=environment(), stdout=said, stderr=said)
    try:
        until = time.monotonic() + WITHIN_MS / 1000
        while not (found := re.search(r"page and API at (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, "the demo serves no page"
            time.sleep(0.05)
        yield found[1]
    finally:
        process.terminate()
        assert process.wait(20) == 0
