"""The Kubernetes runner against a stub of the API over HTTP, its objects against the API's schemas.

No API server was run: none can be installed here.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from kubernetes.client import Configuration
from pydantic import SecretStr

from mispriced.errors import Fatal, Unavailable
from mispriced.launcher.kubernetes import KubernetesRunner
from mispriced.launcher.kubernetes_objects import Cluster, deployment, secret
from mispriced.launcher.runner import WorkerSpec
from tests.launcher import cluster_stub

PASSWORD = "canary-77aa"


def worker(replicas: int = 2, **environment: str) -> WorkerSpec:
    return WorkerSpec(
        name="xtr-btts-live-0",
        role="extract",
        environment={"STREAM": "XTR-BTTS_live_stream-0", **environment},
        secrets={"REDIS_PASS": SecretStr(PASSWORD)},
        replicas=replicas,
    )


@pytest.fixture
def stub() -> Iterator[cluster_stub.Cluster]:
    """Yield a stub of a cluster."""
    with cluster_stub.cluster() as one:
        yield one


@pytest.fixture
def runner(stub: cluster_stub.Cluster) -> Iterator[KubernetesRunner]:
    """Yield a runner on the stub."""
    one = open_runner(stub)
    yield one
    one.close()


def open_runner(stub: cluster_stub.Cluster, **options: Any) -> KubernetesRunner:
    return KubernetesRunner("mispriced:1", namespace="odds", access=stub.access(), **options)


def test_a_worker_is_a_deployment_and_a_secret_and_its_pods_are_its_replicas(
    runner: KubernetesRunner, stub: cluster_stub.Cluster
):
    states = runner.start(worker())
    assert [(one.name, one.replica, one.status, one.restarts) for one in states] == [
        ("xtr-btts-live-0", 0, "running", 0),
        ("xtr-btts-live-0", 1, "running", 0),
    ]
    cluster = Cluster(image="mispriced:1", prefix="xtr", namespace="odds")
    sent = stub.deployments["xtr-btts-live-0"]
    sent["metadata"].pop("resourceVersion")
    assert sent == deployment(cluster, worker(), ("worker", "--role", "extract"))
    assert stub.secrets["xtr-btts-live-0-secrets"]["stringData"] == {"REDIS_PASS": PASSWORD}


def test_starting_again_changes_nothing(runner: KubernetesRunner, stub: cluster_stub.Cluster):
    first = runner.start(worker())
    stub.calls.clear()
    assert runner.start(worker()) == first
    assert {call for call in stub.calls if call[1] == "deployments"} == {("GET", "deployments")}


def test_scale_is_replicas_and_numbers_stay(runner: KubernetesRunner, stub: cluster_stub.Cluster):
    two = runner.start(worker())
    three = runner.start(worker(replicas=3))
    assert three[:2] == two
    assert ("PATCH", "deployments") in stub.calls
    assert runner.start(worker(replicas=0)) == []


def test_another_environment_replaces_the_deployment(runner: KubernetesRunner, stub: cluster_stub.Cluster):
    runner.start(worker())
    runner.start(worker(XTR_BATCH="4"))
    [container] = stub.deployments["xtr-btts-live-0"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "XTR_BATCH", "value": "4"} in container["env"]


def test_a_conflict_is_read_again_and_put_again(runner: KubernetesRunner, stub: cluster_stub.Cluster):
    runner.start(worker())
    stub.refuse = [("PUT", "deployments", 409), ("PUT", "deployments", 409)]
    runner.start(worker(XTR_BATCH="4"))
    assert stub.refuse == []
    assert "XTR_BATCH" in json.dumps(stub.deployments)


def test_somebody_elses_deployment_is_left_alone(runner: KubernetesRunner, stub: cluster_stub.Cluster):
    open_runner(stub, prefix="other").start(worker())
    before = json.dumps(stub.deployments)
    with pytest.raises(Fatal, match="deployment xtr-btts-live-0 exists and is not of 'xtr'"):
        runner.start(worker(XTR_BATCH="4"))
    runner.stop("xtr-btts-live-0", 1)
    assert json.dumps(stub.deployments) == before


def test_stopping_leaves_nothing_and_is_no_error_where_nothing_is(
    runner: KubernetesRunner, stub: cluster_stub.Cluster
):
    runner.start(worker())
    runner.stop("xtr-btts-live-0", 1.5)
    runner.stop("xtr-btts-live-0", 1.5)
    assert (stub.deployments, stub.secrets, stub.pods, runner.states()) == ({}, {}, {}, [])
    assert stub.graces == ["2", "2"]


def test_a_crash_is_seen_with_its_exit_code(runner: KubernetesRunner, stub: cluster_stub.Cluster):
    [first, _] = runner.start(worker())
    started = runner.events()
    stub.crash(first.identity, 137)
    seen = runner.events()
    runner.stop("xtr-btts-live-0", 1)
    assert [(one.what, one.replica) for one in started] == [("started", 0), ("started", 1)]
    assert [(one.what, one.replica, one.exit_code) for one in seen] == [
        ("died", 0, 137),
        ("restarted", 0, None),
    ]
    assert [(one.what, one.replica) for one in runner.events()] == [("stopped", 0), ("stopped", 1)]
    assert runner.events() == []


def test_a_later_launcher_finds_what_runs_and_no_old_events(
    runner: KubernetesRunner, stub: cluster_stub.Cluster
):
    first = runner.start(worker())
    other = open_runner(stub)
    assert other.states() == first
    assert other.events() == []
    other.close()


def test_logs_are_the_last_lines_and_none_of_an_unknown_worker(
    runner: KubernetesRunner, stub: cluster_stub.Cluster
):
    [first, _] = runner.start(worker())
    stub.logs[first.identity] = "one\ntwo\nthree\n"
    assert runner.logs("xtr-btts-live-0", 2) == ["two", "three"]
    assert runner.logs("nobody", 2) == []


def test_a_refusal_says_why_and_a_missing_role_where_to_look(
    runner: KubernetesRunner, stub: cluster_stub.Cluster
):
    stub.refuse = [("POST", "deployments", 422), ("GET", "pods", 403)]
    with pytest.raises(Fatal, match=r"does not let us \(403\): see the Role in deploy/kubernetes"):
        runner.states()
    with pytest.raises(Fatal, match="refused: 422 refused on request"):
        runner.start(worker())


def test_an_absent_cluster_is_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        access = Configuration(host=f"http://127.0.0.1:{taken.getsockname()[1]}")
        runner = KubernetesRunner("mispriced:1", access=access)
        with pytest.raises(Unavailable, match=r"no cluster answers at http://127.0.0.1:\d+: kubectl"):
            runner.states()
        runner.close()


def test_no_cluster_configured_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    with pytest.raises(Unavailable, match="no cluster is configured"):
        KubernetesRunner("mispriced:1")


def test_the_objects_keep_to_the_schemas_and_the_secret_to_its_own():
    cluster = Cluster(image="mispriced:1", prefix="xtr", namespace="odds")
    objects = [deployment(cluster, worker(), ("worker",)), secret(cluster, worker())]
    for one in objects:
        kubernetes_validate.validate(one, "1.31", strict=True)
    assert PASSWORD not in json.dumps(objects[0])


def test_a_deployment_selects_its_own_pods_and_mounts_what_it_names():
    made = deployment(Cluster(image="i", prefix="p", namespace="n"), worker(), ("worker",))
    template = made["spec"]["template"]
    [container] = template["spec"]["containers"]
    assert made["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in template["spec"]["volumes"]
    }
    assert not template["spec"]["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
