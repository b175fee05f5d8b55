"""Pictures of the page on the demo: `python3 -m tools.screenshots`, or all of them: `… FOLDER`.

Needs Debian's Chromium and the `browser` extra. Desktop dark and light, and a phone.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

FOLDER: Final = Path("docs/pictures")
SHOWN: Final = (
    "surebets-dark",
    "stakes-light",
    "why-dark",
    "event-dark",
    "health-light",
    "history-dark",
    "stakes-phone",
)  # of all the pictures, those that the documentation shows
SEED: Final = 3
VIEWS: Final = ("surebets", "mispriced", "events", "bookmakers", "matching", "health", "history")
SIZES: Final[Mapping[str, dict[str, Any]]] = {
    "dark": {"viewport": {"width": 1360, "height": 850}, "color_scheme": "dark"},
    "light": {"viewport": {"width": 1360, "height": 850}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
READY_S: Final = 60.0
POLL_S: Final = 0.1
RUN_S: Final = 45.0  # until the record has something, and prices have moved
SETTLED_MS: Final = 1500
URL: Final = re.compile(r"page and API at (http://\S+)")


@contextmanager
def demo() -> Iterator[str]:
    """Yield the address of the page of a demo."""
    words = [sys.executable, "-P", "-m", "mispriced", "up", "--demo", "--seed", str(SEED), "--port", "0"]
    with TemporaryDirectory(prefix="mispriced-pictures-") as place:
        log = Path(place) / "log"
        with log.open("w") as said:
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said)
        try:
            while not (found := URL.search(log.read_text())):
                if process.poll() is not None:
                    raise SystemExit("the demo ended before it served the page")
                time.sleep(POLL_S)
            yield found[1]
        finally:
            process.terminate()
            process.wait()


def take(page: Page, url: str, name: str, folder: Path) -> Iterator[Path]:
    """Yield the files of all views as one kind of screen shows them."""
    for view in VIEWS:
        page.goto(f"{url}/#{view}")
        page.locator("tr[data-key], svg.picture").first.wait_for()
        page.wait_for_timeout(SETTLED_MS)
        yield picture(page, folder / f"{view}-{name}.png")
    page.goto(f"{url}/#surebets")
    page.get_by_role("button", name="stakes").first.click()
    page.locator(".stakes table").wait_for()
    yield picture(page, folder / f"stakes-{name}.png")
    page.locator("tr[data-key] .teams").first.click()
    page.wait_for_timeout(2 * SETTLED_MS)
    yield picture(page, folder / f"event-{name}.png")
    page.goto(f"{url}/#surebets")
    page.locator("tr[data-key] .k-profit .why").first.click()
    page.locator("dialog[open] h3").first.wait_for()
    yield picture(page, folder / f"why-{name}.png")


def picture(page: Page, path: Path) -> Path:
    """Write what the screen shows; return the file."""
    page.screenshot(path=path)
    return path


def main(folder: Path, names: Collection[str] | None) -> None:
    """Write the pictures of these names into the folder; None is all."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        first = browser.new_page()
        first.goto(url)
        first.locator("tr[data-key]").first.wait_for(timeout=READY_S * 1000)
        time.sleep(RUN_S)
        for name, options in SIZES.items():
            with browser.new_context(**options) as context:
                for path in take(context.new_page(), url, name, folder):
                    if names is None or path.stem in names:
                        print(path)
                    else:
                        path.unlink()
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), None)
    else:
        main(FOLDER, SHOWN)
