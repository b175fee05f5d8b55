"""The live stream over real connections: snapshot, changes, resume, slow clients, a restart."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from mispriced.web import hub
from mispriced.web.frames import chunk
from tests.domain.quotes import quote
from tests.web.conftest import SPAIN, judge_all, now, site_on, until
from tests.web.listening import Listener

FLOOD = chunk(b'event: flood\ndata: "%b"\n\n' % (b"x" * (24 << 20)))  # more than a connection holds


def put(store, bookmaker="BookieBeta", prices=None, seconds=1, **changes):
    """Let a bookmaker's quote of the first match be seen a little later, and judge the documents."""
    given = {"event_id": "2", "market": "btts", **SPAIN, **changes}
    prices = {"yes": 1.9, "no": 2.05} if prices is None else prices
    before = next(one for one in store.documents() if one.match_id == "m1" and one.market == "btts")
    at = before.quotes[bookmaker].seen_at + timedelta(seconds=seconds)
    kickoff = before.quotes[bookmaker].kickoff
    store.upsert([quote(bookmaker, prices, seen_at=at, kickoff=kickoff, **given)], at)
    judge_all(store, now())


def test_a_client_begins_with_everything_that_stands(site):
    with Listener(site, "match_id=m1") as client:
        assert (client.status, client.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert "default-src 'none'" in client.headers["content-security-policy"]
        first = client.one()
    assert first.kind == "snapshot"
    assert first.data["opportunities"] == site.get("/api/v1/surebets").json["items"]
    assert first.data["offers"] == site.get("/api/v1/odds?match_id=m1").json["items"]
    assert [one["match_id"] for one in first.data["states"]] == ["m3"]
    assert (first.data["status"], first.data["simulated"]) == ("live", False)


def test_a_changed_price_changes_the_opportunity_and_a_worse_one_closes_it(site, store):
    with Listener(site) as client:
        [row] = [one for one in client.one().data["opportunities"] if one["match_id"] == "m1"]
        put(store)
        odds = client.read("odds")[-1]
        assert [(one["bookmaker"], one["prices"]) for one in odds.data] == [
            ("BookieBeta", {"yes": 1.9, "no": 2.05})
        ]
        changed = client.read("opportunity.changed")[-1]
        assert [(one["id"], one["legs"][1]["price"]) for one in changed.data] == [(row["id"], 2.05)]
        put(store, prices={"yes": 1.9, "no": 1.8})
        closed = client.read("opportunity.closed")[-1]
        assert [one["id"] for one in closed.data] == [row["id"]]
        put(store, prices={"yes": 1.9, "no": 2.1})
        opened = client.read("opportunity.opened")[-1]
        assert [(one["id"], one["legs"][1]["price"]) for one in opened.data] == [(row["id"], 2.1)]


def test_a_closed_outcome_is_locked_and_seeing_again_is_no_change(site, store):
    with Listener(site) as client:
        client.one()
        put(store, prices={"yes": 1.9, "no": 2.0})
        seen = [one for one in client.read("opportunity.seen") if one.kind != "heartbeat"]
        assert [(one.kind, len(one.data[0]["seen_at"])) for one in seen] == [("opportunity.seen", 2)]
        put(store, prices={"yes": 1.9}, suspended=("no",))
        locked = client.read("locked-odds")[-1]
        assert [(one["bookmaker"], one["suspended"], one["prices"]) for one in locked.data] == [
            ("BookieBeta", ["no"], {"yes": 1.9})
        ]


def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(site, store):
    with Listener(site) as whole:
        with Listener(site) as client:
            start = client.one().id
        assert whole.one().id == start
        for price in (2.01, 2.02, 2.03):
            put(store, prices={"yes": 1.9, "no": price})
            whole.read("opportunity.changed")
        put(store, prices={"yes": 1.9, "no": 2.04})
        last = whole.read("opportunity.changed")[-1]
        with Listener(site, last_id=start) as back:
            missed = [one for one in back.read("heartbeat") if one.kind != "heartbeat"]
        prices = [one.data[0]["legs"][1]["price"] for one in missed if one.kind == "opportunity.changed"]
        assert prices == [2.01, 2.02, 2.03, 2.04]
        assert missed[-1].id == last.id
        with Listener(site, f"last_event_id={last.id}") as back:
            assert [one.kind for one in back.read("heartbeat")] == ["heartbeat"]


@pytest.mark.parametrize("last_id", ["", "nonsense", "0-0", "1-99999999999999999999", "-", "ü-1"])
def test_an_id_that_is_unknown_gets_a_snapshot(standing, last_id):
    with Listener(standing, f"last_event_id={last_id.replace('ü', '%C3%BC')}") as client:
        assert client.one().kind == "snapshot"


def test_after_a_restart_a_client_gets_a_new_snapshot(server, store):
    with site_on(server) as first, Listener(first) as client:
        old = client.one()
    assert client is not None
    with site_on(server) as second, Listener(second, last_id=old.id) as client:
        new = client.one()
    assert (new.kind, new.data["opportunities"]) == ("snapshot", old.data["opportunities"])
    assert new.id.partition("-")[0] != old.id.partition("-")[0]


@pytest.fixture
def lively(server, store, monkeypatch):
    """Yield a site whose heart beats five times a second."""
    monkeypatch.setattr(hub, "HEARTBEAT_S", 0.2)
    with site_on(server) as found:
        yield found


def test_a_client_chooses_kinds_and_matches(lively, store):
    queries = ("kinds=odds&match_id=m2", "kinds=odds&match_id=m1")
    with Listener(lively, queries[0]) as other, Listener(lively, queries[1]) as client:
        other.one(), client.one()
        put(store)
        assert [one.data[0]["match_id"] for one in client.read("odds") if one.kind == "odds"] == ["m1"]
        client.read("heartbeat")
        assert other.read("heartbeat")[0].kind == "heartbeat"


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("kinds=odd", 422, "did you mean 'odds'?"),
        ("match_id=m9", 404, "unknown match 'm9'; allowed: m3, m1, m2"),
        (f"match_id={','.join('m' * 51)}", 422, "51 matches are named, at most 50"),
    ],
)
def test_a_choice_that_is_none_is_refused(standing, query, status, says):
    answer = standing.get(f"/api/v1/stream?{query}")
    assert answer.status == status
    assert says in answer.json["detail"]
    assert standing.get("/api/v1/stream", "HEAD").status == 405


