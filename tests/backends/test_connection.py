"""A connection that breaks: who is told, and that nothing is sent twice unasked."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from redis.exceptions import ResponseError

from mispriced.backends.connection import MAY_BE_CLOSED_S, Link
from mispriced.backends.lua import load
from mispriced.backends.redis import RedisStore
from mispriced.errors import Misconfigured, Retry
from mispriced.messages import Output, Subscription

OK: Final = b"+OK\r\n"


@contextmanager
def fake(path: Path, answer: Callable[[bytes], bytes | None]) -> Iterator[list[bytes]]:
    """Yield the commands that a server got; it answers `answer(command)`, or hangs up on None."""
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                while command := connection.recv(1 << 16):
                    if b"SETINFO" in command:  # redis-py introduces itself, in one packet or two
                        connection.sendall(OK * command.count(b"SETINFO"))
                        continue
                    heard.append(command)
                    reply = answer(command)
                    if reply is None:
                        break
                    with suppress(OSError):  # it did not wait
                        connection.sendall(reply)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield heard
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_server_that_is_away_is_named(tmp_path: Path):
    link = Link(f"unix://{tmp_path}/none.sock")
    with pytest.raises(Retry, match=r"none\.sock/0: .*No such file"):
        link.call("PING")
    with pytest.raises(Retry, match="localhost:1/3: "):
        Link("redis://localhost:1/3").call("PING")


def test_a_password_is_in_no_address_or_error():
    link = Link("redis://somebody:hunter2@localhost:1/3")
    with pytest.raises(Retry) as caught:
        link.call("PING")
    assert "hunter2" not in f"{link.address} {caught.value} {caught.value.__cause__!r}"


def test_what_may_not_be_repeated_is_sent_once(tmp_path: Path):
    path = tmp_path / "s"
    with fake(path, lambda command: None) as heard:
        link = Link(f"unix://{path}")
        with pytest.raises(Retry, match="closed"):
            link.call("XADD", "s", "*", "a", "1")
        assert len(heard) == 1
        with pytest.raises(Retry, match="closed"):
            link.call("GET", "s", again=True)
        assert len(heard) == 3
        link.close()


def test_an_answer_that_came_too_late_is_not_taken_for_the_next(tmp_path: Path):
    path = tmp_path / "s"

    def slow(command: bytes) -> bytes:
        if b"first" in command:
            time.sleep(0.15)
            return b"+late\r\n"
        return b"+right\r\n"

    with fake(path, slow):
        link = Link(f"unix://{path}", deadline_s=0.1)
        with pytest.raises(Retry, match="timed out"):
            link.call("GET", "first")
        time.sleep(0.1)
        assert link.call("GET", "second") == b"right"
        link.close()


def test_waiting_longer_than_the_deadline_is_no_error(server: str, link: Link):
    store = RedisStore(server, deadline_s=1.0)
    started = time.monotonic()
    assert store.read(Subscription(streams=("s",), group="g", consumer="c"), 1, 1.2) == []
    assert time.monotonic() - started > 1.0
    store.close()


def test_a_connection_that_the_server_closed_is_replaced(server: str, link: Link):
    store = RedisStore(server)
    store.publish([Output(stream="s", fields={"n": "1"})])
    others = [line.split()[0].removeprefix(b"id=") for line in link.call("CLIENT", "LIST").splitlines()]
    mine = str(link.call("CLIENT", "ID")).encode()
    for other in others:
        if other != mine:
            link.call("CLIENT", "KILL", "ID", other)
    time.sleep(MAY_BE_CLOSED_S)
    store.publish([Output(stream="s", fields={"n": "2"})])
    assert link.call("XLEN", "s") == 2
    store.close()


def test_a_frozen_server_is_away_and_then_back(server: str, link: Link):
    store = RedisStore(server, deadline_s=0.1)
    store.publish([Output(stream="s", fields={"n": "1"})])
    lines = link.call("INFO", "server").decode().splitlines()
    pid = next(int(line.split(":")[1]) for line in lines if line.startswith("process_id"))
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Retry):
            store.publish([Output(stream="s", fields={"n": "2"})])
    finally:
        os.kill(pid, signal.SIGCONT)
    assert store.version() == 0
    assert link.call("XLEN", "s") == 2  # it was sent, once, and nobody knew
    store.close()


def test_scripts_are_loaded_when_the_server_forgot_them(server: str, link: Link):
    store = RedisStore(server)
    store.publish([Output(stream="s", fields={"n": "1"})], once="a")
    link.call("SCRIPT", "FLUSH")
    assert len(store.publish([Output(stream="s", fields={"n": "1"})], once="b")) == 1
    store.close()


def test_the_first_refusal_of_a_script_is_raised_and_the_next_answers_are_right(link: Link):
    script = load("replay", {})
    link.call("SET", "text", "x")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        link.run(script, [(2, "text", "s", "1-1", "a", "1"), (2, "none", "s", "1-1", "a", "1")])
    assert link.call("PING") == b"PONG"


def test_a_user_who_may_not_is_a_persons_business(server: str, link: Link):
    link.call("ACL", "SETUSER", "reader", "on", ">secret", "+@read", "+@connection", "~*")
    path = server.removeprefix("unix://")
    with pytest.raises(Misconfigured, match="no permissions"):
        Link(f"unix://reader:secret@{path}").call("SET", "a", "1")
    with pytest.raises(Misconfigured, match="invalid username-password"):
        Link(f"unix://reader:wrong@{path}").call("PING")
