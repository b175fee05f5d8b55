import csv
from collections import Counter

import pytest

from mispriced.domain.value import ValueRule, consensus_edge, kelly, values
from mispriced.football_data import BOOKMAKERS, OUTCOMES, read_table
from tests.domain.quotes import quote

FAIR = {"1": 2.4, "X": 4.3, "2": 2.6}  # the example of the package shin: 0.40478, 0.22223, 0.37299
CONSENSUS = ValueRule(strategy="consensus")


def books(*given):
    return [quote(f"Bookie{name}", prices=prices) for name, prices in zip("ABCDEFGH", given, strict=False)]


def test_a_price_is_judged_by_the_others_alone():
    [found] = values(books(FAIR, FAIR, FAIR, FAIR | {"1": 3.0}), ValueRule())
    assert (found.bookmaker, found.outcome, found.price, found.books) == ("BookieD", "1", 3.0, 3)
    assert found.dispersion == 0
    assert found.fair_price == pytest.approx(1 / 0.4047794109200184)
    assert found.edge == pytest.approx(0.4047794109200184 * 3.0 - 1)
    assert found.kelly == pytest.approx(found.edge / 2.0 / 4)


def test_the_consensus_rule_takes_the_mean_of_all():
    [found] = values(books(FAIR, FAIR, FAIR, FAIR | {"1": 3.0}), CONSENSUS)
    assert found.edge == pytest.approx((1 / 2.55 - 0.05) * 3.0 - 1)
    assert (found.books, found.quote.bookmaker) == (4, "BookieD")


@pytest.mark.parametrize("rule", [ValueRule(), CONSENSUS], ids=lambda rule: rule.strategy)
def test_three_bookmakers_are_no_consensus(rule):
    long = FAIR | {"1": 3.2}
    assert values(books(FAIR, FAIR, long), rule) == []
    assert len(values(books(FAIR, FAIR, FAIR, long), rule)) == 1


def test_four_bookmakers_of_which_two_are_clones_are_no_consensus():
    quotes = books(FAIR, FAIR, FAIR, FAIR | {"1": 3.2})
    assert values(quotes, ValueRule(clones=(frozenset({"BookieA", "BookieB"}),))) == []


def test_a_clone_does_not_confirm_its_own_price():
    """Else the pair's long price would raise the mean that it is judged by."""
    long = FAIR | {"1": 3.0}
    pair = (frozenset({"BookieD", "BookieE"}),)
    alone = values(books(FAIR, FAIR, FAIR, long), ValueRule())
    both = values(books(FAIR, FAIR, FAIR, long, long), ValueRule(clones=pair))
    assert both[0].edge == alone[0].edge


def test_each_market_is_judged_by_itself():
    even = {"yes": 1.85, "no": 1.85}
    quotes = books(FAIR, FAIR, FAIR, FAIR | {"2": 3.4})
    quotes += [
        quote(f"Bookie{name}", prices=prices, market="btts")
        for name, prices in zip("ABCD", [even, even, even, {"yes": 2.3, "no": 1.7}], strict=True)
    ]
    assert [(one.market, one.outcome) for one in values(quotes, ValueRule())] == [
        ("three_way", "2"),
        ("btts", "yes"),
    ]


def test_double_chance_is_judged_with_a_book_sum_of_two():
    usual = {"1X": 1.25, "12": 1.25, "X2": 1.6}
    quotes = [
        quote(f"Bookie{name}", prices=prices, market="double_chance")
        for name, prices in zip("ABCD", [usual, usual, usual, usual | {"X2": 2.0}], strict=True)
    ]
    [found] = values(quotes, ValueRule(method="multiplicative"))
    assert (found.outcome, round(found.probability, 4)) == ("X2", round(2 / 1.6 / 2.225, 4))


def test_kelly_stakes_nothing_without_an_edge_and_all_on_a_sure_thing():
    assert (kelly(0.4, 2.4), kelly(1.0, 3.0)) == (0.0, 1.0)


@pytest.mark.parametrize("season", ["0506/B1", "0506/E2", "1112/SP1", "2526/E1"])
def test_the_consensus_strategy_bets_what_the_reference_says(shared_data, season):
    """Row by row the authors' rule: bets by outcome, won, profit at a flat stake of 50."""
    folder = shared_data / "odds"
    rows = csv.DictReader((folder / "kaunitz_pre.csv").read_text(encoding="utf-8").splitlines())
    [row] = [one for one in rows if f"{one['season']}/{one['div']}" == season]
    bets: Counter[str] = Counter()
    won, profit = 0, 0.0
    table = read_table((folder / f"{season}.csv.gz").read_bytes())
    for result, *offers in zip(table.cells("FTR"), *map(table.prices, BOOKMAKERS), strict=True):
        by_outcome = {one: [prices[one] for prices in offers if one in prices] for one in OUTCOMES.values()}
        if not all(by_outcome.values()):
            continue
        edges = {outcome: consensus_edge(prices) for outcome, prices in by_outcome.items()}
        best = max(edges, key=lambda outcome: edges[outcome])
        if edges[best] > 1e-9:
            bets[best] += 1
            is_won = OUTCOMES[result] == best
            won += is_won
            profit += 50 * (max(by_outcome[best]) - 1) if is_won else -50
    assert sum(bets.values()) == int(row["bets"])
    expected = [int(row[name] or 0) for name in ("home", "draw", "away", "won")]
    assert [*(bets[one] for one in OUTCOMES.values()), won] == expected
    assert round(profit, 2) == float(row["profit"] or 0)
