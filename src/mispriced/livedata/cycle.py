"""One football cycle: it asks, puts together what came, and hands states, events and prices to the store.

A cycle always ends with a report. Nothing that is made up, and nothing old, goes to the store again.
Not here: the documents and the display (summary, board), when cycles begin (rounds).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from mispriced.bookmakers.contract import Skipped
from mispriced.domain.model import encode
from mispriced.domain.state import EventState, Status
from mispriced.errors import Retry
from mispriced.livedata import companies, fallback
from mispriced.livedata.calls import MINUTE_S, Budget, Call
from mispriced.livedata.crawl import Counts, Crawl, Known, Limits
from mispriced.livedata.fallback import Fallback
from mispriced.livedata.provider import ODDS_PER_MINUTE, Step
from mispriced.livedata.report import Report, counts_of, report_of
from mispriced.livedata.snapshot import Match, Snapshot, assemble
from mispriced.livedata.states import events, states
from mispriced.livedata.statics import Statics
from mispriced.livedata.words import PROVIDER
from mispriced.messages import Output
from mispriced.ports import Clock, Fetcher, Store

CALLS: Final = "livedata-calls"
STATIC_S: Final = 86_400.0
OVER: Final[frozenset[Status]] = frozenset({"ended", "cancelled", "abnormal"})

T = TypeVar("T")


class Options(Struct, frozen=True, kw_only=True):
    """How cycles ask and what they give when the API fails; `site` is the door's key of the API."""

    site: str = PROVIDER
    limits: Limits = Limits()
    per_minute: Mapping[Step, int] = msgspec.field(default_factory=lambda: {"odds": ODDS_PER_MINUTE})
    static_s: float = STATIC_S
    fallback: Fallback = "last-known"


class Result(Struct, frozen=True, kw_only=True):
    """What a cycle gave: its matches, the answers by call, and the report without the later phases."""

    report: Report
    snapshot: Snapshot | None = None
    matches: Sequence[Match] = ()
    skipped: Sequence[Skipped] = ()
    bodies: Mapping[Call, Raw] = {}
    left: Sequence[Call] = ()


