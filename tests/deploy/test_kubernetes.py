"""deploy/kubernetes against the API's schemas, and what no schema sees: that names agree.

No API server was run: none can be installed here.
"""

from __future__ import annotations

import re
import subprocess
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml
from pydantic import SecretStr

from mispriced.launcher.kubernetes_objects import Cluster, deployment, secret_name
from mispriced.launcher.runner import WorkerSpec
from tests.conftest import ROOT
from tests.engines import program

FOLDER: Final = ROOT / "deploy" / "kubernetes"
WORKER: Final = deployment(
    Cluster(image="mispriced:1", prefix="xtr", namespace="mispriced"),
    WorkerSpec(name="w", role="match", environment={}, secrets={"REDIS_URL": SecretStr("x")}),
    ("worker",),
)
KUSTOMIZE: Final = "kustomization.yaml"
# Made by the person who installs it, or by kustomize.
GIVEN: Final = {
    ("Secret", "mispriced-valkey-users"), ("Secret", "mispriced-redis-url"), ("Secret", secret_name("w")),
    ("ConfigMap", "mispriced"),
}  # fmt: skip


def objects() -> list[dict[str, Any]]:
    """Return every object of the folder."""
    named = yaml.safe_load((FOLDER / KUSTOMIZE).read_text())["resources"]
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*named, KUSTOMIZE}
    return [one for name in named for one in yaml.safe_load_all((FOLDER / name).read_text())]


OBJECTS: Final = objects()
RUNNING: Final = [one for one in [*OBJECTS, WORKER] if one["kind"] in ("Deployment", "StatefulSet")]


@pytest.mark.parametrize("version", ["1.27", "1.31", "1.34"])
def test_every_object_keeps_to_the_schema(version: str):
    for one in OBJECTS:
        kubernetes_validate.validate(one, version, strict=True)


def test_every_object_is_in_the_namespace():
    spaces = {one["metadata"].get("namespace") for one in OBJECTS if one["kind"] != "Namespace"}
    assert spaces == {"mispriced"}


@pytest.mark.parametrize("one", RUNNING, ids=lambda one: str(one["metadata"]["name"]))
def test_what_runs_selects_its_own_pods_and_names_what_exists(one: dict[str, Any]):
    template, pod = one["spec"]["template"], one["spec"]["template"]["spec"]
    assert one["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    claims = [claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])]
    for container in pod["containers"]:
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]} | set(claims)
        ports = {port["name"] for port in container.get("ports", [])}
        probes = [container["livenessProbe"], container["readinessProbe"]]
        assert {probe["tcpSocket"]["port"] for probe in probes if "tcpSocket" in probe} <= ports
    for volume in pod["volumes"]:
        if "secret" in volume:
            assert ("Secret", volume["secret"]["secretName"]) in GIVEN
        if "configMap" in volume:
            assert ("ConfigMap", volume["configMap"]["name"]) in GIVEN
    accounts = {other["metadata"]["name"] for other in OBJECTS if other["kind"] == "ServiceAccount"}
    assert pod.get("serviceAccountName") in accounts | {None}
    assert pod.get("automountServiceAccountToken", True) == ("serviceAccountName" in pod)


@pytest.mark.parametrize("one", RUNNING, ids=lambda one: str(one["metadata"]["name"]))
def test_what_runs_is_confined(one: dict[str, Any]):
    pod = one["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not pod["enableServiceLinks"]
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert not re.search(
            r"(PASS|TOKEN|SECRET)\w*", str([env["name"] for env in container.get("env", [])])
        )


def test_services_and_policies_select_pods_that_exist():
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in RUNNING]
    for one in OBJECTS:
        selector = {
            "Service": lambda spec: spec["selector"],
            "NetworkPolicy": lambda spec: spec["podSelector"]["matchLabels"],
            "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
        }.get(one["kind"])
        if selector is not None:
            wanted = selector(one["spec"])
            assert [pod for pod in labels if wanted.items() <= pod.items()], one["metadata"]["name"]


def test_the_role_allows_what_the_runner_calls_and_no_reading_of_secrets():
    [role] = [one for one in OBJECTS if one["kind"] == "Role"]
    allowed = {
        (resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]
    }
    assert allowed == {
        ("deployments", "get"), ("deployments", "create"), ("deployments", "update"),
        ("deployments", "patch"), ("deployments", "delete"),
        ("pods", "list"), ("pods", "deletecollection"), ("pods/log", "get"),
        ("secrets", "create"), ("secrets", "patch"), ("secrets", "delete"),
    }  # fmt: skip
    [binding] = [one for one in OBJECTS if one["kind"] == "RoleBinding"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert not [one for one in OBJECTS if one["kind"].startswith("Cluster")]


def test_no_secret_has_a_value_here():
    assert not [one for one in OBJECTS if one["kind"] == "Secret"]


@pytest.mark.engine
def test_kustomize_builds_it():
    built = subprocess.run([program("kubectl"), "kustomize", str(FOLDER)], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    made = list(yaml.safe_load_all(built.stdout))
    assert len(made) == len(OBJECTS) + 1
    for one in made:
        kubernetes_validate.validate(one, "1.31", strict=True)
