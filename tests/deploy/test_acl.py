"""The users of deploy/acl on a real server: each does its work through the store, and nothing else."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from mispriced.backends.connection import Command, Link
from mispriced.backends.keys import Keys
from mispriced.backends.redis import RedisStore
from mispriced.backends.server_program import server_file
from mispriced.cli.clock import SystemClock
from mispriced.domain.terms import Terms
from mispriced.errors import Misconfigured, Retry
from mispriced.launcher.cadence import Publisher
from mispriced.launcher.plan import TaskStream
from mispriced.messages import Effects, Handled, Message, Subscription
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import Detect
from mispriced.pipeline.match import Match
from mispriced.pipeline.run import Consumer
from mispriced.ports import Stage
from mispriced.web.reader import Reader
from mispriced.web.state import State
from tests.backends.servers import json_modules
from tests.conftest import ROOT
from tests.domain.quotes import quote

ACL: Final = ROOT / "deploy" / "acl"
CLOCK: Final = SystemClock()
MARKET: Final = "three_way"
TASKS: Final = "XTR-THREE_WAY_upcoming_stream-0"
USERS: Final = ("extract", "match", "detect", "fleet", "launcher", "reader")

Urls = dict[str, str]


@pytest.fixture
def urls() -> Iterator[Urls]:
    """Yield each user's address of an empty server that knows them all."""
    with tempfile.TemporaryDirectory(prefix="mispriced-acl-", dir="/tmp") as folder:
        yield from serve(Path(folder))


def serve(folder: Path, further: Sequence[str] = (), words: Sequence[str] = ()) -> Iterator[Urls]:
    socket = folder / "s"
    make = [str(ACL / "make-secrets.sh"), str(folder), "server:6379"]
    subprocess.run(make, check=True)
    if words:
        subprocess.run([*words[:-1], str(folder / words[-1])], check=True)
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--locale-collate", "C"]
    options += ["--aclfile", str(folder / "users.acl"), "--dir", str(folder)]
    options += ["--enable-debug-command", "yes"]  # the user is to refuse it, not the server
    with subprocess.Popen([str(server_file()), *options, *further], stdout=subprocess.DEVNULL) as server:
        try:
            yield {user: _address(folder / f"redis_url_{user}", socket) for user in USERS}
        finally:
            server.kill()


@pytest.fixture
def json_urls() -> Iterator[Urls]:
    """Yield as `urls` of a server with JSON and Search, its users changed as docs/operations.md says."""
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    [line] = [one for one in manual.splitlines() if one.startswith("sed -i") and "+json.get" in one]
    modules = json_modules()
    with tempfile.TemporaryDirectory(prefix="mispriced-acl-", dir="/tmp") as folder:
        yield from serve(Path(folder), modules, shlex.split(line))


def _address(file: Path, socket: Path) -> str:
    matched = re.fullmatch(r"redis://(\w+):(\w+)@server:6379/0", file.read_text())
    assert matched is not None
    address = f"unix://{matched[1]}:{matched[2]}@{socket}"
    for _ in range(100):
        link = Link(address)
        try:
            link.call("PING")
        except Retry:
            CLOCK.sleep(0.02)
        else:
            return address
        finally:
            link.close()
    raise TimeoutError(f"no server at {socket}")


class Upserting:
    """What an extract worker does with the store, without a bookmaker."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    def handle(self, messages: list[Message]) -> Handled:
        now = CLOCK.now()
        later = now + timedelta(hours=3)
        for name, prices in (
            ("BookieAlpha", {"1": 2.4, "X": 3.4, "2": 3.0}),
            ("BookieBeta", {"1": 2.75, "X": 3.1, "2": 2.75}),
        ):
            self._store.upsert([quote(name, prices, seen_at=now, kickoff=later)], now)
        self._store.put_cache("bookiegamma_competition_ids_upcoming-0", b"[]", now, 60)
        self._store.cache("bookiegamma_competition_ids_upcoming-0", now)
        self._store.note("job/1", b"{}")
        return Handled(effects=tuple(Effects(message=one) for one in messages))

    def tick(self, now: object) -> None:
        pass


def work(urls: Urls, role: str, streams: tuple[str, ...], stage: Callable[[RedisStore], Stage]) -> int:
    """Let a role's consumer do all there is, everything that is due by time included."""
    store = RedisStore(urls[role])
    subscription = Subscription(streams=streams, group=role, consumer=f"{role}-0")
    consumer = Consumer(store, subscription, stage(store), CLOCK, threading.Event())
    handled = 0
    while turn := consumer.turn(0.05):
        handled += turn
    store.leave(subscription)
    store.close()
    return handled


