"""What `document_json.lua` builds on: the JSON commands, on fakeredis and on a server that has them.

fakeredis has neither Search nor, as it is installed here, scripts: those are tried on the server alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import fakeredis
import pytest

from mispriced.backends.connection import Link
from tests.backends.servers import SERVERS

Call = Callable[..., Any]


@pytest.fixture(params=["fakeredis", pytest.param("json", marks=pytest.mark.engine)])
def call(request: pytest.FixtureRequest) -> Iterator[Call]:
    """Yield what sends a command to an empty server."""
    if request.param == "fakeredis":
        yield fakeredis.FakeRedis().execute_command
        return
    with SERVERS["json"]() as url:
        link = Link(url)
        link.call("FLUSHALL")
        yield link.call
        link.close()


def held(call: Call) -> Any:
    return json.loads(call("JSON.GET", "d", "$"))[0]


def test_merging_goes_into_objects_replaces_lists_and_removes_by_null(call: Call):
    call("JSON.SET", "d", "$", '{"event":{"A":"1","B":"2"},"legs":[1,2],"arbitrage":1}')
    call("JSON.MERGE", "d", "$", '{"event":{"A":null,"C":"3"},"legs":[3],"arbitrage":0}')
    assert held(call) == {"event": {"B": "2", "C": "3"}, "legs": [3], "arbitrage": 0}


@pytest.mark.parametrize("call", [pytest.param("json", marks=pytest.mark.engine)], indirect=True)
def test_a_null_for_what_is_not_there_adds_nothing(call: Call):
    # fakeredis adds a null; `document_json.lua` takes a null for nothing
    call("JSON.SET", "d", "$", '{"a":1}')
    call("JSON.MERGE", "d", "$", '{"b":null,"c":{"d":null}}')
    assert held(call) == {"a": 1, "c": {}}


def test_a_quote_that_is_merged_keeps_an_outcome_that_is_gone_and_one_that_is_set_does_not(call: Call):
    call("JSON.SET", "d", "$", '{"quotes":{}}')
    call("JSON.SET", "d", '$.quotes["A"]', '{"prices":{"1":2.3,"2":3.55}}')
    call("JSON.MERGE", "d", "$", '{"quotes":{"A":{"prices":{"1":2.4}}}}')
    assert held(call) == {"quotes": {"A": {"prices": {"1": 2.4, "2": 3.55}}}}
    call("JSON.SET", "d", '$.quotes["A"]', '{"prices":{"1":2.5}}')
    assert held(call) == {"quotes": {"A": {"prices": {"1": 2.5}}}}


def test_what_is_not_there_is_nothing_or_an_empty_list(call: Call):
    assert call("JSON.GET", "d", "$.market") is None
    call("JSON.SET", "d", "$", '{"event":{}}')
    assert json.loads(call("JSON.GET", "d", "$.market")) == []
    assert json.loads(call("JSON.GET", "d", '$.event["A"]')) == []


def test_a_moment_in_microseconds_and_a_price_keep_every_digit(call: Call):
    call("JSON.SET", "d", "$", '{"created":1778760000000001,"price":1.0101010101010102}')
    call("JSON.MERGE", "d", "$", '{"bookie_updated":1778760000000003}')
    assert held(call) == {
        "created": 1778760000000001, "price": 1.0101010101010102, "bookie_updated": 1778760000000003,
    }  # fmt: skip


def test_json_keeps_names_that_are_no_ascii(call: Call):
    call("JSON.SET", "d", "$", json.dumps({"teams": 'Bodø/Glimt - "Šibenik"\\\u2028'}))
    assert held(call) == {"teams": 'Bodø/Glimt - "Šibenik"\\\u2028'}
