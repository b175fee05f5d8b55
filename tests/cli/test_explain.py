"""The proof of a surebet: whole values, arithmetic that adds up, names as text."""

from datetime import timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.console import Console

from mispriced.cli.explain import explained, in_brief
from mispriced.domain.markets import MARKETS, outcomes, paid_outcomes
from mispriced.domain.model import Origin
from mispriced.messages import KnownEvent
from mispriced.pipeline.views.opportunities import explanation
from tests.domain.quotes import KICKOFF, NOON, quote
from tests.pipeline.boards import after, documents_of, judged, live

LATER = NOON + timedelta(seconds=7)
ODD = "[red]A[/red] [/]\x1b[31m\nB"


def offer(bookmaker, prices, market="btts", number="7", **changes):
    origin = Origin(f"GET /{bookmaker}?page=1", "ab" * 32, "live", 120)
    return quote(bookmaker, prices, market=market, event_id=number, origin=origin, **changes)


def surebet(*quotes):
    """Return the opportunity that the quotes prove at noon."""
    return judged(documents_of(*quotes)).opportunities[0]


def known(one, match_id="m1", evidence=""):
    return KnownEvent(event=one.event, match_id=match_id, since=NOON, evidence=evidence)


ALPHA = offer("BookieAlpha", {"yes": 2.2, "no": 1.7}, refs={"betradar": "61"})
BETA = offer("BookieBeta", {"no": 2.1}, number="9", home="Valencia CF")
OTHER = offer("BookieGamma", {"no": 2.1}, number="8", home="Elche")
JOIN = {
    "keys": ["BookieAlpha/upcoming/7", "BookieBeta/upcoming/9"],
    "how": "names",
    "evidence": [
        {
            "keys": ["BookieAlpha/upcoming/7", "BookieBeta/upcoming/9"],
            "by": "names",
            "home": 6.5,
            "away": 8.0,
            "apart_s": 300,
        }
    ],
}
EVIDENCE = msgspec.json.encode(JOIN).decode()
EVENTS = [known(BETA, evidence=EVIDENCE), known(OTHER, "m2"), known(ALPHA, evidence=EVIDENCE)]


def test_a_proof_has_each_prices_answer_the_join_and_the_arithmetic():
    found = explanation(
        surebet(ALPHA, BETA), EVENTS, LATER, {("BookieAlpha", "btts"): NOON - timedelta(hours=1)}
    )
    opportunity = surebet(ALPHA, BETA)
    times = {"seen_at": "2026-05-14T12:00:00+00:00", "age_s": 7.0}
    assert found == {
        "id": opportunity.id,
        "event": "Valencia - Rayo Vallecano",
        "competition": "",
        "kickoff": KICKOFF.isoformat(),
        "markets": ["btts"],
        "source": "upcoming",
        "score": None,
        "stands": True,
        "reason": "",
        "age_s": 7.0,
        "skew_s": 0.0,
        "legs": [
            times
            | {
                "market": "btts",
                "outcome": "yes",
                "bookmaker": "BookieAlpha",
                "price": 2.2,
                "share": float(Fraction(21, 43)),
                "their_event": "Valencia - Rayo Vallecano",
                "event_id": "7",
                "since": "2026-05-14T11:00:00+00:00",
                "origin": msgspec.to_builtins(ALPHA.origin),
            },
            times
            | {
                "market": "btts",
                "outcome": "no",
                "bookmaker": "BookieBeta",
                "price": 2.1,
                "share": float(Fraction(22, 43)),
                "their_event": "Valencia CF - Rayo Vallecano",
                "event_id": "9",
                "since": None,
                "origin": msgspec.to_builtins(BETA.origin),
            },
        ],
        "joined": [
            {
                "bookmaker": one.bookmaker,
                "source": "upcoming",
                "event_id": one.event_id,
                "home": one.home,
                "away": "Rayo Vallecano",
                "kickoff": KICKOFF.isoformat(),
                "refs": dict(one.refs),
                "evidence": JOIN,
            }
            for one in (ALPHA, BETA)
        ],
        "arithmetic": {
            "reciprocals": {"yes": "1/2.2 = 0.454545", "no": "1/2.1 = 0.476190"},
            "sum": "215/231 = 0.930736",
            "break_even": 1,
            "book_sum": float(Fraction(215, 231)),
            "profit": float(Fraction(16, 215)),
            "pays": {
                f"{winner}, {both}": 1.074419
                for winner in ("home", "draw", "away")
                for both in ("not both score", "both score")
            },
        },
        "alternatives": [],
        "flags": ["suspect: book sum 0.9307 is below 0.95"],
        "opened_at": NOON.isoformat(),
    }


