"""A store on a server of its own, and a recorder of it into a folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.history.record import Bounds, Recorder, subscription
from tests.backends.servers import valkey

Begin = Callable[[], Recorder]


@pytest.fixture
def store() -> Iterator[RedisStore]:
    """Yield a store on an empty server that a recorder has joined."""
    with valkey() as url:
        opened = RedisStore(url)
        opened.join(subscription(opened))
        yield opened
        opened.close()


@pytest.fixture
def begin(store: RedisStore, tmp_path: Path) -> Begin:
    """Return what makes another recorder, as after a kill: it knows what is on the disk and no more."""

    def begun() -> Recorder:
        recorder = Recorder(store, tmp_path, SystemClock(), threading.Event(), Bounds(flush_s=1e-9))
        recorder.begin()
        return recorder

    return begun
