"""What a store does, on every server that it is for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import UNSET

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys
from mispriced.backends.moments import microseconds
from mispriced.backends.redis import RedisStore
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.model import Event, Quote, Score, decode_quote
from mispriced.domain.state import EventState
from mispriced.errors import Retry
from mispriced.messages import (
    Assignment,
    Backlog,
    Conflict,
    DeadLetter,
    Document,
    Effects,
    KnownEvent,
    Leg,
    Message,
    Opportunity,
    Output,
    Subscription,
    Upserted,
    Verdict,
)
from tests.backends.conftest import MakeStore
from tests.backends.raw import fields
from tests.domain.quotes import KICKOFF, NOON, quote

JOBS = Subscription(streams=("jobs",), group="extract", consumer="one")
OTHER = Subscription(streams=("jobs",), group="extract", consumer="two")
MATCHED = Subscription(streams=("upcoming_three_way-matched_stream",), group="detect", consumer="one")
EVERY = Subscription(
    streams=("upcoming_three_way-matched_stream", "upcoming_double_chance-matched_stream"),
    group="every",
    consumer="one",
)
DATA = Subscription(streams=("xtr-THREE_WAY_upcoming_stream",), group="match", consumer="one")
DOCUMENT = "matched_teams_xtr-THREE_WAY_upcoming_stream:m1"

ALPHA = quote("BookieAlpha", event_id="1")
BETA = quote("BookieBeta", event_id="2", prices={"1": 2.4, "X": 3.1, "2": 3.4})


class Short(Keys, frozen=True, kw_only=True):
    """Names as always, and streams that are kept short."""

    def kept(self, stream: str) -> tuple[int, int]:
        return 1, 100


def after(seconds: float, one: Quote, **changes: object) -> Quote:
    """Return the quote as it is seen so much later, with other prices if given."""
    return msgspec.structs.replace(one, seen_at=NOON + timedelta(seconds=seconds), **changes)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def know(store: RedisStore, *quotes: Quote, match_id: str = "m1", now: datetime = NOON) -> Upserted:
    """Make the quotes' events known under one match id."""
    return store.commit(DATA, (), now, [Assignment(event=one.event, match_id=match_id) for one in quotes])


def announced(store: RedisStore, subscription: Subscription = MATCHED) -> list[str]:
    """Return the documents announced since the last call."""
    messages = store.read(subscription, 100, 0)
    store.commit(subscription, [Effects(message=one) for one in messages], NOON)
    return [one.fields["data_key"].decode() for one in messages]


def sent_on(store: RedisStore) -> list[Quote]:
    """Return the quotes that the match worker got since the last call."""
    messages = store.read(DATA, 100, 0)
    store.commit(DATA, [Effects(message=one) for one in messages], NOON)
    return [decode_quote(one.fields["quote"]) for one in messages]


def counts(upserted: Upserted) -> dict[str, int]:
    """Return the counts that are not zero."""
    told = {**msgspec.structs.asdict(upserted), "version": 0}
    return {name: count for name, count in told.items() if count}


class TestStreams:
    def test_what_was_published_is_read_once_by_a_group(self, store: RedisStore):
        ids = store.publish([Output(stream="jobs", fields={"n": "1", "raw": b"\xff\x00"})])
        assert store.read(JOBS, 10, 0) == [
            Message(stream="jobs", id=ids[0], fields={"n": b"1", "raw": b"\xff\x00"}, deliveries=1)
        ]
        assert store.read(OTHER, 10, 0) == []

    def test_a_new_group_reads_what_was_written_before_it(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(3)])
        late = Subscription(streams=("jobs",), group="late", consumer="one")
        assert [one.fields["n"] for one in store.read(late, 10, 0)] == [b"0", b"1", b"2"]

    def test_a_group_that_joined_counts_what_is_unread(self, store: RedisStore):
        store.join(JOBS)
        store.join(JOBS)
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        assert store.backlog() == [Backlog(stream="jobs", group="extract", unread=1, pending=0)]

    def test_published_under_a_name_appends_once(self, store: RedisStore, make_store: MakeStore):
        outputs = [Output(stream="jobs", fields={"n": "1"}), Output(stream="other", fields={"n": "2"})]
        assert len(store.publish(outputs, once="cycle 1")) == 2
        assert make_store().publish(outputs, once="cycle 1") == []
        assert len(store.publish(outputs, once="cycle 2")) == 2
        assert len(store.read(JOBS, 10, 0)) == 2

    def test_reading_waits_for_the_first_message(self, store: RedisStore, make_store: MakeStore):
        store.read(JOBS, 1, 0)
        late = threading.Timer(0.05, make_store().publish, [[Output(stream="jobs", fields={"n": "1"})]])
        late.start()
        assert len(store.read(JOBS, 10, 2)) == 1
        late.join()

    def test_streams_of_a_subscription_share_the_count(self, store: RedisStore):
        streams = ("a", "b", "c")
        store.publish([Output(stream=name, fields={"n": str(n)}) for n in range(9) for name in streams])
        both = Subscription(streams=streams, group="g", consumer="one")
        assert [one.stream for one in store.read(both, 6, 0)] == ["a", "a", "b", "b", "c", "c"]

    def test_what_comes_after_the_ends_is_followed_without_a_group(self, store: RedisStore):
        store.publish([Output(stream="a", fields={"n": "0"})])
        after = store.ends(["a", "b"])
        assert store.follow(after, 10) == []
        ids = store.publish([Output(stream=name, fields={"n": name}) for name in ("a", "b", "a")])
        expected = [("a", ids[0], b"a"), ("a", ids[2], b"a"), ("b", ids[1], b"b")]
        assert [(one.stream, one.id, one.fields["n"]) for one in store.follow(after, 10)] == expected
        assert [one.id for one in store.follow({"a": after["a"]}, 1)] == ids[:1]
        assert store.backlog() == []

    def test_own_pending_messages_come_again_with_their_deliveries(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(3)])
        store.read(JOBS, 2, 0)
        assert [(one.fields["n"], one.deliveries) for one in store.own_pending(JOBS, 1)] == [(b"0", 2)]
        again = [(one.fields["n"], one.deliveries) for one in store.own_pending(JOBS, 10)]
        assert again == [(b"0", 3), (b"1", 2)]
        assert store.own_pending(OTHER, 10) == []

    def test_abandoned_messages_are_claimed_and_counted_one_by_one(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(3)])
        store.read(JOBS, 2, 0)
        assert store.claim(OTHER, 60, 10) == []
        assert [(one.fields["n"], one.deliveries) for one in store.claim(OTHER, 0, 1)] == [(b"0", 2)]
        assert [(one.fields["n"], one.deliveries) for one in store.own_pending(JOBS, 9)] == [(b"1", 2)]

    def test_an_entry_deleted_by_hand_is_no_message(self, store: RedisStore, link: Link):
        ids = store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(2)])
        store.read(JOBS, 2, 0)
        link.call("XDEL", "jobs", ids[0])
        assert [one.id for one in store.own_pending(JOBS, 10)] == [ids[1]]
        assert [one.pending for one in store.backlog()] == [1]

    def test_a_consumer_with_pending_messages_is_not_forgotten(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        assert store.leave(JOBS) is False
        assert store.own_pending(JOBS, 1) != []
        store.commit(JOBS, [Effects(message=message)], NOON)
        assert store.leave(JOBS) is True

    def test_a_group_that_was_disbanded_holds_no_stream_back(self, make_store: MakeStore, link: Link):
        store = make_store(Short())
        report = Subscription(streams=("jobs", "none"), group="report", consumer="one")
        store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(9)])
        for subscription in (JOBS, report):
            store.join(subscription)
        link.call("DEL", "none")
        messages = store.read(JOBS, 9, 0)
        store.commit(JOBS, [Effects(message=one) for one in messages], NOON)
        link.call("CONFIG", "SET", "stream-node-max-entries", 1)
        assert store.trim() == 0
        store.disband(report)
        store.disband(report)
        assert [one.group for one in store.backlog()] == ["extract"]
        store.publish([Output(stream="jobs", fields={"n": "9"})])
        assert (store.trim(), link.call("XLEN", "jobs")) == (9, 1)  # what extract did not read

    def test_the_backlog_names_every_group(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(5)])
        store.read(JOBS, 2, 0)
        store.read(Subscription(streams=("jobs",), group="other", consumer="one"), 1, 0)
        found = [msgspec.structs.replace(one, oldest_pending_ms=0) for one in store.backlog()]
        assert found == [
            Backlog(stream="jobs", group="extract", unread=3, pending=2),
            Backlog(stream="jobs", group="other", unread=4, pending=1),
        ]

    def test_the_backlog_counts_where_the_server_cannot(self, store: RedisStore, link: Link):
        ids = store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(5)])
        store.read(JOBS, 1, 0)
        link.call("XDEL", "jobs", ids[3])  # a hole ahead of the group: XINFO gives no lag
        assert [one.unread for one in store.backlog()] == [3]