PRICES = st.floats(1.01, 12).map(lambda price: round(price, 2)).filter(lambda price: price > 1)


@given(st.sampled_from([*MARKETS]), st.data())
def test_every_result_returns_the_stake_and_the_same_profit(market, data):
    prices = {outcome: data.draw(PRICES) for outcome in outcomes(market)}
    quotes = [
        offer(f"B{place}", {outcome: price}, market, str(place))
        for place, (outcome, price) in enumerate(prices.items())
    ]
    total = sum(1 / Fraction(repr(price)) for price in prices.values())
    assume(total < paid_outcomes(market))
    by_outcomes = {one.outcomes: one for one in judged(documents_of(*quotes)).opportunities}
    assume(outcomes(market) in by_outcomes)
    found = explanation(by_outcomes[outcomes(market)], [], NOON)
    sums = found["arithmetic"]
    assert sums["sum"] == f"{total} = {float(total):.6f}"
    assert sums["book_sum"] == float(total / sums["break_even"]) < 1
    assert [*sums["pays"].values()] == pytest.approx([1 + sums["profit"]] * 6, abs=2e-6)
    assert sum(leg["share"] for leg in found["legs"]) == pytest.approx(1)


def test_the_certificate_of_a_cover_across_markets_has_the_payoff_on_every_result():
    quotes = [
        offer("BookieAlpha", {"1X": 2.2}, "double_chance", "7"),
        offer("BookieBeta", {"X2": 2.2}, "double_chance", "9"),
    ]
    (found,) = judged(documents_of(*quotes)).opportunities
    assert explanation(found, [], NOON)["arithmetic"]["pays"] == {
        "home, not both score": 1.1,
        "home, both score": 1.1,
        "draw, not both score": 2.2,
        "draw, both score": 2.2,
        "away, not both score": 1.1,
        "away, both score": 1.1,
    }


def test_the_certificate_of_a_cover_at_a_score_leaves_out_what_cannot_come():
    quotes = [
        live("A", {"1": 2.1}, score=(1, 0), seen_s=60),
        live("B", {"yes": 2.2}, "btts", score=(1, 0), seen_s=60),
    ]
    board = documents_of(*quotes, score_changed_at={"A": NOON})
    (found,) = judged(board, after(61)).opportunities
    proof = explanation(found, [], after(61))
    assert proof["score"] == "1:0"
    assert sorted(proof["arithmetic"]["pays"]) == [
        "away, both score", "draw, both score", "home, both score", "home, not both score",
    ]  # fmt: skip
    assert min(proof["arithmetic"]["pays"].values()) == pytest.approx(1 + found.profit, abs=1e-6)
    assert "  1:0 now: the other results cannot come" in text_of(explained(proof)).splitlines()


def test_what_stands_too_is_named_after_the_arithmetic():
    quotes = [
        offer("A", {"1": 2.4, "X": 3.6, "2": 3.7}, "three_way"),
        offer("B", {"X2": 1.9}, "double_chance"),
    ]
    (found,) = judged(documents_of(*quotes)).opportunities
    lines = text_of(explained(explanation(found, [], NOON))).splitlines()
    assert "  instead, for less: 1 2.4 at A, X 3.6 at A, 2 3.7 at A, book sum 0.9647" in lines


