"""A bookmaker's own page, as a browser sees it: it loads odds by XHR and is pushed live odds by a web socket.

`/delta-page` asks the paths under `/delta` and `/delta-live`; `/delta-page/socket` pushes the answer of the
live markets whenever it is another. A page whose socket drops opens it again, and with `?reload_ms=` it loads
itself again after so long. The real page's frames are not known: these are the site's own answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from aiohttp import WSCloseCode, web

from mispriced.simulator.answers import Answers, Call

PUSH_S: Final = 0.5
BOOKMAKER: Final = "BookieDelta"
LIVE_EVENTS: Final = "/api/live/sports/1/events"
LIVE_MARKETS: Final = "/api/live/event/markets"
SHOWN: Final = """<!doctype html>
<meta charset="utf-8"><title>BookieDelta, simulated</title><link rel="icon" href="data:,">
<h1>BookieDelta, simulated</h1><p>games <b id="games">0</b>, frames <b id="frames">0</b></p>
<script>
"use strict";
const RELOAD_MS = 5000, AGAIN_MS = 200;
let frames = 0;
const ask = async (path) => (await fetch(path, {headers: {Accept: "application/json"}})).json();
async function load() {
  try {
    const games = await ask("/delta/api/upcoming/games?type=prematch&sportId=1&pag_count=20&pag_min=1");
    document.getElementById("games").textContent = games.length;
    const ids = games.map((game) => game.id).join(",");
    await ask("/delta/api/games/markets?markets=10,43&games=" + ids);
    await ask("/delta-live/api/live/sports/1/events?limit=100&offset=0");
  } catch (error) { console.warn(String(error)); }
  setTimeout(load, RELOAD_MS);
}
function listen() {
  const socket = new WebSocket(location.href.replace(/^http/, "ws").replace(/[?#].*/, "") + "/socket");
  socket.onmessage = () => { document.getElementById("frames").textContent = ++frames; };
  socket.onclose = () => setTimeout(listen, AGAIN_MS);
}
load().then(listen);
const reload = Number(new URLSearchParams(location.search).get("reload_ms"));
if (reload) setTimeout(() => location.reload(), reload);
</script>
"""


class Page:
    """The page and its sockets over the answers of a world; `opened` counts the sockets so far."""

    def __init__(self, answers: Answers, now: Callable[[], datetime]) -> None:
        self.opened = 0
        self._answers = answers
        self._now = now
        self._sockets: set[web.WebSocketResponse] = set()

    def add_to(self, application: web.Application) -> None:
        """Serve the page; its sockets end with the application."""
        application.router.add_get("/delta-page", self._page)
        application.router.add_get("/delta-page/socket", self._socket)
        application.on_shutdown.append(self._shut)

    async def drop(self) -> None:
        """Close every socket, as a site does that restarts."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _shut(self, _: web.Application) -> None:
        await self.drop()

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=SHOWN, content_type="text/html")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        self._sockets.add(socket)
        self.opened += 1
        pushing = asyncio.create_task(self._push(socket))
        try:
            async for _ in socket:
                pass  # a browser says nothing here; reading is how its closing is seen
        finally:
            pushing.cancel()
            self._sockets.discard(socket)
        return socket

    async def _push(self, socket: web.WebSocketResponse) -> None:
        pushed = b""
        while not socket.closed:
            body = self._live_markets()
            if body not in (b"", pushed):
                try:
                    await socket.send_str(body.decode())
                except ConnectionError:
                    return
                pushed = body
            await asyncio.sleep(PUSH_S)

    def _live_markets(self) -> bytes:
        events = self._ask(LIVE_EVENTS, {"limit": "100", "offset": "0"})
        if not events:
            return b""
        listed = msgspec.json.decode(events, type=dict[str, object]).get("events")
        ids = [str(one["id"]) for one in listed if "id" in one] if isinstance(listed, list) else []
        return self._ask(LIVE_MARKETS, {"sportId": "1", "eventId": ",".join(ids)}) if ids else b""

    def _ask(self, path: str, params: dict[str, str]) -> bytes:
        answer = self._answers.answer(Call(BOOKMAKER, "live", path, params), self._now())
        return answer.body if answer else b""