def test_a_client_of_http_1_0_is_served_too(standing):
    with Listener(standing, version="1.0") as client:
        assert "transfer-encoding" not in client.headers
        assert client.one().kind == "snapshot"


def test_a_client_that_never_reads_costs_others_nothing_and_gets_a_snapshot_when_it_does(
    lively, store, monkeypatch
):
    monkeypatch.setattr(hub, "MOST_WAITING", 0)
    with Listener(lively) as slow, Listener(lively) as quick:
        slow.one(), quick.one()
        [client] = [one for one in _clients(lively) if _address(one) == slow.address]
        lively.shown.loop.call_soon_threadsafe(client.transport.write, FLOOD)
        put(store)
        assert quick.read("odds")[-1].data[0]["prices"]["no"] == 2.05
        until(lambda: client.behind_since is not None)
        rows = {one["match_id"]: one for one in slow.read("snapshot")[-1].data["opportunities"]}
        assert rows["m1"]["legs"][1]["price"] == 2.05


def test_two_hundred_clients_are_let_go_whole_and_come_back_at_once(server, store):
    with site_on(server) as first:
        clients = [Listener(first) for _ in range(200)]
        [last] = {client.one().id for client in clients}
        assert len(first.shown.hub) == 200
    for client in clients:
        while client.one() is not None:
            pass
        client.__exit__()
    assert [client.is_cut for client in clients] == [False] * 200
    put(store)
    with site_on(server, port=first.port) as second:
        back = [Listener(second, last_id=last, is_answered=False) for _ in range(200)]
        for client in back:
            client.begin()
        found = [client.one() for client in back]
        assert [client.status for client in back] == [200] * 200
        assert len(second.shown.hub) == 200
    assert {one.kind for one in found} == {"snapshot"}
    [rows] = {json.dumps(one.data["opportunities"]) for one in found}
    assert [one["legs"][1]["price"] for one in json.loads(rows) if one["match_id"] == "m1"] == [2.05]
    for client in back:
        client.__exit__()


def _address(client):
    return client.transport.get_extra_info("peername")


def _clients(site):
    return [one for clients in site.shown.hub._clients.values() for one in clients]
