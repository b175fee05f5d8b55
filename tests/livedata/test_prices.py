"""Which odds a summary has: the early minutes, the latest, and whose."""

import json

import pytest

from mispriced.livedata.american import AmericanRow, from_decimal, from_hong_kong
from mispriced.livedata.forms import CompanyOdds, Row
from mispriced.livedata.prices import by_company, early_rows, own_company


def row(minute, at, first=2.0, sealed=0):
    return Row(at, minute, first, 3.5, 4.0, 2, sealed, "0-0")


def test_of_each_early_minute_the_last_row_is_kept_ascending():
    newest_first = [
        row("45+", 90), row("7", 80), row("6", 70), row("4", 60), row("4", 50), row("2", 40), row("1", 30),
        row("", 20),
    ]  # fmt: skip
    assert [(one.minute, one.changed_at) for one in early_rows(newest_first)] == [
        ("2", 40),
        ("4", 60),
        ("6", 70),
    ]


def test_the_latest_is_the_newest_in_whatever_order_rows_come():
    odds = CompanyOdds(company_id="2", money_line=(row("9", 80), row("12", 90, 1.5, sealed=1), row("4", 60)))
    prices = by_company([odds])["2"]
    assert prices.latest == {"money_line": row("12", 90, 1.5, sealed=1)}
    assert prices.latest_american == {
        "money_line": AmericanRow(90, "12", "-200", "+250", "+300", 2, 1, "0-0"),
    }


def test_a_line_stays_a_number_in_hong_kong_markets():
    odds = CompanyOdds(company_id="2", spread=(Row(1, "3", 0.92, -0.25, 1.1, 2, 0, "0-0"),))
    assert by_company([odds])["2"].latest_american == {
        "spread": AmericanRow(1, "3", "-109", -0.25, "+110", 2, 0, "0-0"),
    }


@pytest.mark.parametrize(
    ("companies", "expected"),
    [
        ({"22": {"money_line": "4"}, "3": {"spread": "4"}}, "3"),
        ({"22": {"money_line": "4"}, "3": {"spread": "30"}}, "22"),
        ({"22": {"money_line": "30"}, "3": {"spread": ""}}, "3"),
        ({"136": {"money_line": "4"}, "22": {"over_under": "4"}}, "22"),
        ({"136": {"money_line": "4"}}, "136"),
        ({"2": {"corners": "4"}}, None),
        ({}, None),
    ],
)
def test_a_summarys_company_is_the_first_with_early_odds_else_with_any(companies, expected):
    odds = [
        CompanyOdds(company_id=company, **{market: (row(minute, 1),) for market, minute in markets.items()})
        for company, markets in companies.items()
    ]
    assert own_company(by_company(odds)) == expected


def test_where_all_companies_have_odds_the_originals_order_holds_and_then_the_others():
    prices = by_company(
        CompanyOdds(company_id=str(number), money_line=(row("4", 1),)) for number in (136, *range(22, 1, -1))
    )
    order = []
    while (found := own_company(prices)) is not None:
        order.append(int(found))
        del prices[found]
    assert order[:15] == [2, 3, 4, 5, 6, 9, 10, 11, 13, 14, 15, 16, 17, 21, 22]
    assert sorted(order[15:]) == [7, 8, 12, 18, 19, 20, 136]


def test_american_odds_of_the_original_come_out_of_its_decimal_and_hong_kong_odds(shared_data):
    recorded = json.loads((shared_data / "recorded/thesports/step2_sample_2025-06-10_v2.json").read_text())
    compared = 0
    for summary in recorded["summaries"]:
        for market in ("money_line", "spread", "over_under", "corners"):
            for own, theirs in zip(summary[market], summary[f"{market}_american"], strict=True):
                convert = from_decimal if market == "money_line" else from_hong_kong
                middle = convert(own[3]) if market == "money_line" else own[3]
                assert [convert(own[2]), middle, convert(own[4])] == theirs[2:5]
                compared += 1
    assert compared == 31