@pytest.mark.parametrize("is_one_user", [False, True], ids=["a user a role", "one user of a fleet"])
def test_every_role_does_its_work_through_the_store(urls: Urls, is_one_user: bool):
    if is_one_user:
        urls = {**dict.fromkeys(urls, urls["fleet"]), "reader": urls["reader"]}
    stream = TaskStream(
        name=TASKS,
        market=MARKET,
        source="upcoming",
        day=0,
        periods={"BookieAlpha": "-1", "BookieBeta": "24H"},
    )
    launcher = RedisStore(urls["launcher"])
    launcher.describe()
    heard = Keys().event_stream("BookieDelta", MARKET, "upcoming", "0")
    data, matched = launcher.data_stream(MARKET, "upcoming"), launcher.matched_stream(MARKET, "upcoming")
    for group, name in (
        ("extract", TASKS),
        ("match", data),
        ("detect", matched),
        (heard.group, heard.streams[0]),
    ):
        launcher.join(Subscription(streams=(name,), group=group, consumer="launcher"))
    publisher = Publisher(launcher, {"upcoming": [stream]}, CLOCK)
    assert publisher.publish("upcoming").published == 2
    assert publisher.left() == 2
    assert work(urls, "extract", (TASKS,), Upserting) == 2
    assert work(urls, "match", (data,), lambda store: Match(store, CLOCK)) > 0
    assert work(urls, "detect", (matched,), lambda store: Detect(store, CLOCK, DetectRules())) > 0
    assert publisher.left() == 0
    launcher.publish([], once="cycle")
    bad = Message(stream=TASKS, id="1-1", fields={"bookmaker": b"os"})
    extract = RedisStore(urls["extract"])
    extract.bury(Subscription(streams=(TASKS,), group="extract", consumer="a"), bad, "why", CLOCK.now())
    extract.close()
    for letter in launcher.dead_letters():
        launcher.drop_dead(letter)
    launcher.close()
    reader = RedisStore(urls["reader"])
    [document] = reader.documents()
    assert sorted(document.quotes) == ["BookieAlpha", "BookieBeta"]
    [found] = reader.opportunities()
    assert [one.match_id for one in (document, found)] == [document.match_id] * 2
    assert [one.stream for one in reader.backlog() if one.unread + one.pending] == []
    assert set(reader.notes("worker/")) == {
        "worker/extract/extract-0",
        "worker/match/match-0",
        "worker/detect/detect-0",
    }
    reader.close()
    shown: list[State] = []
    page = Reader(
        lambda: RedisStore(urls["reader"]),
        CLOCK,
        DetectRules(),
        lambda *_: Terms(),
        lambda state, _: shown.append(state),
    )
    page.start()
    while len(shown) < 2:  # the second one follows the streams
        CLOCK.sleep(0.05)
    page.close()
    assert [(set(one.documents), set(one.opportunities), one.error) for one in shown[:2]] == [
        ({document.key}, {found.id}, "")
    ] * 2


@pytest.mark.engine
def test_every_role_does_its_work_where_documents_are_json(json_urls: Urls):
    test_every_role_does_its_work_through_the_store(json_urls, is_one_user=False)
    reader = RedisStore(json_urls["reader"])
    assert reader.describe()["documents"] == "JSON with Search indexes"
    reader.close()
    link = Link(json_urls["reader"])
    for command in (("JSON.SET", "matched_teams_xtr-a", "$", "1"), ("DEL", "matched_teams_xtr-a")):
        with pytest.raises(Misconfigured, match="NOPERM"):
            link.call(*command)
    link.close()


