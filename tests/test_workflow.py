"""The shipped workflow runs `.ci/run`, and on a Redis 8 tests that exist."""

from __future__ import annotations

import shlex
from typing import Any, Final

import pytest
import yaml

from tests.backends.servers import REDIS8, SERVERS
from tests.conftest import ROOT

JOBS: Final[dict[str, dict[str, Any]]] = yaml.safe_load(
    (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
)["jobs"]


def commands(job: str) -> list[list[str]]:
    """Return the words of each command of a job."""
    return [shlex.split(step["run"]) for step in JOBS[job]["steps"] if "run" in step]


def test_it_runs_all_checks():
    assert commands("checks")[-1] == ["bash", ".ci/run"]
    assert (ROOT / ".ci" / "run").is_file()


def test_a_redis_8_is_named_to_the_tests():
    job = JOBS["redis8"]
    service = job["services"]["redis"]
    assert service["image"] == "redis:8"
    [port] = service["ports"]
    assert job["env"] == {REDIS8: f"redis://127.0.0.1:{port.partition(':')[0]}/0"}


def test_the_redis_8_job_runs_the_contract_on_that_server_alone():
    [words] = commands("redis8")
    assert words[:5] == ["python3", "run.py", "test", "-n", "0"]
    select, word, contract, *further = words[5:]
    assert contract == "tests/backends/test_store_contract.py"
    assert (select, word) == ("-k", "json")
    assert word in SERVERS
    assert [one for one in (contract, *further) if not (ROOT / one).is_file()] == []


@pytest.mark.parametrize("job", JOBS)
def test_every_job_ends_in_time_and_has_no_secret(job: str):
    assert 0 < JOBS[job]["timeout-minutes"] <= 60
    assert "secrets" not in yaml.safe_dump(JOBS[job])
