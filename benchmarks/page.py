"""How soon the page of the demo shows its first surebet, and how much it moves under the reader's eyes.

The seconds count from the start of `run.py up --demo`, with the environment built, until Chromium has a
row in the list of surebets; the page is opened as soon as its address is printed. The shift is Chromium's
own cumulative layout shift: the share of the view that moved times how far, from the load on, while the
list fills for some seconds; up to 0.1 counts as good (web.dev, Cumulative Layout Shift). The ratio is of
all but the list's rows: a surebet comes in where its profit puts it, and those below it give way.

Usage: PYTHONPATH=src python benchmarks/page.py; needs Chromium and the extra `browser`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mispriced.errors import Misconfigured, Unavailable

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 15.0
LIMIT_SHIFT = 0.1
WATCHED_S = 10.0
WAIT_S = 90.0
SHIFTS = """
window.moved = { rows: 0, frame: 0 };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    const ofRows = one.sources.every(({ node }) => node?.parentElement?.closest("tbody"));
    if (!one.hadRecentInput) window.moved[ofRows ? "rows" : "frame"] += one.value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def run() -> list[dict[str, Any]]:
    """Return the seconds to the first row, and the layout shift, each beside its limit."""
    from playwright.sync_api import sync_playwright

    from mispriced.listener.browser import FLAGS

    chromium = shutil.which("chromium")
    if chromium is None:
        raise Misconfigured("benchmark page: chromium is not on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        page = browser.new_page(viewport={"width": 1360, "height": 850})
        page.add_init_script(SHIFTS)
        started = time.monotonic()
        with _demo() as url:
            served_s = time.monotonic() - started
            page.goto(f"{url}/#surebets")
            page.locator("tr[data-key]").first.wait_for(timeout=WAIT_S * 1000)
            shown_s = time.monotonic() - started
            time.sleep(WATCHED_S)
            moved = page.evaluate("window.moved")
        browser.close()
    return [
        {
            "name": "first surebet on the page / limit",
            "rows": [
                {"what": "page served", "figure": round(served_s, 2), "unit": "s"},
                {"what": "first surebet on the page", "figure": round(shown_s, 2), "unit": "s"},
                {"what": "limit", "figure": LIMIT_S, "unit": "s"},
            ],
            "ratio": round(shown_s / LIMIT_S, 3),
            "aim": 1.0,
            "better": "lower",
        },
        {
            "name": "layout shift of the page / limit",
            "rows": [
                {"what": "frame", "figure": round(moved["frame"], 4), "unit": "score"},
                {"what": "rows of the list", "figure": round(moved["rows"], 4), "unit": "score"},
                {"what": "limit", "figure": LIMIT_SHIFT, "unit": "score"},
            ],
            "ratio": round(moved["frame"] / LIMIT_SHIFT, 3),
            "aim": 1.0,
            "better": "lower",
        },
    ]


@contextmanager
def _demo() -> Iterator[str]:
    """Yield the address that a demo prints, in a data directory of its own."""
    with tempfile.TemporaryDirectory(prefix="mispriced-bench-") as place:
        log = Path(place, "demo.log")
        with log.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "run.py"), "up", "--demo", "--port", "0"],
                env=os.environ | {"MISPRICED_DATA_DIR": str(Path(place, "data"))},
                stdout=said,
                stderr=said,
            )
        try:
            until = time.monotonic() + WAIT_S
            while not (found := re.search(r"page and API at (http://\S+)", log.read_text())):
                if process.poll() is not None or time.monotonic() > until:
                    raise Unavailable(f"benchmark page: the demo serves no page\n{log.read_text()}")
                time.sleep(0.02)
            yield found[1]
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=2))
