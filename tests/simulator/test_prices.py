import math

from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.markets import MARKETS, outcomes, paid_outcomes
from mispriced.domain.model import Score
from mispriced.simulator.prices import HIGHEST_PRICE, offered, probabilities

rates = st.tuples(st.floats(0.4, 3.0), st.floats(0.4, 3.0))
scores = st.builds(Score, st.integers(0, 5), st.integers(0, 5))


@given(rates, scores, st.floats(0.02, 1.0))
def test_the_fair_probabilities_of_a_market_sum_to_its_paid_outcomes(
    of: tuple[float, float], score: Score, left: float
):
    fair = probabilities(of, score, left)
    for market in MARKETS:
        assert math.isclose(sum(fair[outcome] for outcome in outcomes(market)), paid_outcomes(market))
        assert all(0 <= fair[outcome] <= 1 + 1e-9 for outcome in outcomes(market))


@given(st.floats(0.001, 1.2))
def test_a_price_never_pays_more_than_its_probability(probability: float):
    price = offered(probability)
    if price is None:
        assert probability > 1 / 1.02
    else:
        assert 1.01 <= price <= min(1 / probability + 1e-6, HIGHEST_PRICE)
        assert float(f"{price:.2f}") == price
