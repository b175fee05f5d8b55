"""Answers kept at the door, with what is needed to trust them, and read again by the simulator."""

from __future__ import annotations

import asyncio
import hashlib

import msgspec

from mispriced.exchange import Payload, Refusal, Request
from mispriced.history.raw import RawDoor
from mispriced.simulator.server import load_recorded
from tests.domain.quotes import NOON

ASKED = Request(step="matches", path="/v1/uo/matches", params={"page": "1"})
BODY = b'{"data": [], "meta": {"total": "0"}}'


class Door:
    """Answers the first request and refuses the second."""

    def __init__(self) -> None:
        self._answers: list[Payload | Refusal] = [
            Payload.of(ASKED, BODY, NOON),
            Refusal(request=ASKED, outcome="retry_later", reason="503"),
        ]

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        return self._answers.pop(0)


def test_an_answer_is_kept_as_it_came_with_what_was_asked_and_when(tmp_path):
    door = RawDoor(Door(), tmp_path / "raw")
    first = asyncio.run(door.fetch("BookieAlpha/upcoming", ASKED))
    second = asyncio.run(door.fetch("BookieAlpha/upcoming", ASKED))
    assert (first.body, second.reason) == (BODY, "503")
    [route] = msgspec.json.decode((tmp_path / "raw" / "routes.json").read_bytes())["routes"]
    assert (tmp_path / "raw" / route.pop("file")).read_bytes() == BODY
    assert route == {
        "bookmaker": "BookieAlpha",
        "source": "upcoming",
        "step": "matches",
        "path": "/v1/uo/matches",
        "recorded_at": "2026-05-14T12:00:00Z",
        "request": "GET /v1/uo/matches?page=1",
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "bytes": len(BODY),
        "took_ms": 0,
    }
    again = load_recorded(tmp_path / "raw")
    assert [(one.bookmaker, one.recorded_at) for one in again.routes] == [("BookieAlpha", NOON)]
