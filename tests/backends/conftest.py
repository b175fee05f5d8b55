"""A server of each kind a session, and stores on it; each test begins with an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys, Rules
from mispriced.backends.redis import RedisStore
from tests.backends.servers import SERVERS

MakeStore = Callable[..., RedisStore]


@pytest.fixture(
    scope="session",
    params=["valkey", *(pytest.param(name, marks=pytest.mark.engine) for name in ("redis", "json"))],
)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield a server's address."""
    with SERVERS[request.param]() as url:
        yield url


@pytest.fixture
def link(server: str) -> Iterator[Link]:
    """Yield a connection to the server, which is empty now."""
    link = Link(server)
    link.call("FLUSHALL")
    yield link
    link.close()


@pytest.fixture
def make_store(server: str, link: Link) -> Iterator[MakeStore]:
    """Yield what makes stores on the emptied server, each with a connection of its own."""
    made: list[RedisStore] = []

    def make(keys: Keys | None = None, **rules: object) -> RedisStore:
        store = RedisStore(server, keys, Rules(**rules))
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> RedisStore:
    """Return a store with the default rules."""
    return make_store()
