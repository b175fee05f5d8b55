"""Fair probabilities against numbers that others published; the sources are in docs/fair-prices.md."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.margin import METHODS, fair
from mispriced.domain.markets import MARKETS, outcomes, paid_outcomes

# README of the R package implied (Lindstrøm): three matches, by its name of the method.
IMPLIED_PRICES = [(4.20, 3.70, 1.95), (2.45, 3.70, 2.90), (2.05, 3.20, 3.80)]
IMPLIED = {
    "multiplicative": [
        (0.2331556, 0.2646631, 0.5021813),
        (0.3988848, 0.2641264, 0.3369888),
        (0.4586948, 0.2938514, 0.2474538),
    ],
    "shin": [
        (0.2315716, 0.2635742, 0.5048542),
        (0.4000221, 0.2629271, 0.3370508),
        (0.4645882, 0.2919788, 0.2434331),
    ],
    "differential_margin": [
        (0.2310332, 0.2632083, 0.5057585),
        (0.4004096, 0.2625166, 0.3370739),
        (0.4666506, 0.2913457, 0.2420036),
    ],
    "odds_ratio": [
        (0.2320048, 0.2636415, 0.5043537),
        (0.3996912, 0.2633869, 0.3369219),
        (0.4634406, 0.2919032, 0.2446562),
    ],
    "logarithmic": [
        (0.2311414, 0.2630644, 0.5057942),
        (0.4003156, 0.2627189, 0.3369655),
        (0.4667139, 0.2908985, 0.2423876),
    ],
}
# Tests of the Python package penaltyblog (Eastwood), to four places.
PENALTYBLOG_PRICES = (2.7, 2.3, 4.4)
PENALTYBLOG = {
    "multiplicative": (0.358738, 0.4211273, 0.2201347),
    "additive": (0.3595618, 0.423974, 0.2164642),
    "power": (0.3591708, 0.4237291, 0.2171001),
    "shin": (0.3593461, 0.4232517, 0.2174022),
    "differential_margin": (0.3595618, 0.423974, 0.2164642),
    "odds_ratio": (0.3588103, 0.4225611, 0.2186286),
}


def fair_of(prices, method, market="three_way"):
    return list(fair(market, dict(zip(outcomes(market), prices, strict=True)), method).values())


@pytest.mark.parametrize("method", IMPLIED)
def test_fair_probabilities_are_those_of_the_r_package_implied(method):
    for prices, expected in zip(IMPLIED_PRICES, IMPLIED[method], strict=True):
        # its solver stops at 1.2e-4 of the parameter, or 1e-4 of z: no closer
        assert fair_of(prices, method) == pytest.approx(expected, abs=5e-6), prices


@pytest.mark.parametrize("method", PENALTYBLOG)
def test_fair_probabilities_are_those_of_penaltyblog(method):
    assert fair_of(PENALTYBLOG_PRICES, method) == pytest.approx(PENALTYBLOG[method], abs=5e-5)


def test_shin_is_that_of_the_python_package_shin():
    expected = (0.37299406033208965, 0.4047794109200184, 0.2222265287474275)
    assert fair_of((2.6, 2.4, 4.3), "shin") == pytest.approx(expected, abs=1e-11)


def test_every_method_has_a_published_number():
    assert set(METHODS) == set(IMPLIED) | set(PENALTYBLOG)


def test_shin_and_additive_agree_on_two_outcomes():
    """Clarke, Kovalchik and Ingram (2017) prove it."""
    for prices in ((1.9, 1.9), (1.2, 4.4), (1.05, 9.0)):
        assert fair_of(prices, "shin", "btts") == pytest.approx(fair_of(prices, "additive", "btts"))


def test_the_additive_method_refuses_what_it_cannot_price():
    with pytest.raises(ValueError, match=r"additive: probability of 2 at 101.0 would be -0.0\d+"):
        fair_of((1.02, 11.0, 101.0), "additive")


def test_a_missing_price_is_named():
    with pytest.raises(ValueError, match="no price of X: the margin of three_way is unknown"):
        fair("three_way", {"1": 2.0, "2": 3.0}, "power")


@st.composite
def books(draw):
    """Prices of a market with a margin of up to 25 %, and the probabilities that they hide."""
    market = draw(st.sampled_from(list(MARKETS)))
    count = {"three_way": 3, "double_chance": 3, "btts": 2}[market]
    weights = [draw(st.floats(0.05, 1)) for _ in range(count)]
    chances = [weight / sum(weights) for weight in weights]
    if market == "double_chance":
        chances = [1 - chance for chance in chances]
    margin = draw(st.floats(0, 0.25))
    prices = [1 / min(0.99, chance * (1 + margin)) for chance in chances]
    return market, prices


@given(books(), st.sampled_from(["multiplicative", "power", "shin", "odds_ratio", "logarithmic"]))
def test_probabilities_sum_to_the_outcomes_paid_and_keep_their_order(book, method):
    market, prices = book
    try:
        found = fair_of(prices, method, market)
    except ValueError:
        assert method in ("multiplicative", "shin")  # they may pass 1 where two outcomes are paid
        assert market == "double_chance"
        return
    assert math.isclose(sum(found), paid_outcomes(market), rel_tol=1e-9)
    for one, other in zip(
        sorted(zip(prices, found, strict=True)), sorted(zip(prices, found, strict=True))[1:], strict=False
    ):
        assert one[1] >= other[1] - 1e-9


@given(st.lists(st.floats(0.05, 1), min_size=3, max_size=3), st.floats(0.01, 0.2))
def test_a_power_margin_put_on_is_taken_off(weights, margin):
    chances = [weight / sum(weights) for weight in weights]
    assert fair_of([chance ** -(1 / (1 + margin)) for chance in chances], "power") == pytest.approx(chances)
