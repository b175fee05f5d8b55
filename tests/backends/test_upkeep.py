"""Trimming on random histories: nothing that a group still needs goes, and what none needs does go."""

from __future__ import annotations

import random
import sys
import time
from typing import Final

import pytest
from msgspec import Struct

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys
from mispriced.backends.redis import RedisStore
from mispriced.messages import Effects, Message, Output, Subscription
from tests.backends.conftest import MakeStore
from tests.domain.quotes import NOON

HISTORIES: Final = 75  # on each of two servers
STEPS: Final = 30
KEPT: Final = 5
CAP: Final = 20
NODE: Final = 4  # entries; `~` trims whole nodes


class Short(Keys, frozen=True, kw_only=True):
    """Names as always, and streams that are kept short."""

    def kept(self, stream: str) -> tuple[int, int]:
        return KEPT, CAP


class Group(Struct):
    """What a group of the history was given and has acknowledged."""

    subscription: Subscription
    given: list[Message] = []
    acknowledged: set[str] = set()

    @property
    def pending(self) -> list[Message]:
        return [one for one in self.given if one.id not in self.acknowledged]


def group(number: int) -> Group:
    name = f"g{number}"
    return Group(subscription=Subscription(streams=("s",), group=name, consumer="c"))


@pytest.fixture
def store(make_store: MakeStore, link: Link) -> RedisStore:
    link.call("CONFIG", "SET", "stream-node-max-entries", NODE)
    return make_store(Short())


def test_trimming_never_takes_what_a_group_needs(store: RedisStore, link: Link):
    removed = plain = 0
    for seed in range(HISTORIES):
        for name in ("s", "plain"):
            link.call("DEL", name)
        history = random.Random(seed)
        written: list[str] = []
        groups = [group(number) for number in range(history.randint(1, 3))]
        for one in groups:
            store.read(one.subscription, 1, 0)
        for _ in range(STEPS):
            act(history, store, link, written, groups)
            removed += store.trim()
            needed = needs(groups, written)
            left = {entry[0].decode() for entry in link.call("XRANGE", "s", "-", "+")}
            assert needed <= left, f"seed {seed}: {sorted(needed - left)}"
        plain += len(needs(groups, written) - {e[0].decode() for e in link.call("XRANGE", "plain", "-", "+")})
        for one in groups:
            finish(store, one)
            assert {message.id for message in one.given} == set(written), f"seed {seed}"
        store.trim()
        assert link.call("XLEN", "s") <= KEPT + 2 * NODE
    sys.stdout.write(f"{HISTORIES} histories: removed {removed}, lost 0; MAXLEN ~ lost {plain}\n")
    assert removed > HISTORIES
    assert plain > HISTORIES


def act(
    history: random.Random, store: RedisStore, link: Link, written: list[str], groups: list[Group]
) -> None:
    """Let one thing happen: a write, a read, an acknowledgement out of order, a claim."""
    one = history.choice(groups)
    what = history.random()
    if what < 0.4:
        outputs = [Output(stream="s", fields={"n": "1"})] * history.randint(1, 20)
        ids = store.publish(outputs)
        written += ids
        for name in ids:  # the same entries, trimmed as is usual
            link.call("XADD", "plain", "MAXLEN", "~", KEPT, name, "n", "1")
    elif what < 0.7:
        one.given += store.read(one.subscription, history.randint(1, 20), 0)
    elif what < 0.95 and one.pending:
        done = history.sample(one.pending, history.randint(1, len(one.pending)))
        store.commit(one.subscription, [Effects(message=message) for message in done], NOON)
        one.acknowledged |= {message.id for message in done}
    else:
        other = Subscription(streams=("s",), group=one.subscription.group, consumer="d")
        store.claim(other, 0, 3)


def needs(groups: list[Group], written: list[str]) -> set[str]:
    """Return the entries that some group was not given or has not acknowledged."""
    return {entry for one in groups for entry in written if entry not in one.acknowledged}


def finish(store: RedisStore, one: Group) -> None:
    """Read and acknowledge what is left."""
    while new := store.read(one.subscription, 100, 0):
        one.given += new
    store.commit(one.subscription, [Effects(message=message) for message in one.pending], NOON)


def test_a_stream_that_no_group_reads_is_held_by_its_cap(store: RedisStore, link: Link):
    store.publish([Output(stream="s", fields={"n": "1"})] * CAP)
    assert store.trim() == 0
    store.publish([Output(stream="s", fields={"n": "1"})] * CAP)
    assert store.trim() == CAP
    assert link.call("XLEN", "s") == CAP


def test_one_group_that_reads_nothing_holds_the_stream_for_all(store: RedisStore, link: Link):
    fast, lame = group(1), group(2)
    store.read(lame.subscription, 1, 0)
    store.publish([Output(stream="s", fields={"n": "1"})] * 200)
    finish(store, fast)
    assert store.trim() == 0
    assert link.call("XLEN", "s") == 200


def test_a_consumer_that_was_idle_for_long_goes_only_with_nothing_pending(make_store: MakeStore, link: Link):
    store = make_store(idle_consumer_s=0)
    done, busy = (Subscription(streams=("s",), group="g", consumer=name) for name in ("done", "busy"))
    store.publish([Output(stream="s", fields={"n": "1"})] * 2)
    store.commit(done, [Effects(message=one) for one in store.read(done, 1, 0)], NOON)
    store.read(busy, 1, 0)
    time.sleep(0.005)  # the server counts idle milliseconds
    store.trim()
    assert [consumer[1] for consumer in link.call("XINFO", "CONSUMERS", "s", "g")] == [b"busy"]
