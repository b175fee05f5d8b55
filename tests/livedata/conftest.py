"""The recorded cycle, read once for all tests here."""

from collections.abc import Iterator

import pytest

from mispriced.backends.connection import Link
from mispriced.backends.redis import RedisStore
from tests.backends.servers import SERVERS
from tests.livedata import api


@pytest.fixture(scope="session")
def recorded(shared_data):
    """Return the raw answers of the recorded cycle."""
    return api.recorded_bodies(shared_data)


@pytest.fixture(scope="session")
def recorded_snapshot(recorded):
    return api.snapshot(recorded)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Yield a server's address."""
    with SERVERS["valkey"]() as url:
        yield url


@pytest.fixture
def store(valkey: str) -> Iterator[RedisStore]:
    """Yield a store on the emptied server."""
    link = Link(valkey)
    link.call("FLUSHALL")
    link.close()
    store = RedisStore(valkey)
    yield store
    store.close()
