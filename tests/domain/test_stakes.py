from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.domain.markets import MARKETS, RESULTS
from mispriced.domain.stakes import Bet, stake
from mispriced.domain.terms import KENYA, Terms

EVERY = frozenset(RESULTS)
COVERS = [
    [("three_way", one) for one in ("1", "X", "2")],
    [("btts", one) for one in ("yes", "no")],
    [("three_way", "1"), ("double_chance", "X2")],
    [("double_chance", "1X"), ("double_chance", "X2")],
    [("double_chance", one) for one in ("1X", "12", "X2")],  # each result pays two
    [("three_way", "1"), ("double_chance", "X2"), ("btts", "no")],
]


def bet(outcome, price, market="three_way", terms=None, fixed=None, bookmaker=None):
    return Bet(
        outcome=outcome,
        bookmaker=bookmaker or f"Bookie{outcome}",
        price=Fraction(str(price)),
        results=MARKETS[market].paid[outcome],
        terms=terms or Terms(),
        fixed=fixed,
    )


def stakes(found):
    return [one.stake for one in found.bets]


def three(a, b, c, **terms):
    return [
        bet(outcome, price, terms=Terms(**terms)) for outcome, price in zip("1X2", (a, b, c), strict=True)
    ]


def test_equal_payoff_on_a_partition():
    found = stake(three(2.1, 4.0, 4.2), 1_000_000, EVERY)
    assert stakes(found) == [493_827, 259_259, 246_914]
    assert (found.cost, found.guaranteed, found.verdict) == (1_000_000, 37_036, "a surebet after rounding")
    assert (
        found.optimum == Fraction(1_000_000) * (1 / Fraction(27, 28)) - 1_000_000 == Fraction(1_000_000, 27)
    )


def test_exact_stakes_that_cost_too_much_when_rounded_give_way_to_those_below():
    pair = [bet(one, price, "btts", Terms(tax=KENYA[-1])) for one, price in (("yes", "2.75"), ("no", "2.00"))]
    found = stake(pair, 10_000, EVERY)
    assert found.cost <= 10_000
    assert 440 <= found.guaranteed <= found.optimum


def test_whole_shillings_cost_a_part_of_the_profit():
    found = stake(three(2.1, 4.0, 4.2, increment=100), 10_000, EVERY)
    assert (stakes(found), found.cost) == ([4900, 2600, 2500], 10_000)
    assert (found.guaranteed, found.optimum) == (290, Fraction(10_000, 27))


def test_a_surebet_that_dies_in_rounding_is_said_to():
    found = stake(three(2.02, 4.0, 4.1, increment=500, minimum=500), 2_000, EVERY)
    assert found.optimum > 0 >= found.guaranteed
    assert found.verdict == "no longer a surebet after rounding"


def test_what_is_no_surebet_loses_least_on_the_total():
    found = stake(three(2.0, 3.0, 4.0), 13_000, EVERY)
    assert (stakes(found), found.guaranteed) == ([6000, 4000, 3000], -1000)
    assert found.verdict == "not a surebet under these terms"


def test_the_fractional_double_chance_cover_is_staked():
    """Each result pays two of three: 1.55 each is a sum of 1.935, below 2."""
    bets = [bet(one, 1.55, "double_chance") for one in ("1X", "12", "X2")]
    found = stake(bets, 30_000, EVERY)
    assert (stakes(found), found.guaranteed) == ([10_000] * 3, 1_000)


def test_a_cover_across_markets_is_staked():
    found = stake([bet("1", 2.2), bet("X2", 2.0, "double_chance")], 42_000, EVERY)
    assert (stakes(found), found.guaranteed) == ([20_000, 22_000], 2_000)


def test_a_maximum_holds_the_others_back():
    bets = three(2.1, 4.0, 4.2)
    held = [bet("1", 2.1, terms=Terms(maximum=40_000)), *bets[1:]]
    found = stake(held, 1_000_000, EVERY)
    assert stakes(found) == [40_000, 21_000, 20_000]
    assert found.guaranteed == 3_000


def test_two_bets_at_one_bookmaker_share_its_bankroll():
    terms = Terms(bankroll=45_000)
    bets = [
        bet("1", 2.1),
        *(bet(one, price, terms=terms, bookmaker="B") for one, price in (("X", 4.0), ("2", 4.2))),
    ]
    found = stake(bets, 1_000_000, EVERY)
    assert found.bets[1].stake + found.bets[2].stake <= 45_000
    assert found.guaranteed == pytest.approx(45_000 / (1 / 4 + 1 / 4.2) / 28, abs=5)


def test_rounding_up_does_not_pass_a_shared_bankroll():
    """With 23,000 on both, 1,000 above the bankroll, the worst result would leave 8,000."""
    terms = Terms(increment=1_000, bankroll=45_000)
    found = stake(
        [bet("1", 2.2), *(bet(one, 4.4, terms=terms, bookmaker="B") for one in "X2")], 1_000_000, EVERY
    )
    assert (stakes(found), found.guaranteed) == ([45_000, 22_000, 22_000], 7_800)


def test_a_bet_that_is_placed_is_left_as_it_is():
    found = stake([bet("1", 2.1, fixed=50_000), *three(2.1, 4.0, 4.2)[1:]], 1_000_000, EVERY)
    assert stakes(found) == [50_000, 26_250, 25_000]
    assert found.guaranteed == 3_750


def test_towards_an_outcome_the_others_return_what_was_paid():
    found = stake(three(2.1, 4.0, 4.2), 1_000_000, EVERY, towards="2")
    by_outcome = {result[0]: profit for result, profit in found.profits.items()}
    assert (0 <= by_outcome["home"] < 5, 0 <= by_outcome["draw"] < 5) == (True, True)
    assert by_outcome["away"] == pytest.approx(1_000_000 * (4.2 * (1 - 1 / 2.1 - 1 / 4.0) - 1), abs=10)


