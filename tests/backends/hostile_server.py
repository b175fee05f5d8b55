"""A server on 127.0.0.1 that answers, misbehaves, or only counts who came: raw bytes, no HTTP library."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes one answer; one that returns without closing keeps the connection for the next request."""

STATUS_TEXT: Final = "Whatever"


class HostileServer:
    """Plays `routes`: path -> answers in turn, the last for ever; other paths are 404."""

    def __init__(self) -> None:
        self.routes: dict[str, list[Answer]] = {}
        self.connections = 0
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> HostileServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def play(self, path: str, *answers: Answer) -> None:
        self.routes[path] = list(answers)

    async def has_got(self, count: int, request: str | None = None) -> None:
        """Wait for so many requests, of this kind or of any."""
        async with self._arrived:
            await self._arrived.wait_for(
                lambda: sum(request in (None, one) for one in self.requests) >= count
            )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.is_closing():
                    path = await self._read_request(reader)
                    answers = self.routes.get(path, [http(404, b"nothing here")])
                    await (answers.pop(0) if len(answers) > 1 else answers[0])(writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _read_request(self, reader: asyncio.StreamReader) -> str:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        self.requests.append(f"{method} {target}")
        self.headers.append(headers)
        self.bodies.append(await reader.readexactly(int(headers.get("content-length", 0))))
        async with self._arrived:
            self._arrived.notify_all()
        return target.partition("?")[0]


def http(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Answer as a good server does."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return raw(f"HTTP/1.1 {status} {STATUS_TEXT}\r\n{lines}\r\n".encode() + body)


def raw(content: bytes) -> Answer:
    """Send these bytes and keep the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return answer


def cut(content: bytes) -> Answer:
    """Send these bytes and close."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return answer


def reset(content: bytes = b"") -> Answer:
    """Send these bytes and break the connection off."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.transport.abort()

    return answer


def hang(content: bytes = b"") -> Answer:
    """Send these bytes and then nothing."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        await asyncio.Event().wait()

    return answer


def drip(content: bytes, pause_s: float) -> Answer:
    """Send one byte after another."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for byte in content:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(pause_s)

    return answer


def flood(head: bytes, piece: bytes, count: int) -> Answer:
    """Send a head and then a piece many times, as fast as it is taken."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _ in range(count):
            writer.write(piece)
            await writer.drain()

    return answer
