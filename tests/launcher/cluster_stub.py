"""A stub of a cluster's API over real HTTP: objects are kept, pods appear for Deployments at once.

It is no API server: nothing is validated, scheduled or run. It shows which calls the runner makes and
what it does about the answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes.client import Configuration

BORN = "2026-11-22T10:00:00Z"


class Cluster:
    """The objects by kind and name; `refuse` holds (method, kind, status) of calls to refuse once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.deployments: dict[str, Any] = {}
        self.secrets: dict[str, Any] = {}
        self.pods: dict[str, Any] = {}
        self.logs: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.refuse: list[tuple[str, str, int]] = []
        self.graces: list[str] = []
        self._born = 0

    def access(self) -> Configuration:
        return Configuration(host=self.url)

    def crash(self, pod: str, code: int) -> None:
        """Have a pod's container end and start again, as a kubelet does."""
        [status] = self.pods[pod]["status"]["containerStatuses"]
        status["lastState"] = {"terminated": {"exitCode": code, "startedAt": BORN}}
        status["restartCount"] += 1
        status["state"] = {"running": {"startedAt": "2026-11-22T10:00:05Z"}}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        parts = path.split("/namespaces/odds/")[1].split("/")
        kind, name = parts[0], parts[1] if len(parts) > 1 else None
        self.calls.append((method, kind))
        for one in self.refuse:
            if one[:2] == (method, kind):
                self.refuse.remove(one)
                return one[2], _status(one[2], "refused on request")
        if parts[-1] == "log":
            lines = self.logs[name or ""].splitlines(keepends=True)
            return 200, "".join(lines[-int(query["tailLines"][0]) :])
        objects = getattr(self, kind)
        if name is None and method == "GET":
            return 200, {"kind": "PodList", "items": list(self._selected(query).values())}
        if name is None and method == "DELETE":
            self.graces += query["gracePeriodSeconds"]
            for pod in self._selected(query):
                del self.pods[pod]
            self._reconcile()
            return 200, _status(200, "")
        if method == "POST":
            if body["metadata"]["name"] in objects:
                return 409, _status(409, "already exists")
            name = body["metadata"]["name"]
        elif name not in objects:
            return 404, _status(404, "not found")
        if method == "GET":
            return 200, objects[name]
        if method == "DELETE":
            return 200, objects.pop(name)
        if method in ("POST", "PUT"):
            objects[name] = body
        elif method == "PATCH":
            for part in body.keys() - {"metadata"}:
                had = objects[name].get(part)
                objects[name][part] = {**had, **body[part]} if isinstance(had, dict) else body[part]
        objects[name]["metadata"]["resourceVersion"] = str(len(self.calls))
        self._reconcile()
        return 200, objects[name]

    def _selected(self, query: dict[str, list[str]]) -> dict[str, Any]:
        wanted = [part.partition("=") for part in query["labelSelector"][0].split(",")]
        return {
            name: pod
            for name, pod in self.pods.items()
            if all(
                pod["metadata"]["labels"].get(key) == value if equals else key in pod["metadata"]["labels"]
                for key, equals, value in wanted
            )
        }

    def _reconcile(self) -> None:
        for name, deployment in self.deployments.items():
            mine = [pod for pod in self.pods if pod.startswith(f"{name}-pod")]
            for pod in mine[deployment["spec"]["replicas"] :]:
                del self.pods[pod]
            for _ in range(deployment["spec"]["replicas"] - len(mine)):
                self._born += 1
                pod = f"{name}-pod{self._born}"
                labels = deployment["spec"]["template"]["metadata"]["labels"]
                status = {
                    "name": "worker", "image": "x", "imageID": "x", "ready": True, "restartCount": 0,
                    "state": {"running": {"startedAt": BORN}},
                }  # fmt: skip
                self.pods[pod] = {
                    "metadata": {"name": pod, "labels": labels, "creationTimestamp": BORN},
                    "status": {"phase": "Running", "containerStatuses": [status]},
                }


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Yield a stub that answers on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, told = stub.answer(self.command, split.path, parse_qs(split.query), body)
            text = told if isinstance(told, str) else json.dumps(told)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(told, str) else "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  (http.server's names)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub = Cluster(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _status(code: int, message: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}
