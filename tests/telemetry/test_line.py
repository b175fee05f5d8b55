"""A record as fields, and as a line that cannot steer a terminal or forge another line."""

import json
import logging

import structlog

from mispriced import telemetry
from mispriced.telemetry.line import JsonLine, TextLine, fields


def record(message, *args, exc_info=None):
    made = logging.LogRecord("aiohttp.client", logging.WARNING, "x", 1, message, args, exc_info)
    made.created = 1_778_760_000.25
    return made


def test_a_librarys_record_has_its_logger_and_its_arguments_put_in():
    assert fields(record("%s tries at %s", 3, "host")) == {
        "timestamp": "2026-05-14T12:00:00.250000Z",
        "level": "warning",
        "event": "3 tries at host",
        "logger": "aiohttp.client",
    }


def test_arguments_that_do_not_fit_are_shown_beside_the_text():
    assert fields(record("%d tries", "x"))["event"].startswith("%d tries ('x',) (")


def test_text_of_a_bookmaker_neither_steers_the_terminal_nor_begins_a_line():
    text = TextLine(colors=False).format(
        record({"event": "a\nb\x1b[2J", "home": "\x1b]0;x\x07\x9b", "away": "c\nd"})
    )
    assert text.isprintable()
    assert len(JsonLine().format(record("a\nb")).splitlines()) == 1


def test_what_is_no_json_is_shown_as_text():
    line = JsonLine().format(
        record({"event": "e", "set": {1}, "object": ValueError("x"), "ratio": float("nan")})
    )
    assert json.loads(line)["object"] == "x"


def test_an_exception_given_as_a_value_is_a_trace(capsys):
    telemetry.configure("info", as_json=True)
    try:
        raise ValueError("price of X is 1.0")
    except ValueError as error:
        kept = error
    structlog.get_logger().warning("message failed", exc_info=kept)
    line = json.loads(capsys.readouterr().err)
    assert line["exception"].startswith("Traceback")
    assert "exc_info" not in line
