"""`mispriced stakes` on typed bets: amounts, limits and taxes of the settings, and what cannot be."""

from datetime import date
from fractions import Fraction

import pytest

from mispriced.cli.staking import terms_of
from mispriced.domain.terms import KENYA, Tax, Terms, tax_at
from mispriced.settings import load
from tests.cli.commands import Asked, run_many

LEGS = "--leg BookieAlpha:three_way:1=2.10 --leg BookieBeta:three_way:x=4 --leg BookieGamma:three_way:2=4.2"
PAIR = "--leg BookieAlpha:three_way:1=2.10 --leg BookieBeta:double_chance:X2=2"
REFUSED = {
    "": "give the ID of a surebet, or each bet as --leg BOOKMAKER:MARKET:OUTCOME=PRICE",
    f"sb1 {PAIR}": "give the ID of a surebet, or each bet as --leg BOOKMAKER:MARKET:OUTCOME=PRICE",
    "--leg BookieAlpha=2.10": "--leg 'BookieAlpha=2.10' is not of the form BOOKMAKER:three_way:1=2.10",
    "--leg A:tie:X=2.1": "unknown market 'tie'; allowed: three_way, btts, double_chance",
    "--leg A:btts:1X=2.1": "unknown outcome of btts '1X'; allowed: yes, no",
    "--leg A:btts:yes=nan": "price of yes is 'nan', must be a number",
    "--leg A:btts:yes=1.0": "price of yes is 1.0, must be greater than 1",
    "--leg A:btts:yes=2.1": "no bet is paid on away, not both score: the bets cover nothing",
    f"{PAIR} --total -5": "total is -5, must be greater than 0 and of at most two decimals",
    f"{PAIR} --total 0.001": "total is 0.001, must be greater than 0 and of at most two decimals",
    f"{PAIR} --fixed X=5": "fixed: unknown outcome 'X'; allowed: 1, X2; did you mean 'X2'?",
    f"{PAIR} --towards X": "no bet is on X, only on 1, X2",
}
TERMS = """
[terms.bookiealpha]
increment = 1
maximum = 100
country = "kenya"
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    place = tmp_path_factory.mktemp("stakes")
    (place / "mispriced.toml").write_text(TERMS)
    many = [f"{LEGS} --total 10000", f"{PAIR} --fixed 1=500 --total 2000 --json", *REFUSED]
    asked = [Asked(["stakes", *words.split()], {}, place) for words in many]
    taxed = [*f"stakes {PAIR} --total 1000 --json --config mispriced.toml".split()]
    return dict(zip([*many, "taxed"], run_many([*asked, Asked(taxed, {}, place)]), strict=True))


def test_stakes_and_what_the_worst_result_leaves_are_printed(said):
    assert said[f"{LEGS} --total 10000"].out.splitlines() == [
        "  1 2.1 at BookieAlpha: stake 4938.27, costs 4938.27, pays 10370.36; no tax reckoned",
        "  X 4.0 at BookieBeta: stake 2592.59, costs 2592.59, pays 10370.36; no tax reckoned",
        "  2 4.2 at BookieGamma: stake 2469.14, costs 2469.14, pays 10370.38; no tax reckoned",
        "away, not both score: +370.38",
        "away, both score: +370.38",
        "draw, not both score: +370.36",
        "draw, both score: +370.36",
        "home, not both score: +370.36",
        "home, both score: +370.36",
        "a surebet after rounding: +370.36 of 10000.00 at worst, +370.37 without increments and rounding",
    ]


def test_a_cover_across_markets_is_staked_around_a_placed_bet(said):
    answer = said[f"{PAIR} --fixed 1=500 --total 2000 --json"].json
    assert [one["stake"] for one in answer["bets"]] == ["500.00", "525.00"]
    assert (answer["guaranteed"], answer["is_surebet"]) == ("25.00", True)


def test_limits_and_taxes_of_the_settings_are_reckoned_and_named(said):
    answer = said["taxed"].json
    first, second = answer["bets"]
    assert (first["stake"], first["tax"]) == ("100.00", f"tax since {KENYA[-1].since}: {KENYA[-1].source}")
    assert (first["cost"], first["payout"]) == ("105.27", "199.50")
    assert second["tax"] == "no tax reckoned"
    assert answer["verdict"] == "not a surebet under these terms"


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_staked_is_one_line_with_the_value(said, words):
    assert (said[words].code, said[words].err) == (2, f"mispriced: {REFUSED[words]}\n")


def test_own_rates_stand_before_the_countrys_from_their_day_on(tmp_path):
    file = tmp_path / "mispriced.toml"
    file.write_text(
        '[terms.BookieAlpha]\ncountry = "kenya"\n'
        '[[terms.BookieAlpha.tax]]\nsince = 2026-01-01\non_stake = 0.05\nsource = "a"\n'
        "[[terms.BookieAlpha.tax]]\nsince = 2027-01-01\non_stake = 0.1\n"
    )
    settings = load(file)
    assert terms_of(settings, "bookiealpha", date(2026, 12, 31)).tax == Tax(
        since=date(2026, 1, 1), on_stake=Fraction(1, 20), source="a"
    )
    assert terms_of(settings, "BookieAlpha", date(2027, 1, 1)).tax.on_stake == Fraction(1, 10)
    assert terms_of(settings, "BookieAlpha", date(2025, 12, 31)).tax == tax_at("kenya", date(2025, 12, 31))
    assert terms_of(settings, "BookieBeta", date(2027, 1, 1)) == Terms()
