"""The audit log: who did what, appended and never rewritten."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from mispriced import telemetry

CANARY = "canary-audit-51c0"


def lines(folder):
    return [json.loads(line) for line in (folder / "audit.log").read_text().splitlines()]


@pytest.mark.parametrize("level", ["debug", "error"])
def test_an_action_is_kept_with_user_process_and_time_whatever_the_level(tmp_path, capsys, level):
    telemetry.configure(level, as_json=True)
    telemetry.audit_in(tmp_path / "logs")
    telemetry.audit("replayed", stream="xtr:dead", letter="1-0")
    (line,) = lines(tmp_path / "logs")
    at = datetime.fromisoformat(line.pop("at"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 10
    assert line.pop("user")
    assert line == {
        "action": "replayed",
        "uid": os.getuid(),
        "pid": os.getpid(),
        "stream": "xtr:dead",
        "letter": "1-0",
    }
    shown = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    assert [one["action"] for one in shown] == (["replayed"] if level == "debug" else [])


def test_lines_are_appended_and_only_the_owner_reads_them(tmp_path):
    telemetry.configure("error")
    telemetry.audit_in(tmp_path)
    telemetry.audit("started", what="up")
    telemetry.audit_in(tmp_path)
    telemetry.audit("stopped", what="up")
    assert [line["action"] for line in lines(tmp_path)] == ["started", "stopped"]
    assert stat.S_IMODE((tmp_path / "audit.log").stat().st_mode) == 0o600


def test_a_secret_in_a_fact_is_not_kept(tmp_path):
    telemetry.configure("error")
    telemetry.hide([CANARY])
    telemetry.audit_in(tmp_path)
    telemetry.audit("started", address=f"redis://:{CANARY}@host", more={CANARY: [CANARY]})
    assert CANARY not in (tmp_path / "audit.log").read_text()


def test_a_link_in_its_place_is_not_followed(tmp_path, capsys):
    (tmp_path / "audit.log").symlink_to(tmp_path / "elsewhere")
    telemetry.configure("error")
    telemetry.audit_in(tmp_path)
    telemetry.audit("started")
    telemetry.audit("stopped")
    assert not (tmp_path / "elsewhere").exists()
    assert capsys.readouterr().err.count("no audit log at") == 1


def test_without_a_folder_actions_are_in_the_other_logs_only(tmp_path, capsys):
    telemetry.configure("info", as_json=True)
    telemetry.audit_in(None)
    telemetry.audit("pinned", match="m1")
    assert json.loads(capsys.readouterr().err)["match"] == "m1"


def test_processes_append_whole_lines_side_by_side(tmp_path):
    program = (
        "import sys; from pathlib import Path; from mispriced import telemetry\n"
        "telemetry.configure('error'); telemetry.audit_in(Path(sys.argv[1]))\n"
        "for number in range(50): telemetry.audit('banned', number=number, pad='x' * 3000)"
    )
    runs = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(3)]
    assert [run.wait(30) for run in runs] == [0, 0, 0]
    found = sorted((line["pid"], line["number"]) for line in lines(tmp_path))
    assert found == sorted((run.pid, number) for run in runs for number in range(50))
