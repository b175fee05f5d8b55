"""Workers as Deployments of one namespace of a cluster; more replicas are more consumers of a group.

The cluster restarts what crashes. A replica's number is ours: the lowest that is free when its pod is
first seen. Secrets are Secrets, mounted as files. Calls are tried against a stub of the API over HTTP
(tests/launcher/test_kubernetes.py), the objects against the API's schemas; no cluster was at hand.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from mispriced.errors import Fatal
from mispriced.launcher.docker import worker_command
from mispriced.launcher.kubernetes_access import ABSENT, Access
from mispriced.launcher.kubernetes_objects import (
    DIGEST_NOTE,
    PREFIX_LABEL,
    WORKER_LABEL,
    Cluster,
    deployment,
    secret,
    secret_name,
)
from mispriced.launcher.kubernetes_pods import Pod, changes, is_ending, numbered, state_of
from mispriced.launcher.runner import RunnerEvent, WorkerSpec, WorkerState

if TYPE_CHECKING:
    from kubernetes.client import Configuration

NAMESPACE: Final = "mispriced"
TRIES: Final = 4  # another launcher may change a Deployment between reading and replacing it
SCALED_S: Final = 5.0  # for the cluster to begin ending what is not wanted
GONE_S: Final = 15.0  # beyond the grace period, for the cluster to forget a pod
POLL_S: Final = 0.2
CONFLICT: Final = 409


class KubernetesRunner:
    """The Deployments of one `prefix` in a namespace; without `access`, as kubectl or a pod reaches it.

    Raises: Unavailable when the client is not installed or no cluster is configured.
    """

    def __init__(
        self,
        image: str,
        *,
        prefix: str = "xtr",
        namespace: str = NAMESPACE,
        access: Configuration | None = None,
        command: Callable[[WorkerSpec], Sequence[str]] = worker_command,
    ) -> None:
        self._cluster = Cluster(image=image, prefix=prefix, namespace=namespace)
        self._command = command
        self._access = Access(namespace, access)
        self._numbers: dict[str, dict[str, int]] = {}
        self._seen: dict[str, WorkerState] | None = None

    def start(self, spec: WorkerSpec) -> list[WorkerState]:
        """Start or find the Deployment of a worker and set its replicas; see `Runner`.

        Returns the pods there are now; those that the cluster is still to make come later.
        Raises: Fatal when a Deployment of somebody else has the name.
        """
        wanted = deployment(self._cluster, spec, self._command(spec))
        with self._access.refusals():
            if self._seen is None:
                self._states()
            self._put_until_agreed(spec, wanted)
            return [one for one in self._states()[0] if one.name == spec.name]

    def stop(self, name: str, grace_s: float) -> None:
        """End the replicas of a worker; see `Runner`.

        Raises: Fatal when a pod is still there long after its grace.
        """
        space, selector = self._cluster.namespace, self._cluster.selector(name)
        with self._access.refusals():
            found = self._access.unless_absent(self._access.apps.read_namespaced_deployment, name, space)
            if found is not None and self._is_ours(found):
                # to none first: pods that are deleted while they are wanted are made anew
                self._access.call(
                    self._access.apps.patch_namespaced_deployment, name, space, {"spec": {"replicas": 0}}
                )
                self._wait(lambda: all(is_ending(one) for one in self._access.pods(selector)[0]), SCALED_S)
            self._access.call(
                self._access.core.delete_collection_namespaced_pod,
                space,
                label_selector=selector,
                grace_period_seconds=math.ceil(grace_s),
            )
            if not self._wait(lambda: not self._access.pods(selector)[0], grace_s + GONE_S):
                raise Fatal(f"worker {name}: pods are still there {GONE_S:.0f} s after their grace period")
            if found is not None and self._is_ours(found):
                self._access.unless_absent(self._access.apps.delete_namespaced_deployment, name, space)
                self._access.unless_absent(
                    self._access.core.delete_namespaced_secret, secret_name(name), space
                )

    def states(self) -> list[WorkerState]:
        """Return every pod of every worker."""
        with self._access.refusals():
            return self._states()[0]

    def logs(self, name: str, tail: int, replica: int = 0) -> list[str]:
        """Return the last lines of a replica's output, those of its present container."""
        with self._access.refusals():
            for one in self._states()[0]:
                if (one.name, one.replica) == (name, replica) and tail > 0:
                    text = self._access.unless_absent(
                        self._access.core.read_namespaced_pod_log,
                        one.identity,
                        self._cluster.namespace,
                        tail_lines=tail,
                    )
                    return (text or "").splitlines()
        return []

    def events(self) -> list[RunnerEvent]:
        """Return what is other than at the last call, or than when this runner first looked.

        Of several crashes between two calls the last has its exit code; moments are the cluster's.
        """
        with self._access.refusals():
            before = self._seen
            states, now = self._states()
        self._seen = {one.identity: one for one in states}
        return changes(before if before is not None else self._seen, self._seen, now)

    def close(self) -> None:
        """Close the connections; the pods go on."""
        self._access.close()

    def _put_until_agreed(self, spec: WorkerSpec, wanted: dict[str, Any]) -> None:
        from kubernetes.client.exceptions import ApiException

        for left in reversed(range(TRIES)):
            try:
                return self._put(spec, wanted)
            except ApiException as error:
                if error.status not in (CONFLICT, ABSENT) or not left:
                    raise
        return None

    def _put(self, spec: WorkerSpec, wanted: dict[str, Any]) -> None:
        name, space = wanted["metadata"]["name"], self._cluster.namespace
        found = self._access.unless_absent(self._access.apps.read_namespaced_deployment, name, space)
        if found is not None and not self._is_ours(found):
            raise Fatal(
                f"deployment {name} exists and is not of {self._cluster.prefix!r}: rename or remove it"
            )
        if spec.secrets:
            self._put_secret(spec)
        if found is None:
            self._access.call(self._access.apps.create_namespaced_deployment, space, wanted)
            return
        has = found["metadata"]
        if has.get("annotations", {}).get(DIGEST_NOTE) != wanted["metadata"]["annotations"][DIGEST_NOTE]:
            newer = {**wanted, "metadata": {**wanted["metadata"], "resourceVersion": has["resourceVersion"]}}
            self._access.call(self._access.apps.replace_namespaced_deployment, name, space, newer)
        elif found["spec"]["replicas"] != wanted["spec"]["replicas"]:
            scale = {"spec": {"replicas": wanted["spec"]["replicas"]}}
            self._access.call(self._access.apps.patch_namespaced_deployment, name, space, scale)

    def _is_ours(self, found: dict[str, Any]) -> bool:
        labels = found["metadata"].get("labels", {})
        return bool(labels.get(PREFIX_LABEL) == self._cluster.prefix)

    def _put_secret(self, spec: WorkerSpec) -> None:
        from kubernetes.client.exceptions import ApiException

        body, space = secret(self._cluster, spec), self._cluster.namespace
        try:
            self._access.call(self._access.core.create_namespaced_secret, space, body)
        except ApiException as error:
            if error.status != CONFLICT:
                raise
            self._access.call(self._access.core.patch_namespaced_secret, secret_name(spec.name), space, body)

    def _states(self) -> tuple[list[WorkerState], datetime]:
        pods, now = self._access.pods(self._cluster.selector())
        by_worker: dict[str, list[Pod]] = {}
        for pod in pods:
            by_worker.setdefault(pod["metadata"]["labels"][WORKER_LABEL], []).append(pod)
        numbers = {}
        for name, group in by_worker.items():
            numbers[name] = numbered(self._numbers.get(name, {}), [one["metadata"]["name"] for one in group])
        self._numbers = numbers
        states = [
            state_of(pod, name, numbers[name][pod["metadata"]["name"]])
            for name, group in by_worker.items()
            for pod in group
        ]
        states.sort(key=lambda one: (one.name, one.replica))
        if self._seen is None:
            self._seen = {one.identity: one for one in states}
        return states, now

    def _wait(self, true: Callable[[], bool], within_s: float) -> bool:
        until = time.monotonic() + within_s
        while not true():
            if time.monotonic() > until:
                return False
            time.sleep(POLL_S)
        return True
