"""Odds of a match by company: whole at once, and row by row where one is broken."""

import pytest

from mispriced.livedata.forms import CompanyOdds, OddsChange, Row
from tests.livedata.api import SEEN, read, results, row

FIRST, SECOND = row("5"), row("4", 2.0)
ROWS = (Row(*FIRST), Row(*SECOND))


def test_a_companys_arrays_are_its_markets():
    tables = {"eu": [FIRST, SECOND], "asia": [FIRST], "bs": [SECOND], "cr": [SECOND, FIRST]}
    assert read("odds", results({"22": tables}), "m1").found == (
        CompanyOdds(
            company_id="22",
            money_line=ROWS,
            spread=ROWS[:1],
            over_under=ROWS[1:],
            corners=(ROWS[1], ROWS[0]),
        ),
    )


@pytest.mark.parametrize("nothing", [{}, [], {"2": {}}, {"2": {"eu": []}}])
def test_a_match_without_odds_is_empty(nothing):
    answer = read("odds", results(nothing), "m1")
    assert (answer.outcome, answer.found, answer.skipped) == ("empty", (), ())


@pytest.mark.parametrize(
    "broken", [FIRST[:5], [*FIRST[:2], None, *FIRST[3:]], [-1, *FIRST[1:]], {}, None, "x"]
)
def test_a_broken_row_costs_itself(broken):
    answer = read("odds", results({"2": {"eu": [FIRST, broken, SECOND], "bs": [FIRST]}}), "m1")
    assert answer.found == (CompanyOdds(company_id="2", money_line=ROWS, over_under=ROWS[:1]),)
    (skipped,) = answer.skipped
    assert skipped.reason.startswith("odds: company 2: 1 of 3 rows of eu: ")


def test_nan_in_a_row_costs_the_row():
    body = '{"code": 0, "results": {"2": {"eu": [[1, "4", NaN, 3.5, 4.0, 2, 0, "0-0"]]}}}'
    answer = read("odds", body, "m1")
    assert (answer.outcome, answer.found) == ("error", ())
    assert "1 of 1 rows of eu" in answer.reason


@pytest.mark.parametrize("tables", [[], None, {"eu": {}}, "x"])
def test_a_company_of_another_form_costs_itself(tables):
    answer = read("odds", results({"2": tables, "3": {"eu": [FIRST]}}), "m1")
    assert answer.found == (CompanyOdds(company_id="3", money_line=ROWS[:1]),)
    assert len(answer.skipped) == 1


def test_a_list_of_odds_is_no_answer():
    assert read("odds", results([FIRST]), "m1").outcome == "error"


def test_a_live_change_names_its_match():
    changes = [["m1", "asia", [SEEN, "12", "0.9,-0.25,0.95,0", 2], "1-0"]]
    assert read("odds_live", results({"2": changes})).found == (
        OddsChange(
            match_id="m1",
            company_id="2",
            market="spread",
            row=Row(SEEN, "12", 0.9, -0.25, 0.95, 2, 0, "1-0"),
        ),
    )


@pytest.mark.parametrize(
    "broken",
    [
        ["m1", "odd", [SEEN, "12", "0.9,-0.25,0.95,0", 2], "1-0"],
        ["m1", "asia", [SEEN, "12", "0.9,nan,0.95,0", 2], "1-0"],
        ["m1", "asia", [SEEN, "12", "0.9,0.95,0", 2], "1-0"],
        ["m1", "asia"],
        7,
    ],
)
def test_a_broken_live_change_costs_itself(broken):
    sound = ["m1", "eu", [SEEN, "", "2.0,3.0,4.0,1", 1], ""]
    answer = read("odds_live", results({"2": [broken, sound], "3": 7}))
    assert [change.market for change in answer.found] == ["money_line"]
    assert len(answer.skipped) == 2


def test_every_recorded_row_is_read(recorded):
    counted = {"found": 0, "empty": 0, "rows": 0}
    for uuid, body in recorded["match_odds"].items():
        answer = read("odds", body, uuid)
        assert answer.skipped == ()
        counted["found" if answer.found else "empty"] += 1
        for odds in answer.found:
            counted["rows"] += sum(map(len, (odds.money_line, odds.spread, odds.over_under, odds.corners)))
    assert counted == {"found": 88, "empty": 14, "rows": 219_944}
