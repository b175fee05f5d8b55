"""Surebets on every cover: equal to an exact linear programme, to stake grids, and exact at break-even."""

import os
import random
from fractions import Fraction
from itertools import compress, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.domain.arbitrage import apart, best_prices, books, cost, surebets
from mispriced.domain.covers import covers, reachable
from mispriced.domain.markets import OUTCOMES, RESULTS, outcomes, paid_on
from mispriced.domain.model import Score
from mispriced.domain.odds import book_sum, exact
from tests.domain.quotes import NOON, quote
from tests.domain.simplex import least_cost

BOOKS = int(os.environ.get("MISPRICED_TEST_RANDOM_BOOKS", "2000"))  # 100000 is the whole test
SCORES = (None, Score(1, 0), Score(0, 1), Score(1, 1))
PRICE = st.decimals(min_value="1.01", max_value="50", places=2).map(float)


def quotes_of(prices, bookmaker="BookieAlpha"):
    """Return a bookmaker's quotes of these prices by outcome, one a market."""
    markets: dict[str, dict[str, float]] = {}
    for outcome, price in prices.items():
        markets.setdefault(OUTCOMES[outcome], {})[outcome] = price
    return [quote(bookmaker, found, market=market) for market, found in markets.items()]


def random_prices(chance):
    """Return prices of some outcomes near what a common set of probabilities makes fair."""
    weights = [chance.random() for _ in RESULTS]
    chances = {result: weight / sum(weights) for result, weight in zip(RESULTS, weights, strict=True)}
    found = {}
    for outcome in OUTCOMES:
        fair = sum(chances[result] for result in paid_on(outcome))
        if chance.random() < 0.85:
            found[outcome] = min(max(round(chance.uniform(0.85, 1.12) / max(fair, 0.01), 2), 1.01), 900.0)
    return found


