"""`/v4` against the field list of The Odds API v4, and an existing client of it used as it is.

Source: the public documentation of The Odds API v4: get-sports, get-odds, get-scores, get-events,
get-event-odds, and its list of error codes. The list below is its, not made from our code.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from the_odds_api_sdk import OddsAPIClient
from the_odds_api_sdk.exceptions import OddsAPIAuthError, OddsAPINotFoundError

from tests.web.conftest import MARKUP, TOKEN, site_on

SPORT = {"key": str, "group": str, "title": str, "description": str, "active": bool, "has_outrights": bool}
EVENT = {
    "id": str, "sport_key": str, "sport_title": str, "commence_time": str, "home_team": str, "away_team": str,
}  # fmt: skip
ODDS = {**EVENT, "bookmakers": list}
BOOKMAKER = {"key": str, "title": str, "last_update": str, "markets": list}
MARKET = {"key": str, "last_update": str, "outcomes": list}
OUTCOME = {"name": str, "price": float}
SCORES = {**EVENT, "completed": bool, "scores": (list, type(None)), "last_update": (str, type(None))}
SCORE = {"name": str, "score": str}
QUOTA = {"x-requests-remaining", "x-requests-used", "x-requests-last"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

BULK = "/v4/sports/soccer/odds?regions=uk&markets=h2h,btts,double_chance"


@pytest.fixture(scope="module")
def strict(server):
    from mispriced.cli.stores import open_store
    from mispriced.settings.model import FreshnessSettings, Settings
    from tests.web.conftest import seed

    opened = open_store(server, Settings(freshness=FreshnessSettings(live_s=3000, upcoming_s=3000)))
    seed(opened)
    opened.close()
    with site_on(server, strict_v4=True) as found:
        yield found


def has_form(rows, form):
    """Say whether rows have these fields with these types, and no other."""
    return all(
        row.keys() == form.keys() and all(isinstance(row[name], kind) for name, kind in form.items())
        for row in rows
    )


def is_odds(events):
    books = [book for event in events for book in event["bookmakers"]]
    markets = [market for book in books for market in book["markets"]]
    outcomes = [outcome for market in markets for outcome in market["outcomes"]]
    moments = [one["commence_time"] for one in events] + [one["last_update"] for one in (*books, *markets)]
    assert books
    assert outcomes
    assert all(ISO.fullmatch(one) for one in moments)
    return (
        has_form(events, ODDS) and has_form(books, BOOKMAKER)
        and has_form(markets, MARKET) and has_form(outcomes, OUTCOME)
    )  # fmt: skip


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_route_has_the_fields_of_the_documentation_and_no_other(strict, slash):
    def ask(path):
        route, _, query = path.partition("?")
        answer = strict.get(f"{route}{slash}?{query}")
        assert answer.status == 200
        assert answer.headers.keys() >= QUOTA
        assert all(answer.headers[name].isdecimal() for name in QUOTA)
        return answer.json

    assert has_form(ask("/v4/sports?apiKey=x"), SPORT)
    assert is_odds(ask(BULK))
    assert is_odds([ask("/v4/sports/soccer_epl/events/m2/odds?regions=uk")])
    assert has_form(ask("/v4/sports/soccer/events?apiKey=x"), EVENT)
    scores = ask("/v4/sports/soccer/scores?apiKey=x")
    assert has_form(scores, SCORES)
    assert has_form([one for row in scores for one in row["scores"] or ()], SCORE)


def test_outcomes_are_team_names_and_draw(standing):
    events = {one["id"]: one for one in standing.get(BULK).json}
    named = {
        (event, book["key"], market["key"]): {one["name"]: one["price"] for one in market["outcomes"]}
        for event, row in events.items()
        for book in row["bookmakers"]
        for market in book["markets"]
    }
    assert named["m2", "bookiealpha", "h2h"] == {"Arsenal": 2.5, "Draw": 3.3, "Chelsea": 2.8}
    assert named["m2", "bookiegamma", "h2h"] == {"Arsenal": 2.4, "Draw": 3.4}
    assert named["m1", "bookiealpha", "btts"] == {"Yes": 2.1, "No": 1.65}
    assert named["m1", "bookiealpha", "double_chance"] == {
        "Valencia or Draw": 1.3, "Valencia or Rayo Vallecano": 1.4, "Draw or Rayo Vallecano": 1.9,
    }  # fmt: skip


def test_our_own_fields_begin_with_x(standing):
    [event] = standing.get("/v4/sports/soccer_epl/odds?regions=uk").json
    assert event.keys() - ODDS.keys() == {"x_simulated"}
    market = event["bookmakers"][0]["markets"][0]
    assert market.keys() - MARKET.keys() == {"x_source", "x_changed_at"}
    assert market["x_source"] == "upcoming"


def test_sport_keys_come_from_competitions(standing):
    sports = {one["key"]: one for one in standing.get("/v4/sports").json}
    assert set(sports) == {"soccer_epl", "soccer_spain_la_liga", "soccer_kenya_premier_league"}
    assert sports["soccer_epl"] == {
        "key": "soccer_epl", "group": "Soccer", "title": "EPL", "description": "England football",
        "active": True, "has_outrights": False,
    }  # fmt: skip
    every = standing.get("/v4/sports?all=true").json
    assert {one["key"] for one in every if one["active"]} == set(sports)
    assert {"soccer_germany_bundesliga"} <= {one["key"] for one in every if not one["active"]}
    assert standing.get("/v4/sports/soccer_germany_bundesliga/odds?regions=uk").json == []


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/v4/sports/upcoming/events", ["m3", "m1", "m2"]),
        ("/v4/sports/soccer_epl/events", ["m2"]),
        ("/v4/sports/soccer/events?eventIds=m1,m9", ["m1"]),
        ("/v4/sports/soccer/events?commenceTimeFrom=2099-01-01T00:00:00Z", []),
        ("/v4/sports/soccer/events?commenceTimeTo=2099-01-01T00:00:00Z", ["m3", "m1", "m2"]),
        ("/v4/sports/soccer/odds?bookmakers=bookiebeta&markets=btts", ["m3", "m1", "m2"]),
    ],
)
def test_matches_are_chosen_by_sport_time_and_id(standing, path, ids):
    assert [one["id"] for one in standing.get(path).json] == ids


def test_bookmakers_are_chosen(standing):
    events = standing.get("/v4/sports/soccer/odds?bookmakers=bookiebeta&markets=btts").json
    assert {book["key"] for one in events for book in one["bookmakers"]} == {"bookiebeta"}


def test_prices_and_moments_in_their_other_formats(standing):
    [event] = standing.get("/v4/sports/soccer_epl/odds?regions=uk&oddsFormat=american&dateFormat=unix").json
    prices = {one["name"]: one["price"] for one in event["bookmakers"][0]["markets"][0]["outcomes"]}
    assert prices == {"Arsenal": 150, "Draw": 230, "Chelsea": 180}
    [plain] = standing.get("/v4/sports/soccer_epl/odds?regions=uk").json
    assert event["commence_time"] == datetime.fromisoformat(plain["commence_time"]).timestamp()


def test_scores_are_text_and_null_before_the_match(standing):
    rows = {one["id"]: one for one in standing.get("/v4/sports/soccer/scores?daysFrom=1").json}
    assert rows["m3"]["scores"] == [{"name": MARKUP, "score": "1"}, {"name": "Gor Mahia", "score": "0"}]
    assert (rows["m3"]["completed"], rows["m3"]["x_status"]) == (False, "in_play")
    assert (rows["m1"]["scores"], rows["m1"]["last_update"], rows["m1"]["x_status"]) == (
        None,
        None,
        "not_started",
    )


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/v4/sports/soccer_elp/odds", 404, "did you mean 'soccer_epl'?"),
        ("/v4/sports/soccer/events/m9/odds", 404, "unknown event 'm9'; allowed: m3, m1, m2"),
        ("/v4/sports/soccer_epl/events/m1/odds", 404, "unknown event 'm1'; allowed: m2"),
        ("/v4/sports/soccer/odds?markets=h2h,spreads", 422, "unknown market 'spreads'; allowed: h2h, btts"),
        ("/v4/sports/soccer/odds?regions=uk,mars", 422, "unknown region 'mars'; allowed: us, us2"),
        ("/v4/sports/soccer/odds?bookmakers=bookiealfa", 422, "did you mean 'bookiealpha'?"),
        (
            "/v4/sports/soccer/odds?oddsFormat=uk",
            422,
            "unknown oddsFormat 'uk'; allowed: decimal",
        ),
        ("/v4/sports/soccer/odds?dateFormat=rfc", 422, "unknown dateFormat 'rfc'; allowed: iso, unix"),
        (
            "/v4/sports/soccer/odds?commenceTimeFrom=now",
            422,
            "input should be a valid date",
        ),
        ("/v4/sports/soccer/scores?daysFrom=4", 422, "input should be less than or equal to 3, not '4'"),
        ("/v4/leagues", 404, "nothing is at '/v4/leagues'"),
    ],
)
def test_a_mistake_is_told_as_a_message_and_nothing_else(standing, path, status, says):
    answer = standing.get(path)
    assert (answer.status, list(answer.json)) == (status, ["message"])
    assert says in answer.json["message"]


def test_strict_mode_asks_for_regions_or_bookmakers(strict):
    answer = strict.get("/v4/sports/soccer/odds")
    assert (answer.status, answer.json["message"]) == (422, "regions is missing, or bookmakers instead of it")


def test_a_client_package_is_used_as_it_is(standing):
    with standing_client(standing) as client:
        assert {one.key for one in client.get_sports()} >= {"soccer_epl", "soccer_spain_la_liga"}
        assert len(client.get_sports(all_sports=True)) > 30
        [event] = client.get_odds("soccer_epl", regions=["uk"], markets=["h2h"])
        assert (event.home_team, event.away_team, event.id) == ("Arsenal", "Chelsea", "m2")
        alpha, gamma = event.bookmakers
        assert {one.name: one.price for one in alpha.markets[0].outcomes} == {
            "Arsenal": 2.5, "Draw": 3.3, "Chelsea": 2.8,
        }  # fmt: skip
        assert alpha.last_update.utcoffset() == timedelta(0)
        assert gamma.title == "BookieGamma"
        assert [one.id for one in client.get_events("soccer_epl")] == ["m2"]
        [score] = client.get_scores("soccer_kenya_premier_league")
        assert [(one.name, one.score) for one in score.scores] == [(MARKUP, "1"), ("Gor Mahia", "0")]
        one = client.get_event_odds("soccer_epl", "m2", regions=["uk"], markets=["h2h"])
        assert one == event
        with pytest.raises(OddsAPINotFoundError, match="unknown sport"):
            client.get_odds("soccer_elp", regions=["uk"])


def test_a_client_package_gives_the_token_as_its_key(server):
    with site_on(server, token=TOKEN) as site:
        with standing_client(site, TOKEN) as client:
            assert isinstance(client.get_sports(), list)
        with (
            standing_client(site, "wrong") as client,
            pytest.raises(OddsAPIAuthError, match="token is wrong"),
        ):
            client.get_sports()


class standing_client:  # noqa: N801
    """The package's client at a site of ours: nothing but its base URL is another."""

    def __init__(self, site, key="none"):
        self._client = OddsAPIClient(api_key=key, base_url=f"{site.url}/v4/")

    def __enter__(self):
        return self._client

    def __exit__(self, *_):
        self._client.session.close()
