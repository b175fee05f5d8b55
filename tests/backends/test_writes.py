"""Random histories of quotes, assignments, verdicts and sweeps: the store never contradicts itself.

Document, index, sightings, members, aliases and the open set say the same after every step.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

import msgspec
import pytest

from mispriced.backends.connection import Link, named
from mispriced.backends.keys import Keys
from mispriced.backends.moments import microseconds
from mispriced.backends.redis import RedisStore
from mispriced.domain.markets import Market, outcomes
from mispriced.domain.model import Quote
from mispriced.messages import Assignment, Document, Effects, Opportunity, Output, Subscription
from tests.backends.conftest import MakeStore
from tests.backends.raw import fields
from tests.backends.test_store_contract import opportunity, verdict
from tests.domain.quotes import NOON, quote

HISTORIES: Final = 40  # on each of three servers
STEPS: Final = 40
BOOKMAKERS: Final = ("BookieAlpha", "BookieBeta", "BookieGamma")
MATCHES: Final = ("m1", "m2", "m3")
MARKETS: Final[tuple[Market, ...]] = ("three_way", "double_chance")
NOBODY: Final = Subscription(streams=("none",), group="none", consumer="none")


class History:
    """One random history."""

    def __init__(self, store: RedisStore, seed: int) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.now = NOON

    def step(self) -> None:
        """Let one thing happen."""
        self.now += timedelta(seconds=self.chance.choice((0, 1, 5, 20, 200)))
        what = self.chance.random()
        if what < 0.5:
            self.put()
        elif what < 0.75:
            self.assign()
        elif what < 0.9:
            self.judge()
        else:
            self.store.sweep(self.now)

    def quote(self) -> Quote:
        bookmaker = self.chance.choice(BOOKMAKERS)
        number = self.chance.choice(("1", "2"))
        market = self.chance.choice(MARKETS)
        return quote(
            bookmaker,
            market=market,
            prices={outcomes(market)[0]: self.chance.choice((2.0, 2.1)), outcomes(market)[1]: 3.0},
            event_id=number,
            home=f"Home {number}",
            competition=self.chance.choice(("", "", "", "LaLiga")),
            source="live",
            kickoff=NOON - timedelta(hours=2),
            seen_at=self.now - timedelta(seconds=self.chance.choice((0, 0, 0, 3))),
        )

    def put(self) -> None:
        quotes = [self.quote() for _ in range(self.chance.randint(1, 4))]
        if self.chance.random() < 0.5:
            self.store.upsert(quotes, self.now)
        else:
            self.store.publish([Output(stream="none", fields={"n": "1"})])
            [message] = self.store.read(NOBODY, 1, 0)
            self.store.commit(NOBODY, [Effects(message=message, quotes=tuple(quotes))], self.now)

    def assign(self) -> None:
        given = [
            Assignment(event=self.quote().event, match_id=self.chance.choice(MATCHES))
            for _ in range(self.chance.randint(1, 3))
        ]
        self.store.commit(NOBODY, (), self.now, given, self.store.version())

    def judge(self) -> None:
        matches: dict[str, list[Document]] = {}
        for document in self.store.documents():
            matches.setdefault(document.match_id, []).append(document)
        verdicts = [verdict(documents, *self.found(documents)) for documents in matches.values()]
        late = [msgspec.structs.replace(one, at=self.now) for one in verdicts]
        assert self.store.judge(late) == len(late)

    def found(self, documents: list[Document]) -> list[Opportunity]:
        """Return nothing, one with a leg in the first document, one with legs in all, or both."""
        one = opportunity(documents[0], self.chance.choice((2.0, 2.1)), id=f"one-{documents[0].match_id}")
        legs = [opportunity(document).legs for document in documents]
        every = msgspec.structs.replace(
            one, id=f"all-{one.match_id}", legs=tuple(leg for part in legs for leg in part)
        )
        return [each for each in (one, every) if self.chance.random() < 0.5]


def check(store: RedisStore, link: Link) -> None:
    """Hold everything that the store says against everything else."""
    index = {event: value.split() for event, value in named(link.call("HGETALL", "xtr-index")).items()}
    matches = {event: match_id.decode() for event, (match_id, _) in index.items()}
    sightings = {
        (market, event): sighting
        for market in MARKETS
        for event, sighting in named(link.call("HGETALL", Keys().sightings(market, "live"))).items()
    }
    members = {name: int(count) for name, count in named(link.call("HGETALL", "xtr-members")).items()}
    aliases = {name: value.decode() for name, value in named(link.call("HGETALL", "xtr-aliases")).items()}
    documents = store.documents()

    held = {
        (found.market, one.event_key): found.match_id for found in documents for one in found.quotes.values()
    }
    assert held == {(market, event): matches[event] for market, event in sightings}
    assert all(found.quotes for found in documents)
    assert members == {one: list(matches.values()).count(one) for one in matches.values()}
    assert not set(aliases) & set(members)
    assert set(named(link.call("HGETALL", "xtr-events"))) == set(matches)
    for found in documents:
        for one in found.quotes.values():
            seen, _, text = sightings[found.market, one.event_key].decode().partition(" ")
            assert int(seen) == microseconds(one.seen_at)
            assert index[one.event_key][1].decode() in text or text.endswith("!")
    check_opportunities(store, link, documents)
    for kind, names in (("documents", {one.key for one in documents}), ("events", set(matches))):
        assert {one.decode() for one in link.call("ZRANGE", f"xtr-due:{kind}", 0, -1)} == names


def check_opportunities(store: RedisStore, link: Link, documents: list[Document]) -> None:
    """Hold what is open against what the documents say: every one in each document of its legs."""
    listed = {(one.id, found.key): found for found in documents for one in found.opportunities}
    opened = {one.id: one for one in store.opportunities()}
    assert listed.keys() == {
        (one.id, store.document_key(market, one.source, one.match_id))
        for one in opened.values()
        for market in one.markets
    }
    assert set(named(link.call("HGETALL", "xtr-opportunities:legs"))) == set(opened)
    judged = {found.key: fields(link, found.key)["arbitrage"] == "1" for found in documents}
    assert all(found.opportunities for found in documents if judged[found.key])
    for one in opened.values():
        assert len({judged[key] for opportunity_id, key in listed if opportunity_id == one.id}) == 1


def test_no_history_makes_the_store_contradict_itself(make_store: MakeStore, link: Link):
    for seed in range(HISTORIES):
        link.call("FLUSHALL")
        store = make_store()
        history = History(store, seed)
        for step in range(STEPS):
            history.step()
            try:
                check(store, link)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, step {step}") from error
        store.close()


@pytest.mark.parametrize("seed", range(10))
def test_the_order_in_which_quotes_arrive_makes_no_difference(make_store: MakeStore, link: Link, seed: int):
    chance = random.Random(seed)
    quotes = [
        quote(
            bookmaker,
            prices={"1": chance.choice((2.0, 2.1, 2.2))},
            event_id="1",
            seen_at=NOON + timedelta(seconds=chance.randint(0, 30)),
        )
        for bookmaker in BOOKMAKERS
        for _ in range(8)
    ]
    unique = list({(one.bookmaker, one.seen_at): one for one in quotes}.values())
    found = []
    for _ in range(2):
        link.call("FLUSHALL")
        store = make_store()
        given = [Assignment(event=quote(name, event_id="1").event, match_id="m1") for name in BOOKMAKERS]
        store.commit(NOBODY, (), NOON, given)
        chance.shuffle(unique)
        for first in range(0, len(unique), 5):
            store.upsert(unique[first : first + 5], NOON + timedelta(seconds=60))
        [document] = store.documents()
        found.append(msgspec.json.encode(dict(sorted(document.quotes.items()))))
    newest = {one.bookmaker: one for one in sorted(unique, key=lambda one: one.seen_at)}
    assert found[0] == found[1] == msgspec.json.encode(dict(sorted(newest.items())))
