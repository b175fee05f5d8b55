"""The match stage: the same matches whatever came first, ids that stay, quotes that move along."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.backends.connection import Link
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import VirtualClock
from mispriced.domain.markets import MARKETS, outcomes
from mispriced.domain.matching import match
from mispriced.domain.model import SOURCES, Event, Quote, encode
from mispriced.domain.names import categorize
from mispriced.messages import Conflict, KnownEvent, Message, Output, Subscription
from mispriced.pipeline.match import Match, assign, birth_id, fixture
from mispriced.pipeline.run import Consumer, Rhythm
from mispriced.simulator.matchday import Matchday, identifier
from mispriced.simulator.scenario import BOOKMAKERS as SERVED
from mispriced.simulator.seeded import Seeded
from tests.domain.quotes import KICKOFF, NOON, quote

NEVER = Rhythm(claim_idle_s=60, tick_s=60, trim_s=60, beat_s=60)

# Names, times and references few enough that everything meets everything.
CLUBS = ["Man Utd", "Manchester United", "Man City", "Chelsea", "Chelsea FC", "Real Sociedad", "Sociedad"]
BOOKMAKERS = ["BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta"]
TEAMS = st.tuples(st.sampled_from(CLUBS), st.sampled_from(CLUBS)).filter(lambda teams: teams[0] != teams[1])
EVENTS = st.builds(
    lambda bookmaker, source, teams, minutes, refs, category: Event(
        bookmaker=bookmaker,
        source=source,
        event_id="0",
        home=teams[0],
        away=teams[1],
        kickoff=KICKOFF + timedelta(minutes=minutes),
        refs=refs,
        category=category,
    ),
    st.sampled_from(BOOKMAKERS),
    st.sampled_from(SOURCES),
    TEAMS,
    st.sampled_from([0, 0, 0, 0, 30, 90, 24 * 60]),
    st.sampled_from([{}, {}, {"betradar": "1"}, {"betradar": "2"}]),
    st.sampled_from(["men", "men", "men", "women"]),
)
SETS = st.lists(EVENTS, min_size=1, max_size=9).map(
    lambda events: [
        msgspec.structs.replace(event, event_id=str(place)) for place, event in enumerate(events, 1)
    ]
)


def offer(event, market="btts"):
    """Return a quote of an event, its prices by its id."""
    prices = {
        outcome: 1.5 + int(event.event_id) / 100 + place for place, outcome in enumerate(outcomes(market))
    }
    facts = {name: getattr(event, name) for name in Event.__struct_fields__ if name != "score"}
    return quote(**facts, prices=prices, market=market)


def listed(bookmaker, number, home="Chelsea", away="Man City", source="upcoming", minutes=0.0, **rest):
    return Event(
        bookmaker=bookmaker,
        event_id=str(number),
        home=home,
        away=away,
        source=source,
        kickoff=KICKOFF + timedelta(minutes=minutes),
        **rest,
    )


def expected_matches(events):
    """Return what `mispriced match` puts together of the whole set at once."""
    return {frozenset(join.keys) for join in match([fixture(event) for event in events]).joins}


def matches(known):
    """Return the keys of each match in the index by its id."""
    groups = defaultdict(set)
    for one in known:
        groups[one.match_id].add(one.event.key)
    return {match_id: frozenset(keys) for match_id, keys in groups.items()}


class Workers:
    """The match workers of both sources on one emptied server, worked by hand; a clock that is moved."""

    def __init__(self, url):
        with_link = Link(url)
        with_link.call("FLUSHALL")
        with_link.close()
        self.clock = VirtualClock(NOON)
        self.stores = {name: RedisStore(url) for name in ("reader", *SOURCES)}
        self.store = self.stores["reader"]
        self.stop = threading.Event()
        self.consumers = {source: self._consumer(source) for source in SOURCES}
        self.seen_ids = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        for store in self.stores.values():
            store.close()

    def _consumer(self, source):
        streams = tuple(self.store.data_stream(market, source) for market in MARKETS)
        subscription = Subscription(streams=streams, group="match", consumer=f"match-{source}")
        self.store.join(subscription)
        return Consumer(
            self.stores[source],
            subscription,
            Match(self.stores[source], self.clock),
            self.clock,
            self.stop,
            batch_timeout_s=0.0,
            rhythm=NEVER,
        )

    def arrive(self, *quotes):
        """Put quotes in as extraction does, a millisecond later than what came before."""
        self.clock.move_to(self.clock.now() + timedelta(milliseconds=1))
        self.store.upsert(quotes, self.clock.now())

    def work(self, *sources):
        """Let the workers of these sources, or all, handle what there is; note the ids."""
        for source in sources or SOURCES:
            while self.consumers[source].turn(0):
                self.seen_ids |= {one.match_id for one in self.store.events()[1]}

    def matches(self):
        return matches(self.store.events()[1])


def check(workers, events, quotes):
    """Fail unless the index and the documents are what matching the whole set at once gives."""
    found = workers.matches()
    assert set(found.values()) == expected_matches(events)
    assert {workers.store.match_id(one) for one in workers.seen_ids} <= set(found)
    home = {key: match_id for match_id, keys in found.items() for key in keys}
    expected: dict[tuple[str, str, str], dict[str, Quote]] = defaultdict(dict)
    for one in quotes:
        expected[home[one.event_key], one.market, one.source][one.bookmaker] = one
    documents = workers.store.documents()
    assert len(documents) == len(expected), "one document a market, source and match"
    assert {(one.match_id, one.market, one.source): one.quotes for one in documents} == expected
    assert not [one for one in workers.store.backlog() if one.group == "match" and one.unread + one.pending]
    assert workers.store.dead_letters() == []


@st.composite
def arrivals(draw):
    """Draw a set of events with their quotes, in an order, cut into batches, and who works after each."""
    events = draw(SETS)
    quotes = [
        offer(event, market)
        for event in events
        for market in draw(st.lists(st.sampled_from([*MARKETS]), min_size=1, max_size=2, unique=True))
    ]
    order = draw(st.permutations(quotes))
    batches = []
    while order:
        size = draw(st.integers(1, len(order)))
        batches.append((order[:size], draw(st.sampled_from([(), ("live",), ("upcoming",), SOURCES]))))
        order = order[size:]
    return events, quotes, batches


@given(arrivals())
@settings(max_examples=60, deadline=None)
def test_whatever_comes_first_the_matches_are_those_of_the_whole_set(server, arrived):
    events, quotes, batches = arrived
    with Workers(server) as workers:
        for batch, sources in batches:
            workers.arrive(*batch)
            if sources:
                workers.work(*sources)
        workers.work()
        check(workers, events, quotes)


@given(SETS, st.integers(2, 5))
@settings(max_examples=8, deadline=None)
def test_two_workers_that_race_end_in_the_matches_of_the_whole_set(server, events, size):
    quotes = [offer(event, market) for event in events for market in ("btts", "three_way")]
    with Workers(server) as workers:
        threads = [threading.Thread(target=consumer.run) for consumer in workers.consumers.values()]
        for thread in threads:
            thread.start()
        for first in range(0, len(quotes), size):
            workers.arrive(*quotes[first : first + size])
        for _ in range(500):
            if not any(one.unread + one.pending for one in workers.store.backlog()):
                break
            workers.stop.wait(0.01)
        workers.stop.set()
        for thread in threads:
            thread.join(10)
        check(workers, events, quotes)


def test_a_worker_that_another_overtook_is_told_and_ends_in_the_same_matches(server):
    live = listed("BookieAlpha", 1, "Man Utd", "Chelsea", source="live")
    upcoming = listed("BookieBeta", 2, "Manchester United", "Chelsea FC")
    quotes = [offer(live), offer(upcoming)]
    with Workers(server) as workers:
        workers.arrive(*quotes)
        store = workers.stores["live"]
        subscription = Subscription(
            streams=(store.data_stream("btts", "live"),), group="match", consumer="match-live"
        )
        stage = Match(store, workers.clock)
        messages = store.read(subscription, 10, 0)
        late = stage.handle(messages)
        workers.work("upcoming")
        with pytest.raises(Conflict):
            store.commit(subscription, late.effects, NOON, late.assignments, late.version)
        assert workers.matches() == {birth_id(upcoming.key): {upcoming.key}}, "nothing of it was applied"
        again = stage.handle(messages)
        store.commit(subscription, again.effects, NOON, again.assignments, again.version)
        check(workers, [live, upcoming], quotes)
        assert workers.matches() == {birth_id(upcoming.key): {live.key, upcoming.key}}


class TestIds:
    def test_the_oldest_id_stays_and_the_other_leads_to_it(self, server):
        one = listed("BookieAlpha", 1, "Man Utd", "Chelsea", refs={"betradar": "7"})
        two = listed("BookieBeta", 2, "United of Manchester", "Pensioners")
        both = listed("BookieGamma", 3, "United of Manchester", "Pensioners", refs={"betradar": "7"})
        first, second = birth_id(one.key), birth_id(two.key)
        with Workers(server) as workers:
            for event in (one, two):
                workers.arrive(offer(event), offer(event, "three_way"))
                workers.work()
            assert workers.matches() == {first: {one.key}, second: {two.key}}
            workers.arrive(offer(both))
            workers.work()
            assert workers.matches() == {first: {one.key, two.key, both.key}}
            assert workers.store.match_id(second) == first
            assert workers.store.match_id(first) == first
            documents = {one.market: one for one in workers.store.documents()}
            assert {market: one.match_id for market, one in documents.items()} == {
                "btts": first,
                "three_way": first,
            }
            assert documents["btts"].quotes == {
                one.bookmaker: offer(one),
                two.bookmaker: offer(two),
                both.bookmaker: offer(both),
            }

    def test_an_event_that_proves_to_be_another_leaves_with_its_quotes(self, server):
        one, two = listed("BookieAlpha", 1), listed("BookieBeta", 2)
        moved = msgspec.structs.replace(two, kickoff=KICKOFF + timedelta(days=3))
        with Workers(server) as workers:
            workers.arrive(offer(one), offer(two), offer(two, "three_way"))
            workers.work()
            assert len(workers.matches()) == 1
            (together,) = workers.matches()
            changed = msgspec.structs.replace(offer(moved), seen_at=NOON + timedelta(seconds=1))
            workers.arrive(changed)
            workers.work()
            assert sorted(map(sorted, workers.matches().values())) == [[one.key], [two.key]]
            home = {key: match_id for match_id, keys in workers.matches().items() for key in keys}
            assert home[one.key] == together
            assert {(found.match_id, found.market): found.quotes for found in workers.store.documents()} == {
                (together, "btts"): {"BookieAlpha": offer(one)},
                (home[two.key], "btts"): {"BookieBeta": changed},
                (home[two.key], "three_way"): {"BookieBeta": offer(two, "three_way")},
            }

    def test_upcoming_and_live_of_a_match_have_one_id_and_documents_of_their_own(self, server):
        before, during = listed("BookieAlpha", 1), listed("BookieAlpha", 9, source="live")
        with Workers(server) as workers:
            workers.arrive(offer(before))
            workers.work()
            workers.arrive(offer(during))
            workers.work()
            first = birth_id(before.key)
            assert workers.matches() == {first: {before.key, during.key}}
            assert {(one.match_id, one.source): one.quotes for one in workers.store.documents()} == {
                (first, "upcoming"): {"BookieAlpha": offer(before)},
                (first, "live"): {"BookieAlpha": offer(during)},
            }

    def test_the_evidence_of_a_join_is_with_each_of_its_events(self, server):
        events = [listed("BookieAlpha", 1), listed("BookieBeta", 2, "Chelsea FC")]
        with Workers(server) as workers:
            for event in events:
                workers.arrive(offer(event))
                workers.work()
            (join,) = match([fixture(event) for event in events]).joins
            assert [one.evidence for one in workers.store.events()[1]] == [
                msgspec.json.encode(join).decode()
            ] * 2

    def test_an_event_that_is_known_as_it_is_is_not_assigned_again(self, server):
        event = listed("BookieAlpha", 1)
        with Workers(server) as workers:
            workers.arrive(offer(event))
            workers.work()
            body = msgspec.json.encode(offer(event, "three_way"))
            late = [Message(stream="s", id="1-0", fields={"quote": body})]
            handled = Match(workers.store, workers.clock).handle(late)
            assert [one.quotes for one in handled.effects] == [(offer(event, "three_way"),)]
            assert handled.assignments == ()


def test_a_message_that_is_no_quote_is_poison_and_costs_no_other(store):
    good = offer(listed("BookieAlpha", 1))
    body = msgspec.json.encode(good)
    bodies = [body, b"{", body.replace(b'"yes"', b'"maybe"'), body.replace(b'"v":1', b'"v":"x"')]
    messages = [
        Message(stream="s", id=f"{number}-0", fields={"quote": one}) for number, one in enumerate(bodies)
    ]
    messages.append(Message(stream="s", id="4-0", fields={"v": b"1"}))
    handled = Match(store, VirtualClock(NOON)).handle(messages)
    assert [(one.message, one.quotes) for one in handled.effects] == [(messages[0], (good,))]
    assert [one.event for one in handled.assignments] == [good.event]
    assert handled.poison == {
        ("s", "1-0"): "quote: Input data was truncated",
        ("s", "2-0"): "quote: BookieAlpha: unknown outcome of btts 'maybe'; allowed: yes, no",
        ("s", "3-0"): "quote: Expected `int`, got `str` - at `$.v`",
        ("s", "4-0"): "field quote is missing",
    }


class Index:
    """What the store's index does with assignments, in a dictionary."""

    def __init__(self):
        self.known = {}
        self.now = NOON

    def arrive(self, events):
        self.now += timedelta(seconds=1)
        for one in assign(self.known, events, self.now):
            before = self.known.get(one.event.key)
            self.known[one.event.key] = KnownEvent(
                event=one.event,
                match_id=one.match_id,
                since=before.since if before else self.now,
                evidence=one.evidence,
            )


