"""The Valkey server that `mispriced` runs by itself: one a data directory, as long as its owner lives.

Who lives is the kernel's word: the server process itself holds the lock on `server.lock` of the
data directory, through a descriptor it inherits, so no stale lock, pid or socket is believed. Whoever
finds the lock taken attaches. The lock file's text is the path of the server's socket, which is not
in the data directory because such paths are limited.

A killed server has lost no acknowledged write: it writes its append-only file before it answers. A
power cut may cost up to half a minute: when the disk gets it is the kernel's affair. Without prctl
(macOS) a server outlives a killed owner, and the next start attaches to it. Not here: the client.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import threading
import time
from pathlib import Path
from typing import Final, Literal

from mispriced.backends.child import Child
from mispriced.backends.runtime_dir import pick_runtime_dir
from mispriced.backends.server_program import server_command
from mispriced.errors import Misconfigured, MispricedError, Unavailable

LOCK: Final = "server.lock"
LOG: Final = "server.log"
LONGEST_LOG: Final = 1 << 20  # bytes; at a start a longer one is cut to its last KEPT_LOG
KEPT_LOG: Final = 64 << 10
SHOWN_LOG_LINES: Final = 5
POLL_S: Final = 0.01
PING_S: Final = 0.5

State = Literal["ready", "loading", "absent"]


def start(
    data_dir: Path,
    *,
    runtime_dir: Path,
    max_memory_mb: int = 512,
    durable: bool = True,
    deadline_s: float = 60.0,
) -> Embedded:
    """Return the data directory's server, ready: started and owned by us, or another's, attached to.

    Blocks until the server answers. `durable=False`: nothing is written to the disk but a log.

    Raises: Misconfigured when a directory cannot be used; Unavailable with the server's last log
    lines when it does not answer within `deadline_s`.
    """
    embedded = Embedded(data_dir, runtime_dir, max_memory_mb, durable, deadline_s)
    embedded.ensure()
    return embedded


class Embedded:
    """A running server: owned, so that it ends with `close` or with this process, or attached to."""

    def __init__(
        self, data_dir: Path, runtime_dir: Path, max_memory_mb: int, durable: bool, deadline_s: float
    ) -> None:
        self._data_dir = data_dir.absolute()
        self._runtime_dir = runtime_dir
        self._max_memory_mb = max_memory_mb
        self._durable = durable
        self._deadline_s = deadline_s
        self._turn = threading.Lock()
        self._socket_path: Path | None = None
        self._owned: Child | None = None
        self._is_closed = False

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def socket_path(self) -> Path:
        """The socket to connect to; another one after an `ensure` that met a new owner."""
        if self._socket_path is None:
            raise Unavailable(f"no server was started for {self._data_dir}")
        return self._socket_path

    @property
    def pid(self) -> int:
        """The server's process id, by the server's own word.

        Raises: Unavailable when it does not answer.
        """
        for line in _ask(self.socket_path, b"INFO server\r\n").splitlines():
            if line.startswith(b"process_id:"):
                return int(line.partition(b":")[2])
        raise Unavailable(f"the server at {self.socket_path} does not answer")

    @property
    def is_owner(self) -> bool:
        """Whether the server ends with this process."""
        return self._owned is not None and self._owned.is_running

    def ensure(self) -> Path:
        """Return the socket of the server, which answers now: as it is, attached to, or started.

        For a client that lost its connection, from any thread: the owner may have ended, or the
        server died. Any number of callers, in any number of processes, make one server.

        Raises: as `start`; Unavailable after `close`.
        """
        with self._turn:
            if self._is_closed:
                raise Unavailable(f"the server for {self._data_dir} was closed")
            if self._socket_path is None or _state(self._socket_path) != "ready":
                self._socket_path = self._open()
            return self._socket_path

    def close(self) -> None:
        """Stop the server if it is ours; leave another owner's alone."""
        with self._turn:
            self._is_closed = True
            if self._owned is not None:
                self._owned.stop()
                self._owned = None

    def _open(self) -> Path:
        lock = self._open_lock()
        try:
            deadline = time.monotonic() + self._deadline_s
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    path = Path(os.fsdecode(os.pread(lock, 4096, 0)))
                    if _state(path) == "ready":
                        return path
                else:
                    return self._start(lock, deadline)
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"a server holds {self._data_dir / LOCK} and does not answer at {path}"
                        f" for {self._deadline_s:g} s{self._last_log_lines()}"
                    )
                time.sleep(POLL_S)
        finally:
            os.close(lock)

    def _open_lock(self) -> int:
        try:
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Misconfigured(
                f"data directory {self._data_dir} cannot be written: {error.strerror}"
            ) from error

    def _start(self, lock: int, deadline: float) -> Path:
        name = hashlib.sha256(os.fsencode(self._data_dir.resolve())).hexdigest()[:16]
        path = pick_runtime_dir([self._runtime_dir]) / f"{name}.sock"
        owned = None
        try:
            path.unlink(missing_ok=True)
            _cut(self._data_dir / LOG)
            os.ftruncate(lock, 0)
            os.pwrite(lock, os.fsencode(path), 0)
            command = server_command(path, self._data_dir, self._max_memory_mb, self._durable)
            owned = self._owned = Child(command, self._data_dir / LOG, lock)
            while (state := _state(path)) != "ready":
                if not owned.is_running:
                    raise Unavailable(f"the server for {self._data_dir} ended{self._last_log_lines()}")
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"the server for {self._data_dir} is {state} after {self._deadline_s:g} s"
                        f"{self._last_log_lines()}"
                    )
                time.sleep(POLL_S)
        except (OSError, MispricedError) as error:
            if owned is not None:
                owned.stop()
            self._owned = None
            if isinstance(error, OSError):
                raise Unavailable(
                    f"the server for {self._data_dir} cannot be started: {error.strerror}"
                ) from error
            raise
        return path

    def _last_log_lines(self) -> str:
        try:
            lines = (self._data_dir / LOG).read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "".join(f"\n  {line}" for line in lines[-SHOWN_LOG_LINES:])


def _state(path: Path) -> State:
    answer = _ask(path, b"PING\r\n")
    if answer.startswith(b"+PONG"):
        return "ready"
    return "loading" if answer else "absent"


def _ask(path: Path, command: bytes) -> bytes:
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PING_S)
            connection.connect(os.fspath(path))
            connection.sendall(command + b"QUIT\r\n")
            while part := connection.recv(1 << 16):
                answer += part
    except (OSError, ValueError):  # nobody there, no answer in time; ValueError: no path at all
        pass
    return answer


def _cut(log: Path) -> None:
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        with log.open("r+b") as text:
            text.seek(-KEPT_LOG, os.SEEK_END)
            kept = text.read()
            text.seek(0)
            text.write(kept)
            text.truncate()
