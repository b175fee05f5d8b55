"""How the cluster is reached: as kubectl or a pod does, each call with a deadline and none sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from mispriced.errors import Fatal, Unavailable
from mispriced.launcher.kubernetes_pods import Pod, said

if TYPE_CHECKING:
    from kubernetes.client import Configuration

DEADLINES_S: Final = (3.0, 30.0)  # to connect, to answer
ABSENT: Final = 404
REFUSED: Final = (401, 403)


class Access:
    """The parts of the API that workers need, in one namespace.

    Raises: Unavailable when the client is not installed or no cluster is configured.
    """

    def __init__(self, namespace: str, configuration: Configuration | None) -> None:
        try:
            import kubernetes.client
        except ImportError as error:
            raise Unavailable(
                "the kubernetes runner needs its client: pip install 'mispriced[kubernetes]'"
            ) from error
        if configuration is None:
            configuration = kubernetes.client.Configuration()
            _configure(configuration)
        configuration.retries = False  # a creation is not to be sent twice
        self._namespace = namespace
        self._host: str = configuration.host
        self._client: Any = kubernetes.client.ApiClient(configuration)
        self.apps = kubernetes.client.AppsV1Api(self._client)
        self.core = kubernetes.client.CoreV1Api(self._client)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(self, method: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """Call a method of the API."""
        return method(*words, **named, _request_timeout=DEADLINES_S)

    def unless_absent(self, method: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """Call a method of the API; return what came as plain data, None when there is no such object."""
        from kubernetes.client.exceptions import ApiException

        try:
            found = self.call(method, *words, **named)
        except ApiException as error:
            if error.status != ABSENT:
                raise
            return None
        return self._plain(found)

    def pods(self, selector: str) -> tuple[list[Pod], datetime]:
        """Return the pods, oldest first, and when that was by the cluster's clock."""
        found, _, headers = self.call(
            self.core.list_namespaced_pod_with_http_info, self._namespace, label_selector=selector
        )
        pods: list[Pod] = self._plain(found)["items"]
        pods.sort(key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))
        return pods, parsedate_to_datetime(headers["Date"])

    def _plain(self, found: Any) -> Any:
        return self._client.sanitize_for_serialization(found)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Say what the cluster refused, or that it is away."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            yield
        except ApiException as error:
            if error.status in REFUSED:
                raise Fatal(
                    f"the cluster at {self._host} does not let us ({error.status}): "
                    "see the Role in deploy/kubernetes"
                ) from error
            raise Fatal(f"the cluster at {self._host} refused: {error.status} {said(error.body)}") from error
        except (HTTPError, OSError) as error:
            raise Unavailable(
                f"no cluster answers at {self._host}: kubectl cluster-info says more"
            ) from error


def _configure(access: Configuration) -> None:
    from kubernetes.config import ConfigException, load_incluster_config, load_kube_config

    try:
        load_incluster_config(client_configuration=access)  # type: ignore[no-untyped-call]
    except ConfigException:
        try:
            load_kube_config(client_configuration=access)  # type: ignore[no-untyped-call]
        except (ConfigException, OSError) as error:
            raise Unavailable(
                "no cluster is configured: this is no pod, and kubectl has no context (~/.kube/config)"
            ) from error