def test_tax_on_stake_and_winnings_can_eat_a_surebet():
    taxed = Terms(tax=KENYA[0])
    found = stake([bet("yes", 2.2, "btts", taxed), bet("no", 2.2, "btts", taxed)], 100_000, EVERY)
    # 50,000 each: 43,750 in play win 52,500, of which a fifth is withheld
    assert (found.guaranteed, found.verdict) == (43_750 + 42_000 - 100_000, "not a surebet under these terms")
    untaxed = stake([bet("yes", 2.2, "btts"), bet("no", 2.2, "btts")], 100_000, EVERY)
    assert untaxed.guaranteed == 10_000


def test_results_that_cannot_come_any_more_need_no_bet():
    """At 1-0 both teams to score or a home win or draw ... the home win and "yes" cover all."""
    left = EVERY - {("draw", False), ("away", False)}
    found = stake([bet("1", 1.9), bet("yes", 2.4, "btts")], 43_000, left)
    assert found.guaranteed == 24_000 * Fraction("1.9") - 43_000 == 2_600


@pytest.mark.parametrize(
    ("bets", "total", "said"),
    [
        (
            [bet("1", 2.1), bet("X", 4.0)],
            1000,
            "no bet is paid on away, not both score: the bets cover nothing",
        ),
        (three(2.1, 4.0, 4.2, minimum=500), 1000, "the least stakes, 500, 500, 500 minor units, are above"),
        (
            three(2.1, 4.0, 4.2, minimum=500, maximum=400),
            9000,
            "Bookie1: no stake on 1 is at least 500 and at most 400",
        ),
        ([], 1000, "0 bets, must be 1 to 10"),
    ],
)
def test_what_cannot_be_staked_is_said(bets, total, said):
    with pytest.raises(ValueError, match=said):
        stake(bets, total, EVERY)


def test_an_outcome_without_a_bet_cannot_be_favoured():
    with pytest.raises(ValueError, match="no bet is on 1X, only on 1, X, 2"):
        stake(three(2.1, 4.0, 4.2), 1000, EVERY, towards="1X")


rates = st.integers(0, 20).map(lambda n: Fraction(n, 100))


@st.composite
def terms(draw):
    increment = draw(st.sampled_from([1, 5, 50, 100]))
    least = draw(st.sampled_from([1, 100, 500]))
    buy = Fraction(draw(st.integers(90, 110)), 100)
    return Terms(
        increment=increment,
        minimum=least,
        maximum=draw(st.none() | st.integers(600, 60_000)),
        bankroll=draw(st.none() | st.integers(600, 90_000)),
        commission_on_winnings=draw(rates),
        commission_on_stake=draw(rates),
        tax=draw(st.sampled_from([None, *KENYA])),
        buy=buy,
        sell=buy * Fraction(draw(st.integers(95, 100)), 100),
    )


@st.composite
def covered(draw):
    legs = draw(st.sampled_from(COVERS))
    bets = [
        bet(outcome, draw(st.integers(105, 900)) / 100, market, draw(terms()), bookmaker=f"B{number}")
        for number, (market, outcome) in enumerate(legs)
    ]
    return bets, draw(st.integers(5_000, 200_000))


@settings(max_examples=150)
@given(covered())
def test_the_reported_minimum_is_the_true_one_and_next_to_the_exact_optimum(drawn):
    bets, total = drawn
    try:
        found = stake(bets, total, EVERY)
    except ValueError:
        return  # no stakes within these limits
    worst = min(
        sum(one.bet.terms.payout(one.stake, one.bet.price) for one in found.bets if result in one.bet.results)
        - sum(one.bet.terms.cost(one.stake) for one in found.bets)
        for result in RESULTS
    )
    assert found.guaranteed == worst
    assert sum(one.bet.terms.cost(one.stake) for one in found.bets) == found.cost <= total
    for one in found.bets:
        limits = one.bet.terms
        assert one.stake % limits.increment == 0
        assert limits.minimum <= one.stake <= min(limits.maximum or one.stake, limits.bankroll or one.stake)
    assert found.guaranteed <= found.optimum
    if found.optimum > 0:
        # one increment of each bet that the result pays, and each amount rounded to whole units
        step = max(
            sum(
                one.terms.increment * one.terms.unit_payout(one.price)
                for one in bets
                if result in one.results
            )
            for result in RESULTS
        )
        assert found.guaranteed >= found.optimum - step - 6 * len(bets)


@settings(max_examples=40)
@given(covered(), st.data())
def test_no_stakes_of_a_grid_guarantee_more_than_the_optimum(drawn, data):
    bets, total = drawn
    try:
        found = stake(bets, total, EVERY)
    except ValueError:
        return
    for _ in range(30):
        tried = [
            ceil(one.terms.least() + data.draw(st.integers(0, 100)) * total / 200 / len(bets)) for one in bets
        ]
        tried = [n // one.terms.increment * one.terms.increment for n, one in zip(tried, bets, strict=True)]
        highs = [one.terms.most() for one in bets]
        if any(high is not None and n > high for n, high in zip(tried, highs, strict=True)):
            continue
        cost = sum(one.terms.cost(n) for one, n in zip(bets, tried, strict=True))
        if cost > total:
            continue
        worst = min(
            sum(
                one.terms.payout(n, one.price) for one, n in zip(bets, tried, strict=True) if r in one.results
            )
            for r in RESULTS
        )
        assert worst - cost <= max(found.optimum, 0) or found.optimum <= 0
