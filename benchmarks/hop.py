"""How long a message takes from one process to the next, and through three stages, in PINGs.

The PING goes over the same kind of connection, from the same process, at the same pace, ten PINGs and
ten messages in turn. A hop: from the call of `publish` in one process until `read` has returned in
another. Three stages: from `publish` until the third consumer process has committed, so three hops and
three acknowledgements. Of several rounds the quietest counts, the one with the fastest PING: others may
use the two cores too. The peer is redis-py's client as it comes, one command a round trip; its ratio is
to its own slower PING. The server is the embedded one, on its unix socket, with its append-only file.

Usage: PYTHONPATH=src python benchmarks/hop.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from mispriced.backends import embedded
from mispriced.backends.connection import Link
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.messages import Effects, Handled, Message, Output, Subscription
from mispriced.pipeline.run import Consumer

ROUNDS = 4
MESSAGES = 200  # of a round
IN_TURN = 10  # PINGs, then as many messages: so close that both meet the same machine
PACE_S = 0.005
FAST_S = 0.001  # shown beside it: what is awake already answers a PING sooner
AIM_HOP = 2.0
AIM_CHAIN = 9.0

Round = tuple[list[float], list[float]]
"""Microseconds of the PINGs and of the messages of one round."""


def run() -> list[dict[str, Any]]:
    """Return the figures of a hop and of three stages: medians, 99th percentiles, ratio of the medians."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mispriced-bench-")))
        server = opened.enter_context(embedded.start(folder / "data", runtime_dir=folder))
        url = f"unix://{server.socket_path}"
        return [
            _figures("stream hop / PING", AIM_HOP, url, 1),
            _figures("three stages / PING", AIM_CHAIN, url, 3),
        ]


def _figures(name: str, aim: float, url: str, hops: int) -> dict[str, Any]:
    ours = _measure(url, "ours", hops, PACE_S)
    measured = {
        "mispriced": ours,
        f"mispriced, every {FAST_S * 1000:.0f} ms": _measure(url, "ours", hops, FAST_S),
        "redis-py client": _measure(url, "peer", hops, PACE_S),
    }
    rows = []
    for who, rounds in measured.items():
        pings, messages = _quietest(rounds)
        for what, times in (("PING", pings), ("message", messages)):
            for percent in (50, 99):
                figure = statistics.quantiles(times, n=100, method="inclusive")[percent - 1]
                rows.append({"what": f"{who}: {what} p{percent}", "figure": round(figure, 1), "unit": "us"})
        ratios = sorted(round(_ratio(one), 2) for one in rounds)
        rows.append({"what": f"{who}: lowest ratio of a round", "figure": ratios[0], "unit": "PINGs"})
        rows.append({"what": f"{who}: highest ratio of a round", "figure": ratios[-1], "unit": "PINGs"})
        rows.append({"what": f"{who}: ratio", "figure": round(_ratio(_quietest(rounds)), 2), "unit": "PINGs"})
    return {
        "name": name,
        "rows": rows,
        "ratio": round(_ratio(_quietest(ours)), 2),
        "aim": aim,
        "better": "lower",
    }


def _quietest(rounds: Sequence[Round]) -> Round:
    return min(rounds, key=lambda one: statistics.median(one[0]))


def _ratio(one: Round) -> float:
    pings, messages = one
    return statistics.median(messages) / statistics.median(pings)


