"""Entries of an event stream become documents: from the page's quotes, and by asking for the others."""

from __future__ import annotations

import threading

import msgspec
import pytest

from mispriced.backends.keys import Keys
from mispriced.bookmakers import find
from mispriced.cli.clock import VirtualClock
from mispriced.errors import Usage
from mispriced.exchange import Payload, Refusal
from mispriced.messages import Message, Output, Subscription
from mispriced.pipeline.eventstream import EventStream, event_fields
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.match import Match
from mispriced.pipeline.run import Consumer
from mispriced.simulator import wire
from tests.domain.quotes import NOON, quote

DELTA = find("BookieDelta")
READ = Keys().event_stream("BookieDelta", "btts", "upcoming", "0")
NOTE = "extraction/BookieDelta/upcoming/btts/0/events"


def offer(number, prices=None):
    return quote(
        "BookieDelta",
        prices or {"yes": 1.8, "no": 1.95},
        market="btts",
        event_id=str(number),
        home=f"Home {number}",
        away=f"Away {number}",
        competition="LaLiga",
        country="Spain",
        refs={"betradar": str(number)},
    )


class Site:
    """Answers `markets` calls for what it offers; `refusal` instead where it is set."""

    def __init__(self, *offers):
        self.offers = {one.event_id: one for one in offers}
        self.asked = []
        self.refusal = None

    async def fetch(self, site, request):
        ids = request.params["games"].split(",")
        self.asked.append((site, request.path, request.params["markets"], len(ids)))
        if self.refusal:
            return Refusal(request=request, outcome=self.refusal, reason="closed")
        offered = [self.offers[one] for one in ids if one in self.offers]
        return Payload.of(request, msgspec.json.encode(wire.delta_markets(offered)), NOON)


@pytest.fixture
def make(store, request):
    """Return what makes stages over a site; they are closed at the end."""

    def made(site, landed=None):
        stage = EventStream(
            store, VirtualClock(NOON), lambda: site, DELTA, "btts", "upcoming", "0", landed=landed
        )
        request.addfinalizer(stage.close)
        return stage

    return made


def message(number, fields):
    as_read = {key: one.encode() if isinstance(one, str) else one for key, one in fields.items()}
    return Message(stream=READ.streams[0], id=f"{number}-0", fields=as_read)


def plain(one):
    return (one.event_id, one.refs, one.home, one.away, one.kickoff, one.country, one.prices)


def test_the_pages_quote_is_taken_and_the_site_is_not_asked(make):
    site, given = Site(), offer(1)
    handled = make(site).handle([message(1, event_fields(given.event, given))])
    assert [one.quotes for one in handled.effects] == [(given,)]
    assert site.asked == []


def test_the_others_are_asked_for_together_twenty_a_call_and_once_each(make, store):
    offers = [offer(number) for number in range(1, 46)]
    site = Site(*offers)
    landed: list[Extraction] = []
    messages = [message(place, event_fields(one.event)) for place, one in enumerate([*offers, offers[0]])]
    handled = make(site, landed.append).handle(messages)
    assert sorted(site.asked) == [
        ("BookieDelta/upcoming", "/api/games/markets", "43", size) for size in (5, 20, 20)
    ]
    found = [plain(one) for effects in handled.effects for one in effects.quotes]
    assert sorted(found) == sorted(plain(one) for one in offers)
    assert [one.message for one in handled.effects] == messages
    report = msgspec.json.decode(store.notes(NOTE)[NOTE], type=Extraction)
    assert landed == [report]
    assert (report.requests, report.outcomes, report.quotes, report.last_good) == (3, {"ok": 3}, 45, NOON)


def test_an_event_without_odds_and_a_site_that_refuses_cost_no_acknowledgement(make, store):
    site = Site()
    site.refusal = "blocked"
    messages = [message(1, event_fields(offer(1).event))]
    handled = make(site).handle(messages)
    assert [(one.message, one.quotes) for one in handled.effects] == [(messages[0], ())]
    report = msgspec.json.decode(store.notes(NOTE)[NOTE], type=Extraction)
    assert (report.outcomes, report.last_good) == ({"blocked": 1}, None)


GOOD = event_fields(offer(1).event, offer(1))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_id": None}, "field event_id is missing"),
        ({"home": b"\xff"}, "field home is not UTF-8"),
        ({"home": ""}, "home"),
        ({"kickoff": "soon"}, "kickoff|ISO|RFC3339|datetime"),
        ({"kickoff": "2026-05-14T17:00:00"}, "UTC"),
        ({"refs": "[1]"}, "Expected `object`"),
        ({"quote": "{}"}, "missing required field"),
        ({"quote": msgspec.json.encode(offer(2))}, "must be btts of BookieDelta/upcoming/1"),
        ({"quote": msgspec.json.encode(quote(event_id="1"))}, "quote is three_way of BookieAlpha"),
        ({"competition": "x" * 20_001}, "field competition has 20001 bytes, at most 20000"),
    ],
)
def test_what_is_no_event_is_poison_with_its_reason_and_costs_nobody_else(make, changes, reason):
    broken = {key: one for key, one in {**GOOD, **changes}.items() if one is not None}
    handled = make(Site()).handle([message(1, broken), message(2, GOOD)])
    assert [one.message.id for one in handled.effects] == ["2-0"]
    assert handled.poison.keys() == {message(1, broken).place}
    with pytest.raises(ValueError, match=reason):
        raise ValueError(handled.poison[message(1, broken).place])


def test_entries_reach_the_documents_new_ones_by_the_match_worker_and_known_ones_by_merge(make, open_store):
    writer, clock, stop = open_store(), VirtualClock(NOON), threading.Event()
    known = quote("BookieAlpha", {"yes": 1.9, "no": 1.9}, market="btts", home="Home 1", away="Away 1",
                  refs={"betradar": "1"})  # fmt: skip
    writer.upsert([known], NOON)
    carried, asked = offer(1), offer(2)
    stage = Consumer(open_store(), READ, make(Site(asked)), clock, stop, batch_timeout_s=0)
    matching = Subscription(streams=(writer.data_stream("btts", "upcoming"),), group="match", consumer="m")
    match = Consumer(open_store(), matching, Match(open_store(), clock), clock, stop, batch_timeout_s=0)

    def put(*entries):
        writer.publish([Output(stream=READ.streams[0], fields=one) for one in entries])
        stage.turn(0)
        match.turn(0)

    put(event_fields(carried.event, carried), event_fields(asked.event))
    documents = {tuple(sorted(one.quotes)) for one in writer.documents()}
    assert documents == {("BookieAlpha", "BookieDelta"), ("BookieDelta",)}
    moved = msgspec.structs.replace(offer(1, {"yes": 2.2, "no": 1.7}), seen_at=NOON.replace(second=1))
    clock.move_to(NOON.replace(second=1))
    put(event_fields(moved.event, moved))
    merged = next(one for one in writer.documents() if "BookieAlpha" in one.quotes)
    assert merged.quotes["BookieDelta"].prices == {"yes": 2.2, "no": 1.7}
    [left] = [one for one in writer.backlog() if one.stream == READ.streams[0]]
    assert (left.group, left.unread, left.pending) == ("bookiedelta_BTTS-upcoming-0_consumer_group", 0, 0)


def test_a_bookmaker_that_does_not_answer_by_id_has_no_event_stream(store):
    with pytest.raises(Usage, match="BookieGamma does not answer by event id"):
        EventStream(store, VirtualClock(NOON), Site, find("BookieGamma"), "btts", "upcoming", "0")
