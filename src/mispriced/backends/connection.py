"""One connection to the server: redis-py's own with hiredis, without the client around it.

The client's defaults turn one XADD into two entries and a BLOCK into an error. Here nothing is sent
twice unless the caller says that it may be, and every answer has a deadline. Not here: what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import hiredis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.connection import Connection, UnixDomainSocketConnection, parse_url
from redis.retry import Retry as Retries

from mispriced.backends.lua import Script
from mispriced.errors import Misconfigured, Retry

Word: TypeAlias = str | bytes | int | float
Command: TypeAlias = tuple[Word, ...]
Reply: TypeAlias = Any  # what the protocol carries: bytes, int, None, a list of these, an error

CONNECT_S: Final = 2.0
TEMPORARY: Final = (
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
)
TEMPORARY_CODES: Final = ("BUSY ", "NOREPLICAS ")  # redis-py has no class for these


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
        self._is_open = False
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
        if checked and self._is_open and self._was_closed():
            self.close()
        packed = b"".join([_pack(command) for command in commands])
        try:
            return self._exchange(packed, len(commands), wait_s)
        except Retry as error:
            if not again or isinstance(error.__cause__, exceptions.TimeoutError):
                raise
            return self._exchange(packed, len(commands), wait_s)

    def run(self, script: Script, calls: Sequence[Command], again: bool = True) -> list[Reply]:
        """Return the answers of a script's calls, each `(number of keys, keys…, arguments…)`.

        Raises: Retry, Misconfigured; ResponseError of the first call that was refused.
        """
        commands: list[Command] = [("EVALSHA", script.sha1, *call) for call in calls]
        replies = self.pipeline(commands, again=again)
        lost = [place for place, reply in enumerate(replies) if isinstance(reply, exceptions.NoScriptError)]
        if lost:
            loaded = self.pipeline(
                [("SCRIPT", "LOAD", script.text), *(commands[place] for place in lost)], again=again
            )
            sound(loaded[0])
            for place, reply in zip(lost, loaded[1:], strict=True):
                replies[place] = reply
        return [sound(reply) for reply in replies]

    def close(self) -> None:
        """Close the connection; the next command opens another."""
        self._is_open = False
        self._raw.disconnect()

    def _exchange(self, packed: bytes, count: int, wait_s: float) -> list[Reply]:
        raw = self._raw
        replies: list[Reply] = []
        # asking for a time limit of its own costs two calls of the system for each answer
        patience = {"timeout": wait_s + self._deadline_s} if wait_s > self._deadline_s / 2 else {}
        try:
            if not self._is_open:
                self._open()
            raw.send_packed_command([packed], check_health=False)
            for _ in range(count):
                try:
                    replies.append(raw.read_response(disable_decoding=True, **patience))
                except exceptions.ResponseError as error:
                    replies.append(_judged(error, self.address))
        except (exceptions.AuthenticationError, exceptions.AuthorizationError) as error:
            self.close()
            raise Misconfigured(f"{self.address}: {error}") from error
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            self.close()
            raise Retry(f"{self.address}: {error}") from error
        except BaseException:  # an answer that was not read would be taken for the next one's
            self.close()
            raise
        for reply in replies:
            if isinstance(reply, Retry | Misconfigured):
                raise reply
        return replies

    def _was_closed(self) -> bool:
        try:
            return bool(self._raw.can_read(0))  # an answer that nobody asked for is no good sign either
        except exceptions.ConnectionError:
            return True

    def _open(self) -> None:
        self._raw.connect()
        self._is_open = True
        if self._opened is not None:
            self._opened(self)


def named(reply: Reply) -> dict[str, Reply]:
    """Return a flat reply of names and values by name."""
    words = iter(reply)
    return {name.decode(): value for name, value in zip(words, words, strict=True)}


def sound(reply: Reply) -> Reply:
    """Return the reply.

    Raises: ResponseError when it is one.
    """
    if isinstance(reply, Exception):
        raise reply
    return reply


def _judged(error: exceptions.ResponseError, address: str) -> Exception:
    if isinstance(error, exceptions.AuthenticationError | exceptions.NoPermissionError):
        return Misconfigured(f"{address}: {error}")
    if isinstance(error, TEMPORARY) or str(error).startswith(TEMPORARY_CODES):
        return Retry(f"{address}: {error}")
    return error


_parse_url: Final[Callable[[str], dict[str, Any]]] = parse_url  # redis-py has no type for it
_pack: Final[Callable[[Any], bytes]] = hiredis.pack_command  # typed as taking one word