def text_of(renderable):
    console = Console(width=250, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(renderable, soft_wrap=True)
    return captured.get()


def test_the_proof_in_words_says_each_thing_on_a_line():
    found = explanation(
        surebet(ALPHA, BETA), EVENTS, LATER, {("BookieAlpha", "btts"): NOON - timedelta(hours=1)}
    )
    lines = text_of(explained(found)).splitlines()
    assert lines == [
        f"{found['id']}  Valencia - Rayo Vallecano  btts upcoming  2026-05-14T17:00:00+00:00",
        "",
        "legs",
        (
            "  yes 2.2 at BookieAlpha (btts), 48.8372% of the stake, last seen 7.0 s ago as "
            "Valencia - Rayo Vallecano (event 7)"
        ),
        "      first at this price 2026-05-14T11:00:00+00:00, by GET /BookieAlpha?page=1",
        f"      SHA-256 of that answer {'ab' * 32}, which took 120 ms",
        (
            "   no 2.1 at BookieBeta (btts), 51.1628% of the stake, last seen 7.0 s ago as "
            "Valencia CF - Rayo Vallecano (event 9)"
        ),
        "      first at this price 2026-05-14T12:00:00+00:00, by GET /BookieBeta?page=1",
        f"      SHA-256 of that answer {'ab' * 32}, which took 120 ms",
        "  oldest leg 7.0 s, legs seen 0.0 s apart",
        "",
        "the same match, because",
        "  BookieAlpha upcoming 7: Valencia - Rayo Vallecano 2026-05-14T17:00:00+00:00 betradar=61",
        "  BookieBeta upcoming 9: Valencia CF - Rayo Vallecano 2026-05-14T17:00:00+00:00",
        (
            "    keys ['BookieAlpha/upcoming/7', 'BookieBeta/upcoming/9'], by names, home 6.5, away 8.0, "
            "apart_s 300"
        ),
        "",
        "arithmetic",
        "  yes: 1/2.2 = 0.454545",
        "   no: 1/2.1 = 0.476190",
        "  sum 215/231 = 0.930736, break-even 1, profit +7.4419%",
        *(
            f"  {winner}, {both}: returns 1.074419 of each 1 staked"
            for winner in ("home", "draw", "away")
            for both in ("not both score", "both score")
        ),
        "",
        "flag: suspect: book sum 0.9307 is below 0.95",
    ]


def test_what_does_not_stand_any_more_says_why_at_once():
    found = explanation(surebet(ALPHA, BETA), EVENTS, LATER, reason="BookieBeta is suspended")
    assert (found["stands"], found["reason"]) == (False, "BookieBeta is suspended")
    assert text_of(explained(found)).splitlines()[1:4] == [
        "",
        "it does not stand now: BookieBeta is suspended",
        "",
    ]


def test_in_brief_the_last_sighting_and_the_first_answer_are_two_things():
    lines = text_of(in_brief(explanation(surebet(ALPHA, BETA), EVENTS, LATER))).splitlines()
    assert [line.strip("│ ") for line in lines[1:-1]] == [
        "(1/2.2 + 1/2.1) = 0.9307: 1 staked returns 1.0744 on every result",
        "yes 2.2: BookieAlpha, last seen 7 s ago, first by GET /BookieAlpha?page=1 (SHA-256 abababababab…)",
        "no 2.1: BookieBeta, last seen 7 s ago, first by GET /BookieBeta?page=1 (SHA-256 abababababab…)",
        "one match by names: BookieAlpha Valencia - Rayo Vallecano, BookieBeta Valencia CF - Rayo Vallecano",
    ]


def test_in_brief_double_chance_is_divided_by_the_outcomes_paid():
    quotes = [
        offer(f"B{outcome}", {outcome: 1.6}, "double_chance", outcome) for outcome in ("1X", "12", "X2")
    ]
    lines = text_of(in_brief(explanation(surebet(*quotes), [], NOON))).splitlines()
    assert "(1/1.6 + 1/1.6 + 1/1.6)/2 = 0.9375: 1 staked returns 1.0667 on every result" in lines[1]
    assert "one match by alone" in lines[-2]


@pytest.mark.parametrize("shown", [explained, in_brief])
def test_names_are_text_and_keep_to_their_line(shown):
    one = offer("BookieAlpha", {"yes": 2.2}, home=ODD, refs={"betradar": "6\n1"})
    other = offer("BookieBeta", {"no": 2.2}, number="9", home=ODD)
    found = explanation(surebet(one, other), [known(one), known(other)], NOON)
    text = text_of(shown(found))
    assert "[red]A[/red] [/]�[31m�B" in text
    assert text.replace("\n", "").isprintable()
    plain = explanation(surebet(ALPHA, BETA), [known(ALPHA), known(BETA)], NOON)
    assert text.count("\n") == text_of(shown(plain)).count("\n")