FORBIDDEN: Final[list[Command]] = [
    ("FLUSHALL",), ("FLUSHDB",), ("SWAPDB", 0, 1), ("KEYS", "*"), ("SCAN", 0), ("RANDOMKEY",),
    ("CONFIG", "GET", "*"), ("CONFIG", "SET", "dir", "/tmp"), ("ACL", "LIST"), ("ACL", "SETUSER", "x", "on"),
    ("DEBUG", "SLEEP", 0), ("SHUTDOWN", "NOSAVE"), ("SAVE",), ("BGREWRITEAOF",), ("FAILOVER",),
    ("REPLICAOF", "127.0.0.1", 1), ("MODULE", "LIST"), ("MONITOR",), ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "TYPE", "normal"), ("SCRIPT", "FLUSH"), ("FUNCTION", "LIST"), ("EVAL", "return 1", 0),
    ("PUBLISH", "a", "b"), ("SUBSCRIBE", "a"), ("MIGRATE", "h", 1, "xtr-index", 0, 1),
    ("RENAME", "xtr-index", "xtr-a"), ("DUMP", "xtr-index"), ("RESTORE", "xtr-a", 0, "x"),
    ("SORT", "xtr-index"), ("EXPIRE", "xtr-index", 1), ("PERSIST", "xtr-index"), ("SLOWLOG", "GET"),
    ("LATENCY", "RESET"), ("HGETALL", "another-key"), ("XADD", "another-stream", "*", "a", "b"),
    ("SADD", "another-set", "a"),
]  # fmt: skip
ALSO: Final[dict[str, list[Command]]] = {
    "match": [("XADD", "bookiedelta_x", "*", "a", "b"), ("SET", "xtr-index", "x")],
    "detect": [("XADD", "bookiedelta_x", "*", "a", "b"), ("SET", "xtr-index", "x")],
    "extract": [("SET", "xtr-index", "x")],
    "fleet": [("GET", "another-key")],
    "launcher": [
        ("XGROUP", "CREATE", "xtr-index", "a", "0", "MKSTREAM"),
        ("XADD", "live_btts-matched_stream", "*", "a", "b"),
        ("HSET", "xtr-index", "a", "b"), ("HGETALL", "matched_teams_xtr-a"), ("DEL", "xtr-index"),
        ("XADD", "xtr-opportunities", "*", "a", "b"),
        ("XREADGROUP", "GROUP", "extract", "a", "STREAMS", TASKS, ">"),
    ],
    "reader": [
        ("HSET", "xtr-notes", "a", "b"), ("XADD", TASKS, "*", "a", "b"), ("DEL", "xtr-index"),
        ("SADD", "xtr-other", "a"), ("XACK", TASKS, "extract", "1-1"), ("XGROUP", "CREATE", TASKS, "a", "0"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("user", USERS)
def test_a_user_is_refused_what_is_not_its_work(urls: Urls, user: str):
    link = Link(urls[user])
    for command in FORBIDDEN + ALSO[user]:
        with pytest.raises(Misconfigured, match="NOPERM"):
            link.call(*command)
    link.close()


@pytest.mark.parametrize("user", USERS)
def test_a_script_can_do_no_more_than_its_user(urls: Urls, user: str):
    link = Link(urls[user])
    for words in ("'FLUSHALL'", "'SET', 'another-key', '1'", "'KEYS', '*'"):
        script = link.call("SCRIPT", "LOAD", f"return redis.call({words})")
        refused = link.pipeline([("EVALSHA", script, 0)])[0]
        assert isinstance(refused, Exception)
        assert re.search("NOPERM|ACL failure|can't run this command|permissions", str(refused)), refused
    link.close()


def test_nobody_gets_in_without_a_password(urls: Urls):
    socket = urls["reader"].rpartition("@")[2]
    for who in ("", "default:@", "extract:@", "extract:wrong@"):
        link = Link(f"unix://{who}{socket}")
        with pytest.raises(Misconfigured):
            link.call("PING")
        link.close()


def test_passwords_are_made_once_and_the_server_gets_their_sums(tmp_path: Path):
    command = [str(ACL / "make-secrets.sh"), str(tmp_path), "valkey:6379"]
    subprocess.run(command, check=True)
    again = subprocess.run(command, capture_output=True, text=True)
    users = (tmp_path / "users.acl").read_text()
    passwords = [(tmp_path / f"redis_url_{user}").read_text().split(":")[2].split("@")[0] for user in USERS]
    assert again.returncode == 1
    assert "is there: remove it to make new passwords" in again.stderr
    assert len(set(passwords)) == len(USERS)
    assert not [one for one in passwords if one in users]
    assert "@" not in re.sub(r"-@all", "", users)
