"""Prices above the fair one: whole rows, out of quotes that may be compared and are believed."""

import msgspec
import pytest
from rich.console import Console

from mispriced.cli.valuing import value_table
from mispriced.domain.plausibility import PlausibilityLimits
from mispriced.domain.value import ValueRule
from mispriced.pipeline.views.values import Valued, ValueRow, ValueRules
from tests.domain.quotes import KICKOFF
from tests.pipeline.boards import RULES, after, documents_of, offer

FAIR = ValueRules(detect=RULES, plausible=PlausibilityLimits(), value=ValueRule(method="multiplicative"))
OTHERS = [offer(name, 1.9, 1.9) for name in ("BookieAlpha", "BookieBeta", "BookieGamma")]
LONG = offer("BookieDelta", 2.2, 1.7, seen_s=1)


def rows_of(*quotes, rules=FAIR, at=2.0):
    return Valued(rules).rows(documents_of(*quotes), {}, after(at))


def test_a_price_above_what_three_others_say_is_shown_with_what_it_was_measured_by():
    [row] = rows_of(*OTHERS, LONG)
    assert row == ValueRow(
        match_id="m1", source="live", home=LONG.home, away=LONG.away, competition=LONG.competition,
        kickoff=KICKOFF, market="btts", outcome="yes", bookmaker="BookieDelta", price=2.2, fair_price=2.0,
        edge=pytest.approx(0.1), kelly=pytest.approx(0.25 * 0.1 / 1.2), books=3, dispersion=0.0,
        seen_at=after(1), changed_at=after(1),
    )  # fmt: skip


@pytest.mark.parametrize(
    "quotes",
    [
        [*OTHERS[:2], LONG],  # too few say what is fair
        [*OTHERS, offer("BookieDelta", 2.03, 1.8)],  # an edge below the least
        [*OTHERS, offer("BookieDelta", None, 1.7, suspended=("yes",))],
        [*OTHERS, offer("BookieDelta", 2.2, 1.7, seen_s=-100)],  # stale
        [*OTHERS, offer("BookieDelta", 22.0, 1.7)],  # not believed
    ],
)
def test_what_cannot_be_said_is_not(quotes):
    assert rows_of(*quotes) == []


def test_a_match_is_judged_again_when_a_price_changes():
    valued = Valued(FAIR)
    before = valued.rows(documents_of(*OTHERS, LONG), {}, after(2))
    assert valued.rows(documents_of(*OTHERS, LONG), {}, after(3)) == before
    dearer = offer("BookieDelta", 2.3, 1.7, seen_s=4)
    [row] = valued.rows(documents_of(*OTHERS, dearer), {}, after(5))
    assert (row.price, round(row.edge, 9)) == (2.3, 0.15)
    assert valued.rows(documents_of(*OTHERS), {}, after(6)) == []


def test_a_terminal_shows_a_line_a_price_and_names_as_text():
    rows = [msgspec.structs.replace(one, home="\x1b[2JValencia") for one in rows_of(*OTHERS, LONG)]
    console = Console(width=160)
    with console.capture() as captured:
        console.print(value_table(rows, after(9)))
    line = next(one for one in captured.get().splitlines() if "BookieDelta" in one)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    shown = ["both teams to score, live", "BookieDelta", "yes", "2.20", "2.00", "+10.0%", "3", "8 s"]
    assert (cells[0], cells[2:]) == ("m1", shown)
    assert "\x1b[2J" not in line
