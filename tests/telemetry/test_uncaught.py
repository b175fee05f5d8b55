"""What nobody caught is shown without secrets and told to the log."""

import json
import subprocess
import sys
import threading

import pytest

from mispriced import telemetry

CANARY = "canary-uncaught-77"

PROGRAM = f"""
import sys, threading
from pathlib import Path
from mispriced import telemetry
telemetry.configure("error")
telemetry.catch_uncaught()
telemetry.hide(["{CANARY}"])
telemetry.write_to(telemetry.LogFiles(folder=Path(sys.argv[1]), name="worker"))
def fail():
    raise ValueError("redis://me:{CANARY}@host")
if sys.argv[2] == "thread":
    thread = threading.Thread(target=fail, name="match-live")
    thread.start()
    thread.join()
elif sys.argv[2] == "stop":
    raise KeyboardInterrupt
else:
    fail()
"""


@pytest.mark.parametrize(
    ("where", "event", "code"),
    [("process", "process ended by an exception", 1), ("thread", "thread ended by an exception", 0)],
)
def test_the_trace_is_on_standard_error_and_in_the_file_without_the_secret(tmp_path, where, event, code):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), where], capture_output=True, text=True
    )
    assert run.returncode == code
    assert event in run.stderr
    assert "ValueError: redis://me:***@host" in run.stderr
    (file,) = tmp_path.glob("*.log")
    line = json.loads(file.read_text())
    assert (line["event"], line["level"]) == (event, "critical")
    assert line["exception"].endswith("ValueError: redis://me:***@host")
    assert CANARY not in run.stderr + file.read_text()


def test_an_interrupt_is_no_error(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), "stop"], capture_output=True, text=True
    )
    assert run.stderr == ""
    assert not list(tmp_path.glob("*.log"))


def test_a_hook_that_was_there_is_called_once_however_often_ours_is_set(monkeypatch, capsys):
    heard: list = []
    monkeypatch.setattr(threading, "excepthook", heard.append)
    telemetry.configure("error")
    telemetry.catch_uncaught()
    telemetry.catch_uncaught()

    def fail():
        raise ValueError("x")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert len(heard) == 1
    assert "thread ended by an exception" in capsys.readouterr().err
