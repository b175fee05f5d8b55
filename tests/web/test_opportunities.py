"""What stands, by the API: whole rows, filters, cursors, and what is said of a name that is none."""

import pytest


def ids(answer):
    return [one["id"] for one in answer.json["items"]]


def test_a_surebet_has_its_legs_and_what_it_returns(standing):
    answer = standing.get("/api/v1/surebets?source=upcoming")
    [row] = answer.json["items"]
    legs = [(leg["outcome"], leg["bookmaker"], leg["price"], leg["event_id"]) for leg in row["legs"]]
    assert legs == [("yes", "BookieAlpha", 2.1, "1"), ("no", "BookieBeta", 2.0, "2")]
    assert [leg["market"] for leg in row["legs"]] == ["btts", "btts"]
    assert sum(leg["share"] for leg in row["legs"]) == pytest.approx(1)
    assert row["profit"] == pytest.approx(1 / (1 / 2.1 + 1 / 2.0) - 1)
    assert (row["match_id"], row["home"], row["kind"], row["markets"]) == (
        "m1", "Valencia", "surebet", ["btts"],
    )  # fmt: skip
    assert all(leg["changed_at"] <= leg["seen_at"] for leg in row["legs"])
    assert answer.json["next"] is None


def test_parts_by_cursor_are_the_whole_list_best_first(standing):
    whole = standing.get("/api/v1/surebets").json["items"]
    first = standing.get("/api/v1/surebets?limit=1")
    rest = standing.get(f"/api/v1/surebets?limit=1&cursor={first.json['next']}")
    assert [*first.json["items"], *rest.json["items"]] == whole
    assert rest.json["next"] is None
    keys = [(bool(one["flags"]), -one["profit"]) for one in whole]
    assert keys == sorted(keys)
    assert len(whole) == 2


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("market=btts", ["m1", "m3"]),
        ("market=three_way", []),
        ("source=live", ["m3"]),
        ("bookmaker=bookiealpha&bookmaker=BookieBeta", ["m1"]),
        ("bookmaker=BookieAlpha", []),
        ("min_profit=0.1", ["m3"]),
        ("flagged=true", ["m3"]),
        ("flagged=false", ["m1"]),
    ],
)
def test_a_list_is_narrowed(standing, query, matches):
    found = standing.get(f"/api/v1/surebets?{query}").json["items"]
    assert sorted(one["match_id"] for one in found) == matches


def test_values_are_a_list_of_their_own(standing):
    assert standing.get("/api/v1/values").json == {"simulated": False, "items": [], "next": None}


def test_one_opportunity_and_its_proof_have_the_same_id_and_sum(standing):
    for name in ids(standing.get("/api/v1/surebets")):
        row = standing.get(f"/api/v1/opportunities/{name}").json
        proof = standing.get(f"/api/v1/explain/{name}").json
        assert proof["stands"]
        assert proof["arithmetic"]["book_sum"] == pytest.approx(row["book_sum"])
        assert [leg["price"] for leg in proof["legs"]] == [leg["price"] for leg in row["legs"]]
        assert proof["legs"][0]["origin"]["request"] == "GET /matches?page=1"


@pytest.mark.parametrize("path", ["/api/v1/opportunities/sbnone", "/api/v1/explain/sbnone"])
def test_an_id_that_is_none_is_not_found_and_says_what_there_is(standing, path):
    answer = standing.get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "'sbnone'; allowed: sb" in answer.json["detail"]
    assert (answer.json["title"], answer.json["status"], answer.json["instance"]) == ("Not Found", 404, path)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("market=bts", "unknown market 'bts'; allowed: three_way, btts, double_chance; did you mean 'btts'?"),
        ("source=now", "unknown source 'now'; allowed: live, upcoming"),
        ("bookmaker=BookieAlfa", "did you mean 'BookieAlpha'?"),
        ("limit=0", "limit: input should be greater than or equal to 1, not '0'"),
        ("min_profit=x", "min_profit: input should be a valid number"),
        ("cursor=%F0%9F%98%80", "cursor '😀' is none of this list; take `next` of an answer"),
        ("cursor=WyJ4Il0", "is none of this list"),
    ],
)
def test_a_value_that_is_none_is_refused_with_what_is_allowed(standing, query, says):
    answer = standing.get(f"/api/v1/surebets?{query}")
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert says in answer.json["detail"]


def test_an_answer_says_how_old_it_is_and_is_not_sent_twice(standing):
    first = standing.get("/api/v1/surebets")
    assert first.headers["x-data-status"] == "live"
    assert int(first.headers["x-data-age-ms"]) < 10_000
    again = standing.get("/api/v1/surebets", If_None_Match=first.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert standing.get("/api/v1/surebets", If_None_Match='"other"').status == 200
