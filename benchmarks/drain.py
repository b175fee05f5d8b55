"""How fast a consumer drains a stream with acknowledgement, beside one that takes messages one by one.

Ours is the consumer loop with a stage that does nothing: it reads, handles and acknowledges in batches.
The peer is FastStream where it is installed (it is no dependency of ours; `pip install
"faststream[redis]"` into another environment), else a consumer of redis.asyncio that awaits an
XREADGROUP, a handler and an XACK for each message. Both run in turn and the best run of each counts.
The server is the embedded one, on its unix socket, with its append-only file.

Usage: PYTHONPATH=src python benchmarks/drain.py
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mispriced.backends import embedded
from mispriced.backends.connection import Link
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.messages import Effects, Handled, Message, Output, Subscription
from mispriced.pipeline.run import Consumer

MESSAGES = 60_000
PEER_MESSAGES = 3_000
BATCH = 200
RUNS = 4
AIM = 20.0
PAYLOAD = {
    "bookmaker": "BookieAlpha",
    "extractor_type": "three_way",
    "data_source": "live",
    "stream_date": "0",
}


def run() -> dict[str, Any]:
    """Return the figures: messages a second of both, best of several runs, and how many times ours is."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mispriced-bench-")))
        server = opened.enter_context(embedded.start(folder / "data", runtime_dir=folder))
        path = str(server.socket_path)
        name, drain = _peer()
        ours = peer = 0.0
        for place in range(RUNS):  # in turn, so that a busy minute of the machine is everybody's
            ours = max(ours, _ours(path, place))
            peer = max(peer, PEER_MESSAGES / asyncio.run(drain(path, f"peer{place}")))
    return {
        "name": f"drain with acknowledgement / {name}",
        "rows": [
            {"what": f"mispriced, batches of {BATCH}", "figure": round(ours), "unit": "messages/s"},
            {"what": name, "figure": round(peer), "unit": "messages/s"},
        ],
        "ratio": round(ours / peer, 1),
        "aim": AIM,
        "better": "higher",
    }


class _Nothing:
    def handle(self, messages: Sequence[Message]) -> Handled:
        return Handled(effects=tuple(Effects(message=one) for one in messages))

    def tick(self, now: datetime) -> None: ...


def _ours(path: str, place: int) -> float:
    store = RedisStore(f"unix://{path}")
    stream = f"ours{place}"
    for first in range(0, MESSAGES, 1000):
        store.publish([Output(stream=stream, fields=PAYLOAD)] * min(1000, MESSAGES - first))
    consumer = Consumer(
        store,
        Subscription(streams=(stream,), group="bench", consumer="one"),
        _Nothing(),
        SystemClock(),
        threading.Event(),
        batch_size=BATCH,
        batch_timeout_s=0,
    )
    started = time.perf_counter()
    left = MESSAGES
    while left:
        left -= consumer.turn(0)
    took = time.perf_counter() - started
    assert [one.pending + one.unread for one in store.backlog() if one.stream == stream] == [0]
    store.close()
    return MESSAGES / took


def _fill(path: str, stream: str) -> None:
    link = Link(f"unix://{path}")
    fields = [word for pair in PAYLOAD.items() for word in pair]
    link.pipeline([("XGROUP", "CREATE", stream, "bench", "0", "MKSTREAM")])
    link.pipeline([("XADD", stream, "*", *fields)] * PEER_MESSAGES)
    link.close()


def _peer() -> tuple[str, Any]:
    try:
        return f"FastStream {version('faststream')}", _drain_faststream
    except PackageNotFoundError:
        return "redis.asyncio, one message at a time", _drain_one_by_one


async def _drain_one_by_one(path: str, stream: str) -> float:
    import redis.asyncio

    async def handle(fields: dict[bytes, bytes]) -> None:
        pass

    _fill(path, stream)
    client = redis.asyncio.Redis(unix_socket_path=path, protocol=2)
    started = time.perf_counter()
    left = PEER_MESSAGES
    while left:
        found: Any = await client.xreadgroup("bench", "one", {stream: ">"}, count=1)
        for _, entries in found:
            for entry_id, fields in entries:
                await handle(fields)
                await client.xack(stream, "bench", entry_id)
                left -= 1
    took = time.perf_counter() - started
    await client.aclose()
    return took


async def _drain_faststream(path: str, stream: str) -> float:
    faststream: Any = import_module("faststream.redis")
    _fill(path, stream)
    broker = faststream.RedisBroker(f"unix://{path}", logger=None)
    done = asyncio.Event()
    left = PEER_MESSAGES

    async def handle(message: dict[str, str]) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    subscribed = faststream.StreamSub(stream, group="bench", consumer="one", polling_interval=10)
    broker.subscriber(stream=subscribed)(handle)
    started = time.perf_counter()
    await broker.start()
    await done.wait()
    took = time.perf_counter() - started
    await broker.stop()
    return took


def main() -> None:
    """Print the figures."""
    figure = run()
    print(f"{figure['name']}: {figure['ratio']} x (aim {figure['aim']})")
    for row in figure["rows"]:
        print(f"  {row['what']:42} {row['figure']:10} {row['unit']}")


if __name__ == "__main__":
    main()
