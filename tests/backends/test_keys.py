"""One slot for all names: with a tag the whole way works on a server that is a cluster."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from redis.exceptions import ResponseError

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys
from mispriced.backends.redis import RedisStore
from mispriced.launcher.plan import Reading, jobs, task_streams
from mispriced.messages import Assignment, Effects, Output, Subscription
from tests.backends.servers import cluster
from tests.backends.test_store_contract import ALPHA, BETA, after, at, opportunity, verdict
from tests.domain.quotes import KICKOFF, NOON

TAGGED = Keys(tag="{odds}")
READING = Reading(
    source="upcoming",
    streams={"three_way": "XTR-THREE_WAY_upcoming_stream"},
    periods={"BookieAlpha": ("-1",)},
    tag=TAGGED.tag,
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the address of a server that is a cluster by itself."""
    with cluster() as url:
        yield url


def way(store: RedisStore, keys: Keys, reading: Reading) -> None:
    """Go the whole way: job, unknown quote, match, document, verdict, dead letter, upkeep."""
    [stream] = task_streams(reading, ("three_way",))
    work = Subscription(streams=(stream.name,), group="extract", consumer="one")
    store.publish(jobs([stream], "cycle", NOON), once="cycle")
    [job] = store.read(work, 9, 0)
    store.upsert([ALPHA, BETA], NOON)
    store.commit(work, [Effects(message=job)], NOON)

    data = Subscription(streams=(keys.data_stream("three_way", "upcoming"),), group="match", consumer="one")
    sent = store.read(data, 9, 0)
    effects = [Effects(message=one, quotes=(two,)) for one, two in zip(sent, (ALPHA, BETA), strict=True)]
    assigned = [Assignment(event=one.event, match_id=f"m{one.event_id}") for one in (ALPHA, BETA)]
    store.commit(data, effects, NOON, assigned, 0)
    store.commit(data, (), NOON, [Assignment(event=BETA.event, match_id="m1")], 1)

    matched = Subscription(
        streams=(keys.matched_stream("three_way", "upcoming"),), group="detect", consumer="one"
    )
    [*_, changed] = store.read(matched, 9, 0)
    [document] = store.documents()
    found = opportunity(document)
    store.commit(matched, [Effects(message=changed, verdicts=(verdict(document, found),))], NOON)
    assert store.opportunities() == [found]
    store.upsert([after(5, ALPHA, prices={"1": 2.0, "X": 3.0})], at(5))

    store.publish([Output(stream=stream.name, fields={"bookmaker": "none"})])
    [bad] = store.read(work, 9, 0)
    store.bury(work, bad, "no bookmaker", NOON)
    assert [store.replay_dead(letter) for letter in store.dead_letters()] == [True]
    store.put_cache("ids", b"[]", NOON, 60)
    store.note("worker/one", b"{}", at(60))
    store.leave(work)
    store.trim()
    store.sweep(KICKOFF.replace(hour=23))
    store.disband(data)


def test_with_a_tag_every_name_is_in_its_slot_and_everything_works(server: str):
    link = Link(server)
    store = RedisStore(server, TAGGED)
    way(store, TAGGED, READING)
    names = {name.decode() for name in link.call("KEYS", "*")}
    assert names >= {"{odds}XTR-THREE_WAY_upcoming_stream-0", "{odds}xtr-streams"}
    assert {link.call("CLUSTER", "KEYSLOT", name) for name in names} == {
        link.call("CLUSTER", "KEYSLOT", "{odds}")
    }
    store.close()
    link.close()


def test_without_a_tag_a_cluster_refuses_the_scripts(server: str):
    store = RedisStore(server, Keys(prefix="bare"))
    with pytest.raises(ResponseError, match="slot"):
        way(store, Keys(prefix="bare"), msgspec.structs.replace(READING, tag=""))
    store.close()
