"""A server a session, empty for each test, and stores on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mispriced.backends.connection import Link
from mispriced.backends.redis import RedisStore
from tests.backends.servers import valkey

OpenStore = Callable[[], RedisStore]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Yield the address of an embedded server."""
    with valkey() as url:
        yield url


@pytest.fixture
def open_store(server: str) -> Iterator[OpenStore]:
    """Yield what opens stores on the emptied server."""
    link = Link(server)
    link.call("FLUSHALL")
    link.close()
    opened: list[RedisStore] = []

    def open_one() -> RedisStore:
        opened.append(RedisStore(server))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> RedisStore:
    """Return a store on the emptied server."""
    return open_store()
