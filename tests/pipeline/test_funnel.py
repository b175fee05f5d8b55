"""Why nothing is found: how far documents come, and what was refused although it looked like a surebet."""

from hypothesis import given
from hypothesis import strategies as st

from mispriced.pipeline.funnel import Funnel, funnel
from tests.domain.quotes import NOON
from tests.pipeline.boards import RULES, documents_of, judged, live
from tests.pipeline.boards import document as one_document
from tests.pipeline.boards import offer as live_offer


def offer(bookmaker, yes=None, no=None, ago_s=0, home="Leeds", score=None, suspended=()):
    """Return a live quote of both teams to score, seen so many seconds before noon."""
    return live_offer(bookmaker, yes, no, -ago_s, suspended, score, home=home, away="Brentford")


def document(*quotes):
    """Return the document of a match of its own, by the home team."""
    return one_document(*quotes, match_id=quotes[0].home)


def told(*documents):
    return funnel(documents, events=20, matched=8, now=NOON, rules=RULES)


def test_every_document_is_counted_at_each_step_and_by_its_reason():
    assert told(
        document(offer("A", 2.2, 1.5, home="Ajax"), offer("B", 1.5, 2.0, home="Ajax")),
        document(offer("A", 1.9, 1.9, home="Bari"), offer("B", 1.8, 1.95, home="Bari")),
        document(offer("A", 1.9, 1.9, home="Como")),
        document(offer("A", 1.9, 1.9, home="Derby"), offer("B", 1.8, 1.8, ago_s=16, home="Derby")),
        document(offer("A", 1.9, home="Elche"), offer("B", 1.8, home="Elche")),
        document(offer("A", 1.9, 1.9, home="Fulham"), offer("B", suspended=("yes", "no"), home="Fulham")),
    ) == Funnel(
        events=20,
        matched=8,
        documents=6,
        judged=6,
        fresh=3,
        priced=2,
        surebets=1,
        best_sum=21 / 22,
        reasons={
            "surebet": 1,
            "best book sum is 1 or more": 1,
            "one bookmaker only": 1,
            "a leg is stale": 1,
            "an outcome has no price": 1,
            "a leg is suspended": 1,
        },
        nearest=(
            "live Ajax - Brentford: book sum 0.9545 on yes no",
            "live Bari - Brentford: book sum 1.0391 on yes no",
        ),
    )


def test_what_would_stand_had_it_been_fresh_is_refused_with_ages_and_scores():
    apart = document(offer("A", 6.0, 1.1, ago_s=435, score=(0, 1)), offer("B", 1.2, 3.6, score=(1, 1)))
    found = told(apart)
    assert (found.fresh, found.priced, found.surebets, found.best_sum) == (0, 0, 0, None)
    assert found.reasons == {"refused: a leg is stale": 1}
    assert found.nearest == (
        (
            "live Leeds - Brentford: 0.4444 on yes no refused: "
            "A was seen 435 s ago, live prices count for 15 s; scores differ: A 0:1, B 1:1"
        ),
    )


def test_a_refused_sum_has_its_place_among_the_others():
    sums = [(3.0, 0), (2.8, 20), (2.6, 0)]
    documents = [
        document(offer("A", yes, home=home), offer("B", None, 2.0, ago_s, home=home))
        for (yes, ago_s), home in zip(sums, ("Ajax", "Bari", "Como"), strict=True)
    ]
    assert [near.split(" - ")[0] for near in told(*reversed(documents)).nearest] == [
        "live Ajax",
        "live Bari",
        "live Como",
    ]


def test_equal_scores_are_not_worth_a_word():
    level = document(offer("A", 6.0, 1.1, ago_s=20, score=(0, 0)), offer("B", 1.2, 3.6, score=(0, 0)))
    (near,) = told(level).nearest
    assert near.endswith("live prices count for 15 s")


def test_what_would_stand_at_one_score_is_refused_by_its_kind():
    apart = document(offer("A", 6.0, 1.1, score=(0, 1)), offer("B", 1.2, 3.6, score=(1, 1)))
    found = told(apart)
    assert found.reasons == {"refused: a leg is of another score": 1}
    assert found.nearest == (
        (
            "live Leeds - Brentford: 0.4444 on yes no refused: A is at 0:1, the score is 1:1; "
            "scores differ: A 0:1, B 1:1"
        ),
    )


def test_the_markets_of_a_match_are_judged_together():
    board = documents_of(
        live("A", {"1": 2.1}, home="Leeds"), live("B", {"X2": 1.9}, "double_chance", home="Leeds")
    )
    found = told(*board)
    assert (found.documents, found.judged, found.fresh, found.priced) == (2, 1, 1, 1)
    assert found.nearest == ("live Leeds - Rayo Vallecano: book sum 1.0025 on 1 X2",)


def test_the_three_nearest_are_shown_the_best_first():
    homes = {"Ajax": 1.99, "Bari": 1.96, "Como": 1.98, "Derby": 1.97}
    found = told(
        *(
            document(offer("A", price, home=home), offer("B", None, 2.0, home=home))
            for home, price in homes.items()
        )
    )
    assert found.nearest == (
        "live Ajax - Brentford: book sum 1.0025 on yes no",
        "live Como - Brentford: book sum 1.0051 on yes no",
        "live Derby - Brentford: book sum 1.0076 on yes no",
    )
    assert found.best_sum == 100 / 199 + 1 / 2


def test_without_documents_nothing_is_found_and_there_is_no_best_sum():
    assert told() == Funnel(
        events=20,
        matched=8,
        documents=0,
        judged=0,
        fresh=0,
        priced=0,
        surebets=0,
        best_sum=None,
        reasons={},
        nearest=(),
    )


def drawn(yes, no, ago_s):
    """Return what makes such an offer of a bookmaker; without any price it is suspended."""
    closed = () if yes or no else ("yes", "no")
    return lambda name: offer(name, yes, no, ago_s, suspended=closed)


OFFERS = st.builds(
    drawn,
    st.sampled_from([None, 1.5, 1.9, 2.1]),
    st.sampled_from([None, 1.5, 1.8, 2.0, 2.3]),
    st.sampled_from([0, 15, 16, 200]),
)
DOCUMENTS = st.lists(
    st.lists(OFFERS, min_size=1, max_size=3).map(
        lambda makers: [make(name) for name, make in zip("ABC", makers, strict=False)]
    ),
    max_size=6,
).map(lambda boards: [one_document(*quotes, match_id=str(n)) for n, quotes in enumerate(boards)])


@given(DOCUMENTS)
def test_the_counts_narrow_and_add_up_and_the_surebets_are_those_that_are_judged(documents):
    found = told(*documents)
    assert found.surebets == sum(bool(judged([one]).opportunities) for one in documents)
    assert found.documents >= found.fresh >= found.priced
    assert sum(found.reasons.values()) == found.documents == len(documents)
    assert found.reasons.get("best book sum is 1 or more", 0) <= found.priced
    assert (found.best_sum is None) == (found.priced == 0)
