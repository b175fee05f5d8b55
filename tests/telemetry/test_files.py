"""The log file of a process: its name by UTC day, and its limits by size, number and age."""

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from mispriced import telemetry
from mispriced.telemetry.files import DailyFile, LogFiles

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC).timestamp()
DAY_S = 86_400
HOUR_S = 3_600


def record(text="message failed", at=NOON):
    made = logging.LogRecord("mispriced", logging.INFO, "x", 1, {"event": text}, (), None)
    made.created = at
    return made


@pytest.fixture
def opened(tmp_path):
    handlers = []

    def open_one(name="extract", **limits):
        handlers.append(DailyFile(LogFiles(folder=tmp_path / "logs", name=name, **limits)))
        return handlers[-1]

    yield open_one
    for handler in handlers:
        handler.close()


def names(tmp_path):
    return sorted(path.name for path in (tmp_path / "logs").iterdir() if not path.name.startswith("."))


def test_each_utc_day_has_a_file_by_its_name_with_a_json_object_a_line(tmp_path, opened):
    handler = opened()
    for text, at in (("a", NOON), ("b", NOON + DAY_S / 2 - 1), ("c", NOON + DAY_S / 2)):
        handler.emit(record(text, at))
    assert names(tmp_path) == ["extract_2026-05-14.log", "extract_2026-05-15.log"]
    lines = (tmp_path / "logs/extract_2026-05-14.log").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"timestamp": "2026-05-14T12:00:00Z", "level": "info", "event": "a"},
        {"timestamp": "2026-05-14T23:59:59Z", "level": "info", "event": "b"},
    ]


def test_a_full_file_is_turned_over_and_only_so_many_are_kept(tmp_path, opened):
    handler = opened(max_bytes=2_000, backups=2)
    for number in range(200):
        handler.emit(record(f"line {number:03}"))
    assert names(tmp_path) == [f"extract_2026-05-14.log{end}" for end in ("", ".1", ".2")]
    sizes = [path.stat().st_size for path in (tmp_path / "logs").iterdir() if path.name.startswith("extract")]
    assert max(sizes) <= 2_000
    last = (tmp_path / "logs/extract_2026-05-14.log").read_text().splitlines()[-1]
    assert json.loads(last)["event"] == "line 199"


def test_the_documents_limits_are_the_defaults():
    files = LogFiles(folder="logs", name="extract")
    assert (files.max_bytes, files.backups, files.max_age_h) == (1024 * 1024, 5, 2)


def test_only_files_of_this_name_that_are_too_old_are_removed(tmp_path, opened):
    folder = tmp_path / "logs"
    folder.mkdir()
    old = [
        "extract_2026-05-13.log", "extract_2026-05-14.log.3", "extract-2_2026-05-13.log",
        "my_extract_2026-05-13.log", "extract_2026-05-13.log.gz", "extract_2026-05-13.txt",
        "match_2026-05-13.log", "audit.log",
    ]  # fmt: skip
    for name in (*old, "extract_2026-05-12.log"):
        (folder / name).touch()
        os.utime(folder / name, (NOON, NOON - 2 * HOUR_S - 1))
    os.utime(folder / "extract_2026-05-12.log", (NOON, NOON - 2 * HOUR_S + 1))
    opened(max_age_h=2).emit(record())
    gone = {"extract_2026-05-13.log", "extract_2026-05-14.log.3"}
    assert set(names(tmp_path)) == {*old, "extract_2026-05-12.log", "extract_2026-05-14.log"} - gone


def test_the_file_in_use_is_kept_however_old_it_looks(tmp_path, opened):
    handler = opened(max_age_h=2)
    handler.emit(record("a"))
    file = tmp_path / "logs/extract_2026-05-14.log"
    os.utime(file, (NOON, NOON - 10 * HOUR_S))
    handler.emit(record("b", NOON + 2 * HOUR_S))
    assert len(file.read_text().splitlines()) == 2


def test_a_second_process_of_the_same_name_gets_a_file_of_its_own(tmp_path, opened):
    first, second = opened(), opened()
    first.emit(record("of the first"))
    second.emit(record("of the second"))
    assert names(tmp_path) == ["extract-2_2026-05-14.log", "extract_2026-05-14.log"]
    first.close()
    opened().emit(record("of the third"))
    assert len((tmp_path / "logs/extract_2026-05-14.log").read_text().splitlines()) == 2


def test_a_name_cannot_leave_the_folder(tmp_path, opened):
    opened(name="../x/odds\n").emit(record())
    assert names(tmp_path) == ["-x-odds-_2026-05-14.log"]


def test_a_folder_that_cannot_be_made_is_said_once_and_the_process_goes_on(tmp_path, opened, capsys):
    (tmp_path / "logs").write_text("a file")
    handler = opened()
    for _ in range(3):
        handler.emit(record())
    said = capsys.readouterr().err
    assert said == f"mispriced: no log file in {tmp_path / 'logs'}: File exists; going on without\n"
    (tmp_path / "logs").unlink()
    handler.emit(record("back"))
    assert "back" in (tmp_path / "logs/extract_2026-05-14.log").read_text()


def test_a_full_disk_is_said_once_and_the_process_goes_on(tmp_path, opened, capsys):
    (tmp_path / "logs").mkdir()
    file = tmp_path / "logs/extract_2026-05-14.log"
    file.symlink_to("/dev/full")
    handler = opened()
    for _ in range(1000):
        handler.emit(record("x" * 1000))
    said = capsys.readouterr().err
    assert (
        said == f"mispriced: no log file in {tmp_path / 'logs'}: No space left on device; going on without\n"
    )
    file.unlink()
    handler.emit(record("space again"))
    assert "space again" in file.read_text()


def test_two_processes_that_write_at_once_lose_no_line(tmp_path):
    program = (
        "import sys, structlog; from pathlib import Path; from mispriced import telemetry\n"
        "telemetry.configure('error')\n"
        "files = telemetry.LogFiles(folder=Path(sys.argv[1]), name='extract', max_bytes=4000, backups=90)\n"
        "telemetry.write_to(files)\n"
        "for number in range(300): structlog.get_logger().info('line', by=sys.argv[2], number=number)"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "logs"), who], stderr=subprocess.PIPE)
        for who in "ab"
    ]
    assert [run.communicate(timeout=30)[1] for run in runs] == [b"", b""]
    lines = [
        json.loads(line)
        for path in (tmp_path / "logs").iterdir() if path.name.startswith("extract")
        for line in path.read_text().splitlines()
    ]  # fmt: skip
    found = sorted((line["by"], line["number"]) for line in lines)
    assert found == [(who, number) for who in "ab" for number in range(300)]


def test_the_file_has_what_the_console_leaves_out(tmp_path, capsys):
    import structlog

    telemetry.configure("error")
    telemetry.write_to(LogFiles(folder=tmp_path / "logs", name="extract"))
    log = structlog.get_logger()
    log.debug("not kept")
    log.info("kept", worker="extract/1")
    logging.getLogger("aiohttp").warning("kept too")
    (file,) = [path for path in (tmp_path / "logs").iterdir() if path.suffix == ".log"]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["kept", "kept too"]
    assert lines[0]["worker"] == "extract/1"
    assert lines[1]["logger"] == "aiohttp"
    assert capsys.readouterr().err == ""
