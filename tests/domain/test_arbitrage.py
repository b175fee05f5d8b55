from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.arbitrage import best_book, price_array, scan
from mispriced.domain.markets import MARKETS, RESULTS, outcomes, paid_outcomes
from mispriced.domain.odds import book_sum, exact, overround
from tests.domain.quotes import NOON, quote

prices_text = st.decimals(min_value="1.01", max_value="50", places=2).map(float)
markets = st.sampled_from(sorted(MARKETS))


def test_double_chance_breaks_even_at_two():
    even = {"1X": 1.5, "12": 1.5, "X2": 1.5}
    assert sum(1 / exact(price) for price in even.values()) == 2
    assert overround("double_chance", even) == 0
    assert not best_book("double_chance", [quote(market="double_chance", prices=even)]).is_surebet


@pytest.mark.parametrize(
    ("market", "prices"),
    [
        ("three_way", {"1": 1.5, "X": 4.5, "2": 9.0}),
        ("three_way", {"1": 2.5, "X": 2.0, "2": 10.0}),
        ("btts", {"yes": 2.0, "no": 2.0}),
        ("btts", {"yes": 1.1, "no": 11.0}),
    ],
)
def test_break_even_to_the_last_digit_is_no_surebet(market, prices):
    assert book_sum(market, prices.values()) == 1
    assert not best_book(market, [quote(market=market, prices=prices)]).is_surebet


def test_a_float_sum_would_call_a_break_even_book_a_surebet():
    close = [one for one in _break_even_books() if sum(1 / price for price in one) < 1]
    assert close
    for book in close:
        assert book_sum("three_way", book) == 1


@given(market=markets, data=st.data())
def test_a_surebet_pays_the_same_profit_on_every_result(market, data):
    offers = [
        quote(
            name,
            market=market,
            prices={outcome: data.draw(prices_text) for outcome in outcomes(market)},
        )
        for name in ("BookieAlpha", "BookieBeta")
    ]
    book = best_book(market, offers)
    assert sum(book.shares) == pytest.approx(1)
    for result in RESULTS:
        back = sum(
            share * one.price
            for share, one in zip(book.shares, book.best, strict=True)
            if result in MARKETS[market].paid[one.outcome]
        )
        assert back - 1 == pytest.approx(book.profit)
    assert book.is_surebet == (book.exact_sum < 1) == (float(book.profit) > 0)


@given(market=markets, data=st.data())
def test_the_best_book_takes_the_highest_price_of_each_outcome(market, data):
    offers = [
        quote(
            f"Bookie{number}",
            market=market,
            prices={outcome: data.draw(prices_text) for outcome in outcomes(market)},
        )
        for number in range(data.draw(st.integers(1, 5)))
    ]
    book = best_book(market, offers)
    for one in book.best:
        assert one.price == max(offer.prices[one.outcome] for offer in offers)
        assert one.quote.prices[one.outcome] == one.price
    assert best_book(market, list(reversed(offers))) == book


def test_an_outcome_that_nobody_prices_leaves_no_book():
    assert best_book("three_way", [quote(prices={"1": 9.0, "X": 9.0}), quote(prices={"1": 9.0})]) is None


def test_of_equal_prices_the_last_seen_is_taken():
    later = quote("BookieGamma", seen_at=NOON.replace(minute=1))
    assert {one.quote.bookmaker for one in best_book("three_way", [quote(), later]).best} == {"BookieGamma"}


@given(market=markets, seed=st.integers(0, 2**32 - 1))
def test_the_scan_finds_what_the_exact_sum_finds(market, seed):
    chance = np.random.default_rng(seed)
    shape = (len(outcomes(market)), 4, 50)
    fair = len(outcomes(market)) / paid_outcomes(market)
    prices = np.round(chance.normal(fair, 0.1, shape).clip(1.01), 2)
    prices[chance.random(shape) < 0.1] = 0.0
    expected = [
        event
        for event in range(50)
        if all(prices[:, :, event].max(axis=1) > 1)
        and book_sum(market, [float(price) for price in prices[:, :, event].max(axis=1)]) < 1
    ]
    assert scan(market, prices).tolist() == expected


def test_the_scan_decides_break_even_exactly():
    books = _break_even_books()
    array = np.array(books).T.reshape(3, 1, len(books))
    assert scan("three_way", np.ascontiguousarray(array)).tolist() == []


def test_the_scan_refuses_an_array_of_another_market():
    with pytest.raises(ValueError, match=r"shape \(2, 1, 1\), must be \(3, books, events\)"):
        scan("three_way", np.ones((2, 1, 1)))


def test_the_price_array_has_zero_where_a_price_is_absent():
    array = price_array("three_way", [[quote(prices={"1": 2.0}), quote()], [quote()]])
    assert array[:, :, 0].tolist() == [[2.0, 2.3], [0.0, 3.2], [0.0, 3.55]]
    assert array[:, :, 1].tolist() == [[2.3, 0.0], [3.2, 0.0], [3.55, 0.0]]


def _break_even_books():
    """Every book of two-decimal prices up to 12.00 whose reciprocals sum to exactly 1, for some firsts."""
    found = []
    for first in range(150, 400, 5):
        for second in range(first, 1200, 5):
            rest = 1 - Fraction(100, first) - Fraction(100, second)
            if rest > 0:
                third = 100 / rest
                if third.denominator == 1 and second <= third <= 5000:
                    found.append((first / 100, second / 100, int(third) / 100))
    return found
