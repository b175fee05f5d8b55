"""What is compared only when asked: prices that are likely wrong, legs of different settlement rules."""

from mispriced.domain.settlement import Rules
from mispriced.pipeline.compare import DetectRules, compared, told
from tests.domain.quotes import NOON
from tests.pipeline.boards import document, judged, offer


class TestFlags:
    ODD = (document(offer("BookieAlpha", 2.2, 2.2), offer("BookieBeta", 1.5, 1.5)),)

    def test_what_is_likely_wrong_is_out_of_detection_with_the_rule_and_the_values(self):
        verdict = judged(self.ODD, rules=DetectRules())
        assert verdict.opportunities == ()
        fit = compared(self.ODD, NOON, DetectRules())
        assert {one.kind for one in fit.refused} == {"flagged"}
        assert "overround: BookieAlpha has -0.091, usual is -0.02 to +0.30" in told(fit)

    def test_where_it_counts_it_is_marked(self):
        (found,) = judged(self.ODD).opportunities
        assert found.flags[0] == "suspect: book sum 0.9091 is below 0.95"
        assert "overround: BookieAlpha has -0.091, usual is -0.02 to +0.30" in found.flags

    def test_a_flag_on_a_quote_that_is_no_leg_does_not_mark(self):
        quotes = [offer("A", 2.1, 1.75), offer("B", 1.75, 2.1), offer("C", 1.2, 1.2)]
        (found,) = judged([document(*quotes)]).opportunities
        assert found.flags == ()


class TestSettlement:
    """A counts 90 minutes, B extra time too, C is silent: its market counts 90 minutes."""

    RULES = DetectRules(settlement={"B": Rules(period="with extra time", source="its page of rules")})
    DIFFERENCE = "A/btts counts 90 minutes, B/btts with extra time"
    BOARD = (document(offer("A", 2.1, 1.8), offer("B", 1.9, 2.0)),)

    def test_legs_of_different_rules_are_not_paired_and_it_is_said_why(self):
        assert judged(self.BOARD, rules=DetectRules()).opportunities[0].flags == ()
        assert judged(self.BOARD, rules=self.RULES).opportunities == ()
        fit = compared(self.BOARD, NOON, self.RULES)
        assert told(fit) == [self.DIFFERENCE]
        (stood,) = judged(self.BOARD, rules=DetectRules()).opportunities
        held = [document(*self.BOARD[0].quotes.values(), opportunities=(stood,))]
        assert self.DIFFERENCE in judged(held, rules=self.RULES).closed[stood.id]

    def test_where_that_is_asked_they_are_paired_and_marked(self):
        shown = DetectRules(settlement=self.RULES.settlement, policy="show")
        (found,) = judged(self.BOARD, rules=shown).opportunities
        assert found.flags == (f"settlement: {self.DIFFERENCE}",)

    def test_the_best_legs_that_agree_take_the_place_of_those_that_do_not(self):
        board = [document(offer("A", 2.1, 1.8), offer("B", 1.9, 2.0), offer("C", 1.95, 1.95))]
        (found,) = judged(board, rules=self.RULES).opportunities
        assert [(leg.bookmaker, leg.price) for leg in found.legs] == [("A", 2.1), ("C", 1.95)]
        assert found.flags == ()
