"""What each bookmaker is asked, step by step: requests, pages, days, batches."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mispriced.bookmakers import find
from mispriced.bookmakers.contract import ANY_DAY, read
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import Score
from mispriced.exchange import Job, Payload, Request
from mispriced.simulator import wire
from tests.bookmakers.sites import SITES, TEAMS, found, made, put
from tests.domain.quotes import quote

NIGHT = datetime(2026, 5, 14, 22, 30, tzinfo=UTC)  # 01:30 on the 15th in Nairobi
EVERY = tuple(MARKETS)


def job(bookmaker, source="upcoming", period=None, day=0, markets=EVERY, now=NIGHT):
    words = {number: word for word, number in find(bookmaker).periods.items()}
    return Job(
        bookmaker=bookmaker,
        markets=markets,
        source=source,
        period=period or words.get(day, "x"),
        day=day,
        now=now,
    )


def starts(bookmaker, **changes):
    return list(find(bookmaker).start(job(bookmaker, **changes)))


def reading_of(request, answer, wanted):
    return read(find(wanted.bookmaker), Payload.of(request, json.dumps(answer).encode(), NIGHT), wanted)


def delta(number, source="upcoming", **changes):
    return quote(
        "BookieDelta", event_id=str(number), source=source, refs={"betradar": str(number)}, **changes
    )


def test_alpha_asks_page_one_of_each_market():
    assert [str(request) for request in starts("BookieAlpha", day=2)] == [
        f"GET /v1/uo/matches?page=1&limit=100&tab=upcoming&sport_id=14&sort_id=2&esports=false"
        f"&period_id=2&sub_type_id={sub_type}"
        for sub_type in ("1", "29", "10")
    ]


def test_alpha_asks_live_in_the_live_list():
    [request] = starts("BookieAlpha", source="live", markets=("btts",))
    assert (request.step, str(request)) == (
        "live",
        "GET /v1/uo/matches?page=1&limit=100&sport=14&sort=1&sub_type_id=29",
    )


def pages(total, limit=100, page=1, asked_page="1"):
    [request] = starts("BookieAlpha", markets=("three_way",))
    request = msgspec.structs.replace(request, params={**request.params, "page": asked_page})
    answer = wire.alpha_matches([SITES[0].quotes()[0]], page=page, limit=limit, total=total)
    reading = reading_of(request, answer, job("BookieAlpha"))
    return reading, [(further.params["page"], further.params["limit"]) for further in reading.requests]


def test_alpha_pages_by_the_total_of_page_one():
    assert pages(832)[1] == [(str(page), "100") for page in range(2, 10)]
    assert pages(100)[1] == []
    assert pages(101)[1] == [("2", "100")]
    assert pages(0)[1] == []


def test_alpha_does_not_page_from_a_later_page():
    assert pages(832, page=2, asked_page="2")[1] == []


def test_alpha_pages_by_the_sites_limit_where_it_gives_less():
    assert pages(120, limit=50)[1] == [("2", "50"), ("3", "50")]


def test_alpha_asks_its_own_size_after_a_recording_of_one_match():
    assert pages(655, limit=1)[1] == [(str(page), "100") for page in range(2, 8)]


@pytest.mark.parametrize("total", ["many", None, -5, [], {}, 1.5, True, "1e9"])
def test_alpha_reads_one_page_when_the_total_is_garbage_and_says_so(total):
    [request] = starts("BookieAlpha", markets=("three_way",))
    answer = wire.alpha_matches(SITES[0].quotes())
    answer["meta"]["total"] = total
    reading = reading_of(request, answer, job("BookieAlpha"))
    assert reading.outcome == "partial"
    assert reading.requests == ()
    assert set(found(reading)) == set(TEAMS)
    assert "must be a number: one page is read" in reading.skipped[0].reason


@pytest.mark.parametrize("total", [3001, 999_999_999])
def test_alpha_reads_so_many_pages_of_an_absurd_total_and_says_so(total):
    reading, asked = pages(total)
    assert len(asked) == 29
    assert "30 are read" in reading.skipped[0].reason


def test_alpha_live_pages_too():
    [request] = starts("BookieAlpha", source="live", markets=("three_way",))
    answer = wire.alpha_live([SITES[1].quotes()[0]], total=150)
    reading = reading_of(request, answer, job("BookieAlpha", source="live"))
    assert [further.params["page"] for further in reading.requests] == ["2"]
    assert reading.requests[0].step == "live"


@pytest.mark.parametrize(
    "mark", [{"is_esport": True}, {"is_srl": 1}, {"sport_id": "28"}, {"competition_name": "LaLiga SRL"}]
)
@pytest.mark.parametrize("site", SITES[:2], ids=str)
def test_alpha_leaves_out_what_is_no_football_without_a_word(site, mark):
    answer = site.answer()
    answer["data"][0].update(mark)
    reading = site.read(answer)
    assert reading.skipped == ()
    assert set(found(reading)) == set(list(TEAMS)[1:])


@pytest.mark.parametrize("status", ["STOPPED", "BET_STOP", ""])
def test_alpha_live_prices_of_a_match_that_is_not_bet_on_are_suspended(status):
    answer = SITES[1].answer()
    answer["data"][0]["bet_status"] = status
    stopped = SITES[1].read(answer).quotes[0]
    assert (stopped.prices, stopped.suspended) == ({}, ("1", "X", "2"))


@pytest.mark.parametrize(
    ("site", "path", "closed"),
    [
        (SITES[1], ("odds", 0, "market_active"), 0),
        (SITES[1], ("odds", 0, "market_active"), "0"),
        (SITES[4], ("markets", 0, "status"), 0),
        (SITES[4], ("markets", 0, "status"), -1),
        (SITES[4], ("markets", 0, "status"), "0"),
        (SITES[7], ("markets", 0, "status"), "Closed"),
        (SITES[7], ("markets", 0, "status"), "Suspended"),
        (SITES[8], ("status",), "Closed"),
    ],
)
def test_a_closed_market_has_all_its_outcomes_suspended(site, path, closed):
    answer = site.answer()
    put(site.rows(answer)[0], path, closed)
    first, second, _ = site.read(answer).quotes
    assert (first.prices, first.suspended) == ({}, ("1", "X", "2"))
    assert (second.prices, second.suspended) == (site.quotes()[1].prices, ())


@pytest.mark.parametrize(
    ("site", "flag"),
    [
        (SITES[1], "odd_active"),
        (SITES[1], "market_active"),
        (SITES[3], "active"),
        (SITES[3], "status"),
        (SITES[4], "active"),
    ],
)
@pytest.mark.parametrize("closed", [0, "0"])
def test_a_closed_outcome_alone_is_suspended(site, flag, closed):
    answer = site.answer()
    put(site.rows(answer)[0], (*site.price[:-1], flag), closed)
    one = site.read(answer).quotes[0]
    assert (set(one.prices), one.suspended) == ({"X", "2"}, ("1",))


@pytest.mark.parametrize(
    "path", [("market_active",), ("odds", 0, "market_active"), ("odds", 0, "odd_active")]
)
def test_alpha_live_without_its_flags_is_never_taken_as_open(path):
    answer = SITES[1].answer()
    holder = answer["data"][0]["odds"][0]
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    reading = SITES[1].read(answer)
    assert (reading.outcome, len(reading.quotes)) == ("partial", 2)
    assert "missing required field" in reading.skipped[0].reason


def test_beta_asks_the_tree_then_every_football_tournament():
    [tree] = starts("BookieBeta", day=0)
    assert str(tree) == "GET /api/pregame/getPregameData?providerId=1&h24=false&lang=en&siteid=28"
    quotes = [
        quote("BookieBeta", competition="LaLiga", country="Spain"),
        quote("BookieBeta", event_id="2", competition="Premier League", country="England"),
        quote("BookieBeta", event_id="3", competition="LaLiga SRL", country="Spain"),
    ]
    answer = wire.beta_tournaments(quotes)
    answer["Sports"].append({"Id": 2, "Name": {"International": "Basketball"}, "Categories": [{"Id": 1}]})
    reading = reading_of(tree, answer, job("BookieBeta"))
    assert reading.skipped == ()
    assert [request.step for request in reading.requests] == ["events", "events"]
    assert str(reading.requests[0]) == "POST /api/Pregame/MarketsTreeEventsTable?lang=en&siteid=28"
    inner = [json.loads(request.json_body["data"]) for request in reading.requests]
    groups = {"groupName": None, "subGroupName": None}
    assert inner == [
        {"ProviderId": 1, "tournId": wire.beta_tournament(one), "filter": "24H", **groups}
        for one in quotes[:2]
    ]


def test_beta_asks_all_for_a_later_day():
    [tree] = starts("BookieBeta", day=1)
    reading = reading_of(tree, wire.beta_tournaments([quote("BookieBeta")]), job("BookieBeta", day=1))
    assert json.loads(reading.requests[0].json_body["data"])["filter"] == "All"


def test_beta_keeps_the_broken_tournament_from_the_others():
    [tree] = starts("BookieBeta")
    quotes = [quote("BookieBeta", event_id=str(n), country=f"C{n}", competition=f"T{n}") for n in (1, 2, 3)]
    answer = wire.beta_tournaments(quotes)
    categories = answer["Sports"][0]["Categories"]
    categories[0]["Tournaments"] = {"Id": 1}
    categories[1]["Tournaments"][0]["Id"] = "x"
    reading = reading_of(tree, answer, job("BookieBeta"))
    assert reading.outcome == "partial"
    assert len(reading.requests) == 1
    assert [one.reason for one in reading.skipped] == [
        "Expected `array`, got `object` - at `$.Tournaments`",
        "Expected `int`, got `str` - at `$.Id`",
    ]


def kickoffs(bookmaker, printed, step, day, hours):
    """Return which of events at these hours after midnight UTC of the 14th a job of a day keeps."""
    midnight = datetime(2026, 5, 14, tzinfo=UTC)
    quotes = [
        quote(bookmaker, event_id=str(hour), kickoff=midnight + timedelta(hours=hour), refs={})
        for hour in hours
    ]
    asked = Request(step=step, path="/", params={"pag_count": "50", "pag_min": "1"})
    reading = reading_of(asked, printed(quotes), job(bookmaker, day=day, period=None if day >= 0 else "2D"))
    assert reading.skipped == ()
    return [int(one.event_id) for one in reading.quotes]


# It is 22:30 UTC on the 14th, in Nairobi the 15th. Day 0 is 21:00 UTC of the 14th to 21:00 of the 15th.
@pytest.mark.parametrize(
    ("day", "kept"), [(1, [45, 68]), (2, [69]), (4, []), (ANY_DAY, [20, 21, 44, 45, 68, 69])]
)
def test_beta_keeps_the_kickoffs_of_the_nairobi_day(day, kept):
    assert kickoffs("BookieBeta", wire.beta_events, "events", day, [20, 21, 44, 45, 68, 69]) == kept


def test_beta_leaves_24h_to_the_sites_own_filter():
    assert kickoffs("BookieBeta", wire.beta_events, "events", 0, [20, 21, 44, 45, 69]) == [20, 21, 44, 45, 69]


@pytest.mark.parametrize(
    ("day", "kept"), [(0, [21, 44]), (1, [45, 68]), (2, [69]), (ANY_DAY, [20, 21, 44, 45, 68, 69])]
)
def test_delta_keeps_the_kickoffs_of_the_nairobi_day(day, kept):
    assert kickoffs("BookieDelta", wire.delta_games, "games", day, [20, 21, 44, 45, 68, 69]) == kept


@pytest.mark.parametrize("place", ["Info", "beside"])
def test_beta_reads_the_time_in_info_or_beside_it(place):
    site = SITES[2]
    answer = site.answer()
    for event in answer["Contents"]["Events"]:
        if place == "beside":
            event["DateOfMatch"] = event["Info"].pop("DateOfMatch")
    assert found(site.read(answer)) == found(site.read(site.answer()))


def test_gamma_asks_the_competitions_of_the_day_then_the_matches_of_each():
    [request] = starts("BookieGamma", day=1)
    assert (
        str(request)
        == "GET /sportsbook/v1?resource=sport&sport_id=soccer&sportsbook=sportsbook&day=2026-05-16"
    )
    quotes = [quote("BookieGamma", competition="LaLiga"), quote("BookieGamma", competition="LaLiga SRL")]
    reading = reading_of(request, wire.gamma_competitions(quotes), job("BookieGamma", day=1))
    competition = wire.gamma_competition(quotes[0])
    assert reading.skipped == ()
    assert [str(further) for further in reading.requests] == [
        f"GET /odi/sportsbook?resource=sportevents&platform=mobile&mode=1&sport_id=1&day=2026-05-16"
        f"&competition_id={competition}&sub_type_id={sub_type}"
        for sub_type in ("1", "29", "10")
    ]


def test_gamma_asks_live_once_a_market():
    assert [str(request) for request in starts("BookieGamma", source="live", markets=("btts",))] == [
        "GET /sportsbook/v1?resource=live&sport_id=soccer&sportsbook=sportsbook&sub_type_id=29"
    ]


@pytest.mark.parametrize("status", [500, "403", 0])
def test_gamma_rejects_its_own_error_status(status):
    answer = SITES[3].answer() | {"status_code": status}
    assert SITES[3].read(answer).outcome == "rejected"


def test_gamma_keeps_other_leagues_when_one_is_broken():
    site = SITES[3]
    answer = site.answer()
    answer["data"]["leagues"].insert(0, {"matches": None})
    reading = site.read(answer)
    assert (reading.outcome, len(reading.skipped)) == ("partial", 1)
    assert found(reading) == found(site.read(site.answer()))


def test_gamma_counts_a_market_that_has_neither_lines_nor_outcomes():
    answer = SITES[3].answer()
    del answer["data"]["leagues"][0]["matches"][0]["markets"][0]["lines"]
    assert SITES[3].read(answer).skipped[0].reason == "market 1 has neither lines nor outcomes"


def test_delta_asks_the_games_between_two_nairobi_midnights():
    [request] = starts("BookieDelta", day=1)
    assert str(request) == (
        "GET /api/upcoming/games?type=prematch&sportId=1&section=upcoming&markets_layout=multiple&o=startTime"
        "&pag_count=50&pag_min=1&from=1778878800&to=1778965199"
    )
    assert datetime.fromtimestamp(1778878800, UTC) == datetime(2026, 5, 15, 21, tzinfo=UTC)


def games(count, first=1, wanted=None, **changes):
    wanted = wanted or job("BookieDelta", day=ANY_DAY)
    [request] = starts("BookieDelta")
    request = msgspec.structs.replace(request, params={**request.params, "pag_min": str(first)})
    answer = wire.delta_games([delta(number) for number in range(1, count + 1)], **changes)
    return reading_of(request, answer, wanted)


def test_delta_pages_until_a_short_page():
    assert [one.params["pag_min"] for one in games(50).requests if one.step == "games"] == ["51"]
    assert [one.params["pag_min"] for one in games(50, first=51).requests if one.step == "games"] == ["101"]
    assert [one for one in games(49).requests if one.step == "games"] == []


def test_delta_stops_a_list_that_never_ends():
    reading = games(50, first=951)
    assert [one for one in reading.requests if one.step == "games"] == []
    assert "more than 1000 games" in reading.skipped[0].reason


def test_delta_asks_the_markets_that_the_list_leaves_out_twenty_games_a_call():
    requests = [one for one in games(45).requests if one.step == "markets"]
    assert [len(one.events) for one in requests] == [20, 20, 5]
    assert {one.params["markets"] for one in requests} == {"43,46"}
    assert requests[2].params["games"] == "41,42,43,44,45"
    assert [event.event_id for event in requests[2].events] == ["41", "42", "43", "44", "45"]


def test_delta_asks_each_game_for_the_markets_that_it_has_not_in_the_list():
    answer = wire.delta_games([delta(number) for number in (1, 2)])
    both = [delta(1), delta(1, market="btts", prices={"yes": 1.9, "no": 1.9})]
    whole = wire.delta_games(both, markets=("three_way", "btts"))
    [request] = starts("BookieDelta")
    reading = reading_of(request, [whole[0], answer[1]], job("BookieDelta", day=ANY_DAY))
    asked = {one.params["games"]: one.params["markets"] for one in reading.requests if one.step == "markets"}
    assert asked == {"1": "46", "2": "43,46"}


def test_delta_asks_nothing_more_when_the_list_has_it_all():
    assert games(5, wanted=job("BookieDelta", day=ANY_DAY, markets=("three_way",))).requests == ()


def test_delta_asks_three_way_too_when_the_list_has_none():
    [request] = games(5, wanted=job("BookieDelta", day=ANY_DAY), markets=()).requests
    assert request.params["markets"] == "10,43,46"


def test_delta_does_not_ask_for_games_of_another_day():
    assert games(5, wanted=job("BookieDelta", day=3)).requests == ()


def test_delta_asks_live_events_then_fifteen_a_call_and_market():
    [request] = starts("BookieDelta", source="live")
    assert str(request) == "GET /api/live/sports/1/events?limit=100&offset=0"
    quotes = [delta(number, source="live") for number in range(1, 18)]
    reading = reading_of(request, wire.delta_live_events(quotes), job("BookieDelta", source="live"))
    assert reading.quotes == ()
    assert [(one.params["type"], len(one.events)) for one in reading.requests] == [
        ("194", 15), ("138", 15), ("147", 15), ("194", 2), ("138", 2), ("147", 2),
    ]  # fmt: skip
    assert str(reading.requests[3]) == "GET /api/live/event/markets?sportId=1&eventId=16,17&type=194"


@pytest.mark.parametrize(("count", "more", "offset", "then"), [
    (100, True, "0", ["100"]), (100, False, "0", []), (3, True, "0", []), (100, True, "100", ["200"]),
    (100, True, "900", []),
])  # fmt: skip
def test_delta_pages_live_events_while_there_are_more(count, more, offset, then):
    [request] = starts("BookieDelta", source="live")
    request = msgspec.structs.replace(request, params={**request.params, "offset": offset})
    quotes = [delta(number, source="live") for number in range(1, count + 1)]
    reading = reading_of(request, wire.delta_live_events(quotes, more), job("BookieDelta", source="live"))
    assert [one.params["offset"] for one in reading.requests if one.step == "live_events"] == then
    assert (reading.outcome == "partial") == (offset == "900")


def test_delta_asks_markets_of_events_that_somebody_else_found():
    markets_of = find("BookieDelta").markets_of
    assert markets_of is not None
    events = [delta(1).event, delta(2, source="live").event, delta(3).event]
    assert [str(one) for one in markets_of(events, ("three_way", "btts"))] == [
        "GET /api/live/event/markets?sportId=1&eventId=2&type=194",
        "GET /api/live/event/markets?sportId=1&eventId=2&type=138",
        "GET /api/games/markets?games=1,3&markets=10,43",
    ]
    assert list(markets_of([], EVERY)) == []


@pytest.mark.parametrize("wrapper", ["marketsByGame", "data"])
def test_delta_reads_markets_inside_a_wrapper(wrapper):
    site = SITES[-1]
    assert found(site.read({wrapper: site.answer()})) == found(site.read(site.answer()))


@pytest.mark.parametrize("inner", [[], None, "x", {"a": 1}])
def test_delta_rejects_a_wrapper_around_something_else(inner):
    assert SITES[-1].read({"marketsByGame": inner}).outcome == "rejected"


def test_delta_skips_a_game_that_was_not_asked_for():
    answer = SITES[-1].answer()
    answer["999"] = answer["555"]
    reading = SITES[-1].read(answer)
    assert reading.skipped[0].reason == "markets: event 999 was not asked for"
    assert len(reading.quotes) == 3


@pytest.mark.parametrize(("home", "away"), [("Draw", "Ajax"), ("X", "Ajax"), ("2", "Ajax"), ("Ajax", "AJAX")])
def test_delta_live_skips_a_market_whose_outcomes_the_teams_do_not_tell_apart(home, away):
    one = delta(1, source="live", home=home, away=away)
    asked = Request(step="live_markets", path="/", events=(one.event,))
    reading = reading_of(asked, wire.delta_live_markets([one]), job("BookieDelta", source="live"))
    assert reading.quotes == ()
    assert "do not tell outcomes apart" in reading.skipped[0].reason


def test_delta_live_prices_are_no_newer_than_the_list_that_told_their_score():
    one = delta(1, source="live", score=Score(0, 0))
    wanted = job("BookieDelta", source="live")
    [first] = starts("BookieDelta", source="live")
    request = reading_of(first, wire.delta_live_events([one]), wanted).requests[0]
    later = NIGHT + timedelta(seconds=4)
    body = json.dumps(wire.delta_live_markets([one])).encode()
    [found] = read(find("BookieDelta"), Payload.of(request, body, later), wanted).quotes
    assert (found.score, found.seen_at) == (Score(0, 0), NIGHT)


@pytest.mark.parametrize("name", ["VALENCIA OR DRAW", "draw or valencia", " Valencia or draw ", "1 or X"])
def test_delta_live_reads_outcomes_by_their_names(name):
    one = delta(1, source="live", market="double_chance", prices={"1X": 1.33, "12": 1.39, "X2": 1.65})
    answer = wire.delta_live_markets([one])
    answer["markets"][0]["markets"][0]["selections"][0]["name"] = name
    answer["markets"][0]["markets"][0]["selections"].reverse()
    asked = Request(step="live_markets", path="/", events=(one.event,))
    [quote_read] = reading_of(asked, answer, job("BookieDelta", source="live")).quotes
    assert quote_read.prices == one.prices


@pytest.mark.parametrize(
    ("reference", "refs"), [(0, {}), (None, {}), ("0", {}), (71348330, {"betradar": "71348330"})]
)
def test_delta_has_a_reference_only_where_the_site_gives_one(reference, refs):
    answer = wire.delta_games([delta(1)])
    answer[0]["betradarId"] = reference
    asked = Request(step="games", path="/", params={"pag_count": "50", "pag_min": "1"})
    [one] = reading_of(asked, answer, job("BookieDelta", day=ANY_DAY)).quotes
    assert one.refs == refs


def test_a_score_is_read_where_it_is_one():
    for site in (SITES[1], SITES[4], SITES[6]):
        for text, wanted in (("4:2", "4:2"), ("-:-", "UNSET"), (None, "UNSET"), (7, "UNSET")):
            answer = site.answer()
            row = site.rows(answer)[0]
            if site.step == "live_events":
                home, _, away = str(text).partition(":")
                row["state"]["matchScore"] = {"home": home, "away": away}
            else:
                row["current_score"] = text
            one = found(site.read(answer))["61624652"][0]
            assert str(one.score) == wanted


def test_every_market_of_a_match_is_read_from_one_answer():
    for site in (SITES[0], SITES[2], SITES[4], SITES[7]):
        quotes = [made(site, "555", market) for market in MARKETS]
        reading = site.read(json.loads(json.dumps(site.printed(quotes))))
        assert {one.market: one.prices for one in reading.quotes} == {
            one.market: one.prices for one in quotes
        }
