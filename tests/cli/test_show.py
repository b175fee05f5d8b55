"""What a person sees: names as text, whatever is in them."""

import io
import json
from contextlib import redirect_stdout
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mispriced.cli import show
from mispriced.cli.up import finish
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.funnel import Funnel
from tests.domain.quotes import NOON

ODD = "[red]Real[/red] [/] :smile: \x1b[31m\x9b2J\u202e<script>\n\tB"
SHOWN = "[red]Real[/red] [/] :smile: �[31m�2J�<script>��B"


@given(st.text(), st.lists(st.text(), max_size=3))
def test_json_is_printable_and_means_what_was_given(text, rows):
    with redirect_stdout(io.StringIO()) as printed:
        show.print_json({"name": text, "rows": rows})
    line = printed.getvalue()
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    assert json.loads(line) == {"name": text, "rows": rows}


@given(st.text())
def test_what_is_clean_is_printable_and_as_long(text):
    cleaned = show.clean(text)
    assert cleaned.isprintable()
    assert len(cleaned) == len(text)
    assert text.isprintable() <= (cleaned == text)


def test_a_string_is_printed_as_it_is(capsys):
    show.console().print(show.clean(ODD))
    assert capsys.readouterr().out == f"{SHOWN}\n"


def test_the_report_of_a_cycle_shows_names_as_text(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    because = Funnel(
        events=2, matched=1, documents=1, judged=1, fresh=1, priced=1, surebets=1, best_sum=0.9, reasons={},
        nearest=(f"live btts {ODD} - B: book sum 0.9000",),
    )  # fmt: skip
    report = {
        "simulated": True,
        "surebets": [
            {
                "profit": 0.1,
                "event": ODD,
                "market": "btts",
                "source": "live",
                "legs": [{"outcome": "yes", "price": 2.2, "bookmaker": "BookieAlpha"}],
            }
        ],
        "because": {name: getattr(because, name) for name in Funnel.__struct_fields__},
        "bookmakers": {"BookieAlpha": {"outcomes": {"ok": 1}}},
    }
    assert finish(report, as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "SIMULATED",
        f"+10.00%  {SHOWN}  live  yes 2.20 BookieAlpha",
        (
            "2 events seen, 1 matched, 1 markets in 1, 1 with two fresh bookmakers, 1 fully priced, "
            "best book sum 0.9000"
        ),
        f"  nearest: live btts {SHOWN} - B: book sum 0.9000",
        "",
    ]


def reading(name, source, **changes):
    given = {
        "bookmaker": name,
        "source": source,
        "markets": ("btts",),
        "period": "0",
        "at": NOON,
        "seconds": 1.0,
        "requests": 2,
        "outcomes": {"ok": 2},
        "events": 3,
        "quotes": 3,
        "skipped": 0,
        "last_good": NOON,
    }
    return Extraction(**(given | changes))


def table_lines(table):
    console = Console(width=200, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    rows = [line for line in captured.get().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]


def test_a_bookmaker_has_its_last_good_answer_also_after_it_failed():
    failed = {"outcomes": {"rejected": 2, "ok": 1}, "quotes": 0, "reasons": (f"live: {ODD}",)}
    readings = [
        reading("BookieAlpha", "live", **failed, last_good=NOON - timedelta(seconds=70)),
        reading("BookieAlpha", "live", **failed, last_good=NOON - timedelta(seconds=40)),
        reading("BookieBeta", "upcoming", **failed, last_good=None),
        reading("BookieBeta", "live"),
    ]
    events = {("BookieAlpha", "live"): 7, ("BookieBeta", "live"): 1, ("BookieBeta", "upcoming"): 0}
    assert table_lines(show.bookmaker_table(readings, events, NOON + timedelta(seconds=5))) == [
        ["BookieAlpha", "live", "45 s ago", "7", "0", "4", "0", f"4 rejected live: {SHOWN}"],
        ["BookieBeta", "live", "5 s ago", "1", "3", "2", "0", "none"],
        ["BookieBeta", "upcoming", "never", "0", "0", "2", "0", f"2 rejected live: {SHOWN}"],
    ]
    assert show.failed(readings) == [
        f"BookieAlpha live: 4 rejected live: {SHOWN}",
        f"BookieBeta upcoming: 2 rejected live: {SHOWN}",
    ]


def test_without_a_reading_that_is_said():
    assert show.failed([]) == ["no bookmaker was read yet"]
    assert show.failed([reading("BookieAlpha", "live")]) == []