def _measure(url: str, kind: str, hops: int, pace_s: float) -> list[Round]:
    streams = [f"{kind}-{hops}-{pace_s}-{place}" for place in range(hops)]
    with ExitStack() as running:
        for source, target in pairwise(streams):
            running.enter_context(_process(kind, "relay", url, source, target))
        role = "last" if hops > 1 else "reader"
        last = running.enter_context(_process(kind, role, url, streams[-1], ""))
        publish, ping = _ours(url) if kind == "ours" else _peer(url)
        for _ in range(MESSAGES):  # until all are warm
            publish(streams[0], str(time.monotonic_ns()))
            time.sleep(pace_s)
        pings = []
        for _ in range(ROUNDS * MESSAGES // IN_TURN):
            for _ in range(IN_TURN):
                started = time.perf_counter()
                ping()
                pings.append((time.perf_counter() - started) * 1e6)
                time.sleep(pace_s)
            for _ in range(IN_TURN):
                publish(streams[0], str(time.monotonic_ns()))
                time.sleep(pace_s)
        assert last.stdout is not None
        times = [float(word) for word in last.stdout.readline().split()][MESSAGES:]
    parts = [slice(first, first + MESSAGES) for first in range(0, ROUNDS * MESSAGES, MESSAGES)]
    return [(pings[part], times[part]) for part in parts]


def _ours(url: str) -> tuple[Callable[[str, str], object], Callable[[], object]]:
    store, link = RedisStore(url), Link(url)
    return (
        lambda stream, now: store.publish([Output(stream=stream, fields={"at": now})]),
        lambda: link.call("PING"),
    )


def _peer(url: str) -> tuple[Callable[[str, str], object], Callable[[], object]]:
    import redis

    client = redis.Redis.from_url(url)
    return lambda stream, now: client.xadd(stream, {"at": now}), client.ping


@contextmanager
def _process(*words: str) -> Iterator[subprocess.Popen[str]]:
    path = os.pathsep.join(one for one in sys.path if one)
    with subprocess.Popen(
        [sys.executable, __file__, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class _Relay:
    """Repeats messages on the target; without one, remembers how long they took until the commit."""

    def __init__(self, target: str, stop: threading.Event) -> None:
        self._target = target
        self._stop = stop
        self._sent_at: list[int] = []
        self.times: list[float] = []

    def handle(self, messages: Sequence[Message]) -> Handled:
        if not self._target:
            self._sent_at = [int(one.fields["at"]) for one in messages]
            return Handled(effects=tuple(Effects(message=one) for one in messages))
        return Handled(
            effects=tuple(
                Effects(message=one, outputs=(Output(stream=self._target, fields=one.fields),))
                for one in messages
            )
        )

    def tick(self, now: datetime) -> None: ...

    def reached(self, point: str) -> None:
        if point == "committed":
            now = time.monotonic_ns()
            self.times += [(now - sent) / 1e3 for sent in self._sent_at]
            if len(self.times) >= (ROUNDS + 1) * MESSAGES:
                self._stop.set()


def _be_ours(role: str, url: str, source: str, target: str) -> list[float]:
    store = RedisStore(url)
    subscription = Subscription(streams=(source,), group="bench", consumer="one")
    if role != "reader":
        stop = threading.Event()
        relay = _Relay(target, stop)
        consumer = Consumer(
            store, subscription, relay, SystemClock(), stop, batch_timeout_s=0, reached=relay.reached
        )
        consumer.run()
        return relay.times
    times: list[float] = []
    while len(times) < (ROUNDS + 1) * MESSAGES:
        messages = store.read(subscription, 100, 0.2)
        read = time.monotonic_ns()
        times += [(read - int(one.fields["at"])) / 1e3 for one in messages]
        store.commit(subscription, [Effects(message=one) for one in messages], datetime.now(UTC))
    return times


def _be_peer(role: str, url: str, source: str, target: str) -> list[float]:
    import redis

    client = redis.Redis.from_url(url, protocol=2)
    client.xgroup_create(source, "bench", id="0", mkstream=True)
    times: list[float] = []
    while len(times) < (ROUNDS + 1) * MESSAGES:
        found: Any = client.xreadgroup("bench", "one", {source: ">"}, count=100, block=200)
        read = time.monotonic_ns()
        for entry_id, fields in (entry for _, entries in found or () for entry in entries):
            if target:
                client.xadd(target, fields)
            client.xack(source, "bench", entry_id)
            times.append(((read if role == "reader" else time.monotonic_ns()) - int(fields[b"at"])) / 1e3)
    return times


def main() -> None:
    """Print the figures, or be one of the processes."""
    if len(sys.argv) > 1:
        kind, *words = sys.argv[1:]
        times = (_be_ours if kind == "ours" else _be_peer)(*words)
        sys.stdout.write(" ".join(f"{one:.1f}" for one in times) + "\n")
        return
    for figure in run():
        print(f"{figure['name']}: {figure['ratio']} (aim {figure['aim']})")
        for row in figure["rows"]:
            print(f"  {row['what']:48} {row['figure']:10} {row['unit']}")


if __name__ == "__main__":
    main()
