"""The cover table: what is in it, that it is complete, and what a score does to it."""

from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest

from mispriced.domain.covers import Cover, covers, reachable
from mispriced.domain.markets import OUTCOMES, RESULTS, paid_on
from mispriced.domain.model import Score

DOCS = Path(__file__).parents[2] / "docs" / "surebets.md"
HALF = Fraction(1, 2)


def named(score=None):
    return {str(cover): cover.paid for cover in covers(reachable(score))}


def test_the_table_has_the_covers_of_the_field():
    assert named() == {
        "1 X 2": 1, "1 X2": 1, "X 12": 1, "2 1X": 1, "1X X2": 1, "1X 12": 1, "12 X2": 1, "yes no": 1,
        "1X 12 X2": 2,
    }  # fmt: skip


def test_the_table_is_what_is_written_in_the_docs():
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    assert {outcomes.strip("`"): int(paid) for outcomes, _, paid, _ in rows} == named()


@pytest.mark.parametrize("score", [None, Score(1, 0), Score(0, 1), Score(1, 1)])
def test_every_cover_pays_on_every_result_and_without_a_leg_it_does_not(score):
    results = reachable(score)
    for cover in covers(results):
        assert min(cover.pays(result) for result in results) == 1
        for leg in range(len(cover.outcomes)):
            rest = Cover(
                cover.outcomes[:leg] + cover.outcomes[leg + 1 :],
                cover.weights[:leg] + cover.weights[leg + 1 :],
            )
            assert min(rest.pays(result) for result in results) < 1


@pytest.mark.parametrize("score", [None, Score(1, 0), Score(0, 1), Score(1, 1)])
def test_the_table_is_complete_every_set_of_outcomes_that_covers_holds_one_of_it(score):
    results = reachable(score)
    open_outcomes = [one for one in OUTCOMES if 0 < len(results & paid_on(one)) < len(results)]
    table = covers(results)
    simple = {frozenset(cover.outcomes) for cover in table if cover.paid == 1}
    minimal: set[frozenset[str]] = set()
    for size in range(1, len(open_outcomes) + 1):
        for legs in map(frozenset, combinations(open_outcomes, size)):
            if results <= frozenset().union(*map(paid_on, legs)) and not any(one < legs for one in minimal):
                minimal.add(legs)
    assert minimal == simple


def test_a_mix_of_covers_is_no_cover_of_its_own():
    # half of one and half of another covers too, and costs what they cost: the table does not list it
    outcomes = {cover.outcomes for cover in covers()}
    assert ("1", "X", "2", "yes", "no") not in outcomes
    assert [cover.weights for cover in covers() if cover.paid == 2] == [(HALF, HALF, HALF)]


def test_a_lead_makes_home_and_both_score_a_cover_mirrored_and_however_high():
    fresh = {"1 yes": 1, "yes 1X": 1, "yes 12": 1, "yes 1X 12": 2}
    assert named(Score(1, 0)) == named(Score(4, 0)) == named() | fresh
    mirrored = {"2 yes": 1, "yes X2": 1, "yes 12": 1, "yes 12 X2": 2}
    assert named(Score(0, 1)) == named(Score(0, 3)) == named() | mirrored
    assert named(Score(0, 0)) == named()


def test_after_both_have_scored_nothing_is_covered_by_whether_they_do():
    decided = {name: paid for name, paid in named().items() if name != "yes no"}
    assert named(Score(1, 1)) == named(Score(2, 5)) == decided


@pytest.mark.parametrize("home", range(4))
@pytest.mark.parametrize("away", range(4))
def test_what_is_reachable_is_what_further_goals_lead_to(home, away):
    ends = {(home + more, away + others) for more in range(6) for others in range(6)}
    found = {("home" if h > a else "away" if a > h else "draw", h > 0 and a > 0) for h, a in ends}
    assert reachable(Score(home, away)) == found
    assert found <= set(RESULTS)
