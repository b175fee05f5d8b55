"""compose.yaml, the Dockerfile and the systemd units: their own checkers where there are any, and names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from mispriced.launcher.docker import NETWORK
from mispriced.launcher.docker_container import USER
from tests.conftest import ROOT
from tests.engines import program
from tools import bootstrap

DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNITS: Final = sorted((DEPLOY / "systemd").glob("*.service"))
GIVEN: Final = {"thesports_user", "thesports_secret"}  # by the API's vendor
MADE: Final = {"secrets", "mispriced.toml"}  # by the person who installs it


@pytest.mark.engine
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit_and_finds_it_hardened(unit: Path, tmp_path: Path):
    copy = tmp_path / unit.name.replace("@", "@x")
    copy.write_text(unit.read_text().replace("/opt/mispriced/bin/python", "/bin/true"))
    analyze = program("systemd-analyze")
    verified = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    words = [analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", str(copy)]
    judged = subprocess.run(words, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_holds_no_secret_and_waits_for_no_word_that_never_comes(unit: Path):
    text = unit.read_text()
    assert "Type=exec" in text
    assert "WatchdogSec" not in text
    assert "LoadCredential=redis_url:" in text
    assert not re.search(r"(PASS|TOKEN|SECRET)\w*(?<!_FILE)=", text)


def test_every_service_of_compose_is_confined_and_limited():
    for name, one in COMPOSE["services"].items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "pids_limit", "restart", "logging"} <= set(one), name
        assert "docker.sock" not in str(one), name
        assert re.fullmatch(r".+:[\w.]+", one["image"]), name
        assert not one["image"].endswith(":latest"), name


def test_compose_publishes_nothing_beyond_the_machine_and_holds_no_secret():
    assert {port for one in COMPOSE["services"].values() for port in one.get("ports", [])} == {
        "172.30.0.1:6379:6379"
    }
    assert COMPOSE["networks"][NETWORK]["ipam"]["config"][0]["gateway"] == "172.30.0.1"
    assert COMPOSE["services"]["fleet"]["user"] == USER
    environment = {
        key for one in COMPOSE["services"].values() for key in one.get("environment", {}) if "PASS" in key
    }
    assert environment == set()


def test_what_compose_names_exists():
    services, volumes = COMPOSE["services"], set(COMPOSE["volumes"])
    for one in services.values():
        for volume in one.get("volumes", []):
            source = volume.partition(":")[0]
            path = source.removeprefix("./")
            assert source in volumes or path in MADE or (DEPLOY / path).exists(), volume
        assert set(one.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(one.get("depends_on", [])) <= set(services)
        mode = one.get("network_mode", "").removeprefix("service:")
        assert mode in services or not mode
    made = (DEPLOY / "acl" / "make-secrets.sh").read_text()
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"].startswith("./secrets/")
        if name in GIVEN:
            continue
        assert secret["file"].rpartition("/")[2].replace("fleet", "$user") in made


def test_the_image_is_not_roots_and_installs_only_what_is_pinned():
    text = (DEPLOY / "Dockerfile").read_text()
    assert f"USER {USER}" in text
    assert "bootstrap.install(" in text
    assert "--require-hashes" in bootstrap.RULES
    assert re.search(r"^ARG BASE=python:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert {"STOPSIGNAL SIGTERM", "HEALTHCHECK"} <= set(
        re.findall(r"^STOPSIGNAL SIGTERM|^HEALTHCHECK", text, re.MULTILINE)
    )
    for lock in re.findall(r"ARG LOCK=(\w+)|LOCK=(\w+)", text):
        assert (ROOT / "requirements" / f"{''.join(lock)}.txt").exists()
