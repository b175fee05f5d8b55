"""Answers that no honest site gives: each ends in a typed outcome, costs what is broken, invents nothing."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bookmakers.sites import SITES, TEAMS, WITH_PRICES, WITH_TEAMS, Site, at, found, put

FIRST, *OTHERS = TEAMS
DEEP = 100_000
ERROR_BODIES = [
    b'{"error": "unauthorized"}',
    b'{"message": "not found", "code": 404}',
    b'{"status_code": 500, "status_description": "ERROR", "data": null}',
    b'{"Status": {"StatusCode": 500}, "Contents": {"Events": []}}',
    b"null",
    b"true",
    b"1",
    b'"maintenance"',
    b"<!DOCTYPE html><html><head><title>Challenge Validation</title></head></html>",
    b"",
    b"  \n",
    b"\x00",
    b"\xff\xfe[\x00]\x00",
    b"[" * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
]
NO_PRICES = [
    '"1,85"',
    '"11/8"',
    "null",
    "true",
    "false",
    "[]",
    "{}",
    '""',
    '" 2.3"',
    '"2.3 "',
    '"-3"',
    '"1e2"',
]
NO_PRICES += ["NaN", "Infinity", "-Infinity", "1e999", "-3", "1001", '"NaN"', '"Infinity"']
NO_PRICES += [
    '"1e999"',
    '"1001"',
    '"٢.٣"',
    '"0x10"',
    '"1_0"',
    '"."',
    '"2.3.1"',
    "1e400",
    "[2.3]",
]
NO_OFFERS = ["0", "0.0", "1.0", "1", "0.5", '"0"', '"0.00"', '"1.00"', '"1"']  # what sites print without one
NO_NAMES: list[Any] = ["", "   ", "x" * 10_000, "Val\x00encia", None, 5, True, [], {}, ["Valencia"]]
NO_TIMES: list[Any] = [
    "2099-05-14T20:00:00Z", "2099-05-14 20:00:00", "2099-05-14T20:00:00", 1778778000000,
    "1778778000000", "1970-01-01T00:00:00Z", "1970-01-01 00:00:00", None, "",
    "tomorrow", "2026-13-45 20:00:00", "2026-05-14", [], {}, True, 0,
]  # fmt: skip
NO_IDS: list[Any] = [
    0,
    "",
    "0",
    None,
    -5,
    "abc",
    1.5,
    True,
    [],
    {},
    "61624652; DROP",
    10**30,
    "9" * 40,
    "١٢٣",
]
JUNK: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "2.30",
    "<script>alert(1)</script>",
    "\u202eabc",
    [],
    {},
    [[]],
]
CLOSED_BY = {
    ("BookieAlpha", "live"): ("odd_active", 0),
    ("BookieBeta", "upcoming"): ("Active", False),
    ("BookieGamma", "upcoming"): ("active", "0"),
    ("BookieGamma", "live"): ("status", -1),
    ("BookieDelta", "live"): ("status", "Closed"),
}

sites = pytest.mark.parametrize("site", SITES, ids=str)
priced = pytest.mark.parametrize("site", WITH_PRICES, ids=str)
with_teams = pytest.mark.parametrize("site", WITH_TEAMS, ids=str)


def first(site: Site, answer: Any) -> Any:
    rows = site.rows(answer)
    return rows[FIRST] if isinstance(rows, dict) else rows[0]


def broken(site: Site, path: tuple[Any, ...], value: Any) -> Any:
    """Return a sound answer with one field of its first event changed."""
    answer = site.answer()
    put(first(site, answer), path, value)
    return answer


def assert_costs_the_first_event_only(site: Site, answer: Any) -> None:
    sound = found(site.read(site.answer()))
    reading = site.read(answer)
    assert reading.outcome == "partial"
    assert [one.reason for one in reading.skipped if one.reason]
    assert all(one.item for one in reading.skipped)
    assert found(reading) == {event_id: sound[event_id] for event_id in OTHERS}


@sites
def test_a_sound_answer_is_read_whole(site):
    reading = site.read(site.answer())
    assert reading.skipped == ()
    assert reading.outcome == "ok"
    assert set(found(reading)) == set(TEAMS)


@sites
@pytest.mark.parametrize("body", ERROR_BODIES, ids=lambda body: repr(body[:24]))
def test_an_answer_of_another_kind_is_rejected_with_its_reason(site, body):
    reading = site.read(body)
    assert (reading.outcome, reading.quotes, reading.requests) == ("rejected", (), ())
    assert reading.skipped[0].reason
    assert len(reading.skipped[0].item) <= 200


def test_a_challenge_page_is_called_by_its_name():
    reading = SITES[0].read(ERROR_BODIES[8])
    assert reading.skipped[0].reason == "matches: an HTML page, not JSON"


@sites
def test_a_truncated_answer_is_rejected(site):
    body = json.dumps(site.answer()).encode()
    for end in range(1, len(body) - 1, max(len(body) // 60, 1)):
        reading = site.read(body[:end])
        assert (reading.outcome, reading.quotes, reading.requests) == ("rejected", (), ())


@sites
def test_a_byte_order_mark_is_dropped(site):
    body = json.dumps(site.answer()).encode()
    assert found(site.read(b"\xef\xbb\xbf" + body)) == found(site.read(body))


@with_teams
def test_bytes_that_are_no_utf8_cost_their_event(site):
    body = json.dumps(broken(site, site.home, "Deportivo Alav@s")).encode().replace(b"Alav@s", b"Alav\xe9s")
    assert_costs_the_first_event_only(site, body)


@with_teams
def test_a_raw_control_character_costs_its_event(site):
    body = json.dumps(broken(site, site.home, "Val@encia")).encode().replace(b"Val@encia", b"Val\x00encia")
    assert_costs_the_first_event_only(site, body)


@sites
def test_depth_inside_an_item_is_rejected_and_never_raises(site):
    answer = site.answer()
    rows = site.rows(answer)
    key = FIRST if isinstance(rows, dict) else 0
    rows[key] = "@@"
    body = json.dumps(answer).encode().replace(b'"@@"', b"[" * DEEP + b"]" * DEEP)
    assert site.read(body).outcome in ("rejected", "partial")


@priced
@pytest.mark.parametrize("printed", NO_PRICES)
def test_what_is_no_price_costs_its_quote(site, printed):
    body = json.dumps(broken(site, site.price, "@@")).replace('"@@"', printed).encode()
    reading = site.read(body)
    sound = found(site.read(site.answer()))
    assert reading.outcome == "partial"
    quotes = {one.event_id: one for one in reading.quotes}
    assert set(quotes) == set(OTHERS)
    assert {key: one for key, one in found(reading).items() if key in OTHERS} == {
        key: sound[key] for key in OTHERS
    }
    assert reading.skipped[0].item


@with_teams
@pytest.mark.parametrize("name", NO_NAMES, ids=lambda name: repr(name)[:12])
@pytest.mark.parametrize("side", ["home", "away"])
def test_what_is_no_name_costs_its_event(site, side, name):
    assert_costs_the_first_event_only(site, broken(site, getattr(site, side), name))


@with_teams
@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\u202eمكابي", "هاپوعل", 'O\'Higgins & Co "B2"', "🔥 FC"]
)
def test_a_strange_name_is_kept_as_it_is(site, name):
    [kept] = found(site.read(broken(site, site.home, f"  {name} ")))[FIRST][:1]
    assert kept.home == name


@with_teams
@pytest.mark.parametrize("time", NO_TIMES, ids=repr)
def test_what_is_no_kickoff_costs_its_event(site, time):
    assert_costs_the_first_event_only(site, broken(site, site.kickoff, time))


@pytest.mark.parametrize("site", [site for site in WITH_TEAMS if site.bookmaker == "BookieDelta"], ids=str)
def test_a_time_without_its_zone_is_refused_where_one_is_due(site):
    assert_costs_the_first_event_only(site, broken(site, site.kickoff, "2026-05-14T17:15:00"))


@pytest.mark.parametrize("site", [site for site in WITH_TEAMS if site.step in ("matches", "live")], ids=str)
def test_a_zone_is_refused_where_local_time_is_due(site):
    assert_costs_the_first_event_only(site, broken(site, site.kickoff, "2026-05-14T17:15:00Z"))


@with_teams
@pytest.mark.parametrize("event_id", NO_IDS, ids=repr)
def test_what_is_no_id_costs_its_event(site, event_id):
    assert_costs_the_first_event_only(site, broken(site, site.event_id, event_id))


@with_teams
def test_home_and_away_alike_cost_the_event(site):
    assert_costs_the_first_event_only(site, broken(site, site.home, TEAMS[FIRST][1]))


@with_teams
def test_an_id_with_other_teams_costs_both(site):
    answer = site.answer()
    rows = site.rows(answer)
    double = json.loads(json.dumps(rows[0]))
    put(double, site.home, "Getafe")
    rows.append(double)
    reading = site.read(answer)
    assert set(found(reading)) == set(OTHERS)
    assert f"event {FIRST} is listed with different teams" in [one.reason for one in reading.skipped]


@with_teams
def test_the_same_item_twice_is_one(site):
    answer = site.answer()
    site.rows(answer).append(site.rows(answer)[0])
    reading = site.read(answer)
    assert reading.skipped == ()
    assert found(reading) == found(site.read(site.answer()))


@pytest.mark.parametrize("site", [site for site in WITH_PRICES if site.home], ids=str)
def test_one_event_with_two_prices_costs_its_quote(site):
    answer = site.answer()
    double = json.loads(json.dumps(site.rows(answer)[0]))
    put(double, site.price, 9.5)
    site.rows(answer).append(double)
    reading = site.read(answer)
    assert {one.event_id for one in reading.quotes} == set(OTHERS)
    assert reading.skipped[0].reason == f"three_way of event {FIRST} is listed twice and differs"


@priced
def test_of_a_key_given_twice_the_last_counts_as_in_the_sites_own_page(site):
    key = site.price[-1]
    text = json.dumps(broken(site, site.price, "@@"))
    body = text.replace(f'"{key}": "@@"', f'"{key}": "9.50", "{key}": "2.75"').encode()
    reading = site.read(body)
    [quote] = [one for one in reading.quotes if one.event_id == FIRST]
    assert 2.75 in quote.prices.values()
    assert 9.5 not in quote.prices.values()


@priced
def test_a_missing_outcome_is_absent(site):
    answer = site.answer()
    del at(first(site, answer), site.outcomes)[0]
    reading = site.read(answer)
    assert reading.outcome == "ok"
    [quote] = [one for one in reading.quotes if one.event_id == FIRST]
    [whole] = [one for one in site.quotes() if one.event_id == FIRST]
    assert len(quote.prices) == len(whole.prices) - 1
    assert quote.prices.items() <= whole.prices.items()


@priced
@pytest.mark.parametrize("printed", NO_OFFERS)
def test_an_outcome_at_no_more_than_the_stake_is_closed_and_the_others_stay(site, printed):
    answer = json.dumps(broken(site, site.price, "@@")).replace('"@@"', printed).encode()
    reading = site.read(answer)
    assert reading.outcome == "ok"
    [quote] = [one for one in reading.quotes if one.event_id == FIRST]
    [whole] = [one for one in site.quotes() if one.event_id == FIRST]
    [closed] = set(whole.prices) - set(quote.prices)
    assert closed in quote.suspended
    assert quote.prices == {one: price for one, price in whole.prices.items() if one != closed}


@priced
def test_a_market_without_outcomes_is_no_quote(site):
    reading = site.read(broken(site, site.outcomes, []))
    assert reading.outcome == "ok"
    assert {one.event_id for one in reading.quotes} == set(OTHERS)


@priced
@pytest.mark.parametrize("word", ["3", "Any other", "", "<script>", "1 & over 2.5"])
def test_a_fourth_outcome_costs_the_quote(site, word):
    answer = site.answer()
    outcomes = at(first(site, answer), site.outcomes)
    fourth = json.loads(json.dumps(outcomes[0]))
    put(fourth, site.word[len(site.outcomes) + 1 :], word)
    outcomes.append(fourth)
    reading = site.read(answer)
    assert {one.event_id for one in reading.quotes} == set(OTHERS)
    assert f"unknown outcome {word!r}".lower() in reading.skipped[0].reason.lower()


@priced
def test_an_outcome_given_twice_costs_the_quote(site):
    answer = site.answer()
    outcomes = at(first(site, answer), site.outcomes)
    outcomes.append(json.loads(json.dumps(outcomes[0])))
    reading = site.read(answer)
    assert {one.event_id for one in reading.quotes} == set(OTHERS)
    assert "given twice" in reading.skipped[0].reason


@pytest.mark.parametrize(
    ("site", "path"),
    [
        pytest.param(site, getattr(site, role), id=f"{site}-{role}")
        for site in SITES
        for role in ("event_id", "home", "kickoff", "word", "price", "outcomes")
        if getattr(site, role)
    ],
)
def test_a_renamed_field_is_counted_and_a_sample_kept(site, path):
    answer = site.answer()
    for row in site.rows(answer).values() if isinstance(site.rows(answer), dict) else site.rows(answer):
        holder = at(row, path[:-1])
        holder[f"new_{path[-1]}"] = holder.pop(path[-1])
    reading = site.read(answer)
    assert (reading.outcome, reading.quotes) in (("rejected", ()), ("partial", ()))
    assert len(reading.skipped) >= len(TEAMS)
    assert all(one.reason and one.item for one in reading.skipped)


@pytest.mark.parametrize(
    ("site", "flag", "closed"),
    [
        pytest.param(site, *CLOSED_BY[site.bookmaker, site.source], id=str(site))
        for site in WITH_PRICES
        if (site.bookmaker, site.source) in CLOSED_BY
    ],
)
def test_flapping_between_open_and_closed_only_moves_outcomes(site, flag, closed):
    answer = site.answer()
    path = (*site.price[:-1], flag)
    assert at(first(site, answer), path) != closed
    put(first(site, answer), path, closed)
    put(first(site, answer), site.price, "0.00")  # what is printed for a closed outcome is not read
    for _ in range(3):
        [flapped] = [one for one in site.read(answer).quotes if one.event_id == FIRST]
        [steady] = [one for one in site.read(site.answer()).quotes if one.event_id == FIRST]
        [outcome] = flapped.suspended
        assert {**flapped.prices, outcome: steady.prices[outcome]} == steady.prices


@pytest.mark.parametrize(
    ("site", "flag", "closed"),
    [
        pytest.param(site, *CLOSED_BY[site.bookmaker, site.source], id=str(site))
        for site in WITH_PRICES
        if (site.bookmaker, site.source) in CLOSED_BY
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_closed_outcome_given_twice_costs_the_quote_too(site, flag, closed, times):
    answer = site.answer()
    outcomes = at(first(site, answer), site.outcomes)
    outcomes.append(json.loads(json.dumps(outcomes[0])))
    for one in outcomes[:1] + outcomes[-1:][: times - 1]:
        one[flag] = closed
    reading = site.read(answer)
    assert {one.event_id for one in reading.quotes} == set(OTHERS)
    assert len(reading.skipped) == 1


def paths_of(data: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything inside JSON-able data."""
    below: list[tuple[Any, Any]] = []
    if isinstance(data, dict):
        below = list(data.items())
    elif isinstance(data, list):
        below = list(enumerate(data))
    return [path for key, value in below for path in [(*way, key), *paths_of(value, (*way, key))]]


