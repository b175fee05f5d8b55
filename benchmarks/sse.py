"""How the live stream reaches 1,000 clients, beside bare asyncio writes of the same bytes in the same run.

Three processes: a server, its clients, and this one. Paced: ten updates a second, every client counted,
from the reader's hand-over until the update is in the client's socket, by the kernel's own stamp
(socket(7), SO_TIMESTAMPNS), and until it was read: a thousand clients in one process stand in line for
that, and share the cores with the server. Saturated: the time to hand as many ticks to all
clients as their sockets hold, so that it is the server's work alone. The peer is an asyncio server that
writes the encoded frame to each transport in a loop: nothing in Python does less.
"""

from __future__ import annotations

import asyncio
import json
import resource
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

CLIENTS: Final = 1000
PER_SECOND: Final = 10
TICKS: Final = 100  # of the paced part, ten seconds
BURST: Final = 40  # ticks at once; their bytes fit into a socket's buffer
ROUNDS: Final = 7
OFFERS: Final = 6  # of an update, as one match's prices at the bookmakers of the demo
AIM: Final = 0.7
AIM_P99_MS: Final = 30.0
SETTLE_S: Final = 0.5
NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)

MARK: Final = b'"match_id":"t'
MOST_READ: Final = 64 * 1024
SO_TIMESTAMPNS: Final = 35  # linux/socket.h
STAMP: Final = struct.Struct("qq")  # struct timespec


def run() -> dict[str, Any]:
    """Return how both servers did: delivered, latency, and the median ratio of the bursts."""
    found = {kind: _measure(kind) for kind in ("ours", "bare")}
    ours, bare = found["ours"], found["bare"]
    rows = []
    for kind, one in found.items():
        rows += [
            {
                "what": f"{kind}: delivered of {CLIENTS * TICKS}",
                "figure": one["delivered"],
                "unit": "updates",
            },
            *(
                {"what": f"{kind}: {name}, {cut}", "figure": one[f"{name}_{cut}_ms"], "unit": "ms"}
                for name in ("arrived", "read")
                for cut in ("p50", "p99")
            ),
            {"what": f"{kind}: at once, per client", "figure": one["burst_us"], "unit": "us"},
        ]
    return {
        "name": "sse",
        "rows": rows,
        "ratio": bare["burst_us"] / ours["burst_us"],
        "aim": AIM,
        "better": "higher",
        "is_all_delivered": ours["delivered"] == CLIENTS * TICKS and ours["burst_missing"] == 0,
        "p99_ms": ours["arrived_p99_ms"],
        "p99_aim_ms": AIM_P99_MS,
    }


def _measure(kind: str) -> dict[str, Any]:
    with _child("serve", kind) as server, _child("listen", _line(server)) as clients:
        _line(clients)  # all of them are connected
        time.sleep(SETTLE_S)
        _tell(server, "pace")
        _line(server)
        time.sleep(SETTLE_S)
        _tell(clients, "report")
        paced = json.loads(_line(clients))
        took = []
        missing = 0
        for _ in range(ROUNDS):
            _tell(server, "burst")
            took.append(float(_line(server)))
            time.sleep(SETTLE_S)
            _tell(clients, "report")
            missing += CLIENTS * BURST - json.loads(_line(clients))["delivered"]
        _tell(clients, "end")
        _tell(server, "end")
    return {**paced, "burst_us": statistics.median(took) / BURST / CLIENTS * 1e6, "burst_missing": missing}