class TestCommit:
    def test_effects_happen_with_the_acknowledgement_and_once(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        effects = [Effects(message=message, outputs=(Output(stream="out", fields={"x": b"\xfe"}),))]
        store.commit(JOBS, effects, NOON)
        store.commit(JOBS, effects, NOON)
        out = Subscription(streams=("out",), group="g", consumer="one")
        assert [one.fields for one in store.read(out, 10, 0)] == [{"x": b"\xfe"}]
        assert [one.pending for one in store.backlog() if one.stream == "jobs"] == [0]

    def test_a_message_acknowledged_by_another_has_no_effect(self, store: RedisStore):
        know(store, ALPHA)
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        [claimed] = store.claim(OTHER, 0, 1)
        store.commit(OTHER, [Effects(message=claimed)], NOON)
        frozen = Effects(message=message, quotes=(ALPHA,), outputs=(Output(stream="out", fields={"x": "1"}),))
        assert counts(store.commit(JOBS, [frozen], NOON)) == {}
        assert store.documents() == []

    def test_more_than_a_script_may_hold_is_committed_in_parts(self, store: RedisStore):
        quotes = [quote(event_id=str(n), home=f"Home {n}") for n in range(450)]
        store.publish([Output(stream="jobs", fields={"n": str(n)}) for n in range(450)])
        messages = store.read(JOBS, 450, 0)
        assignments = [Assignment(event=one.event, match_id=f"m{one.event_id}") for one in quotes]
        effects = [Effects(message=one, quotes=(two,)) for one, two in zip(messages, quotes, strict=True)]
        assert counts(store.commit(JOBS, effects, NOON, assignments, 0)) == {"changed": 450}
        version, events = store.events()
        assert (version, len(events), len(store.documents())) == (3, 450, 450)

    def test_assignments_to_an_index_that_moved_on_are_refused_whole(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        know(store, BETA)
        effects = [Effects(message=message, outputs=(Output(stream="out", fields={"x": "1"}),))]
        with pytest.raises(Conflict, match="at version 1, not 0"):
            store.commit(JOBS, effects, NOON, [Assignment(event=ALPHA.event, match_id="m9")], version=0)
        assert [one.event.bookmaker for one in store.events()[1]] == ["BookieBeta"]
        assert store.own_pending(JOBS, 1) != []

    def test_a_full_server_takes_no_acknowledgement_without_its_effects(self, store: RedisStore, link: Link):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        effects = [Effects(message=message, outputs=(Output(stream="out", fields={"x": "1"}),))]
        link.call("CONFIG", "SET", "maxmemory", "1")
        try:
            with pytest.raises(Retry, match="maxmemory"):
                store.commit(JOBS, effects, NOON)
            assert store.sweep(NOON) == 0
            assert store.trim() == 0
        finally:
            link.call("CONFIG", "SET", "maxmemory", "0")
        assert [one.pending for one in store.backlog()] == [1]
        store.commit(JOBS, effects, NOON)
        assert link.call("XLEN", "out") == 1


class TestDeadLetters:
    def test_a_buried_message_is_kept_and_acknowledged(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": "1", "raw": b"\xff"})])
        [message] = store.read(JOBS, 1, 0)
        store.bury(JOBS, message, "no bookmaker", NOON)
        store.bury(JOBS, message, "no bookmaker", NOON)
        [letter] = store.dead_letters()
        assert letter == DeadLetter(
            stream="jobs",
            id=letter.id,
            original_id=message.id,
            fields={"n": b"1", "raw": b"\xff"},
            error="no bookmaker",
            worker="extract/one",
            at=NOON,
        )
        assert [one.pending for one in store.backlog()] == [0]
        assert store.dead_letters("other") == []

    def test_a_replayed_letter_is_a_message_again_once(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": "1", "raw": b"\xff"})])
        store.bury(JOBS, store.read(JOBS, 1, 0)[0], "x", NOON)
        [letter] = store.dead_letters("jobs")
        assert [store.replay_dead(letter), store.replay_dead(letter)] == [True, False]
        assert [one.fields for one in store.read(JOBS, 9, 0)] == [{"n": b"1", "raw": b"\xff"}]
        assert store.dead_letters() == []

    def test_a_dropped_letter_is_gone(self, store: RedisStore):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        store.bury(JOBS, store.read(JOBS, 1, 0)[0], "x", NOON)
        [letter] = store.dead_letters()
        assert [store.drop_dead(letter), store.drop_dead(letter)] == [True, False]
        assert store.read(JOBS, 9, 0) == []


class TestUnknownEvents:
    def test_their_quotes_go_to_the_match_worker(self, store: RedisStore):
        assert counts(store.upsert([ALPHA, BETA], NOON)) == {"unknown": 2}
        assert sent_on(store) == [ALPHA, BETA]
        assert store.documents() == []

    def test_they_are_sent_again_when_changed_or_after_a_minute(self, store: RedisStore):
        store.upsert([ALPHA], NOON)
        assert counts(store.upsert([after(1, ALPHA)], at(1))) == {"waiting": 1}
        dearer = after(2, ALPHA, prices={"1": 2.5})
        assert counts(store.upsert([dearer], at(2))) == {"unknown": 1}
        later = after(62, dearer)
        assert counts(store.upsert([later], at(61.9))) == {"waiting": 1}
        assert counts(store.upsert([later], at(62))) == {"unknown": 1}
        assert sent_on(store) == [ALPHA, dearer, later]

    def test_they_are_remembered_no_longer_than_that(self, store: RedisStore, link: Link):
        store.upsert([ALPHA], NOON)
        store.sweep(at(60))
        assert link.call("HLEN", "xtr-waiting") == 0

    def test_a_quote_in_flight_lands_once_its_event_is_assigned(self, store: RedisStore):
        store.upsert([ALPHA], NOON)
        [message] = store.read(DATA, 1, 0)
        done = store.commit(
            DATA,
            [Effects(message=message, quotes=(ALPHA,))],
            NOON,
            [Assignment(event=ALPHA.event, match_id="m1")],
            0,
        )
        assert done == Upserted(changed=1, version=1)
        assert store.documents()[0].quotes == {"BookieAlpha": ALPHA}


class TestDocuments:
    @pytest.fixture(autouse=True)
    def known(self, store: RedisStore) -> None:
        know(store, ALPHA, BETA)

    def test_a_document_holds_the_quote_of_every_bookmaker(self, store: RedisStore):
        assert counts(store.upsert([ALPHA, BETA], NOON)) == {"changed": 2, "published": 1}
        [found] = store.documents()
        assert found == Document(
            key=DOCUMENT,
            match_id="m1",
            market="three_way",
            source="upcoming",
            revision=found.revision,
            quotes={"BookieAlpha": ALPHA, "BookieBeta": BETA},
            changed_at={"BookieAlpha": NOON, "BookieBeta": NOON},
            created=NOON,
        )
        assert announced(store) == [DOCUMENT]

    def test_its_fields_are_those_of_the_documents(self, store: RedisStore, link: Link):
        store.upsert([ALPHA], NOON)
        held = fields(link, DOCUMENT)
        assert decode_quote(held["match_team_objects.BookieAlpha"]) == ALPHA
        told = ("teams", "match_date", "start_time", "arbitrage", "created", "bookie_updated")
        assert [held[name] for name in told] == [
            "Valencia - Rayo Vallecano",
            "2026-05-14",
            "2026-05-14T17:00:00+00:00",
            "0",
            "1778760000000000",
            "1778760000000000",
        ]

    def test_markets_and_sources_are_documents_of_their_own(self, store: RedisStore):
        goals = quote(event_id="1", market="btts", prices={"yes": 1.8, "no": 2.0})
        live = quote(event_id="1", source="live")
        know(store, live)
        store.upsert([ALPHA, goals, live], NOON)
        assert [one.key for one in store.documents()] == [
            "matched_teams_xtr-BTTS_upcoming_stream:m1",
            "matched_teams_xtr-THREE_WAY_live_stream:m1",
            DOCUMENT,
        ]

    def test_unchanged_prices_move_only_the_last_sighting(self, store: RedisStore):
        store.upsert([ALPHA, BETA], NOON)
        [before] = store.documents()
        assert counts(store.upsert([after(5, ALPHA)], at(5))) == {"touched": 1}
        [found] = store.documents()
        assert found.quotes == {"BookieAlpha": after(5, ALPHA), "BookieBeta": BETA}
        assert (found.revision, found.changed_at) == (before.revision, before.changed_at)
        assert announced(store) == [DOCUMENT]

    @pytest.mark.parametrize(
        "changes",
        [
            {"prices": {"1": 2.31, "X": 3.2, "2": 3.55}},
            {"prices": {"1": 2.3, "X": 3.2}, "suspended": ("2",)},
            {"score": Score(1, 0)},
        ],
        ids=["price", "suspended", "score"],
    )
    def test_another_price_suspension_or_score_is_a_new_revision(
        self, store: RedisStore, changes: dict[str, object]
    ):
        store.upsert([ALPHA, BETA], NOON)
        [before] = store.documents()
        announced(store)
        changed = after(5, ALPHA, **changes)
        assert counts(store.upsert([changed], at(5))) == {"changed": 1, "published": 1}
        [found] = store.documents()
        assert found.quotes["BookieAlpha"] == changed
        assert found.revision > before.revision
        assert found.changed_at == {"BookieAlpha": at(5), "BookieBeta": NOON}
        assert announced(store) == [DOCUMENT]

    def test_an_older_or_equal_sighting_is_ignored(self, store: RedisStore):
        store.upsert([after(5, ALPHA)], at(5))
        older = after(4, ALPHA, prices={"1": 9.0})
        assert counts(store.upsert([older, after(5, ALPHA, prices={"1": 9.0})], at(6))) == {"older": 2}
        assert store.documents()[0].quotes == {"BookieAlpha": after(5, ALPHA)}

    def test_within_one_batch_the_newest_wins_whatever_the_order(self, store: RedisStore):
        store.upsert([ALPHA], NOON)
        newest, between = after(9, ALPHA, prices={"1": 3.0}), after(5, ALPHA, prices={"1": 2.0})
        for batch in ([newest, between, after(7, ALPHA)], [after(7, ALPHA), between, newest]):
            store.upsert(batch, at(9))
            assert store.documents()[0].quotes == {"BookieAlpha": newest}

    def test_a_clock_that_was_set_back_does_not_shut_a_bookmaker_out(self, store: RedisStore):
        far = datetime(2100, 1, 1, tzinfo=NOON.tzinfo)
        store.upsert([msgspec.structs.replace(ALPHA, seen_at=far)], NOON)
        assert counts(store.upsert([ALPHA], NOON)) == {"touched": 1}
        assert store.documents()[0].quotes == {"BookieAlpha": ALPHA}

    def test_a_document_is_announced_with_enough_fresh_bookmakers(self, make_store: MakeStore):
        store = make_store(min_bookmakers={"three_way": 3})
        gamma = quote("BookieGamma", event_id="3")
        know(store, gamma)
        assert counts(store.upsert([ALPHA, BETA], NOON)) == {"changed": 2}
        assert counts(store.upsert([after(601, gamma)], at(601))) == {"changed": 1}
        back = [after(602, ALPHA), after(602, BETA)]
        assert counts(store.upsert(back, at(602))) == {"touched": 2, "published": 1}

    def test_freshness_is_the_bookmakers_own(self, make_store: MakeStore):
        store = make_store(freshness=FreshnessLimits(by_bookmaker={"BookieAlpha/upcoming": 5}))
        store.upsert([ALPHA], NOON)
        assert counts(store.upsert([after(6, BETA)], at(6))) == {"changed": 1}
        assert counts(store.upsert([after(7, ALPHA)], at(7))) == {"touched": 1, "published": 1}

    def test_a_bookmaker_that_was_stale_is_announced_when_it_is_back(self, store: RedisStore):
        store.upsert([ALPHA, BETA], NOON)
        announced(store)
        assert counts(store.upsert([after(500, ALPHA), after(500, BETA)], at(500))) == {"touched": 2}
        assert counts(store.upsert([after(1101, ALPHA)], at(1101))) == {"touched": 1}
        assert counts(store.upsert([after(1102, BETA)], at(1102))) == {"touched": 1, "published": 1}

    def test_a_quote_of_an_event_that_changed_is_written_nowhere_before_it_is_matched_anew(
        self, store: RedisStore
    ):
        store.upsert([ALPHA, BETA], NOON)
        moved = after(5, ALPHA, home=ALPHA.away, away=ALPHA.home)
        assert counts(store.upsert([moved], at(5))) == {"unknown": 1}
        assert counts(store.upsert([after(6, moved)], at(6))) == {"waiting": 1}
        [found] = store.documents()
        assert found.quotes["BookieAlpha"] == ALPHA
        assert sent_on(store) == [moved]
        know(store, moved, now=at(7))
        assert counts(store.upsert([after(8, moved)], at(8))) == {"changed": 1, "published": 1}
        [found] = store.documents()
        assert found.quotes["BookieAlpha"] == after(8, moved)
        assert counts(store.upsert([after(9, ALPHA)], at(9))) == {"unknown": 1}

    def test_a_verdict_that_waited_is_not_applied_and_its_match_is_judged_anew(self, store: RedisStore):
        store.upsert([ALPHA, BETA], NOON)
        [message] = store.read(MATCHED, 10, 0)
        [document] = store.documents()
        late = verdict(document, opportunity(document))
        store.commit(MATCHED, [Effects(message=message, verdicts=(late,))], at(6))
        assert store.opportunities() == []
        [again] = store.read(MATCHED, 10, 0)
        assert again.fields == message.fields
        store.commit(MATCHED, [Effects(message=again, verdicts=(late,))], at(5))
        assert len(store.opportunities()) == 1

    def test_a_second_event_of_a_bookmaker_waits_until_the_first_is_stale(self, store: RedisStore):
        double = quote("BookieAlpha", event_id="1b", prices={"1": 9.0})
        know(store, double)
        store.upsert([ALPHA], NOON)
        assert counts(store.upsert([after(1, double)], at(1))) == {"older": 1}
        assert store.documents()[0].quotes == {"BookieAlpha": ALPHA}
        assert counts(store.upsert([after(601, double)], at(601))) == {"changed": 1}
        assert store.documents()[0].quotes == {"BookieAlpha": after(601, double)}

    def test_documents_that_are_gone_are_left_out(self, store: RedisStore):
        store.upsert([ALPHA], NOON)
        assert [one.key for one in store.documents(["none", DOCUMENT])] == [DOCUMENT]


class TestIndex:
    def test_known_events_come_with_their_match_since_and_evidence(self, store: RedisStore):
        know(store, ALPHA)
        evidence = '{"by": "names"}'
        store.commit(DATA, (), at(5), [Assignment(event=BETA.event, match_id="m1", evidence=evidence)])
        store.commit(DATA, (), at(9), [Assignment(event=ALPHA.event, match_id="m1", evidence="again")])
        assert store.events() == (
            3,
            [
                KnownEvent(event=ALPHA.event, match_id="m1", since=NOON, evidence="again"),
                KnownEvent(event=BETA.event, match_id="m1", since=at(5), evidence=evidence),
            ],
        )
        assert store.version() == 3

    def test_an_event_that_joins_another_match_takes_its_quotes_along(self, store: RedisStore):
        know(store, ALPHA, match_id="m1")
        know(store, BETA, match_id="m2")
        goals = quote("BookieBeta", event_id="2", market="btts", prices={"yes": 1.8, "no": 2.0})
        store.upsert([ALPHA, BETA, goals], NOON)
        old = "matched_teams_xtr-THREE_WAY_upcoming_stream:m2"
        know(store, BETA, match_id="m1", now=at(5))
        found = {one.key: set(one.quotes) for one in store.documents()}
        assert found == {
            DOCUMENT: {"BookieAlpha", "BookieBeta"},
            "matched_teams_xtr-BTTS_upcoming_stream:m1": {"BookieBeta"},
        }
        assert announced(store) == [DOCUMENT]
        assert store.documents([old]) == []
        assert (store.match_id("m2"), store.match_id("m1"), store.match_id("m3")) == ("m1", "m1", "m3")
        assert counts(store.upsert([after(6, BETA)], at(6))) == {"touched": 1}

    def test_the_document_that_was_left_is_announced_too(self, store: RedisStore):
        gamma = quote("BookieGamma", event_id="3")
        know(store, ALPHA, BETA, gamma)
        store.upsert([ALPHA, BETA, gamma], NOON)
        before = store.documents()[0].revision
        announced(store)
        know(store, gamma, match_id="m2")
        left = "matched_teams_xtr-THREE_WAY_upcoming_stream:m2"
        assert sorted(announced(store)) == [DOCUMENT, left]
        assert {one.key: set(one.quotes) for one in store.documents()} == {
            DOCUMENT: {"BookieAlpha", "BookieBeta"},
            left: {"BookieGamma"},
        }
        assert all(one.revision > before for one in store.documents())
        assert store.match_id("m1") == "m1"

    def test_two_events_of_a_bookmaker_swap_matches_with_nothing_lost(self, store: RedisStore):
        second = quote("BookieAlpha", event_id="1b", home="Getafe", away="Betis")
        know(store, ALPHA, match_id="m1")
        know(store, second, match_id="m2")
        store.upsert([ALPHA, second], NOON)
        swapped = [
            Assignment(event=ALPHA.event, match_id="m2"), Assignment(event=second.event, match_id="m1"),
        ]  # fmt: skip
        store.commit(DATA, (), at(1), swapped)
        assert {one.match_id: one.quotes["BookieAlpha"] for one in store.documents()} == {
            "m1": second, "m2": ALPHA,
        }  # fmt: skip
        assert (store.match_id("m1"), store.match_id("m2")) == ("m1", "m2")

    def test_an_id_that_is_used_again_is_no_alias(self, store: RedisStore):
        know(store, ALPHA, match_id="m1")
        know(store, BETA, match_id="m2")
        know(store, BETA, match_id="m1")
        assert store.match_id("m2") == "m1"
        know(store, BETA, match_id="m2")
        assert store.match_id("m2") == "m2"

    def test_an_alias_of_an_alias_is_followed(self, store: RedisStore):
        for match_id in ("m3", "m2", "m1"):
            know(store, ALPHA, match_id=match_id)
        assert store.match_id("m3") == "m1"


def opportunity(document: Document, price: float = 2.4, **changes: object) -> Opportunity:
    """Return an opportunity found in a document."""
    legs = tuple(
        Leg(
            market=document.market,
            outcome=outcome,
            bookmaker=one.bookmaker,
            price=price,
            share=0.5,
            quote=one,
        )
        for outcome, one in zip(("1", "X"), document.quotes.values(), strict=False)
    )
    given = Opportunity(
        id="sb1",
        kind="surebet",
        match_id=document.match_id,
        source=document.source,
        home="Valencia",
        away="Rayo Vallecano",
        competition="",
        kickoff=KICKOFF,
        legs=legs,
        book_sum=0.98,
        profit=0.0204,
        opened_at=NOON,
        changed_at=NOON,
    )
    return msgspec.structs.replace(given, **changes)


def verdict(
    documents: Document | list[Document], *found: Opportunity, seconds: float = 0, **closed: str
) -> Verdict:
    """Return a verdict on these documents of one match and source."""
    known = documents if isinstance(documents, list) else [documents]
    return Verdict(
        match_id=known[0].match_id,
        source=known[0].source,
        revisions={one.market: one.revision for one in known},
        opportunities=found,
        closed=closed,
        at=at(seconds),
    )


class TestOpportunities:
    FEED = Subscription(streams=("xtr-opportunities",), group="alerts", consumer="one")

    @pytest.fixture
    def document(self, store: RedisStore) -> Document:
        know(store, ALPHA, BETA)
        store.upsert([ALPHA, BETA], NOON)
        announced(store)
        return store.documents()[0]

    def told(self, store: RedisStore) -> list[tuple[bytes, bytes, bytes]]:
        messages = store.read(self.FEED, 10, 0)
        return [tuple(one.fields[name] for name in ("id", "state", "reason")) for one in messages]  # type: ignore[misc]

    @pytest.fixture
    def across(self, store: RedisStore) -> list[Document]:
        """Return two documents of one match, whose last legs stand against each other."""
        doubles = [
            quote("BookieAlpha", event_id="1", market="double_chance", prices={"X2": 1.8}),
            quote("BookieBeta", event_id="2", market="double_chance", prices={"X2": 1.7}),
        ]
        know(store, ALPHA, BETA)
        store.upsert([ALPHA, BETA, *doubles], NOON)
        announced(store, EVERY)
        return sorted(store.documents(), key=lambda one: one.market)

    def both(self, across: list[Document], **changes: object) -> Opportunity:
        """Return an opportunity with a leg in each document."""
        legs = tuple(
            Leg(
                market=one.market,
                outcome=outcome,
                bookmaker=name,
                price=price,
                share=0.5,
                quote=one.quotes[name],
            )
            for one, outcome, name, price in zip(
                across, ("X2", "1"), ("BookieAlpha", "BookieBeta"), (1.8, 2.4), strict=True
            )
        )
        return opportunity(across[1], legs=legs, **changes)

    def test_a_verdict_opens_an_opportunity(self, store: RedisStore, document: Document):
        found = opportunity(document)
        assert store.judge([verdict(document, found)]) == 1
        assert store.opportunities() == [found]
        assert store.documents()[0].opportunities == (found,)
        [message] = store.read(self.FEED, 10, 0)
        assert message.fields == {
            "id": b"sb1", "state": b"opened", "reason": b"", "body": msgspec.json.encode(found),
            "at": b"%d" % microseconds(NOON),
        }  # fmt: skip

    def test_the_same_legs_again_are_no_news_but_refresh_the_body(
        self, store: RedisStore, document: Document
    ):
        store.judge([verdict(document, opportunity(document))])
        fresher = opportunity(document, changed_at=at(9))
        store.judge([verdict(document, fresher)])
        assert self.told(store) == [(b"sb1", b"opened", b"")]
        assert store.opportunities() == [fresher]

    def test_other_legs_are_a_change_and_none_a_close(self, store: RedisStore, document: Document):
        store.judge([verdict(document, opportunity(document))])
        store.judge([verdict(document, opportunity(document, price=2.5))])
        store.judge([verdict(document, sb1="best book sum 1.02")])
        store.judge([verdict(document, sb1="best book sum 1.02")])
        assert self.told(store) == [
            (b"sb1", b"opened", b""), (b"sb1", b"changed", b""), (b"sb1", b"closed", b"best book sum 1.02"),
        ]  # fmt: skip
        assert store.opportunities() == []
        assert store.documents()[0].opportunities == ()

    def test_another_rule_that_flags_it_is_a_change_and_other_figures_are_none(
        self, store: RedisStore, document: Document
    ):
        for flags in ((), ("suspect: 0.93",), ("suspect: 0.94",), ("band: 9", "suspect: 0.94"), (), ()):
            store.judge([verdict(document, opportunity(document, flags=flags))])
        assert self.told(store) == [(b"sb1", b"opened", b""), *[(b"sb1", b"changed", b"")] * 3]

    def test_several_stand_in_a_match_and_each_closes_by_itself(self, store: RedisStore, document: Document):
        first, second = opportunity(document), opportunity(document, id="sb2")
        store.judge([verdict(document, first, second)])
        assert store.documents()[0].opportunities == (first, second)
        store.judge([verdict(document, second, sb1="gone")])
        store.judge([verdict(document, second, opportunity(document, id="sb3"))])
        assert self.told(store) == [
            (b"sb1", b"opened", b""), (b"sb2", b"opened", b""), (b"sb1", b"closed", b"gone"),
            (b"sb3", b"opened", b""),
        ]  # fmt: skip
        assert {one.id for one in store.opportunities()} == {"sb2", "sb3"}

    def test_an_opportunity_stands_in_every_document_that_has_a_leg_of_it(
        self, store: RedisStore, across: list[Document]
    ):
        own = opportunity(across[1], id="sb2")
        store.judge([verdict(across, self.both(across), own)])
        found = sorted(store.documents(), key=lambda one: one.market)
        assert [[one.id for one in document.opportunities] for document in found] == [["sb1"], ["sb1", "sb2"]]

    @pytest.mark.parametrize("market", ["three_way", "double_chance"])
    def test_a_price_of_any_of_its_documents_takes_the_verdict_down(
        self, store: RedisStore, across: list[Document], link: Link, market: str
    ):
        store.judge([verdict(across, self.both(across))])
        outcome = {"three_way": "1", "double_chance": "X2"}[market]
        store.upsert([after(5, ALPHA, market=market, prices={outcome: 1.5})], at(5))
        assert [fields(link, one.key)["arbitrage"] for one in across] == ["0", "0"]
        assert store.judge([verdict(across, self.both(across))]) == 0
        assert announced(store, EVERY) == [one.key for one in across if one.market == market]

    def test_a_price_takes_down_nothing_that_it_has_no_part_in(
        self, store: RedisStore, across: list[Document], link: Link
    ):
        store.judge([verdict(across, opportunity(across[1]))])
        store.upsert([after(5, ALPHA, market="double_chance", prices={"X2": 1.5})], at(5))
        assert fields(link, across[1].key)["arbitrage"] == "1"

    def test_a_document_that_came_meanwhile_has_the_match_judged_again(
        self, store: RedisStore, document: Document
    ):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        late = verdict(document, opportunity(document))
        goals = quote("BookieAlpha", event_id="1", market="btts", prices={"yes": 1.8}, seen_at=at(700))
        store.upsert([goals], at(1400))  # nothing is fresh: by itself it is not announced
        assert announced(store) == []
        store.commit(JOBS, [Effects(message=message, verdicts=(late,))], NOON)
        assert (store.opportunities(), announced(store)) == ([], [document.key])

    def test_of_two_verdicts_on_the_same_prices_the_later_stays(self, store: RedisStore, document: Document):
        store.judge([verdict(document, opportunity(document), seconds=5)])
        assert store.judge([verdict(document, sb1="a frozen worker's", seconds=4)]) == 0
        assert [one.id for one in store.opportunities()] == ["sb1"]
        assert store.judge([verdict(document, sb1="now", seconds=6)]) == 1

    def test_a_verdict_of_a_clock_that_ran_ahead_does_not_stay(self, store: RedisStore, document: Document):
        ahead = (datetime.now(UTC) - NOON).total_seconds() + 3600
        store.judge([verdict(document, opportunity(document), seconds=ahead)])
        assert store.judge([verdict(document, sb1="the clock was set back", seconds=ahead - 3600)]) == 1
        assert store.opportunities() == []

    def test_a_verdict_on_an_older_revision_is_dropped(self, store: RedisStore, document: Document):
        store.upsert([after(5, ALPHA, prices={"1": 2.0, "X": 3.0})], at(5))
        assert store.judge([verdict(document, opportunity(document))]) == 0
        assert (store.opportunities(), self.told(store)) == ([], [])

    def test_a_price_takes_its_documents_verdict_down_in_the_same_step(
        self, store: RedisStore, document: Document, link: Link
    ):
        found = opportunity(document)
        store.judge([verdict(document, found)])
        judged = fields(link, DOCUMENT)
        assert judged["arbitrage"] == "1"
        assert found.id in judged["arbitrage_opportunities"]
        store.upsert([after(700, ALPHA, prices={"1": 2.0})], at(700))
        changed = fields(link, DOCUMENT)
        assert (changed["arbitrage"], "arbitrage_opportunities" in changed) == ("0", False)
        assert store.documents()[0].opportunities == (found,)  # it stands until somebody closes it
        assert announced(store) == [DOCUMENT]  # although only one quote is fresh: somebody must close it

    def test_a_verdict_comes_with_its_messages_acknowledgement(self, store: RedisStore, document: Document):
        store.publish([Output(stream="jobs", fields={"n": "1"})])
        [message] = store.read(JOBS, 1, 0)
        effects = [Effects(message=message, verdicts=(verdict(document, opportunity(document)),))]
        store.commit(JOBS, effects, NOON)
        store.commit(JOBS, effects, NOON)
        assert self.told(store) == [(b"sb1", b"opened", b"")]

    def test_what_stood_in_a_document_closes_with_it(self, store: RedisStore, document: Document):
        store.judge([verdict(document, opportunity(document))])
        store.sweep(at(7200))
        assert self.told(store) == [(b"sb1", b"opened", b""), (b"sb1", b"closed", b"over")]
        assert store.opportunities() == []

    def test_what_stood_in_a_document_that_is_gone_stands_in_no_other(
        self, store: RedisStore, across: list[Document], link: Link
    ):
        own = opportunity(across[1], id="sb2")
        store.judge([verdict(across, self.both(across), own)])
        store.upsert([after(500, ALPHA)], at(500))
        store.judge([verdict(store.documents([across[1].key])[0], own)])
        store.judge([verdict(sorted(store.documents(), key=lambda one: one.market), self.both(across), own)])
        store.sweep(at(700))
        [left] = store.documents()
        assert (left.market, [one.id for one in left.opportunities]) == ("three_way", ["sb2"])
        assert [one.id for one in store.opportunities()] == ["sb2"]
        assert link.call("HKEYS", "xtr-opportunities:legs") == [b"sb2"]

    def test_what_stood_in_a_document_that_joined_another_closes(self, store: RedisStore, document: Document):
        store.judge([verdict(document, opportunity(document))])
        know(store, ALPHA, BETA, match_id="m0")
        assert self.told(store)[-1] == (b"sb1", b"closed", b"joined another match")
        assert announced(store) == ["matched_teams_xtr-THREE_WAY_upcoming_stream:m0"]

    def test_a_score_that_became_another_is_noted_with_its_moment(self, store: RedisStore):
        level = quote(source="live", score=Score(0, 0))
        know(store, level)
        store.upsert([level], NOON)
        store.upsert([after(5, level, prices={"1": 2.0})], at(5))
        assert store.documents()[0].score_changed_at == {}
        store.upsert([after(10, level, score=Score(1, 0))], at(10))
        store.upsert([after(15, level, score=Score(1, 0), prices={"1": 1.5})], at(15))
        assert store.documents()[0].score_changed_at == {"BookieAlpha": at(10)}
        know(store, level, match_id="m2", now=at(16))
        assert [one.score_changed_at for one in store.documents()] == [{"BookieAlpha": at(10)}]

    def test_a_score_that_was_not_told_for_a_while_changed_when_it_is_told_again(self, store: RedisStore):
        level = quote("BookieAlpha", source="live", score=Score(0, 0))
        know(store, level)
        store.upsert([level], NOON)
        store.upsert([after(10, level, score=UNSET)], at(10))
        store.upsert([after(18, level, score=Score(1, 0))], at(18))
        assert store.documents()[0].score_changed_at == {"BookieAlpha": at(18)}


class TestTime:
    def test_a_document_ends_ten_cadences_after_its_last_quote(self, store: RedisStore):
        know(store, ALPHA)
        store.upsert([ALPHA], NOON)
        store.upsert([after(300, ALPHA)], at(300))
        assert store.sweep(at(899)) == 0
        assert store.sweep(at(900)) == 1
        assert store.documents() == []
        assert len(store.events()[1]) == 1
        assert counts(store.upsert([after(901, ALPHA)], at(901))) == {"changed": 1}

    def test_a_live_document_ends_sooner(self, store: RedisStore):
        live = quote(source="live")
        know(store, live)
        store.upsert([live], NOON)
        assert [store.sweep(at(49)), store.sweep(at(50))] == [0, 1]

    def test_a_revision_never_returns(self, store: RedisStore):
        know(store, ALPHA)
        store.upsert([ALPHA], NOON)
        before = store.documents()[0].revision
        store.sweep(at(900))
        store.upsert([after(901, ALPHA)], at(901))
        assert store.documents()[0].revision > before

    def test_an_event_keeps_its_id_until_its_match_is_over(self, store: RedisStore):
        know(store, ALPHA, BETA)
        over = KICKOFF + timedelta(hours=3)
        store.sweep(over - timedelta(seconds=1))
        assert (store.version(), len(store.events()[1])) == (1, 2)
        assert store.sweep(over) == 2
        assert store.events() == (2, [])

    def test_a_match_that_is_still_quoted_is_not_over(self, store: RedisStore):
        live = quote(source="live")
        know(store, live)
        overtime = KICKOFF + timedelta(hours=3, seconds=5)
        for seconds in (0, 10):
            now = overtime + timedelta(seconds=seconds)
            store.upsert([msgspec.structs.replace(live, seen_at=now)], now)
        assert store.sweep(overtime + timedelta(seconds=20)) == 0
        assert store.sweep(overtime + timedelta(seconds=25)) == 2

    def test_an_event_that_is_over_leaves_a_document_that_others_quote_on(self, store: RedisStore):
        both = [quote(name, source="live") for name in ("BookieAlpha", "BookieBeta")]
        know(store, *both)
        overtime = KICKOFF + timedelta(hours=3, seconds=20)
        seen = [
            msgspec.structs.replace(both[0], seen_at=KICKOFF),
            msgspec.structs.replace(both[1], seen_at=overtime),
        ]
        store.upsert(seen, overtime)
        assert store.sweep(overtime + timedelta(seconds=1)) == 1
        assert [list(one.quotes) for one in store.documents()] == [["BookieBeta"]]
        assert [one.event.bookmaker for one in store.events()[1]] == ["BookieBeta"]
        again = msgspec.structs.replace(both[0], seen_at=overtime)
        assert counts(store.upsert([again], overtime)) == {"unknown": 1}

    def test_a_sweep_leaves_nothing_behind(self, store: RedisStore, link: Link):
        know(store, ALPHA, BETA)
        know(store, BETA, match_id="m2")
        know(store, BETA, match_id="m1")
        store.upsert([ALPHA, BETA, quote("BookieGamma", event_id="3")], NOON)
        store.put_cache("c", b"x", NOON, 60)
        store.note("n", b"x", at(60))
        store.put_states([state(0)], NOON)
        store.sweep(KICKOFF + timedelta(days=1))
        left = {key.decode() for key in link.call("KEYS", "*")}
        revision = "xtr-revision" if store.describe()["documents"] == "hashes" else "xtr-revision:json"
        streams = {"xtr-THREE_WAY_upcoming_stream", "upcoming_three_way-matched_stream"}
        assert left - streams == {"xtr-index:version", revision, "xtr-streams"}

    def test_more_than_a_script_sweeps_is_swept_in_parts(self, store: RedisStore):
        for n in range(450):
            store.put_cache(f"c{n}", b"x", NOON, 60)
        assert store.sweep(at(60)) == 450

    def test_a_cache_is_gone_at_its_moment_swept_or_not(self, store: RedisStore):
        store.put_cache("ids", b"[1,2]", NOON, 60)
        assert [store.cache("ids", at(59)), store.cache("ids", at(60)), store.cache("no", NOON)] == [
            b"[1,2]", None, None,
        ]  # fmt: skip
        assert [store.sweep(at(59)), store.sweep(at(60))] == [0, 1]


class TestFacts:
    def test_notes_are_read_by_the_beginning_of_their_name(self, store: RedisStore):
        store.note("worker/b", b"2")
        store.note("worker/a", b"1")
        store.note("other", b"3")
        assert store.notes("worker/") == {"worker/a": b"1", "worker/b": b"2"}

    def test_a_note_without_an_end_stays(self, store: RedisStore):
        store.note("n", b"1", at(1))
        store.note("n", b"2")
        assert (store.sweep(at(99)), store.notes("")) == (0, {"n": b"2"})

    def test_it_says_which_server_it_is_on(self, store: RedisStore, server: str):
        told = store.describe()
        assert told["server"].split()[0] in ("Valkey", "Redis")
        assert told["address"] in server + "/0"
        assert told["documents"] in ("hashes", "JSON with Search indexes")

    def test_prefixes_and_tags_keep_apart(self, make_store: MakeStore, link: Link):
        store = make_store(Keys(prefix="LST", tag="{odds}"))
        know(store, ALPHA, BETA)
        store.upsert([ALPHA, BETA, quote("BookieGamma", event_id="3")], NOON)
        store.publish([Output(stream="{odds}jobs-0", fields={"n": "1"})], once="x")
        store.put_cache("c", b"x", NOON, 60)
        assert make_store().documents() == []
        assert {key for key in link.call("KEYS", "*") if not key.startswith(b"{odds}")} == {b"xtr-streams"}


GOALLESS = Score(0, 0)


def state(seconds: float, score: Score = GOALLESS, **changes: object) -> EventState:
    """Return what a provider says of ALPHA's match so many seconds after noon."""
    given = {
        "provider": "TheSports",
        "event_id": "y0or5jh8",
        "home": "Valencia",
        "away": "Rayo Vallecano",
        "kickoff": NOON,
        "status": "first_half",
        "minute": 7,
        "score": score,
        "score_since": at(seconds),
        "seen_at": at(seconds),
    }
    return EventState(**(given | changes))


class TestStates:
    @pytest.fixture(autouse=True)
    def known(self, store: RedisStore) -> None:
        event = Event(
            bookmaker="TheSports",
            event_id="y0or5jh8",
            home="Valencia",
            away="Rayo Vallecano",
            kickoff=NOON,
            source="live",
        )
        store.commit(DATA, (), NOON, [Assignment(event=event, match_id="m1")])

    def test_a_state_is_found_under_the_match_of_its_event(self, store: RedisStore):
        unknown = state(0, event_id="unknown")
        assert store.put_states([state(0), unknown], NOON) == 2
        kept = msgspec.structs.replace(state(0), match_id="m1")
        assert store.states() == {"m1": kept}
        assert (store.states(["m1", "m2"]), store.states(["m2"]), store.states([])) == ({"m1": kept}, {}, {})

    def test_a_state_goes_where_its_event_goes(self, store: RedisStore):
        store.put_states([state(0)], NOON)
        [known] = store.events()[1]
        store.commit(DATA, (), NOON, [Assignment(event=known.event, match_id="m0")])
        assert list(store.states()) == ["m0"]
        assert store.states(["m1"]) == {}

    def test_a_score_stands_since_it_was_first_seen(self, store: RedisStore):
        store.put_states([state(0)], NOON)
        store.put_states([state(60)], at(60))
        assert (store.states()["m1"].seen_at, store.states()["m1"].score_since) == (at(60), at(0))
        store.put_states([state(120, Score(1, 0))], at(120))
        store.put_states([state(180, Score(1, 0))], at(180))
        found = store.states()["m1"]
        assert (found.score, found.score_since, found.seen_at) == (Score(1, 0), at(120), at(180))

    def test_an_older_state_changes_nothing(self, store: RedisStore):
        store.put_states([state(60, Score(1, 0))], at(60))
        assert store.put_states([state(0), state(60)], at(60)) == 0
        assert store.states()["m1"] == msgspec.structs.replace(state(60, Score(1, 0)), match_id="m1")

    def test_a_state_of_a_clock_that_was_set_back_gives_way(self, store: RedisStore):
        ahead = datetime.now(UTC) + timedelta(hours=1)
        store.put_states([state(0, seen_at=ahead, score_since=ahead)], NOON)
        assert store.put_states([state(0)], NOON) == 1
        assert store.states()["m1"].seen_at == at(0)

    def test_more_states_than_a_script_takes_are_put_in_parts(self, store: RedisStore):
        assert store.put_states([state(0, event_id=str(n)) for n in range(450)], NOON) == 450

    def test_a_state_that_nobody_reports_is_over_after_an_hour(self, store: RedisStore, link: Link):
        store.put_states([state(0)], NOON)
        assert (store.sweep(at(3599)), list(store.states())) == (0, ["m1"])
        assert (store.sweep(at(3600)), store.states(), link.call("EXISTS", "xtr-states")) == (1, {}, 0)


def test_knowledge_is_kept_at_the_version_it_was_made_from_and_moves_it(store):
    assert store.knowledge("memory") is None
    moved = store.put_knowledge("memory", b"\x00one", store.version())
    assert (store.knowledge("memory"), store.version()) == (b"\x00one", moved)
    with pytest.raises(Conflict):
        store.put_knowledge("memory", b"two", moved - 1)
    assert store.knowledge("memory") == b"\x00one"
