"""One connection to the server: opened by redis-py, spoken to with hiredis on its plain socket.

redis-py knows addresses, TLS and passwords. Its client is not used: with its defaults one XADD became
two entries and a BLOCK an error. Nor are its connection's own send and read, which take half of a
message's time from process to process (`benchmarks/hop.py`). Nothing is sent twice unless the caller
says that it may be, and every answer has a deadline. Not here: what is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import hiredis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import Connection, UnixDomainSocketConnection, parse_url
from redis.exceptions import ResponseError
from redis.retry import Retry as Retries

from mispriced.backends.lua import Script
from mispriced.errors import Misconfigured, Retry

Word: TypeAlias = str | bytes | int | float
Command: TypeAlias = tuple[Word, ...]
Reply: TypeAlias = Any  # what the protocol carries: bytes, int, None, a list of these, an error

CONNECT_S: Final = 2.0
READ_AT_ONCE: Final = 1 << 16
MAY_BE_CLOSED_S: Final = 0.1  # unused for so long, a connection is looked at before a write
TEMPORARY: Final = (
    "OOM", "BUSY", "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "UNBLOCKED",
)  # fmt: skip
REFUSED: Final = ("NOAUTH", "WRONGPASS", "NOPERM")


class Link:
    """A connection that opens when it is used and again after it broke; for one thread.

    `deadline_s` bounds every answer, besides the time a command is asked to wait. `opened` is called
    with the link each time a connection was made.
    """

    def __init__(
        self, url: str, deadline_s: float = 5.0, opened: Callable[[Link], object] | None = None
    ) -> None:
        options: dict[str, Any] = _parse_url(url)
        kind = options.pop("connection_class", Connection)
        if not issubclass(kind, UnixDomainSocketConnection):
            options |= {"socket_keepalive": True, "socket_connect_timeout": min(CONNECT_S, deadline_s)}
        self._raw: Any = kind(**options, socket_timeout=deadline_s, retry=Retries(NoBackoff(), 0), protocol=2)
        self._opened = opened
        self._deadline_s = deadline_s
        self._socket: Any = None
        self._reader: Any = None
        self._used_at = 0.0
        place = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
        self.address: str = f"{place}/{options.get('db', 0)}"

    def call(self, *command: Word, again: bool = False, wait_s: float = 0.0) -> Reply:
        """Return the answer to one command; `wait_s` is how long the command itself may wait.

        Raises: Retry when there is none; Misconfigured when the server refuses us; ResponseError
        when it refuses the command.
        """
        return sound(self.pipeline([command], again=again, wait_s=wait_s)[0])

    def pipeline(
        self,
        commands: Sequence[Command],
        again: bool = False,
        wait_s: float = 0.0,
        checked: bool = False,
    ) -> list[Reply]:
        """Return the answers of commands sent together; one that was refused is its error.

        `again`: all of them may be sent a second time when the connection was closed; a server that
        does not answer in time is not asked again. `checked`: a connection that the server closed
        since its last use is replaced before anything is sent.

        Raises: Retry, Misconfigured.
        """
        if not commands:
            return []
        if checked and self._was_closed():
            self.close()
        packed = b"".join(map(pack, commands))
        try:
            return self.exchange(packed, len(commands), wait_s)
        except Retry as error:
            if not again or isinstance(error.__cause__, TimeoutError | exceptions.TimeoutError):
                raise
            return self.exchange(packed, len(commands), wait_s)

    def run(self, script: Script, calls: Sequence[Command], again: bool = True) -> list[Reply]:
        """Return the answers of a script's calls, each `(number of keys, keys…, arguments…)`.

        Raises: Retry, Misconfigured; ResponseError of the first call that was refused.
        """
        commands: list[Command] = [("EVALSHA", script.sha1, *call) for call in calls]
        replies = self.pipeline(commands, again=again)
        lost = [place for place, reply in enumerate(replies) if is_refusal(reply, "NOSCRIPT")]
        if lost:
            loaded = self.pipeline(
                [("SCRIPT", "LOAD", script.text), *(commands[place] for place in lost)], again=again
            )
            sound(loaded[0])
            for place, reply in zip(lost, loaded[1:], strict=True):
                replies[place] = reply
        return [sound(reply) for reply in replies]

    def exchange(self, packed: bytes, count: int, wait_s: float = 0.0) -> list[Reply]:
        """Return the answers of so many packed commands; the hot line of every hop has no call to spare.

        Raises: Retry, Misconfigured.
        """
        try:
            if self._socket is None:
                self._open()
            connection, reader = self._socket, self._reader
            is_patient = (
                wait_s > self._deadline_s / 2
            )  # a time limit of its own costs two calls of the system
            if is_patient:
                connection.settimeout(wait_s + self._deadline_s)
            self._used_at = time.monotonic()
            connection.sendall(packed)
            replies = []
            has_refusal = False
            for _ in range(count):
                while (reply := reader.gets()) is _MORE:
                    read = connection.recv(READ_AT_ONCE)
                    if not read:
                        raise ConnectionResetError("the server closed the connection")
                    reader.feed(read)
                has_refusal = has_refusal or type(reply) is ResponseError
                replies.append(reply)
            if is_patient:
                connection.settimeout(self._deadline_s)
        except exceptions.AuthenticationError as error:
            self.close()
            raise Misconfigured(f"{self.address}: {error}") from error
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            self.close()
            raise Retry(f"{self.address}: {error}") from error
        except BaseException:  # an answer that was not read would be taken for the next one's
            self.close()
            raise
        if has_refusal:
            self._judge(replies)
        return replies

    def close(self) -> None:
        """Close the connection; the next command opens another."""
        self._socket = None
        self._raw.disconnect()

    def _open(self) -> None:
        self._raw.connect()
        self._socket = self._raw._get_socket()
        self._reader = hiredis.Reader(replyError=ResponseError, notEnoughData=_MORE)
        if self._opened is not None:
            self._opened(self)

    def _was_closed(self) -> bool:
        if self._socket is None or time.monotonic() - self._used_at < MAY_BE_CLOSED_S:
            return False
        try:
            return bool(self._raw.can_read(0))  # an answer that nobody asked for is no good sign either
        except exceptions.ConnectionError:
            return True

    def _judge(self, replies: Sequence[Reply]) -> None:
        for error in replies:
            code = str(error).partition(" ")[0] if isinstance(error, ResponseError) else ""
            if code in TEMPORARY:
                raise Retry(f"{self.address}: {error}") from error
            if code in REFUSED:
                raise Misconfigured(f"{self.address}: {error}") from error


def is_refusal(reply: Reply, code: str) -> bool:
    """Whether a reply is the server's error of this code."""
    return isinstance(reply, ResponseError) and str(reply).startswith(code)


def named(reply: Reply) -> dict[str, Reply]:
    """Return a flat reply of names and values by name."""
    return dict(zip(map(bytes.decode, reply[::2]), reply[1::2], strict=True))


def sound(reply: Reply) -> Reply:
    """Return the reply.

    Raises: ResponseError when it is one.
    """
    if isinstance(reply, Exception):
        raise reply
    return reply


_MORE: Final = object()  # what the reader returns until an answer is complete
_parse_url: Final[Callable[[str], dict[str, Any]]] = parse_url  # redis-py has no type for it
pack: Final[Callable[[Any], bytes]] = hiredis.pack_command  # typed as taking one word
