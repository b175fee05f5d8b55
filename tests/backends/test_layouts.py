"""Which layout a server gets, and what a document is that is JSON."""

from __future__ import annotations

from typing import Final

import pytest

from mispriced.backends.connection import Link
from mispriced.backends.keys import Keys
from mispriced.backends.layouts import HASHES, JSON, KEPT_HASHES, Layout, layout_of
from mispriced.backends.redis import RedisStore
from mispriced.domain.model import decode_quote
from mispriced.errors import Misconfigured
from tests.backends.raw import fields
from tests.backends.servers import on_json
from tests.backends.test_store_contract import ALPHA, DOCUMENT, know
from tests.domain.quotes import NOON

MODULES: Final = "# Modules\r\nmodule:name=search,ver=21005,api=1\r\nmodule:name=ReJSON,ver=20803,api=1\r\n"


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


@on_json
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


@on_json
def test_a_server_that_lays_documents_out_in_another_way_ends_the_worker(store: RedisStore, link: Link):
    know(store, ALPHA)
    link.call("FLUSHALL")
    link.call("INCR", "xtr-revision")
    store.close()  # the next use connects anew
    with pytest.raises(
        Misconfigured, match=r"were JSON with Search indexes and are hashes.* now: start again"
    ):
        store.upsert([ALPHA], NOON)


@on_json
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
