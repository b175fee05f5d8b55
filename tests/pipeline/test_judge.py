"""What the documents of a match prove: which surebets stand, which is told, and why what stood does not."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.freshness import state
from mispriced.domain.markets import MARKETS, RESULTS, outcomes, paid_on
from mispriced.domain.model import Score
from mispriced.domain.state import EventState
from mispriced.messages import Alternative, Leg, Opportunity
from mispriced.pipeline.judge import opportunity_id
from mispriced.simulator.truth import covers as brute_force
from tests.domain.quotes import KICKOFF, NOON, quote
from tests.pipeline.boards import RULES, after, document, documents_of, judged, live, offer


def test_the_best_prices_below_break_even_are_a_surebet():
    alpha, beta = offer("BookieAlpha", 2.2, 1.5, 1), offer("BookieBeta", 1.6, 2.2, 2)
    verdict = judged([document(alpha, beta)], after(3))
    assert (verdict.match_id, verdict.source, verdict.revisions, verdict.closed, verdict.at) == (
        "m1", "live", {"btts": 7}, {}, after(3),
    )  # fmt: skip
    assert verdict.opportunities[0] == Opportunity(
        id=opportunity_id("surebet", "m1", "live", ("yes", "no")),
        kind="surebet",
        match_id="m1",
        source="live",
        home="Valencia",
        away="Rayo Vallecano",
        competition="",
        kickoff=KICKOFF,
        legs=(
            Leg(market="btts", outcome="yes", bookmaker="BookieAlpha", price=2.2, share=0.5, quote=alpha),
            Leg(market="btts", outcome="no", bookmaker="BookieBeta", price=2.2, share=0.5, quote=beta),
        ),
        book_sum=float(Fraction(10, 11)),
        profit=float(Fraction(1, 10)),
        opened_at=after(3),
        changed_at=after(3),
        flags=(
            "suspect: book sum 0.9091 is below 0.95",
            "distance: BookieAlpha has 2.2 for yes, the others 1.6 to 1.6: 0.69 away, usual is up to 0.50",
            "columns: BookieAlpha has 2.2 for yes, 1.5 for no: 1.57 away from the others, as 1.5, 2.2 0.18",
            "distance: BookieBeta has 1.6 for yes, the others 2.2 to 2.2: 0.69 away, usual is up to 0.50",
            "columns: BookieBeta has 1.6 for yes, 2.2 for no: 1.57 away from the others, as 2.2, 1.6 0.18",
        ),
    )


STOOD = judged([document(offer("BookieAlpha", 2.3), offer("BookieBeta", None, 2.3))]).opportunities[0]


@pytest.mark.parametrize(
    ("quotes", "reason"),
    [
        (
            [offer("BookieAlpha", 2.0, 1.5), offer("BookieBeta", 1.6, 2.0)],
            "best book sum of yes no is 1.0000, below 1 is a surebet",
        ),
        (
            [offer("BookieAlpha", 1.1, 9.5), offer("BookieBeta", 1.05, 11.0)],
            "best book sum of yes no is 1.0000, below 1 is a surebet",
        ),
        (
            [offer("BookieAlpha", 2.0, 1.6), offer("BookieBeta", 1.6, 1.9)],
            "best book sum of yes no is 1.0263, below 1 is a surebet",
        ),
        (
            [offer("BookieAlpha", 2.2, 1.5, -13.4), offer("BookieBeta", 1.6, 2.2)],
            (
                "best book sum of yes no is 1.0795, below 1 is a surebet; "
                "BookieAlpha was seen 16 s ago, live prices count for 15 s"
            ),
        ),
        (
            [offer("BookieAlpha", 2.2, None, -170), offer("BookieBeta", None, 2.2, -13)],
            (
                "BookieAlpha was seen 173 s ago, live prices count for 15 s; "
                "BookieBeta was seen 16 s ago, live prices count for 15 s"
            ),
        ),
        (
            [offer("BookieAlpha", 2.2, None, 60), offer("BookieBeta", None, 2.2)],
            "BookieAlpha was seen 57 s ahead of this clock",
        ),
        (
            [offer("BookieAlpha", suspended=("yes", "no")), offer("BookieBeta", None, 2.2)],
            "BookieAlpha is suspended",
        ),
        (
            [offer("BookieAlpha", None, 2.2, suspended=("yes",)), offer("BookieBeta", None, 2.1)],
            "yes has no price at any bookmaker",
        ),
        ([offer("BookieAlpha", 2.2)], "no has no price at any bookmaker"),
        ([offer("BookieAlpha", 1.9, 1.9)], "best book sum of yes no is 1.0526, below 1 is a surebet"),
    ],
)
def test_what_stood_and_stands_no_longer_says_why_with_the_values(quotes, reason):
    verdict = judged([document(*quotes, opportunities=(STOOD,))], after(3))
    assert (verdict.opportunities, verdict.closed) == ((), {STOOD.id: reason})


def test_double_chance_breaks_even_at_two():
    fair = quote(market="double_chance", prices={"1X": 1.5, "12": 1.5, "X2": 1.5})
    better = quote("BookieBeta", market="double_chance", prices={"1X": 1.51})
    assert judged([document(fair)]).opportunities == ()
    (found,) = judged([document(fair, better)]).opportunities
    assert found.book_sum == float((1 / Fraction("1.51") + 2 / Fraction("1.5")) / 2)


def test_a_stale_leg_is_replaced_by_the_best_fresh_one():
    quotes = [offer("BookieAlpha", 2.4, 1.5, -60), offer("BookieBeta", 2.1, 1.6), offer("X", 1.5, 2.1)]
    (found,) = judged([document(*quotes)]).opportunities
    assert [(leg.outcome, leg.bookmaker, leg.price) for leg in found.legs] == [
        ("yes", "BookieBeta", 2.1),
        ("no", "X", 2.1),
    ]


def test_what_stood_before_keeps_when_it_opened_and_when_its_bets_changed():
    quotes = [offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2)]
    first = judged([document(*quotes)]).opportunities
    seen_again = [msgspec.structs.replace(one, seen_at=after(5)) for one in quotes]
    again = judged([document(*seen_again, opportunities=first)], after(5)).opportunities
    assert (again[0].opened_at, again[0].changed_at) == (NOON, NOON)
    assert [leg.quote.seen_at for leg in again[0].legs] == [after(5), after(5)]
    moved = [offer("BookieAlpha", 2.3, 1.5, 6), seen_again[1]]
    (changed,) = judged([document(*moved, opportunities=again)], after(6)).opportunities
    assert (changed.opened_at, changed.changed_at) == (NOON, after(6))


def test_a_surebet_across_markets_has_a_leg_in_each():
    three_way = quote("BookieAlpha", {"1": 2.2, "X": 3.1, "2": 3.2})
    doubled = quote("BookieBeta", {"1X": 1.3, "12": 1.25, "X2": 2.0}, market="double_chance")
    verdict = judged(documents_of(three_way, doubled))
    (found,) = verdict.opportunities
    assert verdict.revisions == {"three_way": 7, "double_chance": 7}
    assert [(leg.market, leg.outcome, leg.bookmaker, leg.price) for leg in found.legs] == [
        ("three_way", "1", "BookieAlpha", 2.2),
        ("double_chance", "X2", "BookieBeta", 2.0),
    ]
    assert found.markets == ("three_way", "double_chance")
    assert found.book_sum == float(Fraction(10, 22) + Fraction(1, 2))


def test_of_surebets_that_share_an_outcome_the_best_is_told_and_the_others_are_its_alternatives():
    quotes = [
        quote("BookieAlpha", {"1": 2.4, "X": 3.6, "2": 3.7}),
        quote("BookieBeta", {"X2": 1.8}, market="double_chance"),
        quote("BookieGamma", {"yes": 2.1, "no": 2.1}, market="btts"),
    ]
    found = judged(documents_of(*quotes)).opportunities
    assert [one.outcomes for one in found] == [("yes", "no"), ("1", "X", "2")]
    assert found[1].alternatives == (
        Alternative(
            outcomes=("1", "X2"),
            bookmakers=("BookieAlpha", "BookieBeta"),
            prices=(2.4, 1.8),
            book_sum=float(Fraction(10, 24) + Fraction(10, 18)),
        ),
    )
    assert found[0].alternatives == ()


def test_what_gives_way_to_a_better_one_closes_naming_it():
    three_way = quote("BookieAlpha", {"1": 2.4, "X": 3.6, "2": 3.7})
    before = judged([document(three_way)]).opportunities
    doubled = quote("BookieBeta", {"X2": 1.9}, market="double_chance")
    verdict = judged([document(three_way, opportunities=before), document(doubled)])
    assert [one.outcomes for one in verdict.opportunities] == [("1", "X2")]
    assert verdict.closed == {before[0].id: "1 X2 pays more: book sum 0.9430, 1 X 2 0.9647"}


class TestGoals:
    def test_quotes_of_two_scores_are_never_paired(self):
        apart = [document(offer("A", 6.0, 1.1, score=(0, 1)), offer("B", 1.2, 3.6, score=(1, 1)))]
        assert judged(apart).opportunities == ()
        level = [document(offer("A", 2.2, 1.1, score=(1, 0)), offer("B", 1.2, 2.2, score=(1, 0)))]
        assert len(judged(level).opportunities) == 1

    def test_a_price_from_before_a_goal_is_out_until_its_bookmaker_is_read_again(self):
        goal = {"score_changed_at": {"A": after(10)}}
        alpha = offer("A", 2.2, 1.5, 10, score=(1, 0))
        early, again = offer("B", 1.6, 2.2, 8), offer("B", 1.6, 2.2, 12)
        assert judged([document(alpha, early, **goal)], after(12)).opportunities == ()
        assert len(judged([document(alpha, again, **goal)], after(12)).opportunities) == 1

    def test_a_score_of_the_provider_makes_older_prices_suspect_too(self):
        board = [document(offer("A", 2.2, 1.5, 8), offer("B", 1.6, 2.2, 12))]
        told = match_state(since=after(10))
        assert judged(board, after(13), state=told).opportunities == ()
        assert len(judged(board, after(13), state=match_state(since=after(7))).opportunities) == 1
        fallback = match_state(since=after(10), is_fallback=True)
        assert len(judged(board, after(13), state=fallback).opportunities) == 1

    def test_a_confirmed_lead_leaves_out_results_so_that_home_and_both_score_cover_all(self):
        quotes = [
            live("A", {"1": 2.1}, score=(1, 0), seen_s=60),
            offer("B", 2.1, seen_s=60, score=(1, 0)),
        ]
        changed = {"score_changed_at": {"A": NOON, "B": NOON}}
        (found,) = judged(documents_of(*quotes, **changed), after(61)).opportunities
        assert (found.outcomes, found.score) == (("1", "yes"), Score(1, 0))
        (other,) = judged(
            documents_of(
                live("A", {"2": 2.1}, score=(0, 3), seen_s=60),
                offer("B", 2.1, seen_s=60, score=(0, 3)),
                **changed,
            ),
            after(61),
        ).opportunities
        assert (other.outcomes, other.score) == (("2", "yes"), Score(0, 3))

    @pytest.mark.parametrize(
        ("scores", "changed_s", "why"),
        [
            (((1, 0), None), 0, "one bookmaker alone says it"),
            (((1, 0), (1, 0)), 32, "it stands for 29 s"),
            (((1, 0), (1, 1)), 0, "the other says another"),
        ],
    )
    def test_a_lead_that_is_not_confirmed_leaves_out_nothing(self, scores, changed_s, why):
        quotes = [
            live("A", {"1": 2.1}, score=scores[0], seen_s=60),
            offer("B", 2.1, seen_s=60, score=scores[1]),
        ]
        changed = {"score_changed_at": {"A": after(changed_s)}}
        assert judged(documents_of(*quotes, **changed), after(61)).opportunities == (), why

    @pytest.mark.parametrize(("seen_s", "stands"), [(-149, False), (-151, True)])
    def test_a_provider_that_went_away_tells_no_score_any_more(self, seen_s, stands):
        quotes = [offer("A", 2.1, score=(2, 0)), offer("B", None, 2.1, score=(2, 0))]
        told = match_state(since=after(-900), seen_at=after(seen_s))
        assert bool(judged([document(*quotes)], state=told).opportunities) is stands

    def test_after_both_have_scored_their_market_is_decided(self):
        quotes = [
            offer("A", 1.05, 60.0, seen_s=60, score=(1, 1)),
            offer("B", 1.06, 50.0, seen_s=60, score=(1, 1)),
        ]
        changed = {"score_changed_at": {"A": NOON, "B": NOON}}
        assert judged([document(*quotes, **changed)], after(61)).opportunities == ()

    def test_an_upcoming_match_has_no_score(self):
        quotes = [quote("A", {"yes": 2.1}, market="btts"), quote("B", {"no": 2.1}, market="btts")]
        told = match_state(since=after(10))
        assert len(judged([document(*quotes)], state=told).opportunities) == 1


def match_state(since, **changes):
    """Return what a provider says of the match: 1-0 since a moment."""
    given = {"provider": "TheSports", "event_id": "e", "home": "a", "away": "b", "kickoff": KICKOFF}
    given |= {"status": "first_half", "score": Score(1, 0), "score_since": since, "seen_at": since}
    return EventState(**(given | changes))


PRICES = st.sampled_from([1.3, 1.5, 1.9, 2.0, 2.05, 2.1, 3.0, 3.3, 6.0])


@st.composite
def boards(draw):
    """Draw the documents of a match at one to four bookmakers: gaps, suspensions, ages around the limit."""
    quotes = []
    for name in draw(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4, unique=True)):
        for market in draw(st.sets(st.sampled_from([*MARKETS]), min_size=1)):
            prices = draw(st.dictionaries(st.sampled_from(outcomes(market)), PRICES))
            closed = tuple(one for one in outcomes(market) if one not in prices)
            seen_s = -draw(st.sampled_from([0, 1, 14, 15, 16, 149, 151, -5]))
            quotes.append(live(name, prices, market, seen_s, suspended=closed))
    return documents_of(*quotes)


@given(boards())
def test_a_verdict_is_what_brute_force_over_the_fresh_prices_gives(board):
    fresh = [
        one for part in board for one in part.quotes.values() if state(one, NOON, RULES.limits) == "fresh"
    ]
    best: dict[str, float] = {}
    for one in fresh:
        for outcome, price in one.prices.items():
            best[outcome] = max(price, best.get(outcome, 0.0))
    stands = {
        legs: total
        for legs, often in brute_force(frozenset(RESULTS))
        if set(legs) <= set(best) and (total := sum(1 / Fraction(str(best[one])) for one in legs) / often) < 1
    }
    found = judged(board).opportunities
    told = {one.outcomes: one.book_sum for one in found}
    told |= {other.outcomes: other.book_sum for one in found for other in one.alternatives}
    assert told == {legs: float(total) for legs, total in stands.items()}
    assert len({outcome for one in found for outcome in one.outcomes}) == sum(len(one.legs) for one in found)
    for one in found:
        assert all(other.book_sum >= one.book_sum for other in one.alternatives)
        assert sum(leg.share for leg in one.legs) == pytest.approx(1)
        for leg in one.legs:
            assert (leg.quote.prices[leg.outcome], leg.market) == (leg.price, leg.quote.market)
            assert leg.quote in fresh
        returns = [
            sum(leg.share * leg.price for leg in one.legs if result in paid_on(leg.outcome))
            for result in RESULTS
        ]
        assert min(returns) == pytest.approx(1 + one.profit)
