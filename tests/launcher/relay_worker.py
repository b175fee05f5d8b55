"""A worker for the Docker tests: does a job by saying so on another stream, with its acknowledgement."""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.messages import Effects, Handled, Message, Output, Subscription
from mispriced.pipeline.run import Consumer, Rhythm


class Relay:
    """Takes a moment for each job, so that a crash meets one."""

    def __init__(self, worker: str, stop: threading.Event) -> None:
        self._worker = worker
        self._stop = stop

    def handle(self, messages: Sequence[Message]) -> Handled:
        effects = []
        for one in messages:
            self._stop.wait(0.02)
            done = Output(stream="done", fields={"job": one.fields["job"], "worker": self._worker})
            effects.append(Effects(message=one, outputs=(done,)))
        return Handled(effects=tuple(effects))

    def tick(self, now: datetime) -> None:
        pass


def main() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    name = os.environ["MISPRICED_WORKER"]
    password = Path(os.environ["REDIS_PASS_FILE"]).read_text()
    store = RedisStore(f"redis://:{password}@{os.environ['REDIS_HOST']}:6379/0")
    sys.stdout.write(f"up {name} {sys.argv[1:]}\n")
    consumer = Consumer(
        store,
        Subscription(streams=(os.environ["STREAM"],), group="relay", consumer=name),
        Relay(name, stop),
        SystemClock(),
        stop,
        batch_size=5,
        batch_timeout_s=0.05,
        rhythm=Rhythm(claim_idle_s=1.5),
    )
    consumer.run()
    sys.stdout.write("stopping\n")


if __name__ == "__main__":
    main()
