"""A scenario of recorded answers: each file's bytes at its path, on the day on which it was recorded.

Every file is served as it is to any request that its events can answer, and an answer of the same
shape without events to every other: a further page, ids that are not in it, a day without a file.
Not here: where the bytes come from (server).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from mispriced.domain.model import Source
from mispriced.errors import Usage
from mispriced.simulator.answers import Answer, Call

# Where each step of the sites is asked; the other addresses of the games give items of the same shape.
STEPS: Final[Mapping[tuple[str, Source, str], str]] = {
    ("BookieAlpha", "upcoming", "/v1/uo/matches"): "matches",
    ("BookieAlpha", "live", "/v1/uo/matches"): "live",
    ("BookieDelta", "upcoming", "/api/upcoming/games"): "games",
    ("BookieDelta", "upcoming", "/api/todays/1/games"): "games",
    ("BookieDelta", "upcoming", "/api/highlights/1"): "games",
    ("BookieDelta", "upcoming", "/api/games/markets"): "markets",
    ("BookieDelta", "live", "/api/live/sports/1/events"): "live_events",
    ("BookieDelta", "live", "/api/live/event/markets"): "live_markets",
}
EMPTY: Final[Mapping[str, Any]] = {
    "matches": {"data": [], "meta": {"total": "0"}},
    "live": {"data": [], "meta": {"total": "0"}},
    "games": [],
    "markets": {},
    "live_events": {"events": [], "loadMore": False},
    "live_markets": {"markets": []},
}
REFERENCE: Final = re.compile(rb'("(?:betradarId|externalId)"\s*:\s*)(\d+)')
EVENT_ID: Final = re.compile(rb'("parent_match_id"\s*:\s*"?)(\d+)')
OWN_IDS_FROM: Final = 500_000_000  # above every reference id seen


class Route(Struct, frozen=True):
    """One recorded file: whose it is, at which path it was given, and when."""

    bookmaker: str
    source: Source
    step: str
    path: str
    file: str
    recorded_at: datetime


class Routes(Struct, frozen=True):
    """The content of routes.json."""

    routes: tuple[Route, ...]


class Recorded:
    """The recorded files as sites; see `Answers`."""

    def __init__(self, routes: bytes, read: Callable[[str], bytes], with_refs: bool = True) -> None:
        """Read routes.json; `read` gives the bytes of a file that it names.

        Without refs no body is verbatim: the ids of the reference become 0, and an event id that is one
        becomes the site's own number.

        Raises: Usage when the routes are no routes.
        """
        try:
            self.routes = msgspec.json.decode(routes, type=Routes).routes
        except msgspec.DecodeError as error:
            raise Usage(f"routes.json: {error}") from error
        bodies = {route.file: read(route.file) for route in self.routes}
        self._bodies = bodies if with_refs else {file: without_refs(body) for file, body in bodies.items()}

    def dates(self) -> list[tuple[date, datetime]]:
        """Return the days (UTC) with recordings, each with the moment of its last one."""
        last: dict[date, datetime] = {}
        for route in self.routes:
            day = route.recorded_at.date()
            last[day] = max(route.recorded_at, last.get(day, route.recorded_at))
        return sorted(last.items())

    def sites(self) -> set[tuple[str, Source]]:
        """Return the bookmakers and sources that have recordings."""
        return {(route.bookmaker, route.source) for route in self.routes}

    def summary(self, now: datetime) -> Mapping[str, Any]:
        """Return the moments at which the recordings stand."""
        return {"scenario": "recorded", "dates": [moment for _, moment in self.dates()]}

    def answer(self, call: Call, now: datetime) -> Answer | None:
        """Return the day's recording of the call's step, or its shape without events."""
        routes = [one for one in self.routes if (one.bookmaker, one.source) == (call.bookmaker, call.source)]
        step = STEPS.get((call.bookmaker, call.source, call.path)) or next(
            (one.step for one in routes if one.path == call.path), None
        )
        if step is None:
            return None
        of_day = [one for one in routes if one.step == step and one.recorded_at.date() == now.date()]
        if not of_day:
            return Answer(msgspec.json.encode(EMPTY.get(step, {})))
        # The path's own file before another address of the same step; the later one of two.
        route = max(of_day, key=lambda one: (one.path == call.path, one.recorded_at))
        return Answer(_part(step, self._bodies[route.file], call.params), route.recorded_at)


def without_refs(body: bytes) -> bytes:
    """Return an answer whose ids no other bookmaker shares.

    >>> without_refs(b'{"parent_match_id": "61624652", "betradarId": 61624652}')
    b'{"parent_match_id": "561624652", "betradarId": 0}'
    """
    own = EVENT_ID.sub(lambda found: found[1] + b"%d" % (int(found[2]) + OWN_IDS_FROM), body)
    return REFERENCE.sub(rb"\g<1>0", own)


def _part(step: str, body: bytes, params: Mapping[str, str]) -> bytes:
    """Return the body as it is if the request is for its events, or without those it is not for."""
    if step in ("matches", "live"):
        return body if params.get("page", "1") == "1" else _emptied(body, {"data": []})
    if step == "games":
        return body if params.get("pag_min", "1") == "1" else b"[]"
    if step == "live_events":
        return body if params.get("offset", "0") == "0" else _emptied(body, {"events": [], "loadMore": False})
    if step == "markets":
        games = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        asked = _ids(params.get("games"))
        return body if games.keys() <= asked else msgspec.json.encode(_only(games, asked))
    if step == "live_markets":
        events = msgspec.json.decode(body, type=dict[str, list[dict[str, Any]]])["markets"]
        asked = _ids(params.get("eventId"))
        kept = [one for one in events if str(one.get("eventId")) in asked]
        return body if kept == events else msgspec.json.encode({"markets": kept})
    return body


def _emptied(body: bytes, emptied: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(body, type=dict[str, Any]) | dict(emptied))


def _only(games: Mapping[str, msgspec.Raw], asked: set[str]) -> dict[str, msgspec.Raw]:
    return {game: markets for game, markets in games.items() if game in asked}


def _ids(text: str | None) -> set[str]:
    return set((text or "").split(","))
