"""The store on Redis >= 7 or Valkey >= 8: every change is one script.

Documents are hashes, or JSON with Search indexes where the server has both (layouts.py). Not here:
names and times to live (keys.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from mispriced.backends.connection import Command, Link, named, sound
from mispriced.backends.documents import known_events, opportunity, pending
from mispriced.backends.facts import Facts
from mispriced.backends.keys import Keys, Rules
from mispriced.backends.knowledge import Knowledge
from mispriced.backends.layouts import Scripts
from mispriced.backends.letters import Letters
from mispriced.backends.states import States
from mispriced.backends.streams import Streams
from mispriced.backends.upkeep import Upkeep
from mispriced.backends.writes import Writes
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.markets import Market
from mispriced.domain.model import Quote, Source
from mispriced.domain.state import EventState
from mispriced.errors import Fatal
from mispriced.messages import (
    Assignment,
    Backlog,
    DeadLetter,
    Document,
    Effects,
    KnownEvent,
    Message,
    Opportunity,
    Output,
    Pending,
    Subscription,
    Upserted,
    Verdict,
)

READ_AT_ONCE: Final = 50  # documents of one script
LONGEST_ALIAS_CHAIN: Final = 100


class RedisStore:
    """The store of one prefix over one connection; for one thread."""

    def __init__(
        self, url: str, keys: Keys | None = None, rules: Rules | None = None, deadline_s: float = 5.0
    ) -> None:
        keys = keys or Keys()
        rules = rules or Rules()
        self._keys = keys
        self._link = Link(url, deadline_s, opened=self._greet)
        self._streams = Streams(self._link, keys)
        self._letters = Letters(self._link, keys, self._streams)
        self._upkeep = Upkeep(self._link, keys, self._streams, rules.idle_consumer_s)
        self._scripts = Scripts(self._link, keys, rules)
        self._writes = Writes(self._link, keys, self._scripts)
        self._facts = Facts(self._link, keys)
        self._states = States(self._link, keys, rules)
        self._knowledge = Knowledge(self._link, keys, rules)
        self._index = keys.own("index")

    def data_stream(self, market: Market, source: Source) -> str:
        return self._keys.data_stream(market, source)

    def matched_stream(self, market: Market, source: Source) -> str:
        return self._keys.matched_stream(market, source)

    def opportunity_stream(self) -> str:
        return self._keys.opportunities

    def alert_stream(self) -> str:
        return self._keys.alerts

    def recorded_streams(self) -> Mapping[str, str]:
        return self._keys.recorded_streams()

    def unrecorded(self) -> int:
        return sum(map(int, self._link.call("HVALS", self._keys.own("unrecorded"), again=True)))

    def document_key(self, market: Market, source: Source, match_id: str) -> str:
        return self._keys.document(market, source, match_id)

    def publish(self, outputs: Sequence[Output], once: str | None = None) -> list[str]:
        return self._streams.publish(outputs, once)

    def read(self, subscription: Subscription, count: int, block_s: float) -> list[Message]:
        return self._streams.read(subscription, count, block_s)

    def own_pending(self, subscription: Subscription, count: int) -> list[Message]:
        return self._streams.own_pending(subscription, count)

    def claim(self, subscription: Subscription, min_idle_s: float, count: int) -> list[Message]:
        return self._streams.claim(subscription, min_idle_s, count)

    def ends(self, streams: Sequence[str]) -> dict[str, str]:
        return self._streams.ends(streams)

    def follow(self, after: Mapping[str, str], count: int) -> list[Message]:
        return self._streams.follow(after, count)

    def join(self, subscription: Subscription) -> None:
        self._streams.join(subscription)

    def leave(self, subscription: Subscription) -> bool:
        return self._streams.leave(subscription)

    def disband(self, subscription: Subscription) -> None:
        self._streams.disband(subscription)

    def bury(self, subscription: Subscription, message: Message, error: str, now: datetime) -> None:
        self._letters.bury(subscription, message, error, now)

    def dead_letters(self, stream: str | None = None) -> list[DeadLetter]:
        return self._letters.dead_letters(stream)

    def replay_dead(self, letter: DeadLetter) -> bool:
        return self._letters.replay_dead(letter)

    def drop_dead(self, letter: DeadLetter) -> bool:
        return self._letters.drop_dead(letter)

    def backlog(self) -> list[Backlog]:
        return self._upkeep.backlog()

    def trim(self) -> int:
        return self._upkeep.trim()

    def commit(
        self,
        subscription: Subscription,
        effects: Sequence[Effects],
        now: datetime,
        assignments: Sequence[Assignment] = (),
        version: int | None = None,
    ) -> Upserted:
        self._streams.introduce([output.stream for one in effects for output in one.outputs])
        return self._writes.commit(subscription.group, effects, now, assignments, version)

    def upsert(
        self, quotes: Sequence[Quote], now: datetime, limits: FreshnessLimits | None = None
    ) -> Upserted:
        return self._writes.upsert(quotes, now, limits)

    def judge(self, verdicts: Sequence[Verdict]) -> int:
        return self._writes.judge(verdicts)

    def sweep(self, now: datetime) -> int:
        return self._writes.sweep(now)

    def events(self) -> tuple[int, list[KnownEvent]]:
        keys = [self._index, self._keys.own("events")]
        replies = self._link.pipeline(
            [("MULTI",), ("GET", self._version), *(("HGETALL", key) for key in keys), ("EXEC",)], again=True
        )
        version, index, records = sound(replies[-1])
        return int(version or 0), known_events(named(index), named(records))

    def version(self) -> int:
        return int(self._link.call("GET", self._version, again=True) or 0)

    def match_id(self, match_id: str) -> str:
        for _ in range(LONGEST_ALIAS_CHAIN):
            heir = self._link.call("HGET", self._keys.own("aliases"), match_id, again=True)
            if heir is None:
                return match_id
            match_id = heir.decode()
        raise Fatal(f"match id {match_id} is an alias of itself")

    def knowledge(self, name: str) -> bytes | None:
        return self._knowledge.read(name)

    def put_knowledge(self, name: str, value: bytes, version: int) -> int:
        return self._knowledge.write(name, value, version)

    def documents(self, keys: Iterable[str] | None = None) -> list[Document]:
        if keys is None:
            due = self._link.call("ZRANGE", self._keys.own("due:documents"), 0, -1, again=True)
            keys = sorted(key.decode() for key in due)
        asked = list(keys)
        calls: list[Command] = [
            (1, self._index, *asked[first : first + READ_AT_ONCE])
            for first in range(0, len(asked), READ_AT_ONCE)
        ]
        replies = self._link.run(self._scripts["documents"], calls)
        return [self._scripts.layout.read(one) for reply in replies for one in reply]

    def opportunities(self) -> list[Opportunity]:
        found = self._link.call("HVALS", self._keys.own("opportunities:open"), again=True)
        return sorted((opportunity(body) for body in found), key=lambda one: (one.opened_at, one.id))

    def pending(self) -> list[Pending]:
        found = self._link.call("HVALS", self._keys.own("opportunities:pending"), again=True)
        return sorted(map(pending, found), key=lambda one: (one.opportunity.opened_at, one.opportunity.id))

    def put_states(self, states: Sequence[EventState], now: datetime) -> int:
        return self._states.put(states, now)

    def states(self, match_ids: Iterable[str] | None = None) -> Mapping[str, EventState]:
        return self._states.of(match_ids)

    def cache(self, name: str, now: datetime) -> bytes | None:
        return self._facts.cache(name, now)

    def put_cache(self, name: str, value: bytes, now: datetime, seconds: float) -> None:
        self._facts.put_cache(name, value, now, seconds)

    def note(self, name: str, value: bytes, until: datetime | None = None) -> None:
        self._facts.note(name, value, until)

    def notes(self, prefix: str) -> dict[str, bytes]:
        return self._facts.notes(prefix)

    def describe(self) -> Mapping[str, str]:
        lines = self._link.call("INFO", "server", again=True).decode().splitlines()
        told = dict(line.split(":", 1) for line in lines if ":" in line)
        engine = "Valkey" if "valkey_version" in told else "Redis"
        version = told.get("valkey_version") or told["redis_version"]
        return {
            "server": f"{engine} {version}",
            "address": self._link.address,
            "documents": self._scripts.layout.told,
            "prefix": self._keys.own(""),
        }

    def close(self) -> None:
        self._link.close()

    @property
    def _version(self) -> str:
        return self._keys.own("index:version")

    def _greet(self, link: Link) -> None:
        self._streams.greet(link)
        self._scripts.greet(link)
