"""The alert stage: changes of opportunities that are worth an alert go into the outbox.

An alert is appended to the outbox in the step that acknowledges what it is of, and what was told is known
from the outbox alone: a worker that is killed repeats nothing and forgets nothing. What was held back, and
what was read late, is decided by what stands then, for as long as it is open. Not here: what is worth an
alert (alert_rules.py), and how it is sent (outbox.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from mispriced.domain.model import encode
from mispriced.messages import Effects, Handled, Message, Opportunity, Output, Subscription
from mispriced.pipeline.alert_rules import Alert, Rule, State, Told, Why, decide
from mispriced.pipeline.compare import DetectRules
from mispriced.pipeline.detect import standing
from mispriced.ports import Clock, Store

GROUP: Final = "alerts"
SINCE: Final = "alerts/since"  # a note: what happened before alerts were first on is told to nobody
READ_AT_ONCE: Final = 1000
NEWS_FOR: Final = timedelta(seconds=5)  # what opened or changed before may stand no longer

_log: Final = structlog.get_logger()


class Alerts:
    """Decides on each change of an opportunity; what was told it reads from the outbox.

    `detect`: by which rules it stands still when it is told later than it changed.
    """

    def __init__(self, store: Store, clock: Clock, rule: Rule, detect: DetectRules) -> None:
        self._store = store
        self._clock = clock
        self._rule = rule
        self._detect = detect
        self._told = Told()
        self._outbox = store.alert_stream()
        self._read_to = "0"
        self._since: datetime | None = None
        self._held_back: dict[Why, int] = {}
        self._undecided: set[str] | None = None  # may be open, to be looked at; None: all of it

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Append an alert for each change that is worth one."""
        since, now = self._first_on(), self._clock.now()
        self._read_outbox()
        told = self._told.copy()  # this batch's alerts are told when they are in the outbox
        effects, poison = [], {}
        for message in messages:
            try:
                state, one, reason, at = _change(message.fields)
            except (KeyError, ValueError) as error:
                poison[message.place] = f"no change of an opportunity: {error}"
                continue
            found: Alert | Why = ""
            if at >= since and state != "closed" and _is_late(told.last.get(one.id), at, now):
                self._look_at(one.id)
            elif at >= since:
                found = decide(self._rule, told, state, one, reason, at)
            outputs: tuple[Output, ...] = ()
            if isinstance(found, Alert):
                told.add(found)
                outputs = (Output(stream=self._outbox, fields={"alert": encode(found)}),)
            elif found:
                self._held_back[found] = self._held_back.get(found, 0) + 1
                self._look_at(one.id)
            effects.append(Effects(message=message, outputs=outputs))
        return Handled(effects=tuple(effects), poison=poison)

    def tick(self, now: datetime) -> None:
        """Tell what was held back or read late, stands now and may be told; say how much was held back."""
        if self._undecided is None or self._undecided:
            self._look_again(now)
        for why, number in self._held_back.items():
            _log.info("alerts held back", why=why, alerts=number)
        self._held_back.clear()

    def _look_at(self, opportunity: str) -> None:
        if self._undecided is not None:
            self._undecided.add(opportunity)

    def _look_again(self, now: datetime) -> None:
        since = self._first_on()
        self._read_outbox()
        stands = {one.id: one for one in standing(self._store, now, self._detect)}
        undecided = set()
        for held in self._store.opportunities():
            is_asked = held.changed_at >= since if self._undecided is None else held.id in self._undecided
            if not is_asked:
                continue
            if held.id not in stands:  # it closes, or its prices are seen again
                undecided.add(held.id)
                continue
            # its closing has the moment that the store has, also where it opened since it was judged here
            one = msgspec.structs.replace(stands[held.id], opened_at=held.opened_at)
            found = decide(self._rule, self._told, "changed", one, "", now)
            if isinstance(found, Alert):
                self._publish(found, one)
            elif found:
                undecided.add(held.id)
        self._undecided = undecided

    def _publish(self, alert: Alert, one: Opportunity) -> None:
        last = self._told.last.get(one.id)
        told_at = last.at.isoformat() if last else ""
        output = Output(stream=self._outbox, fields={"alert": encode(alert)})
        self._store.publish([output], once=f"alert/{one.id}/{one.changed_at.isoformat()}/{told_at}")
        self._read_outbox()

    def _first_on(self) -> datetime:
        if self._since is None:
            self._since = first_on(self._store, SINCE, self._clock.now())
        return self._since

    def _read_outbox(self) -> None:
        while messages := self._store.follow({self._outbox: self._read_to}, READ_AT_ONCE):
            for message in messages:
                self._told.add(read_alert(message))
            self._read_to = messages[-1].id


def subscription(store: Store, consumer: str = GROUP) -> Subscription:
    """Return what the alert stage reads."""
    return Subscription(streams=(store.opportunity_stream(),), group=GROUP, consumer=consumer)


def read_alert(message: Message) -> Alert:
    """Return the alert of an entry of the outbox.

    Raises: ValueError, KeyError when it is none.
    """
    return msgspec.json.decode(message.fields["alert"], type=Alert)


def first_on(store: Store, note: str, now: datetime) -> datetime:
    """Return since when something is on by its note, which is made where there is none."""
    kept = store.notes(note).get(note)
    if kept is None:
        store.note(note, now.isoformat().encode())
        return now
    return datetime.fromisoformat(kept.decode())


def _is_late(last: Alert | None, at: datetime, now: datetime) -> bool:
    return now - at > NEWS_FOR or (last is not None and at < last.at)


def _change(fields: Mapping[str, bytes]) -> tuple[State, Opportunity, str, datetime]:
    state = msgspec.convert(fields["state"].decode(), State)
    one = msgspec.json.decode(fields["body"], type=Opportunity)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(fields["at"]))
    return state, one, fields["reason"].decode("utf-8", "replace"), at
