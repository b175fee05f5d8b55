import csv

from mispriced.domain.plausibility import SUSPECT_BOOK_SUM, flags
from tests.domain.quotes import quote


def test_a_book_sum_too_good_is_flagged_with_the_value():
    assert flags([], 0.9312) == ("suspect: book sum 0.9312 is below 0.95",)
    assert flags([], SUSPECT_BOOK_SUM) == ()


def test_a_shifted_column_shows_in_the_overround_of_its_bookmaker():
    shifted = quote("BookieBeta", prices={"1": 3.2, "X": 3.55, "2": 12.0})
    assert flags([quote(), shifted], 0.99) == ("overround: BookieBeta has -0.322, usual is -0.02 to +0.60",)


def test_an_incomplete_book_has_no_overround_to_flag():
    assert flags([quote(prices={"1": 1.01})], 0.99) == ()


def test_the_share_of_suspects_is_that_of_the_historical_odds(shared_data):
    with (shared_data / "odds" / "arb_reference.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["arbs"]) for row in rows) == 3107
    assert sum(int(row["suspects"]) for row in rows) == 99
