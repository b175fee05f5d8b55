"""Workers for the kill tests: real processes, forked from one warm one so that a restart takes milliseconds.

Obeys JSON lines on standard input, each an `Order`; answers `{"born": pid, "consumer": …}` and, when
one ended, `{"died": pid, "signal": …}`. All end with it.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from mispriced.backends.leash import PR_SET_PDEATHSIG
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.domain.model import decode_quote
from mispriced.messages import Effects, Handled, Message, Output, Subscription
from mispriced.pipeline.run import Consumer, Rhythm

POLL_S: Final = 0.002
CLAIM_IDLE_S: Final = 0.3


class Order(Struct, kw_only=True):
    """A worker to start; it kills itself at the `visit`-th time that it is at `point`."""

    url: str
    stage: str
    source: str
    target: str = ""
    consumer: str
    point: str = ""
    visit: int = 0
    batch_size: int = 20


class Relay:
    """Repeats every message on another stream."""

    def __init__(self, store: RedisStore, target: str, reached: Any) -> None:
        self._target = target
        self._reached = reached

    def handle(self, messages: Sequence[Message]) -> Handled:
        half = len(messages) // 2
        effects = [self._effects(one) for one in messages[:half]]
        self._reached("handling")
        effects += [self._effects(one) for one in messages[half:]]
        return Handled(effects=tuple(effects))

    def tick(self, now: datetime) -> None:
        self._reached("ticking")

    def _effects(self, message: Message) -> Effects:
        return Effects(message=message, outputs=(Output(stream=self._target, fields=message.fields),))


class Quotes:
    """Puts a message's quote in twice: at once, as an extractor does, and with the acknowledgement."""

    def __init__(self, store: RedisStore, target: str, reached: Any) -> None:
        self._store = store
        self._target = target

    def handle(self, messages: Sequence[Message]) -> Handled:
        quotes = [decode_quote(one.fields["quote"]) for one in messages]
        self._store.upsert(quotes, quotes[0].seen_at)
        return Handled(
            effects=tuple(
                Effects(
                    message=one, quotes=(quote,), outputs=(Output(stream=self._target, fields={"n": one.id}),)
                )
                for one, quote in zip(messages, quotes, strict=True)
            )
        )

    def tick(self, now: datetime) -> None: ...


def work(order: Order) -> None:
    """Be the worker."""
    visits = 0

    def reached(point: str) -> None:
        nonlocal visits
        visits += point == order.point
        if point == order.point and visits == order.visit:
            os.kill(os.getpid(), signal.SIGKILL)

    store = RedisStore(order.url)
    stage = (Relay if order.stage == "relay" else Quotes)(store, order.target, reached)
    Consumer(
        store,
        Subscription(streams=(order.source,), group=order.stage, consumer=order.consumer),
        stage,
        SystemClock(),
        threading.Event(),
        batch_size=order.batch_size,
        batch_timeout_s=0.002,
        rhythm=Rhythm(claim_idle_s=CLAIM_IDLE_S, claim_s=0.05, tick_s=0.05, trim_s=0.2),
        reached=reached,
    ).run()


def main() -> None:
    """Fork workers until the input ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    orders = msgspec.json.Decoder(Order)
    alive: set[int] = set()
    pending = b""
    while True:
        if select.select([0], [], [], POLL_S)[0]:
            read = os.read(0, 1 << 16)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                order = orders.decode(line)
                alive.add(pid := start(order))
                say(born=pid, consumer=order.consumer)
        while alive and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            alive.discard(ended[0])
            say(died=ended[0], signal=os.waitstatus_to_exitcode(ended[1]))
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def start(order: Order) -> int:
    """Return the pid of a new worker."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        work(order)
    except BaseException as error:
        sys.stderr.write(f"{order.consumer}: {error!r}\n")
        os._exit(1)
    os._exit(0)


def say(**words: object) -> None:
    os.write(1, msgspec.json.encode(words) + b"\n")


if __name__ == "__main__":
    main()