KICKOFFS = st.sampled_from([KICKOFF, KICKOFF, KICKOFF + timedelta(days=3)])


@given(SETS, st.data())
@settings(max_examples=200)
def test_matches_that_come_move_and_end_never_share_an_id(events, data):
    index = Index()
    for _ in range(data.draw(st.integers(1, 6))):
        arrived = data.draw(st.lists(st.sampled_from(events), unique_by=lambda event: event.key))
        moved = [msgspec.structs.replace(event, kickoff=data.draw(KICKOFFS)) for event in arrived]
        index.arrive(moved)
        present = [one.event for one in index.known.values()]
        assert set(matches(index.known.values()).values()) == expected_matches(present)
        for key in data.draw(st.lists(st.sampled_from(sorted(index.known)), unique=True)) if present else ():
            del index.known[key]


def test_an_event_that_returns_does_not_take_the_id_that_its_match_kept():
    one, two = listed("BookieAlpha", 1), listed("BookieBeta", 2)
    index = Index()
    index.arrive([one])
    index.arrive([two])
    del index.known[one.key]  # its match was over, by its own kick-off
    returned = msgspec.structs.replace(one, kickoff=KICKOFF + timedelta(days=3))
    index.arrive([returned])
    assert index.known[two.key].match_id == birth_id(one.key)
    assert index.known[one.key].match_id != index.known[two.key].match_id