@sites
@settings(deadline=None)
@given(st.data())
def test_any_junk_in_an_item_leaves_the_others_as_they_are(site, data):
    answer = site.answer()
    sound = found(site.read(answer))
    item = first(site, answer)
    path = data.draw(st.sampled_from(paths_of(item)))
    put(item, path, data.draw(st.sampled_from(JUNK)))
    reading = site.read(answer)
    assert reading.outcome in ("ok", "partial")
    assert {key: one for key, one in found(reading).items() if key in OTHERS} == {
        key: sound[key] for key in OTHERS
    }


@sites
@settings(deadline=None)
@given(st.data())
def test_junk_around_the_items_invents_nothing(site, data):
    answer = site.answer()
    sound = found(site.read(answer))
    around = [path for path in paths_of(answer) if len(path) <= len(site.items) + 1]
    path = data.draw(st.sampled_from(around))
    put(answer, path, data.draw(st.sampled_from(JUNK)))
    reading = site.read(answer)
    assert reading.outcome in ("ok", "partial", "empty", "rejected")
    assert found(reading).items() <= sound.items()


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": ' + b"1" * 2_000_000,
        b'{"data": ' + b"-" * 2_000_000,
        b'{"data": "' + b'\\"' * 1_000_000,
        b'{"data": "' + b'\\"' * 1_000_000 + b"\\",
        b'{"data": ' + b"1e" * 1_000_000,
        b'{"data": ' + b"1." * 1_000_000,
        b'{"data": ' + b"NaN" * 700_000,
        b"\x00" * 2_000_000,
    ],
    ids=lambda body: repr(body[-8:]),
)
def test_two_megabytes_of_no_json_are_rejected(body):
    assert SITES[0].read(body).outcome == "rejected"


@sites
@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_rejected_or_empty(site, body):
    reading = site.read(body)
    assert (reading.quotes, reading.requests) == ((), ())