class Cycle:
    """Cycles of one process; what one learns the next need not ask for."""

    def __init__(
        self, fetcher: Fetcher, counts: Callable[[], Counts], clock: Clock, store: Store, options: Options
    ) -> None:
        self._fetch = partial(fetcher.fetch, options.site)
        self._counts = counts
        self._clock = clock
        self._store = store
        self._options = options
        self._budget = Budget(options.per_minute)
        self._statics = Statics(options.static_s)
        self._number = 0
        self._last: Snapshot | None = None
        self._listed: Mapping[str, bool] = {}
        self._odds_read_at: dict[str, float] = {}
        self._states: dict[str, EventState] = {}
        self._troubles: list[str] = []

    def run(self, runner: asyncio.Runner) -> Result:
        """Run one cycle on the runner's loop, which the door's connections belong to."""
        at, before = self._clock.now(), self._counts()
        self._troubles = []
        if not self._number:
            self._in_store(lambda: self._resume(at, runner.get_loop().time()))
        self._number += 1
        crawl = Crawl(self._fetch, self._counts, self._budget, self._options.limits, self._known(at))
        runner.run(crawl.run())
        now = self._clock.now()
        for call, body in crawl.bodies.items():
            self._statics.add(call, body, now)
        snapshot = self._snapshot(crawl, at, now)
        matches, skipped = assemble(snapshot) if snapshot else ([], [])
        if snapshot is not None and snapshot.source == "api":
            self._last = fallback.trimmed(snapshot)
            self._hand_on(self._last, matches, now)
        spent = msgspec.json.encode((now, self._budget.ages_s(runner.get_loop().time())))
        self._in_store(lambda: self._store.put_cache(CALLS, spent, now, 2 * MINUTE_S))
        source = snapshot.source if snapshot else "none"
        age_s = (now - snapshot.seen_at).total_seconds() if snapshot and source == "last-known" else 0.0
        report = report_of(crawl, before, self._counts(), self._number, at, source, age_s)
        report = msgspec.structs.replace(
            report,
            **counts_of(matches),
            skipped=len(skipped) + len(crawl.skipped),
            reasons=(*report.reasons, *self._troubles, *(one.reason for one in skipped[:5])),
        )
        bodies = self._statics.bodies(at) | {call: Raw(body) for call, body in crawl.bodies.items()}
        return Result(
            report=report,
            snapshot=snapshot,
            matches=matches,
            skipped=skipped,
            bodies=bodies,
            left=crawl.left,
        )

    def _resume(self, at: datetime, now_s: float) -> None:
        """Take up what an earlier process left: answers that still count, calls of the last minute."""
        self._statics.load(self._store, at)
        self._last = fallback.kept(self._store, at)
        self._states = {one.event_id: one for one in self._store.states().values()}
        body = self._store.cache(CALLS, at)
        if body is not None:
            told, ages = msgspec.json.decode(body, type=tuple[datetime, dict[Step, list[float]]])
            self._budget.resume(ages, now_s - max(0.0, (at - told).total_seconds()))

    def _known(self, at: datetime) -> Known:
        return Known(
            teams=self._statics.known("team", at),
            competitions=self._statics.known("competition", at),
            countries=self._statics.known("country", at),
            matches=self._listed,
            odds_read_at=self._odds_read_at,
        )

    def _snapshot(self, crawl: Crawl, at: datetime, now: datetime) -> Snapshot | None:
        """Return what there is to show: what was read now, or what the fallback gives.

        What was known when the cycle began, `at`, was not asked for and counts to its end.
        """
        self._listed = {}  # after a failure the next cycle begins with the list alone
        if crawl.listed is None:
            return self._instead(now)
        self._listed = dict(crawl.in_play)
        self._odds_read_at = {
            one: at_s
            for one, at_s in (self._odds_read_at | crawl.odds_read_at).items()
            if one in crawl.in_play
        }
        before = self._last or Snapshot(seen_at=now, live=())
        known = self._known(at)
        return Snapshot(
            seen_at=crawl.listed.seen_at,
            live=crawl.live,
            details=_of(crawl.in_play, before.details) | crawl.details,
            odds=_of(crawl.in_play, before.odds) | crawl.odds,
            teams=known.teams,
            competitions=known.competitions,
            countries=known.countries,
            skipped=tuple(crawl.skipped),
        )

    def _instead(self, now: datetime) -> Snapshot | None:
        if self._options.fallback == "mock":
            return fallback.made_up(now)
        if self._options.fallback == "none" or self._last is None:
            return None
        return msgspec.structs.replace(self._last, source="last-known")

    def _hand_on(self, last: Snapshot, matches: list[Match], now: datetime) -> None:
        """Give the store what it is for others: states, events for the matcher, companies' prices."""
        found = states(matches, self._states)
        self._states = {one.event_id: one for one in found}
        store = self._store
        self._in_store(lambda: self._announce(matches))
        self._in_store(lambda: store.put_states(found, now))
        self._in_store(lambda: companies.put(companies.company_quotes(matches), store, now))
        self._in_store(lambda: self._statics.save(store, now))
        self._in_store(lambda: fallback.keep(last, store, now))

    def _announce(self, matches: Iterable[Match]) -> None:
        """Send the matcher the events that the index does not have as they are."""
        known = {one.event.key: one.event for one in self._store.events()[1]}
        stream = self._store.data_stream("three_way", "live")
        found, skipped = events(one for one in matches if one.status not in OVER)
        self._troubles += [one.reason for one in skipped]
        self._store.publish(
            [
                Output(stream=stream, fields={"event": encode(event), "v": "1"})
                for event in found
                if known.get(event.key) != event
            ]
        )

    def _in_store(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Retry as error:
            self._troubles.append(f"store: {error}")


def _of(ids: Iterable[str], found: Mapping[str, T]) -> dict[str, T]:
    return {one: found[one] for one in ids if one in found}
