"""The configuration that points every bookmaker at a simulator, in the documents' shape."""

from __future__ import annotations

import json
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.simulator.answers import PREFIXES
from mispriced.simulator.football import SECRET, USER

LOOPBACK: Final = "127.0.0.1"
PERIODS: Final[dict[Source, dict[str, list[int | str]]]] = {
    "upcoming": {
        "BookieAlpha": [-1, 1, 2, 3, 4],
        "BookieBeta": ["24H", "2D", "3D", "4D", "5D"],
        "BookieGamma": [0, 1, 2, 3, 4],
        "BookieDelta": [0, 1, 2, 3, 4],
    },
    "live": {"BookieAlpha": [-1], "BookieGamma": [0], "BookieDelta": [0]},
}
HEADERS: Final = {
    "BookieAlpha": {"Accept": "application/json"},
    "BookieBeta": {"Accept": "application/json"},
    "BookieGamma": {"Accept": "application/json"},
    "BookieDelta": {
        "Accept": "application/json",
        "X-App-Timezone": "Africa/Nairobi",
        "X-Requested-With": "XMLHttpRequest",
    },
}
PREFIX: Final = "sim"  # of every name in a store, so that simulated and real odds never meet in one
LEAST_BOOKS: Final = 3  # of a fair price: so many of the four take live bets
CONNECTIONS: Final = 50  # in flight to a site; the simulator sets no limit on requests a second


def config_toml(
    base_url: str,
    sites: Collection[tuple[str, Source]] = tuple(PREFIXES.values()),
    markets: Collection[Market] = tuple(MARKETS),
    has_football: bool = False,
) -> str:
    """Return a configuration file in which `sites` are those of the simulator at `base_url`.

    `has_football`: its football API, too. Plain HTTP is for loopback: a simulator that listens elsewhere,
    for containers, is the proxy of its own loopback address, and its football API is not in the file.

    >>> config_toml("http://127.0.0.1:8400", [("BookieBeta", "upcoming")]).splitlines()[0]
    'simulated = true'
    """
    listens = urlsplit(base_url)
    is_proxy = not ip_address(listens.hostname or "").is_loopback
    proxy = [f'proxy = "{base_url}"'] if is_proxy else []
    url = f"http://{LOOPBACK}:{listens.port}" if is_proxy else base_url.rstrip("/")
    lines = ["simulated = true", f'prefix = "{PREFIX}"', f'keys.tag = "{PREFIX}:"']
    for source in SOURCES:
        periods = {name: words for name, words in PERIODS[source].items() if (name, source) in sites}
        if periods:
            lines += ["", f"[extract.{source}]"]
            lines += [
                f'{market}_stream = "{PREFIX.upper()}-{MARKETS[market].key}_{source}_stream"'
                for market in MARKETS
                if market in markets
            ]
            lines += [f"{name}.date = {json.dumps(words)}" for name, words in periods.items()]
    lines += ["", "[value]", f"least_books = {LEAST_BOOKS}"]
    if has_football and not is_proxy:
        address = f"{url}/thesports"
        lines += ["", "[livedata]", f'base_url = "{address}"', f'user = "{USER}"', f'secret = "{SECRET}"']
    for name, headers in HEADERS.items():
        own = [
            (prefix, source)
            for prefix, (of, source) in PREFIXES.items()
            if (of, source) in sites and of == name
        ]
        if own:
            lines += [
                "",
                f"[bookmakers.{name}]",
                f'title = "{name.replace("Bookie", "Bookie ")} (simulated)"',
            ]
        for prefix, source in own:
            shown = ", ".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in headers.items())
            lines += [
                "",
                f"[bookmakers.{name}.{source}]",
                f'base_url = "{url}/{prefix}"',
                *proxy,
                f"headers = {{ {shown} }}",
                "per_second = 0",
                f"connections = {CONNECTIONS}",
            ]
    return "\n".join(lines) + "\n"
