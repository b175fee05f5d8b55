"""What is of its own where documents are JSON: how that is chosen, and what Search finds of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from mispriced.backends.connection import Link, named
from mispriced.backends.keys import Keys
from mispriced.backends.layouts import HASHES, JSON, KEPT_HASHES, Layout, layout_of
from mispriced.backends.redis import RedisStore
from mispriced.domain.model import decode_quote
from mispriced.errors import Misconfigured
from tests.backends.raw import fields
from tests.backends.servers import SERVERS
from tests.backends.test_store_contract import (
    ALPHA,
    BETA,
    DOCUMENT,
    after,
    at,
    know,
    opportunity,
    verdict,
)
from tests.domain.quotes import NOON, quote

INDEX: Final = "idx:xtr3way_upcoming"
MODULES: Final = "# Modules\r\nmodule:name=search,ver=21005,api=1\r\nmodule:name=ReJSON,ver=20803,api=1\r\n"


@pytest.fixture(scope="module", params=[pytest.param("json", marks=pytest.mark.engine)])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the address of a server with JSON and Search."""
    with SERVERS[request.param]() as url:
        yield url


def search(link: Link, query: str, index: str = INDEX) -> list[str]:
    """Return the keys of the documents that a query finds."""
    count, *keys = link.call("FT.SEARCH", index, query, "NOCONTENT", "DIALECT", 2)
    assert count == len(keys)
    return sorted(key.decode() for key in keys)


@pytest.mark.parametrize(
    ("modules", "has_hashes", "layout"),
    [
        (MODULES, False, JSON),
        (MODULES, True, KEPT_HASHES),
        (MODULES.replace("20803", "20400"), False, HASHES),  # no JSON.MERGE yet
        (MODULES.replace("ReJSON", "json"), False, HASHES),  # valkey-json has none
        (MODULES.replace("search", "bf"), False, HASHES),
        ("# Modules\r\n", False, HASHES),
    ],
    ids=["both", "hashes first", "old JSON", "another JSON", "no Search", "none"],
)
def test_json_is_chosen_where_the_server_has_both_modules_and_no_hashes(
    modules: str, has_hashes: bool, layout: Layout
):
    assert layout_of(modules, has_hashes) is layout


def test_a_prefix_that_began_with_hashes_keeps_them(store: RedisStore, link: Link, server: str):
    assert store.describe()["documents"] == "JSON with Search indexes"
    link.call("INCR", Keys(prefix="old").revision("hash"))
    old = RedisStore(server, Keys(prefix="old"))
    know(old, ALPHA)
    old.upsert([ALPHA], NOON)
    assert old.describe()["documents"] == "hashes, as this prefix began; the server has JSON and Search"
    assert link.call("TYPE", "matched_teams_old-THREE_WAY_upcoming_stream:m1") == b"hash"
    assert old.documents()[0].quotes == {"BookieAlpha": ALPHA}
    old.close()


def test_a_server_that_lays_documents_out_in_another_way_ends_the_worker(store: RedisStore, link: Link):
    know(store, ALPHA)
    link.call("FLUSHALL")
    link.call("INCR", "xtr-revision")
    store.close()  # the next use connects anew
    with pytest.raises(
        Misconfigured, match=r"were JSON with Search indexes and are hashes.* now: start again"
    ):
        store.upsert([ALPHA], NOON)


def test_the_indexes_have_the_names_and_fields_of_the_documents(store: RedisStore, link: Link):
    store.describe()
    assert sorted(name.decode() for name in link.call("FT._LIST")) == [
        "idx:xtr3way_live", "idx:xtr3way_upcoming", "idx:xtrbtts_live", "idx:xtrbtts_upcoming",
        "idx:xtrdouble_chance_live", "idx:xtrdouble_chance_upcoming",
    ]  # fmt: skip
    attributes = [named(one[:6]) for one in named(link.call("FT.INFO", INDEX))["attributes"]]
    assert {one["attribute"].decode(): one["type"].decode() for one in attributes} == {
        "BookieAlpha_id": "NUMERIC",
        "BookieBeta_id": "NUMERIC",
        "BookieGamma_id": "NUMERIC",
        "BookieDelta_eventID": "NUMERIC",
        "BookieAlpha_start_time": "TAG",
        "BookieAlpha_competition_name": "TAG",
        "bookmaker": "TAG",
        "arbitrage": "NUMERIC",
        "arb_updated": "NUMERIC",
        "created": "NUMERIC",
        "bookie_updated": "NUMERIC",
        "match_date": "TEXT",
    }


