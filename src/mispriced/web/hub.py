"""The clients of the live stream: what changed is encoded once a tick and written to all of them.

A client is a connection's transport. Its queue is what the transport has not sent yet: one that has
too much waiting is skipped, and gets a new snapshot when it has read what it has. Everything here runs
in the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from mispriced.ports import Clock
from mispriced.web.frames import Topic, chunk, heartbeat, snapshot, tick
from mispriced.web.state import State, Update

HEARTBEAT_S: Final = 5.0
KEPT_TICKS: Final = 600  # at most a minute of changes, for clients that come back
MOST_WAITING: Final = 256 * 1024  # bytes that a client has not read; a phone's minute of changes
PATIENCE_S: Final = 30.0  # a client that reads nothing for so long is let go


class Ticked(Struct, frozen=True):
    """What one tick changed, under its number."""

    number: int
    updates: tuple[Update, ...]


class Client:
    """One connection that listens to a topic; `is_chunked`: it speaks HTTP/1.1."""

    def __init__(self, transport: asyncio.Transport, topic: Topic, is_chunked: bool) -> None:
        self.transport = transport
        self.topic = topic
        self.is_chunked = is_chunked
        self.behind_since: float | None = None

    def write(self, frames: Frames) -> None:
        """Hand over what was encoded, in the form of this connection."""
        self.transport.write(frames.chunked if self.is_chunked else frames.plain)


class Frames:
    """Bytes for many clients, in both forms; None where there is nothing to say."""

    __slots__ = ("chunked", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self.chunked = chunk(plain)


class Hub:
    """All clients, the last ticks, and the state of the last one.

    Ids are `EPOCH-NUMBER`: a number counts within one process, so another process's ids are unknown.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._epoch = f"{int(clock.now().timestamp() * 1000):x}"
        self._ticks: deque[Ticked] = deque(maxlen=KEPT_TICKS)
        self._number = 0
        self._clients: dict[Topic, set[Client]] = {}
        self._snapshots: dict[Topic, Frames] = {}  # of the last state: many come back together
        self._state: State | None = None
        self._beat_at = clock.monotonic() + HEARTBEAT_S

    def __len__(self) -> int:
        return sum(len(clients) for clients in self._clients.values())

    def publish(self, state: State, updates: tuple[Update, ...]) -> None:
        """Take a new state and tell everybody what changed by it; a heartbeat when one is due."""
        is_first, self._state = self._state is None, state
        self._snapshots.clear()
        moment = self._clock.monotonic()
        if is_first:  # whoever came before it was shown nothing
            for topic, clients in self._clients.items():
                for client in clients:
                    client.write(self._snapshot(topic))
        beat = b""
        if moment >= self._beat_at:
            self._beat_at = moment + HEARTBEAT_S
            beat = self._beat()
        if updates:
            self._number += 1
            self._ticks.append(Ticked(self._number, updates))
        if updates or beat:  # in one write: that is what a client costs
            self._tell(lambda topic: tick(topic, updates, self._id(self._number)) + beat, moment)

    def join(self, client: Client, last_id: str = "") -> None:
        """Add a client: it gets what it missed since `last_id`, or a snapshot."""
        missed = self._missed(last_id)
        if missed is None:
            client.write(self._snapshot(client.topic))
        else:
            found = [tick(client.topic, one.updates, self._id(one.number)) for one in missed]
            plain = b"".join([*(one for one in found if one), self._beat()])
            client.write(Frames(plain))
        self._clients.setdefault(client.topic, set()).add(client)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        clients = self._clients.get(client.topic, set())
        clients.discard(client)
        if not clients:
            self._clients.pop(client.topic, None)

    def close(self) -> None:
        """End every client's stream; it will come back to another process."""
        for clients in self._clients.values():
            for client in clients:
                if client.is_chunked:
                    client.transport.write(b"0\r\n\r\n")
                client.transport.close()
        self._clients.clear()

    def _tell(self, encode: Callable[[Topic], bytes], moment: float) -> None:
        for topic, clients in self._clients.items():
            plain = encode(topic)
            frames = Frames(plain) if plain else None
            for client in clients:
                if client.behind_since is not None or client.transport.get_write_buffer_size() > MOST_WAITING:
                    self._wait_for(client, moment)
                elif frames is not None:
                    client.write(frames)

    def _wait_for(self, client: Client, moment: float) -> None:
        if client.behind_since is None:
            client.behind_since = moment
        elif not client.transport.get_write_buffer_size():
            client.behind_since = None
            client.write(self._snapshot(client.topic))
        elif moment - client.behind_since > PATIENCE_S:
            client.transport.abort()

    def _missed(self, last_id: str) -> list[Ticked] | None:
        epoch, _, number = last_id.partition("-")
        if epoch != self._epoch or not number.isdecimal() or len(number) > 18:
            return None
        last = int(number)
        oldest = self._ticks[0].number if self._ticks else self._number + 1
        if not oldest - 1 <= last <= self._number:
            return None
        return [one for one in self._ticks if one.number > last]

    def _snapshot(self, topic: Topic) -> Frames:
        if topic not in self._snapshots:
            now, event_id = self._clock.now(), self._id(self._number)
            self._snapshots[topic] = Frames(snapshot(topic, self._known(), now, event_id))
        return self._snapshots[topic]

    def _beat(self) -> bytes:
        return heartbeat(self._known(), self._clock.now())

    def _known(self) -> State:
        return self._state or State(at=datetime.fromtimestamp(0, tz=self._clock.now().tzinfo))

    def _id(self, number: int) -> str:
        return f"{self._epoch}-{number}"
