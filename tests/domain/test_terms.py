from datetime import date
from fractions import Fraction

from mispriced.domain.terms import KENYA, Terms, tax_at


def test_a_deposit_taken_out_again_without_a_bet_loses_nine_and_three_quarters_of_a_hundred():
    """The example of Kenya's Parliamentary Budget Office of the rates since July 2025."""
    tax = KENYA[-1]
    wallet = 100 * (1 - tax.on_deposit)
    assert 100 - wallet * (1 - tax.on_withdrawal) == Fraction("9.75")


def test_withholding_tax_is_of_the_payout_less_the_stake():
    """The example of 2019 after the tribunal's ruling: 500 at 1.50 is paid out as 700."""
    terms = Terms(tax=KENYA[0].__class__(since=date(2019, 11, 7), on_winnings=Fraction(20, 100)))
    assert terms.payout(500_00, Fraction("1.5")) == 700_00


def test_a_currency_costs_and_brings_its_spread():
    dollars = Terms(buy=Fraction(130), sell=Fraction(127))
    assert (dollars.cost(100), dollars.payout(100, Fraction(2))) == (13_000, 25_400)


def test_costs_are_rounded_up_and_payouts_down():
    terms = Terms(commission_on_stake=Fraction(1, 100), commission_on_winnings=Fraction(5, 100))
    assert (terms.cost(101), terms.payout(101, Fraction("1.99"))) == (103, 195)


def test_limits_are_of_whole_increments():
    terms = Terms(increment=500, minimum=1200, maximum=9999, bankroll=8000)
    assert (terms.least(), terms.most()) == (1500, 8000)
    assert Terms().most() is None


def test_the_rates_of_a_day_are_those_that_hold_since_before():
    assert [tax_at("kenya", day) for day in (date(2023, 6, 30), date(2023, 7, 1), date(2025, 7, 1))] == [
        None,
        KENYA[0],
        KENYA[2],
    ]