@pytest.mark.timeout(60 + BOOKS // 50)
def test_the_engine_equals_an_exact_linear_programme_on_random_books():
    chance = random.Random(20261129)
    stood = 0
    for number in range(BOOKS):
        prices = random_prices(chance)
        results = reachable(SCORES[number % len(SCORES)])
        best = best_prices(quotes_of(prices))
        found = surebets(best, results)
        decided = {one for one in OUTCOMES if not 0 < len(results & paid_on(one)) < len(results)}
        usable = {one: repr(price) for one, price in prices.items() if one not in decided}
        least = least_cost(usable, sorted(results, key=RESULTS.index))
        assert bool(found) == (least is not None and least < 1), prices
        everything = books(best, results)
        assert (min(book.exact_sum for book in everything) if everything else None) == least, prices
        stood += bool(found)
    assert BOOKS / 10 < stood < BOOKS * 9 / 10


@given(st.sampled_from([cover for cover in covers() if len(cover.outcomes) == 2]), st.data())
def test_a_surebet_is_one_if_and_only_if_some_stakes_of_a_grid_win_on_every_result(cover, data):
    prices = [data.draw(st.sampled_from([1.5, 1.9, 1.98, 2.0, 2.02, 2.1, 2.5, 3.0])) for _ in cover.outcomes]
    steps = 400  # of the total; every margin of these prices is wider than a step

    def wins(stakes):
        return all(
            sum(
                stake * exact(price)
                for stake, price, outcome in zip(stakes, prices, cover.outcomes, strict=True)
                if result in paid_on(outcome)
            )
            > steps
            for result in RESULTS
        )

    assert any(wins((first, steps - first)) for first in range(steps + 1)) == (cost(cover, prices) < 1)


@pytest.mark.parametrize("names", [("1", "X", "2"), ("1X", "12", "X2")])
@settings(max_examples=40)
@given(st.data())
def test_three_legs_are_a_surebet_if_and_only_if_stakes_of_a_grid_win_on_every_result(names, data):
    cover = next(one for one in covers() if one.outcomes == names)
    near = {1: [280, 290, 300, 310, 330], 2: [140, 145, 150, 155, 160]}[cover.paid]
    hundredths = [data.draw(st.sampled_from(near)) for _ in names]
    paid = {tuple(result in paid_on(one) for one in names) for result in RESULTS}
    steps = 60  # of the total; a margin of 5 % is wider than the grid is coarse
    returns = (
        [stake * price for stake, price in zip((a, b, steps - a - b), hundredths, strict=True)]
        for a, b in product(range(steps + 1), repeat=2)
        if a + b <= steps
    )
    wins = any(all(sum(compress(back, row)) > 100 * steps for row in paid) for back in returns)
    least = cost(cover, [price / 100 for price in hundredths])
    assert least < 1 if wins else least >= Fraction(95, 100)


@pytest.mark.parametrize(
    ("market", "prices"),
    [
        ("three_way", {"1": 1.5, "X": 4.5, "2": 9.0}),
        ("three_way", {"1": 2.5, "X": 2.0, "2": 10.0}),
        ("btts", {"yes": 2.0, "no": 2.0}),
        ("btts", {"yes": 1.1, "no": 11.0}),
        ("double_chance", {"1X": 1.5, "12": 1.5, "X2": 1.5}),
    ],
)
def test_break_even_to_the_last_digit_is_no_surebet(market, prices):
    assert book_sum(market, prices.values()) == 1
    (book,) = [one for one in books(best_prices(quotes_of(prices))) if one.cover.outcomes == outcomes(market)]
    assert book.exact_sum == 1
    assert not book.is_surebet


def test_break_even_across_markets_is_no_surebet_and_a_step_above_it_is():
    assert surebets(best_prices(quotes_of({"1": 3.0, "X2": 1.5}))) == []
    (book,) = surebets(best_prices(quotes_of({"1": 3.0, "X2": 1.51})))
    assert book.exact_sum == Fraction(1, 3) + Fraction(100, 151)


@given(st.dictionaries(st.sampled_from(list(OUTCOMES)), PRICE, min_size=2), st.sampled_from(SCORES))
def test_the_certificate_pays_at_least_the_profit_on_every_result(prices, score):
    results = reachable(score)
    for book in books(best_prices(quotes_of(prices)), results):
        assert sum(book.shares) == pytest.approx(1)
        payoffs = [
            sum(
                share * one.price
                for share, one in zip(book.shares, book.best, strict=True)
                if result in paid_on(one.outcome)
            )
            for result in results
        ]
        assert min(payoffs) == pytest.approx(1 + book.profit)
        assert book.is_surebet == (book.exact_sum < 1) == (1 / book.exact_sum > 1)


@given(st.lists(st.dictionaries(st.sampled_from(list(OUTCOMES)), PRICE, min_size=1), min_size=1, max_size=4))
def test_the_best_price_is_the_highest_whatever_the_order(offers):
    quotes = [one for place, prices in enumerate(offers) for one in quotes_of(prices, f"Bookie{place}")]
    best = best_prices(quotes)
    assert {outcome: one.price for outcome, one in best.items()} == {
        outcome: max(prices[outcome] for prices in offers if outcome in prices)
        for outcome in {outcome for prices in offers for outcome in prices}
    }
    assert best_prices(reversed(quotes)) == best
    for outcome, one in best.items():
        assert one.quote.prices[outcome] == one.price


def test_of_equal_prices_the_last_seen_is_taken():
    later = quote("BookieGamma", seen_at=NOON.replace(minute=1))
    best = best_prices([quote(), later])
    assert {one.quote.bookmaker for one in best.values()} == {"BookieGamma"}


def test_surebets_that_share_an_outcome_stand_behind_the_best_of_them():
    best = best_prices(quotes_of({"1": 2.4, "X": 3.6, "2": 3.7, "X2": 1.8, "yes": 2.1, "no": 2.1}))
    told = apart(surebets(best))
    assert [(str(first.cover), [str(one.cover) for one in rest]) for first, rest in told] == [
        ("yes no", []),
        ("1 X 2", ["1 X2"]),
    ]
