"""The recorder: what passes on the recorded streams, into Parquet.

An entry is acknowledged when the file that holds it is on the disk. What was taken and not acknowledged
is taken again, and the files' names say which of it they hold already: killed at any time, nothing is
missing and nothing doubled. One recorder a store. Not here: how files are laid out (shelf.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import structlog
from msgspec import Struct

from mispriced.errors import Retry
from mispriced.history import parquet
from mispriced.history.rows import KINDS, Row, Sample, row_of
from mispriced.history.shelf import (
    NEVER,
    Part,
    StreamId,
    all_parts,
    counting,
    day_of,
    due_merges,
    last_held,
    stream_id,
    too_much,
)
from mispriced.messages import Effects, Message, Output, Subscription
from mispriced.pipeline.patience import Patience
from mispriced.pipeline.run import HEARTBEAT_KEPT, Heartbeat
from mispriced.ports import Clock, Store

GROUP: Final = "record"
TAKEN_AT_ONCE: Final = 2_000
TAKEN_AGAIN: Final = 20_000
IN_HAND: Final = 50_000  # entries of a file at most; a quote is some 2 kB in memory
BLOCK_S: Final = 0.2
BEAT_S: Final = 1.0
TRIM_S: Final = 10.0
AFTER_FAILURE_S: Final = 5.0  # a full disk is not asked again at once

_log: Final = structlog.get_logger()


class Bounds(Struct, frozen=True, kw_only=True):
    """How often a file is written, how often health is sampled, and how much is kept."""

    flush_s: float = 20.0
    sample_s: float = 60.0
    max_age_days: float = 30.0
    max_bytes: int = 10 * 1024**3


def subscription(store: Store) -> Subscription:
    """Return what the recorder reads."""
    return Subscription(streams=tuple(store.recorded_streams().values()), group=GROUP, consumer=GROUP)


class Recorder:
    """Records into a folder until `stop` is set; the folder is this process's alone (see `owned`)."""

    def __init__(
        self,
        store: Store,
        root: Path,
        clock: Clock,
        stop: threading.Event,
        bounds: Bounds | None = None,
        observed: Callable[[int, int, int], None] | None = None,
    ) -> None:
        self._store = store
        self._root = root
        self._clock = clock
        self._stop = stop
        self._bounds = bounds or Bounds()
        self._observed = observed
        self._subscription = subscription(store)
        self._names = {stream: name for name, stream in store.recorded_streams().items()}
        self._patience = Patience(GROUP, clock, stop)
        self._held: list[Message] = []
        self._last: dict[str, StreamId] = {}
        self._unmerged: dict[str, StreamId] = {}
        self._is_recovering = True
        self._due: dict[str, float] = {}
        self._handled = self._buried = self._failed = 0
        self._left_out: int | None = None

    def run(self) -> None:
        """Record until told to stop; what is in hand is written at the end."""
        self.begin()
        while not self._stop.is_set():
            try:
                self.turn()
            except Retry as error:
                self._failed += 1
                self._patience.wait(error)
            if self._observed:
                self._observed(self._handled, self._buried, self._failed)
        try:
            self._flush()
        except Retry as error:
            _log.warning("left with entries in hand", entries=len(self._held), error=str(error))

    def begin(self) -> None:
        """Remove what a killed recorder left half done, and see how far the record is."""
        for left in self._root.glob("*/*/.*"):
            left.unlink()
        self._last = last_held(self._root)

    def turn(self, wait_s: float = BLOCK_S) -> None:
        """Take what came, and write it when it is due.

        Raises: Retry when the server is away or a file cannot be written; the next turn goes on.
        """
        if self._is_recovering:
            self._recover()
        self._by_time()
        self._is_recovering = True  # should the answer be lost, its entries are ours without our knowing
        if not self._held:
            self._due["flush"] = self._clock.monotonic() + self._bounds.flush_s
        self._held += self._store.read(self._subscription, TAKEN_AT_ONCE, wait_s)
        if len(self._held) >= IN_HAND or (self._held and self._clock.monotonic() >= self._due["flush"]):
            self._flush()
        self._is_recovering = False
        self._patience.reset()

    def _recover(self) -> None:
        self._held.clear()
        while own := self._store.own_pending(self._subscription, TAKEN_AGAIN):
            self._held += own
            self._flush()

    def _flush(self) -> None:
        groups: dict[tuple[str, str], list[Message]] = {}
        for message in self._held:
            name, entry = self._names[message.stream], stream_id(message.id)
            if entry > self._last.get(name, NEVER):
                groups.setdefault((name, day_of(entry)), []).append(message)
        try:
            for (name, day), messages in groups.items():
                self._write(name, day, messages)
            self._acknowledge()
            if groups:
                self._keep_house()
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            _log.error("record not written", folder=str(self._root), error=repr(error))
            raise Retry(f"record {self._root}: {error}", AFTER_FAILURE_S) from error

    def _write(self, name: str, day: str, messages: Sequence[Message]) -> None:
        first, last = stream_id(messages[0].id), stream_id(messages[-1].id)
        part = Part(stream=name, day=day, first=first, last=last)
        kind = KINDS[part.kind]
        rows: list[Row] = []
        for message in messages:
            try:
                rows.append(row_of(kind, message))
            except ValueError as error:
                self._store.bury(self._subscription, message, str(error), self._clock.now())
                self._buried += 1
        if rows:
            parquet.write(self._root, part, rows)
            self._last[name] = last

    def _acknowledge(self) -> None:
        done = [Effects(message=one) for one in self._held]
        self._store.commit(self._subscription, done, self._clock.now())
        self._handled += len(self._held)
        self._held.clear()

    def _keep_house(self) -> None:
        parts = all_parts(self._root)
        kept = counting(parts)
        for part in parts:
            if part not in kept:
                part.path(self._root).unlink(missing_ok=True)
        for run in due_merges([one for one in kept if one.first > self._unmerged.get(one.stream, NEVER)]):
            try:
                parquet.merge(self._root, run)
            except duckdb.Error as error:  # newer files are a run of their own
                _log.error(
                    "files not merged", first=str(run[0].path(self._root)), files=len(run), error=repr(error)
                )
                self._unmerged[run[-1].stream] = run[-1].last
        oldest = self._clock.now() - timedelta(days=self._bounds.max_age_days)
        for part in too_much(counting(all_parts(self._root)), f"{oldest:%Y-%m-%d}", self._bounds.max_bytes):
            part.path(self._root).unlink(missing_ok=True)

    def _by_time(self) -> None:
        if self._is_due("trim", TRIM_S):
            self._store.trim()
            self._look_for_gaps()
        if self._is_due("sample", self._bounds.sample_s):
            self._sample()
        if self._is_due("beat", BEAT_S):
            now = self._clock.now()
            heartbeat = Heartbeat(
                at=now,
                streams=self._subscription.streams,
                handled=self._handled,
                buried=self._buried,
                failed=self._failed,
            )
            until = now + HEARTBEAT_KEPT
            self._store.note(f"worker/{GROUP}/{GROUP}", msgspec.json.encode(heartbeat), until)

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self._clock.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_s
        return True

    def _look_for_gaps(self) -> None:
        left_out = self._store.unrecorded()
        if self._left_out is not None and left_out > self._left_out:
            _log.error("entries are in no record", entries=left_out - self._left_out)
        self._left_out = left_out

    def _sample(self) -> None:
        """Put what workers say of themselves on the stream, once however many ask."""
        stream = self._store.recorded_streams()["health"]
        outputs = []
        for name, body in sorted(self._store.notes("worker/").items()):
            try:
                heartbeat = msgspec.json.decode(body, type=Heartbeat)
            except msgspec.DecodeError:
                continue  # of a worker of another version
            sample = Sample(worker=name.removeprefix("worker/"), heartbeat=heartbeat)
            outputs.append(Output(stream=stream, fields={"sample": msgspec.json.encode(sample)}))
        if outputs:
            self._store.publish(outputs, once=f"health/{self._clock.now().isoformat()}")