def _child(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", __file__, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise AssertionError(f"{child.args!r} ended with {child.wait()}")
    return line.strip()


def _tell(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdin is not None
    child.stdin.write(word + "\n")
    child.stdin.flush()


class Bare(asyncio.Protocol):
    """A connection of the peer: it is written to and nothing else."""

    transports: Final[set[asyncio.Transport]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        self.transports.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transports.discard(self._transport)


def serve(kind: str) -> None:
    """Serve as ours or bare does, and do what standard input says."""
    _many_files()
    if kind == "ours":
        _serve_ours()
    else:
        asyncio.run(_serve_bare())


def _serve_ours() -> None:
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.stores import open_store, own_server
    from mispriced.cli.web import served
    from mispriced.settings.model import Settings
    from mispriced.settings.web import WebSettings
    from mispriced.telemetry.metrics import Metrics
    from mispriced.web.state import State

    clock = SystemClock()
    with own_server() as address:
        settings = Settings(web=WebSettings(port=0))
        found = served(settings, partial(open_store, address, settings), clock, Metrics())
        state = State(at=clock.now())
        thread = threading.Thread(target=asyncio.run, args=(found.server.serve([found.socket]),))
        thread.start()
        while found.shown.reader.state is None:
            time.sleep(0.05)
        print(found.url.rpartition(":")[2], flush=True)

        def publish(number: int) -> None:
            found.shown.publish(state, _updates(time.time_ns()))

        def burst() -> float:
            return asyncio.run_coroutine_threadsafe(
                _at_once(partial(_hub, found, state)), found.shown.loop
            ).result()

        _obey(publish, burst)
        found.server.should_exit = True
        thread.join()


def _hub(found: Any, state: Any) -> None:
    found.shown.hub.publish(state, _updates(time.time_ns()))


async def _serve_bare() -> None:
    _frame(0)  # what it imports is no tick's time
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bare, "127.0.0.1", 0, backlog=CLIENTS)
    print(server.sockets[0].getsockname()[1], flush=True)

    def write() -> None:
        frame = _frame(time.time_ns())
        for transport in Bare.transports:
            transport.write(frame)

    def publish(number: int) -> None:
        loop.call_soon_threadsafe(write)

    def burst() -> float:
        return asyncio.run_coroutine_threadsafe(_at_once(write), loop).result()

    await asyncio.to_thread(_obey, publish, burst)


async def _at_once(publish: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(BURST):
        publish()
    return time.perf_counter() - began


def _obey(publish: Callable[[int], None], burst: Callable[[], float]) -> None:
    for line in sys.stdin:
        if line.strip() == "pace":
            due = time.monotonic()
            for number in range(TICKS):
                publish(number)
                due += 1 / PER_SECOND
                time.sleep(max(0.0, due - time.monotonic()))
            print("done", flush=True)
        elif line.strip() == "burst":
            print(burst(), flush=True)
        else:
            return


def _updates(moment_ns: int) -> Any:
    from mispriced.pipeline.views.rows import OfferRow
    from mispriced.web.state import Update

    rows = tuple(
        OfferRow(
            match_id=f"t{moment_ns}",
            market="three_way",
            source="live",
            bookmaker=f"bookmaker {number}",
            state="fresh",
            prices={"1": 2.31, "X": 3.2, "2": 3.55},
            suspended=(),
            seen_at=NOON,
            changed_at=NOON,
        )
        for number in range(OFFERS)
    )
    return (Update(kind="odds", rows=rows),)


def _frame(moment_ns: int) -> bytes:
    from mispriced.web.frames import Topic, chunk, tick

    return chunk(tick(Topic(), _updates(moment_ns), "1-1"))


class Listener:
    """One client: when each update was in its socket, and when it was read."""

    arrived_ns: Final[list[int]] = []
    read_ns: Final[list[int]] = []

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.sendall(b"GET /api/v1/stream?kinds=odds HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.is_answered = False
        self._rest = b""

    def read(self) -> bool:
        """Take what is there; False when the server has closed."""
        data, ancillary, *_ = self.socket.recvmsg(MOST_READ, socket.CMSG_SPACE(STAMP.size))
        now = time.time_ns()
        if not data:
            return False
        # Of several segments the kernel tells the last one's moment: never less than an update took.
        [(_, _, stamp)] = ancillary
        seconds, rest_ns = STAMP.unpack(stamp)
        self.is_answered = True
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            start = event.find(MARK)
            if start >= 0:
                start += len(MARK)
                sent = int(event[start : event.index(b'"', start)])
                self.arrived_ns.append(seconds * 10**9 + rest_ns - sent)
                self.read_ns.append(now - sent)
        return True


def listen(port: int) -> None:
    """Connect the clients and report what they got, whenever standard input says so."""
    _many_files()
    clients = [Listener(port) for _ in range(CLIENTS)]
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)

        def read() -> bool:
            """Return whether standard input has something to say."""
            is_told = False
            for key, _ in selector.select():
                if key.data is None:
                    is_told = True
                elif not key.data.read():
                    selector.unregister(key.fileobj)
            return is_told

        while not all(client.is_answered for client in clients):
            read()
        selector.register(sys.stdin, selectors.EVENT_READ)
        print("connected", flush=True)
        while True:
            if read():
                if sys.stdin.readline().strip() != "report":
                    return
                print(json.dumps(_report()), flush=True)


def _report() -> dict[str, Any]:
    told: dict[str, Any] = {"delivered": len(Listener.read_ns)}
    for name, late in {"arrived": Listener.arrived_ns, "read": Listener.read_ns}.items():
        late.sort()
        for word, cut in {"p50": 0.5, "p99": 0.99}.items():
            told[f"{name}_{word}_ms"] = late[int(len(late) * cut)] / 1e6 if late else None
        late.clear()
    return told


def _many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * CLIENTS), most))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    elif sys.argv[1:2] == ["listen"]:
        listen(int(sys.argv[2]))
    else:
        print(json.dumps(run(), indent=2))