@pytest.mark.timeout(240)
def test_every_match_of_simulated_worlds_is_recognised_and_none_is_mixed():
    at = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
    for seed in (952325, 680499, 910631, 184675, 0):
        world = Seeded(seed, at - timedelta(seconds=1))
        fixtures: dict[str, str] = {}
        events: dict[str, Event] = {}
        for source, bookmakers in SERVED.items():
            for bookmaker in bookmakers:
                for offer in world.offers(bookmaker, source, at):
                    if offer.quote.category != "virtual":
                        events[offer.quote.event_key] = offer.quote.event
                        fixtures[offer.quote.event_key] = offer.fixture
        joins = match([fixture(event) for event in events.values()]).joins
        parts = [{fixtures[key] for key in join.keys} for join in joins]
        assert [one for one in parts if len(one) > 1] == [], seed
        assert len(parts) == len(set(fixtures.values())), seed


class TestProviders:
    def test_a_providers_event_joins_the_bookmakers_and_brings_no_quote(self, server: str):
        with Workers(server) as workers:
            alpha = listed("BookieAlpha", 1, source="live")
            told = listed("TheSports", "y0or5jh8l922qwz", home="Chelsea FC", source="live")
            workers.store.upsert([offer(alpha)], NOON)
            stream = workers.store.data_stream("three_way", "live")
            workers.store.publish([Output(stream=stream, fields={"event": encode(told), "v": "1"})])
            workers.work("live")
            assert matches(workers.store.events()[1]) == {
                birth_id(alpha.key): frozenset({alpha.key, told.key}),
            }
            assert [list(one.quotes) for one in workers.store.documents()] == [["BookieAlpha"]]

    def test_what_is_no_event_is_buried_with_the_reason(self, server: str):
        with Workers(server) as workers:
            stream = workers.store.data_stream("three_way", "live")
            workers.store.publish([Output(stream=stream, fields={"event": b"{}"})])
            workers.store.publish([Output(stream=stream, fields={"n": "1"})])
            workers.work("live")
            errors = [one.error for one in workers.store.dead_letters()]
            assert errors[0].startswith("event: Object missing required field")
            assert errors[1] == "field quote is missing"

    def test_the_seeded_matches_of_the_football_api_are_found_at_the_bookmakers(self):
        now = datetime(2026, 11, 22, 16, 40, tzinfo=UTC)
        scenario, matchday = Seeded(1, now - timedelta(minutes=1)), Matchday(1)
        fixtures, listed_events = {}, []
        for bookmaker in SERVED["live"]:
            for one in scenario.offers(bookmaker, "live", now):
                fixtures[one.quote.event_key] = one.fixture
                listed_events.append(one.quote.event)
        told = {}
        for item in matchday.results("live", "", now):
            [details] = matchday.results("details", item["id"], now)
            names = [
                matchday.results("team", details[f"{side}_team_id"], now)[0]["name"]
                for side in ("home", "away")
            ]
            kickoff = datetime.fromtimestamp(details["match_time"], UTC)
            category = categorize(*names)
            event = Event(
                bookmaker="TheSports", event_id=item["id"], home=names[0], away=names[1],
                category=category, kickoff=kickoff, source="live",
            )  # fmt: skip
            told[event.key] = event
        events = {one.key: one for one in listed_events} | told
        joined = wrong = 0
        for join in match([fixture(one) for one in events.values()]).joins:
            for key in set(join.keys) & set(told):
                right = {identifier("match", fixtures[one]) for one in join.keys if one in fixtures}
                joined += right == {told[key].event_id}
                wrong += bool(right - {told[key].event_id})
        findable = {identifier("match", one) for one in fixtures.values()} & {
            one.event_id for one in told.values()
        }
        assert wrong == 0
        assert joined >= 0.95 * len(findable) > 10
