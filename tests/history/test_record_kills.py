"""The demo under a virtual clock while its recorder is killed again and again.

MISPRICED_TEST_RECORD_MINUTES=60 is the long run: 60 minutes of demo, 20 kills.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from mispriced.cli.clock import SystemClock, VirtualClock
from mispriced.cli.stores import open_store, own_server
from mispriced.cli.system import System
from mispriced.cli.up import USUAL_NAMES
from mispriced.domain.model import SOURCES, decode_quote, encode
from mispriced.history.parquet import select
from mispriced.history.record import subscription
from mispriced.history.rows import quote_of
from mispriced.messages import Effects, Subscription
from mispriced.ports import Store
from mispriced.settings import load
from mispriced.simulator.configuration import config_toml
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.server import serve
from tests.cli.commands import COMMAND, environment

MINUTES: Final = float(os.environ.get("MISPRICED_TEST_RECORD_MINUTES", "0.5"))
KILLS: Final = max(3, round(MINUTES / 3))
LIVE_S: Final = 5
CYCLE_S: Final = 60.0


class Audit:
    """Everything that passed on the streams, read by a group of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        streams = tuple(store.recorded_streams().values())
        self._subscription = Subscription(streams=streams, group="audit", consumer="audit")
        self._names = {stream: name for name, stream in store.recorded_streams().items()}
        store.join(self._subscription)
        self.entries: Counter[tuple[str, str, str]] = Counter()

    def read(self) -> None:
        while messages := self._store.read(self._subscription, 5000, 0.0):
            for one in messages:
                kind = self._names[one.stream].partition("-")[0]
                if kind == "quotes":
                    body = digest(encode(decode_quote(one.fields["quote"])), one.fields["match_id"])
                    self.entries[kind, one.id, body] += 1
                elif kind == "opportunities":
                    self.entries[kind, one.id, digest(one.fields["body"], one.fields["state"])] += 1
            done = [Effects(message=one) for one in messages]
            self._store.commit(self._subscription, done, SystemClock().now())


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def recorded(root: Path) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for row in select(root, "quotes", "SELECT * FROM record"):
        body = digest(encode(quote_of(row)), row["match_id"].encode())
        found["quotes", row["id"], body] += 1
    for row in select(root, "opportunities", "SELECT id, state, body FROM record"):
        found["opportunities", row["id"], digest(row["body"].encode(), row["state"].encode())] += 1
    return found


class Recording:
    """A recorder as a process of its own, killed and started again."""

    def __init__(self, address: str, root: Path) -> None:
        self._environment = environment(
            REDIS_URL=address, MISPRICED_RECORD__DIR=str(root), MISPRICED_RECORD__FLUSH_S="0.1"
        )
        self._process = self._start()

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL
        self._process = self._start()

    def finish(self) -> None:
        os.kill(self._process.pid, signal.SIGTERM)
        assert self._process.wait(30) == 0

    def abandon(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*COMMAND, "record"], env=self._environment)


@contextmanager
def demo(clock: VirtualClock) -> Iterator[str]:
    """Yield the address of the demo's sites, whose time is the clock's."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    simulator = wait(serve(Seeded(5, clock.now() - timedelta(seconds=1), 24), clock.now))
    try:
        yield simulator.url
    finally:
        wait(simulator.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def recording(address: str, root: Path) -> Iterator[Recording]:
    one = Recording(address, root)
    try:
        yield one
    finally:
        one.abandon()


@pytest.mark.timeout(60 + MINUTES * 30)
def test_what_passed_is_recorded_once_however_often_the_recorder_is_killed(tmp_path: Path, capsys):
    root = tmp_path / "record"
    chance = random.Random(20260514)
    cycles = round(MINUTES * 60 / LIVE_S)
    kills = set(chance.sample(range(1, cycles), KILLS))
    start = SystemClock().now() - timedelta(hours=2)  # the demo's time runs ahead of the server's
    clock = VirtualClock(start)
    with demo(clock) as url, own_server() as address:
        config = tmp_path / "demo.toml"
        config.write_text(config_toml(url))
        settings = load(config, USUAL_NAMES)
        system = System(settings, clock, partial(open_store, address, settings))
        system.store.join(subscription(system.store))
        audit = Audit(system.store)
        with system, recording(address, root) as recorder:
            for cycle in range(cycles):
                clock.move_to(start + timedelta(seconds=LIVE_S * cycle))
                for source in SOURCES if cycle * LIVE_S % 60 == 0 else ("live",):
                    system.publish(source)
                if cycle in kills:
                    recorder.kill()
                for source in SOURCES:
                    assert system.settle(source, CYCLE_S)
                audit.read()
            while any(one.unread or one.pending for one in system.store.backlog() if one.group == "record"):
                audit.read()
            recorder.finish()
            audit.read()
    assert {kind for kind, *_ in audit.entries} == {"quotes", "opportunities"}
    missing = audit.entries - recorded(root)
    doubled = recorded(root) - audit.entries
    assert (missing, doubled) == (Counter(), Counter())
    checksums = [
        digest(msgspec.json.encode(sorted(one.elements()))) for one in (audit.entries, recorded(root))
    ]
    assert checksums[0] == checksums[1]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{MINUTES:g} minutes of demo, {KILLS} kills: {sum(audit.entries.values())} entries, "
            f"checksum {checksums[0][:16]} on the streams and in Parquet\n"
        )
