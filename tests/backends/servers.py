"""Servers for tests: the embedded Valkey, and Debian's redis-server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mispriced.backends.embedded import start
from tests.engines import program


@contextmanager
def valkey(durable: bool = False) -> Iterator[str]:
    """Yield the address of an embedded Valkey of its own."""
    with short_folder() as folder, start(folder / "data", runtime_dir=folder, durable=durable) as embedded:
        yield f"unix://{embedded.socket_path}"


@contextmanager
def redis() -> Iterator[str]:
    """Yield the address of a redis-server of its own."""
    command = program("redis-server")
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
        with subprocess.Popen([command, *words], stdout=subprocess.DEVNULL) as process:
            try:
                _wait(path)
                yield f"unix://{path}"
            finally:
                process.kill()


SERVERS: dict[str, Callable[[], AbstractContextManager[str]]] = {"valkey": valkey, "redis": redis}


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
