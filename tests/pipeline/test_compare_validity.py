"""Prices that are fresh at one moment and did not hold at one: two machines' clocks differ by a little."""

import pytest

from mispriced.domain.freshness import Validity
from mispriced.pipeline.compare import compared
from tests.pipeline.boards import RULES, after, documents_of, judged, offer


def board(first_s, second_s):
    return documents_of(offer("BookieAlpha", 2.2, 1.5, first_s), offer("BookieBeta", 1.6, 2.2, second_s))


@pytest.mark.parametrize(("ahead_s", "surebets"), [(0.5, 1), (1.5, 0)])
def test_legs_are_not_paired_where_one_was_over_before_the_other_began(ahead_s, surebets):
    verdict = judged(board(-14, ahead_s), after(0))
    assert len(verdict.opportunities) == surebets


def test_what_was_open_says_that_its_prices_did_not_hold_together():
    (found,) = judged(board(-14, 0), after(0)).opportunities
    (changed,) = board(-14, 1.5)
    verdict = judged(documents_of(*changed.quotes.values(), opportunities=(found,)), after(0))
    assert verdict.closed == {found.id: "the prices of yes no did not hold at one instant"}


def test_legs_share_the_interval_from_the_last_first_sighting_to_the_end_of_the_first_limit():
    fit = compared(board(-3, -1), after(0), RULES)
    assert fit.together(fit.best.values()) == Validity(after(-1), after(12))
