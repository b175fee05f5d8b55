"""A bookmaker's answers as they came, kept at the door: their bytes, and what was asked, when, which digest.

The folder has a `routes.json` as `mispriced up --recorded` and `mispriced simulate --recorded` read it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from mispriced.exchange import Payload, Refusal, Request
from mispriced.ports import Fetcher

ROUTES: Final = "routes.json"


class Route(Struct, frozen=True, kw_only=True):
    """One answer that was kept."""

    bookmaker: str
    source: str
    step: str
    path: str
    file: str
    recorded_at: datetime
    request: str
    sha256: str
    bytes: int
    took_ms: int


class RawDoor:
    """A door that keeps every answer that it lets through in a folder."""

    def __init__(self, door: Fetcher, root: Path) -> None:
        self._door = door
        self._root = root
        self.routes: list[Route] = []

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        """Return the door's answer, kept by now."""
        answer = await self._door.fetch(site, request)
        if isinstance(answer, Payload):
            self._keep(site, answer)
        return answer

    def _keep(self, site: str, payload: Payload) -> None:
        bookmaker, _, source = site.partition("/")
        origin = payload.origin
        name = f"{bookmaker.lower()}_{source}_{origin.step}_{len(self.routes):04d}_{origin.sha256[:12]}.json"
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._root / name).write_bytes(payload.body)
        self.routes.append(
            Route(
                bookmaker=bookmaker,
                source=source,
                step=origin.step,
                path=payload.request.path,
                file=name,
                recorded_at=payload.seen_at,
                request=origin.request,
                sha256=origin.sha256,
                bytes=len(payload.body),
                took_ms=origin.took_ms,
            )
        )
        beside = self._root / f".{ROUTES}"
        beside.write_bytes(msgspec.json.format(msgspec.json.encode({"routes": self.routes})))
        beside.replace(self._root / ROUTES)
