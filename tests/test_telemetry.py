"""Logs: one event, one line, on standard error, at the level that was chosen."""

import json
from datetime import datetime

import pytest
import structlog

from mispriced import telemetry

LEVELS = ("debug", "info", "warning", "error")


@pytest.fixture(autouse=True)
def unconfigured():
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(capsys, level="info", as_json=True):
    """Log one event of each level and return the lines that came out."""
    telemetry.configure(level, as_json)
    log = structlog.get_logger()
    for name in LEVELS:
        getattr(log, name)("message buried", worker="extract/1", error="field v\nis missing \x1b[31m")
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("level", LEVELS)
def test_a_level_shows_itself_and_what_is_worse_a_line_an_event(capsys, level, as_json):
    lines = logged(capsys, level, as_json)
    shown = LEVELS[LEVELS.index(level) :]
    assert len(lines) == len(shown)
    for line, name in zip(lines, shown, strict=True):
        assert name in line
        assert line.isprintable()


def test_a_json_line_has_the_event_its_level_the_utc_time_and_the_values_as_fields(capsys):
    (line,) = logged(capsys, "error")
    found = json.loads(line)
    assert datetime.fromisoformat(found.pop("timestamp")).utcoffset().total_seconds() == 0
    assert found == {
        "event": "message buried",
        "level": "error",
        "worker": "extract/1",
        "error": "field v\nis missing \x1b[31m",
    }


def test_an_exception_is_a_field_of_its_line(capsys):
    telemetry.configure("info", as_json=True)
    try:
        raise ValueError("price of X is 1.0")
    except ValueError:
        structlog.get_logger().exception("message failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["exception"].endswith("ValueError: price of X is 1.0")


def test_what_is_bound_to_a_worker_is_on_each_of_its_lines(capsys):
    telemetry.configure("info", as_json=True)
    with structlog.contextvars.bound_contextvars(worker="match/live"):
        structlog.get_logger().info("started")
    structlog.get_logger().info("stopped")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("worker") for line in lines] == ["match/live", None]


def test_a_pipe_gets_no_colours(capsys):
    assert not any("\x1b" in line for line in logged(capsys, "debug", as_json=False))
