"""The simulator as a child process: started on a free port, asked and moved over loopback."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from mispriced.backends.child import LEASH
from mispriced.cli.truth import Standing, read_truth
from mispriced.errors import Misconfigured, Unavailable, Usage

READY_S: Final = 60.0  # a start takes two; a machine short of time, many
ANSWER_S: Final = 60.0  # the truth of a whole demo is computed when it is asked for


class Simulated:
    """A simulator that was started; whoever first asks where it is or what it serves waits until it is ready.

    Raises, when first asked: Unavailable if it does not start; SystemExit if it refused the arguments.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="mispriced-simulator-")
        self._config = Path(self._place.name) / "simulated.toml"
        command = [
            sys.executable, "-P", "-m", "mispriced", "simulate", *arguments,
            "--json", "--write-config", str(self._config),
        ]  # fmt: skip
        self._process = subprocess.Popen(
            [*LEASH, str(os.getpid()), *command] if LEASH else command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the starter: the simulator goes last
        )

    def __enter__(self) -> Simulated:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def ready(self) -> Mapping[str, Any]:
        """What it says of itself."""
        try:
            ready: dict[str, Any] = json.loads(self._first_line())
        except ValueError as error:
            self.close()
            if self._process.returncode in (Usage.exit_code, Misconfigured.exit_code):
                raise SystemExit(self._process.returncode) from error  # it has said what is wrong
            raise Unavailable(f"the simulator did not start, exit code {self._process.returncode}") from error
        return ready

    @property
    def url(self) -> str:
        """Its address."""
        url: str = self.ready["url"]
        return url

    @property
    def config(self) -> Path:
        """A configuration that points to it."""
        _ = self.ready  # it is written by then
        return self._config

    def truth(self, start: datetime, end: datetime) -> list[Standing]:
        """Return every surebet that stood at some instant from `start` to `end`."""
        return read_truth(self._ask(f"/_sim/truth?from={_stamp(start)}&to={_stamp(end)}"))

    def move_to(self, moment: datetime) -> None:
        """Move the simulator's virtual clock."""
        self._ask("/_sim/clock", json.dumps({"now": moment.isoformat()}).encode())

    def requests(self) -> int:
        """Return how many requests of bookmakers' sites were answered."""
        return _total(json.loads(self._ask("/_sim/counters")))

    def close(self) -> None:
        """End the simulator."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._place.cleanup()

    def _first_line(self) -> str:
        assert self._process.stdout is not None
        until = time.monotonic() + READY_S
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                raise Unavailable(f"the simulator did not start within {READY_S:.0f} s")
            part = os.read(self._process.stdout.fileno(), 65536)
            if not part:
                self._process.wait()
                break
            line += part
        return line.decode()

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self.url + path, data=body)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on loopback
        try:
            with direct.open(request, timeout=ANSWER_S) as answer:
                found: bytes = answer.read()
                return found
        except OSError as error:
            raise Unavailable(f"the simulator at {self.url}{path.partition('?')[0]}: {error}") from error


def _stamp(moment: datetime) -> str:
    return urllib.parse.quote(moment.isoformat())


def _total(counters: Any) -> int:
    if isinstance(counters, dict):
        return sum(_total(one) for one in counters.values())
    return counters if isinstance(counters, int) else 0
