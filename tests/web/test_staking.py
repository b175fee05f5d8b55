"""Stakes by the API are those of `mispriced stakes`."""

import pytest

from tests.cli.commands import Asked, run_many

ASKED = {
    "": "",
    "total=1000&increment=10": "--total 1000 --increment 10",
    "total=5000&commission=2.5&tax=kenya": "--total 5000 --commission 2.5 --tax kenya",
    "fixed=yes%3D300&total=900&towards=no": "--fixed yes=300 --total 900 --towards no",
    "tax=none": "--tax none",
}
LEGS = "--leg BookieAlpha:btts:yes=2.1 --leg BookieBeta:btts:no=2.0"


@pytest.fixture(scope="module")
def surebet(standing):
    [found] = standing.get("/api/v1/surebets?source=upcoming").json["items"]
    return found["id"]


@pytest.fixture(scope="module")
def said():
    commands = [Asked(["stakes", *f"{LEGS} {words} --json".split()]) for words in ASKED.values()]
    return dict(zip(ASKED, [one.json for one in run_many(commands)], strict=True))


@pytest.mark.parametrize("query", ASKED)
def test_stakes_are_those_of_the_command(standing, surebet, said, query):
    assert standing.get(f"/api/v1/stakes/{surebet}?{query}").json == said[query]


def test_a_surebet_says_what_stakes_of_a_usual_total_leave(standing, said):
    [row] = standing.get("/api/v1/surebets?source=upcoming").json["items"]
    worst = float(said[""]["guaranteed"]) / float(said[""]["cost"])
    assert row["after_rounding"] == pytest.approx(worst, rel=1e-12)
    assert row["after_rounding"] <= row["profit"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("total=-5", 422, "total is -5, must be greater than 0 and of at most two decimals"),
        ("commission=101", 422, "commission is 101, must be 0 to 100 per cent"),
        ("commission=x", 422, "commission is 'x', must be a number"),
        ("tax=kenia", 422, "unknown tax 'kenia'; allowed: none, kenya; did you mean 'kenya'?"),
        ("fixed=X%3D5", 422, "fixed: unknown outcome 'X'; allowed: yes, no"),
    ],
)
def test_what_cannot_be_staked_is_refused_with_the_value(standing, surebet, query, status, says):
    answer = standing.get(f"/api/v1/stakes/{surebet}?{query}")
    assert (answer.status, answer.json["detail"]) == (status, says)
    assert standing.get("/api/v1/stakes/sbnone").status == 404
