"""A fleet in containers, whole: launched by its command, against a simulator and a server on x-net."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mispriced.cli.clock import SystemClock
from mispriced.cli.opened import Opened
from mispriced.cli.simulated import Simulated
from mispriced.cli.stores import open_store
from mispriced.cli.truth import compare
from mispriced.settings import load
from tests.cli.commands import COMMAND, environment
from tests.launcher.engine import GATEWAY, IMAGE, Engine
from tests.launcher.runner_contract import eventually
from tests.launcher.test_docker import needs_engine, valkey

pytestmark = needs_engine

NAMES = ["sim-btts-upcoming-1-0", "sim-detect-upcoming-0", "sim-match-upcoming-0"]
WITHIN_S = 120.0


@pytest.fixture
def simulated(engine: Engine) -> Iterator[Simulated]:
    """A simulator on the gateway of x-net, whose sites containers reach by proxy."""
    with Simulated(["--host", GATEWAY, "--plant", "200"]) as simulated:
        yield simulated


def three_bookmakers(simulated: Simulated, place: Path) -> Path:
    """Return a configuration of three bookmakers: two cannot tell which price is wrong.

    Of tomorrow's matches: in the evening today has few left.
    """
    text = re.sub(r"date = \[[^,\]]+, ([^,\]]+)[^\]]*\]", r"date = [\1]", simulated.config.read_text())
    config = place / "three.toml"
    config.write_text(re.sub(r"(?m)^BookieBeta\.date.*\n", "", text))
    return config


def test_a_fleet_in_containers_finds_surebets_and_leaves_no_container(
    engine: Engine, simulated: Simulated, tmp_path: Path
):
    config = three_bookmakers(simulated, tmp_path)
    with valkey(engine) as url:
        given = environment(
            REDIS_URL=url,
            MISPRICED_DATA_DIR=str(tmp_path / "data"),
            MISPRICED_LAUNCH__IMAGE=IMAGE,
            MISPRICED_LAUNCH__DOCKER_SOCKET=str(engine.socket),
            MISPRICED_LAUNCH__GRACE_S="5",
        )
        words = ["btts", "upcoming", "--runner", "docker", "--config", str(config)]
        store = open_store(url, load(config))
        start = SystemClock().now()
        with (
            Opened(store) as opened,
            subprocess.Popen([*COMMAND, "launch", *words], env=given, stderr=subprocess.PIPE) as process,
        ):
            try:
                found = eventually(lambda: opened.read(SystemClock().now()), WITHIN_S)
                containers = engine.client.containers.list(filters={"label": "mispriced.worker"})
                shown = [*COMMAND, "status", "--json", "--runner", "docker", "--config", str(config)]
                status = json.loads(subprocess.run(shown, env=given, capture_output=True, timeout=60).stdout)
                process.send_signal(signal.SIGTERM)
                _, said = process.communicate(timeout=30)
            finally:
                process.kill()
        compared = compare(found, simulated.truth(start, SystemClock().now()), start, SystemClock().now())
        waiting = [one for one in store.backlog() if one.pending]
        store.close()
    assert (process.returncode, said.decode()) == (0, "")
    assert sorted(str(one.name) for one in containers) == NAMES
    assert sorted(f"{row['name']}-{row['replica']}" for row in status["workers"]) == NAMES
    assert {row["status"] for row in status["workers"]} == {"running"}
    assert compared.false == ()
    assert {leg.bookmaker for one in found for leg in one.legs} <= {
        "BookieAlpha",
        "BookieGamma",
        "BookieDelta",
    }
    assert waiting == []
    assert engine.client.containers.list(filters={"label": "mispriced.worker"}) == []
