"""The one reader of the store: a thread that keeps the state, and asks the store what requests need of it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Final, Protocol, TypeVar

import msgspec
import structlog

from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES
from mispriced.errors import MispricedError, Retry
from mispriced.livedata.report import NOTE, Report
from mispriced.messages import Document, Message, Opportunity
from mispriced.pipeline.cadences import learned
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import standing
from mispriced.pipeline.pauses import pauses
from mispriced.pipeline.run import Heartbeat
from mispriced.pipeline.views import SIMULATED
from mispriced.pipeline.views.extractions import read_extractions
from mispriced.pipeline.views.opportunities import best_first
from mispriced.pipeline.views.rows import OpportunityRow, event_rows, match_states, opportunity_row
from mispriced.pipeline.views.stakes import TermsOf, after_rounding
from mispriced.ports import Clock, Store
from mispriced.web.state import State, Update, changes

TICK_S: Final = 0.2  # what changed is sent so often: all that stands is judged for it
JUDGE_S: Final = 1.0  # prices grow stale while nothing is announced
READ_S: Final = 2.0  # sightings and single bookmakers are announced by nobody
READ_PART: Final = 0.1  # of the time may go into reading everything
AT_ONCE: Final = 1000  # entries of a stream in a tick; more come in the next
MOST_ASKED: Final = 32  # requests that wait for the store

Found = TypeVar("Found")


class Publish(Protocol):
    """Whoever is told of each new state and of what changed by it, in the reader's thread."""

    def __call__(self, state: State, updates: tuple[Update, ...]) -> None: ...