class TestSearch:
    DELTA = quote("BookieDelta", event_id="7", competition="La Liga - Spain, men")
    OTHER = quote("BookieAlpha", event_id="9", home="Getafe", away="Betis", competition="Serie-A")
    SECOND = "matched_teams_xtr-THREE_WAY_upcoming_stream:m2"

    @pytest.fixture(autouse=True)
    def known(self, store: RedisStore) -> None:
        alpha = quote("BookieAlpha", event_id="61624652", competition="La Liga - Spain, men")
        know(store, alpha, self.DELTA, BETA)
        know(store, self.OTHER, match_id="m2")
        store.upsert([alpha, self.DELTA, BETA], NOON)
        store.upsert([self.OTHER], at(60))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("*", [DOCUMENT, SECOND]),
            ("@BookieAlpha_id:[61624652 61624652]", [DOCUMENT]),
            ("@BookieAlpha_id:[9 9]", [SECOND]),
            ("@BookieBeta_id:[2 2]", [DOCUMENT]),
            ("@BookieDelta_eventID:[7 7]", [DOCUMENT]),
            ("@BookieDelta_eventID:[8 8]", []),
            ("@bookmaker:{BookieDelta}", [DOCUMENT]),
            ("@bookmaker:{BookieAlpha}", [DOCUMENT, SECOND]),
            (r"@BookieAlpha_competition_name:{Serie\-A}", [SECOND]),
            (r"@BookieAlpha_competition_name:{La\ Liga\ \-\ Spain\,\ men}", [DOCUMENT]),
            (r"@BookieAlpha_start_time:{2026\-05\-14T17\:00\:00Z}", [DOCUMENT, SECOND]),
            ('@match_date:"2026-05-14"', [DOCUMENT, SECOND]),
            ("@created:[1778760060000000 1778760060000000]", [SECOND]),
            ("@bookie_updated:[-inf (1778760060000000]", [DOCUMENT]),
            ("@arbitrage:[0 0]", [DOCUMENT, SECOND]),
            ("@arbitrage:[1 1]", []),
        ],
    )
    def test_a_document_is_found_by_every_field(self, link: Link, query: str, found: list[str]):
        assert search(link, query) == found

    def test_a_verdict_is_found_in_the_step_that_writes_it(self, store: RedisStore, link: Link):
        document = store.documents([DOCUMENT])[0]
        store.judge([verdict(document, opportunity(document), seconds=5)])
        assert search(link, "@arbitrage:[1 1]") == [DOCUMENT]
        assert search(link, "@arb_updated:[1778760005000000 1778760005000000]") == [DOCUMENT]
        store.upsert([after(9, self.DELTA, prices={"1": 3.0})], at(9))
        assert search(link, "@arbitrage:[1 1]") == []

    def test_an_id_that_is_no_number_takes_no_document_out_of_the_index(self, store: RedisStore, link: Link):
        gamma = quote("BookieGamma", event_id="sr:match:1")
        huge = quote("BookieBeta", event_id="9" * 16, market="btts", prices={"yes": 1.8, "no": 2.0})
        know(store, gamma, huge)
        store.upsert([gamma, huge], NOON)
        assert search(link, "@bookmaker:{BookieGamma}") == [DOCUMENT]
        assert search(link, "@BookieAlpha_id:[61624652 61624652]") == [DOCUMENT]
        assert search(link, "@BookieGamma_id:[-inf inf]") == []
        assert search(link, "@bookmaker:{BookieBeta}", "idx:xtrbtts_upcoming") != []

    def test_what_left_a_document_is_not_found_there(self, store: RedisStore, link: Link):
        know(store, self.DELTA, match_id="m2")
        assert search(link, "@BookieDelta_eventID:[7 7]") == [self.SECOND]
        store.sweep(at(7200))
        assert search(link, "*") == []


def test_a_document_is_one_json_with_numbers_where_the_index_has_numbers(store: RedisStore, link: Link):
    know(store, ALPHA)
    store.upsert([ALPHA], NOON)
    held = fields(link, DOCUMENT)
    assert decode_quote(held.pop("match_team_objects.BookieAlpha")) == ALPHA
    assert held == {
        "match_id": "m1",
        "market": "three_way",
        "source": "upcoming",
        "teams": "Valencia - Rayo Vallecano",
        "match_date": "2026-05-14",
        "start_time": "2026-05-14T17:00:00+00:00",
        "kickoff": "1778778000000000",
        "created": "1778760000000000",
        "bookie_updated": "1778760000000000",
        "revision": "1",
        "arbitrage": "0",
        "event.BookieAlpha": "BookieAlpha/upcoming/1",
        "changed_at.BookieAlpha": "1778760000000000",
        "ids.BookieAlpha": "1",
    }
