"""Where the store is: the configured server, or our own of a data directory or of a single run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from mispriced.backends import embedded
from mispriced.backends.keys import Keys, Rules
from mispriced.backends.redis import RedisStore
from mispriced.backends.runtime_dir import pick_runtime_dir
from mispriced.cli.wiring import announced_from, freshness
from mispriced.domain.markets import Market
from mispriced.errors import Misconfigured, Retry, Unavailable
from mispriced.ports import Store
from mispriced.settings import data_dir, runtime_dir
from mispriced.settings.model import Settings
from mispriced.settings.server import RedisSettings


def open_store(address: str, settings: Settings, enough: Mapping[Market, int] | None = None) -> Store:
    """Return a new store at a server's address, for one thread.

    `enough`: the fresh bookmakers that a document is announced from, by market; else the setting.
    """
    rules = Rules(
        freshness=freshness(settings),
        cadence_s={"live": settings.cadence.live_s, "upcoming": settings.cadence.upcoming_s},
        min_bookmakers=announced_from(settings) if enough is None else enough,
    )
    try:
        return RedisStore(address, Keys(prefix=settings.prefix, tag=settings.keys.tag), rules)
    except ValueError as error:
        raise Misconfigured(f"redis.url: {error}") from error


@contextmanager
def server(settings: Settings, is_awaited: bool = False) -> Iterator[str]:
    """Yield the address of the configured server, or of our own of the data directory.

    `is_awaited`: whoever asks waits for a configured server that does not answer yet.

    Raises: Unavailable naming the configured address when nothing answers there.
    """
    with kept_server(settings, is_awaited) as (address, _):
        yield address


@contextmanager
def kept_server(settings: Settings, is_awaited: bool = False) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield as `server`, and what brings a server of our own back when it died."""
    configured = _configured(settings.redis)
    if configured is not None:
        if not is_awaited:
            _ask(configured, settings)
        yield configured, lambda: None
        return
    place, remark = data_dir(settings)
    if remark:
        sys.stderr.write(f"mispriced: {remark}\n")
    owned = embedded.start(place, runtime_dir=_sockets())
    try:
        yield _unix(owned.socket_path), owned.ensure
    finally:
        owned.close()


@contextmanager
def own_server() -> Iterator[str]:
    """Yield the address of a server of our own, empty now and gone at the end."""
    with TemporaryDirectory(prefix="mispriced-") as place:
        owned = embedded.start(Path(place), runtime_dir=_sockets(), durable=False)
        try:
            yield _unix(owned.socket_path)
        finally:
            owned.close()


def _configured(given: RedisSettings) -> str | None:
    if given.url is not None:
        return given.url.get_secret_value()
    if given.host is None:
        return None
    password = f":{quote(given.password.get_secret_value(), safe='')}@" if given.password else ""
    return f"redis://{password}{given.host}:{given.port}/{given.db}"


def _ask(address: str, settings: Settings) -> None:
    store = open_store(address, settings)
    try:
        store.describe()
    except Retry as error:
        raise Unavailable(f"no Redis or Valkey server answers at {error}") from error
    finally:
        store.close()


def _unix(path: Path) -> str:
    return f"unix://{quote(str(path))}"


def _sockets() -> Path:
    given = runtime_dir()
    fallback = Path("/tmp") / f"mispriced-{os.getuid()}"
    return pick_runtime_dir([*([given / "mispriced"] if given else []), fallback])
