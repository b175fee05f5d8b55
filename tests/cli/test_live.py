"""`mispriced live` as a person runs it, against the simulator in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mispriced.cli.simulated import Simulated
from tests.cli.commands import COMMAND, Asked, environment, run, run_many

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]

LIMITED = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
os.execv(sys.argv[1], sys.argv[1:])
"""
CANARY = "Zm9vYmFyc2VjcmV0"


@pytest.fixture(scope="module")
def simulated() -> Iterator[Simulated]:
    with Simulated(["--matches", "6"]) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "data"


def asked(simulated: Simulated, place: Path, *words: str, **given: str) -> Asked:
    settings = {"MISPRICED_DATA_DIR": str(place), **given}
    return Asked(["live", *words, "--config", str(simulated.config)], settings)


def fault(simulated: Simulated, name: str | None, **more: object) -> dict:
    request = urllib.request.Request(
        f"{simulated.url}/_sim/football", data=json.dumps({"fault": name, **more}).encode()
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_cycle_is_shown_reported_and_written(simulated: Simulated, place: Path, tmp_path: Path):
    out = tmp_path / "out"
    before, shown, told, well = run_many(
        [
            asked(simulated, place, "health"),
            asked(simulated, place, "--out", str(out)),
            asked(simulated, place, "--out", str(out), "--json"),
            asked(simulated, place, "health", "--json"),
        ],
        at_once=1,
    )
    assert (before.code, before.out) == (1, "last good cycle never, 180 s are allowed\n")
    assert shown.code == 0
    assert "SIMULATED" in shown.out
    assert "6 of 6 matches in play" in shown.out
    report = told.json
    assert (report["simulated"], report["source"], report["matches"]) == (True, "api", 6)
    assert report["hits"] == 12 + 3 + 1
    assert report["requests"] == 1 + 6 + 6
    assert report["memory_mb"] > 10
    assert len([one["match_id"] for group in report["board"]["groups"] for one in group["matches"]]) == 6
    step1 = json.loads((out / "step1.json").read_text())
    assert step1["match_details"]["m0"]["query"] == {"total": 1, "type": "uuid", "uuid": "m0"}
    assert len(step1["team_info"]) == 12
    assert step1["step1_completion_summary"]["daily_match_number"] == 2
    assert len(json.loads((out / "step2.json").read_text())["history"]) == 2
    lines = (out / "step1.log").read_text().splitlines()
    assert lines[:6] == shown.err.splitlines()[-6:]
    assert [line.partition(":")[0] for line in lines[:5]] == [
        "STEP 1a – LIVE FETCH", "STEP 1b – ENRICH (async)", "STEP 2 – run_step2", "STEP 7 – run_step7",
        "TOTAL CYCLE TIME",
    ]  # fmt: skip
    assert (well.code, well.json["is_well"], well.json["last"]["requests"]) == (0, True, 13)


def test_missing_credentials_are_named_and_a_refused_secret_is_nowhere(
    simulated: Simulated, place: Path, tmp_path: Path
):
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    out, logs = tmp_path / "out", tmp_path / "logs"
    given = {"THESPORTS_SECRET_FILE": str(secret), "LOG_DIR": str(logs)}
    none, half, refused = run_many(
        [
            Asked(["live"]),
            Asked(["live"], {"THESPORTS_USER": "me"}),
            asked(simulated, place, "--out", str(out), "--json", **given),
        ]
    )
    assert (none.code, none.out, half.code, half.out) == (78, "", 78, "")
    assert none.err.startswith("mispriced: THESPORTS_USER and THESPORTS_SECRET not set")
    assert half.err.startswith("mispriced: THESPORTS_SECRET not set")
    assert refused.code == 78
    assert refused.json["steps"]["live"]["outcomes"] == {"unauthorised": 1}
    written = "".join(path.read_text(errors="replace") for path in [*out.glob("*"), *logs.glob("*.log")])
    assert "Unauthorized access" in refused.out + written
    assert CANARY not in refused.out + refused.err + written


def test_the_api_down_is_said_and_the_last_data_are_shown_with_their_age(simulated: Simulated, place: Path):
    run_many([asked(simulated, place)])
    fault(simulated, "down")
    try:
        down, none, mock = run_many(
            [
                asked(simulated, place, "--json"),
                asked(simulated, place, MISPRICED_LIVEDATA__FALLBACK="none"),
                asked(simulated, place, MISPRICED_LIVEDATA__FALLBACK="mock"),
            ],
            at_once=1,
        )
    finally:
        fault(simulated, None)
    assert (down.code, down.json["source"], down.json["matches"]) == (69, "last-known", 6)
    assert down.json["age_s"] > 0
    assert down.json["board"]["age_s"] >= 0
    assert (none.code, none.out.splitlines()[-1]) == (69, "no data: live: status 503")
    assert mock.code == 69
    assert "FALLBACK" in mock.out


def test_a_full_disk_keeps_the_old_files_and_the_store_has_the_cycle(
    simulated: Simulated, place: Path, tmp_path: Path
):
    out = tmp_path / "out"
    run_many([asked(simulated, place, "--out", str(out))])
    before = (out / "step2.json").read_bytes()
    limited = [sys.executable, "-c", LIMITED]
    words = [*COMMAND, "live", "--config", str(simulated.config), "--out", str(out), "--json"]
    with Store(place) as url:
        server = {"REDIS_URL": url}
        ran = subprocess.run(
            [*limited, *words],
            env=environment(MISPRICED_DATA_DIR=str(place), **server),
            capture_output=True,
            text=True,
            timeout=60,
        )
        report = json.loads(ran.stdout)
        assert report["source"] == "api"
        assert any(one.startswith("step2.json: ") for one in report["reasons"])
        assert (out / "step2.json").read_bytes() == before
        health = run("live", "health", "--config", str(simulated.config), "--json", **server)
        assert health.json["last"]["matches"] == 6


class Store:
    """A server that is no child of the command."""

    def __init__(self, place: Path) -> None:
        from mispriced.backends import embedded

        self._server = embedded.start(place, runtime_dir=place.parent)

    def __enter__(self) -> str:
        return f"unix://{self._server.socket_path}"

    def __exit__(self, *_: object) -> None:
        self._server.close()


def test_of_twelve_starts_at_once_one_owns_the_cycle(simulated: Simulated, place: Path):
    fault(simulated, None, median_ms=500)
    try:
        answers = run_many([asked(simulated, place, "--json") for _ in range(12)], at_once=12)
    finally:
        fault(simulated, None, median_ms=0)
    assert sorted(one.code for one in answers) == [0, *[75] * 11]
    refused = {one.err.partition(" is ")[2] for one in answers if one.code == 75}
    assert refused == {f"the football cycle of {place / 'run'}; SIGTERM ends it after the cycle in hand\n"}


def test_sigterm_finishes_the_cycle_in_hand(simulated: Simulated, place: Path):
    fault(simulated, None, median_ms=400)
    try:
        process = start(simulated, place, "--json")
        asked = fault(simulated, None, median_ms=400)["calls"].get("/match/detail_live", 0)
        until = time.monotonic() + 30
        while fault(simulated, None, median_ms=400)["calls"].get("/match/detail_live", 0) == asked:
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    finally:
        fault(simulated, None, median_ms=0)
    [report] = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, report["matches"], report["errors"], report["left"]) == (0, 6, 0, 0)


def start(simulated: Simulated, place: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "live", "--continuous", "--config", str(simulated.config), *words],
        env=environment(MISPRICED_DATA_DIR=str(place)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
