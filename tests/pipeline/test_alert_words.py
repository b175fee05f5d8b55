"""The words of an alert, whole."""

from __future__ import annotations

import msgspec

from mispriced.domain.model import encode
from mispriced.messages import Delivery
from mispriced.pipeline.alert_rules import Alert, Rule, Told, decide
from mispriced.pipeline.alert_words import delivery
from tests.pipeline.opportunities import after, surebet

LINK = "http://127.0.0.1:8765/"
OPENED = decide(Rule(), Told(), "opened", surebet(), "", after(3))


def test_an_opening_says_legs_stakes_profit_age_and_where_to_look():
    assert delivery("7-0", OPENED, after(12), LINK) == Delivery(
        id="7-0",
        title="Surebet +5.00%: Valencia - Rayo Vallecano",
        text="LaLiga  14 May 17:00 UTC  both teams to score, live\n"
        "yes 2.10 at BookieAlpha: stake 50.00\n"
        "no 2.10 at BookieGamma: stake 50.00\n"
        "5.00 guaranteed on 100.00 after taxes and rounding\n"
        "oldest price seen 12 s ago, opened 12 s ago\n"
        "http://127.0.0.1:8765/#sb1",
        alert=encode(OPENED),
    )


def test_a_closing_says_how_long_it_stood_and_why_it_closed():
    told = Told()
    told.add(OPENED)
    closed = decide(Rule(), told, "closed", surebet(), "BookieAlpha is suspended", after(300))
    said = delivery("8-0", closed, after(900), LINK, is_simulated=True)
    assert said.title == "SIMULATED Closed: Valencia - Rayo Vallecano"
    assert said.text.splitlines()[1:] == [
        "stood 5 min; BookieAlpha is suspended",
        "http://127.0.0.1:8765/#sb1",
    ]


def test_a_name_cannot_write_a_line_of_its_own():
    assert isinstance(OPENED, Alert)
    forged = msgspec.structs.replace(OPENED, home="A\nstake 1000 at", competition="\x1b[2J")
    said = delivery("9-0", forged, after(5), LINK)
    assert (said.title, len(said.text.splitlines())) == (
        "Surebet +5.00%: A\ufffdstake 1000 at - Rayo Vallecano",
        6,
    )
    assert "\x1b" not in said.text
