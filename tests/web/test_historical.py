"""`/v4/historical` against the field list of The Odds API v4, from a record written by hand."""

from datetime import timedelta

import pytest

from tests.domain.quotes import KICKOFF, NOON, quote
from tests.history.test_read import after, quotes, write
from tests.web.conftest import site_on

WRAPPER = {"timestamp", "previous_timestamp", "next_timestamp", "data"}
EVENT = {"id", "sport_key", "sport_title", "commence_time", "home_team", "away_team"}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Yield a site whose record has a match with three changes, and one that had begun by then."""
    from tests.backends.servers import valkey

    place = tmp_path_factory.mktemp("record")
    begun = quote("BookieAlpha", event_id="7", seen_at=NOON, kickoff=after(30), home="Elche", away="Getafe")
    given = [
        ("m1", quote("BookieAlpha")),
        ("m2", begun),
        ("m1", quote("BookieBeta", seen_at=after(60), prices={"1": 2.4, "X": 3.3, "2": 3.4})),
        ("m1", quote("BookieAlpha", seen_at=after(120), prices={"1": 2.2, "X": 3.2, "2": 3.5})),
    ]
    write(place, "quotes-upcoming", quotes(*given))
    with valkey() as url, site_on(url, place) as found:
        yield found


def test_every_snapshot_is_reached_by_what_the_others_say(tmp_path):
    """Prices change within seconds; moments are told in whole ones."""
    from tests.backends.servers import valkey

    changes = [
        ("m1", quote("BookieAlpha", seen_at=after(second), prices={"1": price, "X": 3.2, "2": 3.5}))
        for second, price in ((0.25, 2.1), (3.4, 2.2), (3.9, 2.3), (8, 2.4))
    ]
    write(tmp_path, "quotes-upcoming", quotes(*changes))
    with valkey() as url, site_on(url, tmp_path) as site:
        forward: list[tuple[str, float]] = []
        back: list[tuple[str, float]] = []
        moment = stamp(1)
        while moment is not None and len(forward) < 9:
            found = asked_at(site, moment)
            forward.append((found["timestamp"], _home(found)))
            moment = found["next_timestamp"]
        moment = stamp(100)
        while moment is not None and len(back) < 9:
            found = asked_at(site, moment)
            back.append((found["timestamp"], _home(found)))
            moment = found["previous_timestamp"]
    assert forward == [(stamp(1), 2.1), (stamp(4), 2.3), (stamp(8), 2.4)]
    assert back == forward[::-1]


def asked_at(site, moment):
    return site.get(f"/v4/historical/sports/soccer/odds?date={moment}").json


def _home(found):
    return found["data"][0]["bookmakers"][0]["markets"][0]["outcomes"][0]["price"]


def stamp(seconds):
    return f"{after(seconds):%Y-%m-%dT%H:%M:%SZ}"


def asked(site, path, seconds):
    return site.get(f"/v4/historical/sports/soccer/{path}date={stamp(seconds)}")


def test_the_odds_of_a_moment_are_those_that_stood_then(recorded):
    answer = asked(recorded, "odds?regions=uk&", 90)
    found = answer.json
    assert found.keys() == WRAPPER
    assert (found["timestamp"], found["previous_timestamp"], found["next_timestamp"]) == (
        stamp(60), stamp(0), stamp(120),
    )  # fmt: skip
    [event] = found["data"]
    assert event.keys() == EVENT | {"bookmakers", "x_simulated"}
    assert (event["id"], event["commence_time"]) == ("m1", f"{KICKOFF:%Y-%m-%dT%H:%M:%SZ}")
    home = {
        book["key"]: (book["markets"][0]["outcomes"][0]["price"], book["last_update"])
        for book in event["bookmakers"]
    }
    first = quote().prices["1"]
    assert home == {"bookiealpha": (first, stamp(0)), "bookiebeta": (2.4, stamp(60))}
    assert (answer.headers["x-requests-last"], answer.headers["x-requests-remaining"]) == ("10", "1000000000")


def test_a_later_moment_has_the_later_price_and_no_next(recorded):
    found = asked(recorded, "odds?bookmakers=BookieAlpha&", 500).json
    assert (found["timestamp"], found["next_timestamp"]) == (stamp(120), None)
    [book] = found["data"][0]["bookmakers"]
    assert [one["price"] for one in book["markets"][0]["outcomes"]] == [2.2, 3.2, 3.5]


def test_events_and_one_events_odds_are_wrapped_alike(recorded):
    events = asked(recorded, "events?", 10).json
    assert sorted(one["id"] for one in events["data"]) == ["m1", "m2"]
    assert all(one.keys() == EVENT for one in events["data"])
    one = asked(recorded, "events/m1/odds?markets=h2h&", 90).json
    assert (one.keys(), one["data"]["id"], len(one["data"]["bookmakers"])) == (WRAPPER, "m1", 2)


@pytest.mark.parametrize(
    ("path", "seconds", "status", "says"),
    [
        ("odds?", -60, 404, f"nothing is recorded up to {NOON - timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}"),
        ("events/m9/odds?", 90, 404, "unknown event 'm9'; allowed: m1"),
        ("odds?markets=h3h&", 90, 422, "unknown market 'h3h'"),
    ],
)
def test_what_is_not_recorded_is_said(recorded, path, seconds, status, says):
    answer = asked(recorded, path, seconds)
    assert answer.status == status
    assert answer.json["message"].startswith(says)
    assert recorded.get("/v4/historical/sports/soccer/odds").status == 422
