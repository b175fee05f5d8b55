"""A client of the live stream, on a socket of its own."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One server-sent event."""

    kind: str
    data: Any
    id: str = ""


class Listener:
    """A client of the stream on a socket of its own; `read` returns what came up to an event of a kind.

    `is_answered`: the head is read at once, else by `begin`. `is_cut`: the stream ended without its end.
    """

    def __init__(self, site, query="", last_id="", version="1.1", is_answered=True):
        self._socket = socket.create_connection(("127.0.0.1", site.port), timeout=10)
        self.address = self._socket.getsockname()
        again = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        self._socket.sendall(
            f"GET /api/v1/stream?{query} HTTP/{version}\r\nHost: localhost\r\n{again}\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        self._rest = b""
        self.is_cut = False
        if is_answered:
            self.begin()

    def begin(self):
        """Read the head of the answer."""
        self.status = int(self._file.readline().split()[1])
        self.headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value
        self._is_chunked = self.headers.get("transfer-encoding") == "chunked"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def read(self, kind):
        found: list[Event] = []
        while not found or found[-1].kind != kind:
            event = self.one()
            assert event is not None, f"ended before {kind}"
            found.append(event)
        return found

    def one(self):
        """Return the next event, None at the end of the stream."""
        while b"\n\n" not in self._rest:
            part = self._part()
            if not part:
                return None
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in text.decode().splitlines())
        return Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))

    def _part(self):
        if not self._is_chunked:
            return self._file.readline()
        line = self._file.readline()
        self.is_cut = not line  # a whole stream ends with a chunk of no bytes
        size = int(line or b"0", 16)
        body = self._file.read(size)
        self._file.readline()
        return body