class Reader:
    """Reads in its thread from `start` to `close`; `state` is None until the first reading."""

    def __init__(
        self, opened: Callable[[], Store], clock: Clock, rules: DetectRules, terms: TermsOf, publish: Publish
    ) -> None:
        self._open = opened
        self._clock = clock
        self._rules = rules
        self._terms = terms
        self._rounded: dict[object, float | None] = {}
        self._publish = publish
        self._asked: queue.Queue[Callable[[Store], None]] = queue.Queue(MOST_ASKED)
        self._thread = threading.Thread(target=self._run, name="web-reader", daemon=True)
        self._stopped = threading.Event()
        self._after: dict[str, str] = {}
        self._judge_at = self._read_at = 0.0
        self.state: State | None = None

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether its thread reads: one that ended by an error of ours begins no more."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()

    def ask(self, call: Callable[[Store], Found]) -> Future[Found]:
        """Return what `call` will return; it is called between two readings, in the reader's thread.

        Raises: Retry when too many wait already.
        """
        answer: Future[Found] = Future()

        def run(store: Store) -> None:
            if not answer.set_running_or_notify_cancel():
                return  # whoever asked is gone
            try:
                answer.set_result(call(store))
            except Exception as error:  # whoever asked has to take it, the reader reads on
                answer.set_exception(error)

        try:
            self._asked.put_nowait(run)
        except queue.Full as error:
            raise Retry("the store is busy", TICK_S) from error
        return answer

    def _run(self) -> None:
        store: Store | None = None
        try:
            while not self._stopped.is_set():
                due = self._clock.monotonic() + TICK_S
                try:
                    store = store or self._open()
                    self._turn(store)
                except MispricedError as error:
                    self._fail(error)
                self._answer(store, due)
        finally:
            if store is not None:
                store.close()

    def _answer(self, store: Store | None, due: float) -> None:
        for _ in range(MOST_ASKED):  # also when the reading took longer than a tick
            left_s = 0.0 if self._stopped.is_set() else due - self._clock.monotonic()
            try:
                call = self._asked.get(timeout=max(0.0, left_s))
            except queue.Empty:
                return
            if store is not None:
                call(store)

    def _turn(self, store: Store) -> None:
        before, began = self.state, self._clock.monotonic()
        if before is None or not self._after or before.error:
            self._after = store.ends(_streams(store))
        messages = store.follow(self._after, AT_ONCE)
        self._after |= {one.stream: one.id for one in messages}
        if before is None or before.error or began >= self._read_at:
            after = self._whole(store, before)
            took_s = self._clock.monotonic() - began
            self._read_at = began + max(READ_S, took_s / READ_PART)
        elif messages or began >= self._judge_at:
            after = self._part(store, before, messages)
        else:
            return
        self._judge_at = began + JUDGE_S
        self.state = after
        reasons = dict(_reason(one) for one in messages if one.fields.get("state") == b"closed")
        self._publish(after, changes(before, after, reasons) if before else ())

    def _whole(self, store: Store, before: State | None) -> State:
        now = self._clock.now()
        version = store.version()
        known = before.known if before and before.version == version else tuple(store.events()[1])
        documents = {one.key: one for one in store.documents()}
        told = store.states()
        states = match_states(told, documents.values())
        return State(
            at=now,
            read_at=now,
            limits=learned(store, self._rules.limits),
            is_simulated=bool(store.notes(SIMULATED)),
            is_fallback=_is_fallback(store),
            version=version,
            known=known,
            events={one.match_id: one for one in event_rows(known, states)},
            documents=documents,
            opportunities=self._standing(store, documents, now),
            states=states,
            told=told,
            extractions=tuple(read_extractions(store)),
            paused=pauses(store, now),
            heartbeats=_heartbeats(store),
            backlog=tuple(store.backlog()),
            dead_letters=len(store.dead_letters()),
        )

    def _part(self, store: Store, before: State, messages: list[Message]) -> State:
        now = self._clock.now()
        named = {one.fields["data_key"].decode() for one in messages if "data_key" in one.fields}
        kept = {key: one for key, one in before.documents.items() if key not in named}
        documents = kept | {one.key: one for one in (store.documents(named) if named else ())}
        return msgspec.structs.replace(
            before, at=now, documents=documents, opportunities=self._standing(store, documents, now)
        )

    def _standing(
        self, store: Store, documents: Mapping[str, Document], now: datetime
    ) -> dict[str, OpportunityRow]:
        found = best_first(standing(store, now, self._rules))
        matches = {one.match_id for one in found}
        since: dict[tuple[str, str], dict[tuple[str, Market], datetime]] = {}
        for one in documents.values():
            if one.match_id in matches:
                moments = since.setdefault((one.match_id, one.source), {})
                moments |= {(bookmaker, one.market): at for bookmaker, at in one.changed_at.items()}
        rounded = {_priced(one, now): one for one in found}
        self._rounded = {
            key: self._rounded[key] if key in self._rounded else after_rounding(one, self._terms, now.date())
            for key, one in rounded.items()
        }
        return {
            one.id: opportunity_row(
                one, since.get((one.match_id, one.source), {}), self._rounded[_priced(one, now)]
            )
            for one in found
        }

    def _fail(self, error: MispricedError) -> None:
        if self.state is None:
            return
        if not self.state.error:
            _log.warning("store not read", error=str(error))
        self.state = msgspec.structs.replace(self.state, error=str(error))
        self._publish(self.state, ())  # so that the stream's heart beats on, and says so


def _priced(one: Opportunity, now: datetime) -> object:
    """Return what stakes on an opportunity depend on."""
    legs = tuple((leg.bookmaker, leg.outcome, leg.price) for leg in one.legs)
    return legs, one.score or None, now.date()


def _streams(store: Store) -> list[str]:
    matched = [store.matched_stream(market, source) for market in MARKETS for source in SOURCES]
    return [store.opportunity_stream(), *matched]


def _reason(message: Message) -> tuple[str, str]:
    return message.fields["id"].decode(), message.fields.get("reason", b"").decode()


def _is_fallback(store: Store) -> bool:
    """Whether the last football cycle's data were made up on request."""
    note = store.notes(NOTE).get(f"{NOTE}last")
    try:
        return note is not None and msgspec.json.decode(note, type=Report).source == "fallback"
    except msgspec.DecodeError:
        return False  # of a cycle of another version


def _heartbeats(store: Store) -> dict[str, Heartbeat]:
    found = {}
    for name, body in sorted(store.notes("worker/").items()):
        try:
            found[name.removeprefix("worker/")] = msgspec.json.decode(body, type=Heartbeat)
        except msgspec.DecodeError:
            continue  # of a worker of another version
    return found


_log: Final = structlog.get_logger()
