"""The objects of a worker in a cluster, as the API takes them: a Deployment and, with secrets, a Secret.

A pod is not root, its root filesystem is read-only, it has no capability and no token of the cluster.
Its probes ask the worker's own loopback address, because it listens nowhere else. What belongs to the
namespace as a whole (network policy, roles) is in deploy/kubernetes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mispriced.launcher.runner import WORKER, WorkerSpec

PREFIX_LABEL: Final = "mispriced.prefix"
WORKER_LABEL: Final = "mispriced.worker"
DIGEST_NOTE: Final = "mispriced.digest"
USER: Final = 10001  # deploy/Dockerfile's
METRICS_PORT: Final = 9464
SECRETS: Final = "/run/secrets/mispriced"
CONTAINER: Final = "worker"
GRACE_S: Final = 30

Manifest = dict[str, Any]


class Cluster(Struct, frozen=True, kw_only=True):
    """What every worker of a launcher has in common."""

    image: str
    prefix: str
    namespace: str
    memory: str = "512Mi"
    processor: str = "1"

    def selector(self, name: str | None = None) -> str:
        """Return what selects the pods of one worker, or of all."""
        return f"{PREFIX_LABEL}={self.prefix},{WORKER_LABEL}" + (f"={name}" if name else "")

    def digest(self, spec: WorkerSpec, command: Sequence[str]) -> str:
        """Tell apart what would run; the secrets by their names."""
        facts = msgspec.json.encode((spec.digest, self, tuple(command)))
        return hashlib.sha256(facts).hexdigest()[:16]


def secret(cluster: Cluster, spec: WorkerSpec) -> Manifest:
    """Return the Secret of a worker."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _named(cluster, spec, secret_name(spec.name)),
        "type": "Opaque",
        "stringData": {name: value.get_secret_value() for name, value in spec.secrets.items()},
    }


def secret_name(worker: str) -> str:
    """Return the name of a worker's Secret."""
    return f"{worker}-secrets"


def deployment(cluster: Cluster, spec: WorkerSpec, command: Sequence[str]) -> Manifest:
    """Return the Deployment of a worker."""
    labels = _labels(cluster, spec)
    note = {DIGEST_NOTE: cluster.digest(spec, command)}
    volumes: list[Manifest] = [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}]
    mounts: list[Manifest] = [{"name": "tmp", "mountPath": "/tmp"}]
    if spec.secrets:
        volumes.append(
            {"name": "secrets", "secret": {"secretName": secret_name(spec.name), "defaultMode": 0o440}}
        )
        mounts.append({"name": "secrets", "mountPath": SECRETS, "readOnly": True})
    container = {
        "name": CONTAINER,
        "image": cluster.image,
        "args": list(command),
        "env": _environment(spec),
        "volumeMounts": mounts,
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"cpu": cluster.processor, "memory": cluster.memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "livenessProbe": {**_probe("healthz"), "initialDelaySeconds": 20, "failureThreshold": 3},
        "readinessProbe": {**_probe("readyz"), "failureThreshold": 2},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**_named(cluster, spec, spec.name), "annotations": note},
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {
                    "labels": {"app.kubernetes.io/name": "mispriced", **labels},
                    "annotations": note,
                },
                "spec": {
                    "automountServiceAccountToken": False,
                    # a Service named redis would set REDIS_PORT to tcp://…
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": GRACE_S,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "fsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [container],
                    "volumes": volumes,
                },
            },
        },
    }


def _environment(spec: WorkerSpec) -> list[Manifest]:
    plain: Mapping[str, str] = {
        "MISPRICED_METRICS_PORT": str(METRICS_PORT),
        **spec.environment,
        **{f"{name}_FILE": f"{SECRETS}/{name}" for name in spec.secrets},
    }
    pod = {"name": WORKER, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    return [*({"name": name, "value": value} for name, value in sorted(plain.items())), pod]


def _probe(path: str) -> Manifest:
    port = "os.environ['MISPRICED_METRICS_PORT']"
    ask = f'import os, urllib.request as r; r.urlopen(f"http://127.0.0.1:{{{port}}}/{path}", timeout=4)'
    return {"exec": {"command": ["python", "-c", ask]}, "periodSeconds": 30, "timeoutSeconds": 5}


def _named(cluster: Cluster, spec: WorkerSpec, name: str) -> Manifest:
    labels = {"app.kubernetes.io/name": "mispriced", **_labels(cluster, spec)}
    return {"name": name, "namespace": cluster.namespace, "labels": labels}


def _labels(cluster: Cluster, spec: WorkerSpec) -> dict[str, str]:
    return {PREFIX_LABEL: cluster.prefix, WORKER_LABEL: spec.name}
