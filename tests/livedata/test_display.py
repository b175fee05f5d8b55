"""The board in a terminal."""

from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

from rich.console import Console

from mispriced.livedata.board import board
from mispriced.livedata.display import text_of
from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.snapshot import assemble
from mispriced.livedata.summary import summaries
from mispriced.livedata.times import NEW_YORK
from tests.livedata.api import NOTHING, SEEN_AT, bodies, details_item, live_item, row, snapshot


def printed(*live, source="api", zone=NEW_YORK, now=SEEN_AT, colours=False, **more):
    read = snapshot(bodies(list(live), **more), source=source)
    matches, skipped = assemble(read)
    made = summaries(read, matches, skipped, now=now, zone=zone)
    out = StringIO()
    Console(file=out, width=70, force_terminal=colours).print(text_of(board(made, now=now, zone=zone)))
    return out.getvalue()


SCREEN = """\
Live football, 05/28/2025 01:30:17 PM EDT
2 of 3 matches in play
Finland: Cup ─────────────────────────────────────────────────────────
• [First half | 11'] H1 1 – 0 A1  red cards 0 – 1
    ML     -111 / +250 / +300  (BET365, minute 4)
    Spread +190 / -0.25 / +400  (BET365, before kick-off)
    O/U    +190 / 3.5 / +400  (BET365, midfield, closed)
    Fog, 16°C (60.8°F), wind 4.0m/s (8.9mph), humidity 62%, 759mmHg
• [Half-time] H1 0 – 0 A1
──────────────────────────────────────────────────────────────────────
First half (ID: 2): 1
Half-time (ID: 3): 1
End (ID: 8): 1
2 of 3 matches in play, 05/28/2025 01:30:17 PM EDT
"""


def test_a_board_is_a_header_groups_and_counts():
    weather = {
        "weather": 13, "pressure": "759mmHg", "temperature": "16°C", "wind": "4.0m/s", "humidity": "62%"
    }  # fmt: skip
    tables = {
        "eu": [row("4")],
        "asia": [row("", second=-0.25)],
        "bs": [row("midfield", sealed=1)],
    }
    text = printed(
        live_item("m1", 2, [1, 0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0]),
        live_item("m2", 3),
        live_item("m3", 8),
        details=[details_item("m1", environment=weather), details_item("m2"), details_item("m3")],
        odds={"m1": {"2": tables}},
    )
    assert "\n".join(line.rstrip() for line in text.splitlines()) + "\n" == SCREEN


def test_a_fallback_has_its_banner_above_and_below_and_on_each_match():
    lines = printed(live_item(), source="fallback").splitlines()
    assert [lines[0].rstrip(), lines[-1].rstrip()] == [FALLBACK_BANNER] * 2
    assert "• [First half | 11'] H1 0 – 0 A1  FALLBACK" in [line.rstrip() for line in lines]


def test_last_known_data_says_its_age():
    later = SEEN_AT + timedelta(seconds=125)
    first = printed(live_item(), source="last-known", now=later).splitlines()[0]
    assert first.rstrip() == "LAST KNOWN DATA: 125 s old, the API did not answer"


def test_times_are_in_the_chosen_zone_under_its_own_abbreviation():
    assert "05/28/2025 08:30:17 PM EAT" in printed(live_item(), zone=ZoneInfo("Africa/Nairobi"))


def test_a_name_cannot_steer_the_terminal_nor_be_markup():
    teams = {"h1": {"id": "h1", "name": "[red]X\x1b[2J"}, "a1": {"id": "a1", "name": "Y\x07"}}
    text = printed(live_item(home=NOTHING), teams=teams)
    assert "[red]X\ufffd[2J 0 – 0 Y\ufffd" in text


def test_colours_are_for_a_terminal_alone():
    assert "\x1b[" in printed(live_item(), colours=True)
    assert "\x1b[" not in printed(live_item())
