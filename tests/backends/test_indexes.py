"""The Search indexes on a server that has Search: their fields, and what is found by them."""

from __future__ import annotations

from typing import Final

import pytest

from mispriced.backends.connection import Link, named
from mispriced.backends.redis import RedisStore
from tests.backends.servers import on_json
from tests.backends.test_store_contract import BETA, DOCUMENT, after, at, know, opportunity, verdict
from tests.domain.quotes import NOON, quote

pytestmark = on_json
INDEX: Final = "idx:xtr3way_upcoming"


def search(link: Link, query: str, index: str = INDEX) -> list[str]:
    """Return the keys of the documents that a query finds."""
    count, *keys = link.call("FT.SEARCH", index, query, "NOCONTENT", "DIALECT", 2)
    assert count == len(keys)
    return sorted(key.decode() for key in keys)


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
