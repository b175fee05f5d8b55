"""The extract stage: a job becomes requests, their answers become quotes, the quotes go to the store.

Any failure of one extraction is its own outcome and never the batch's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from mispriced.bookmakers import find
from mispriced.bookmakers.contract import Bookmaker, Read, Reading, read
from mispriced.bookmakers.remembered import Remembered
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.model import Quote
from mispriced.errors import Fatal, Retry, Skip
from mispriced.exchange import Job, Payload, Refusal, Request
from mispriced.messages import Effects, Handled, Message, Upserted
from mispriced.pipeline.cadences import Learning
from mispriced.pipeline.jobs import read_job
from mispriced.ports import Clock, Fetcher, Store

MOST_REQUESTS: Final = 2000  # of one extraction; a site that pages for ever is stopped there
DEADLINE_S: Final = 60.0  # of one extraction; the next cycle is due by then
SHOWN_REASONS: Final = 5  # kept of each extraction, for `mispriced bookmakers`
Fetch: TypeAlias = Callable[[Request], Awaitable[Payload | Refusal]]


class Extraction(Struct, frozen=True, kw_only=True):
    """What reading one bookmaker once gave: counts, outcomes by kind, and why things were left out.

    `last_good`: when such a reading last gave quotes, or nothing but good answers; None for never.
    """

    bookmaker: str
    source: str
    markets: tuple[str, ...]
    period: str
    at: datetime
    seconds: float
    requests: int
    outcomes: dict[str, int]
    events: int
    quotes: int
    skipped: int
    reasons: tuple[str, ...] = ()
    stored: Upserted = Upserted()
    last_good: datetime | None = None


class Extract:
    """Runs the jobs of a batch side by side; `fetcher` is made inside the loop that it lives in."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        fetcher: Callable[[], Fetcher],
        cache_s: float,
        landed: Callable[[Extraction], None] | None = None,
        limits: FreshnessLimits | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._make_fetcher = fetcher
        self._fetcher: Fetcher | None = None
        self._cache_s = cache_s
        self._landed = landed
        self._learning = Learning(store, limits or FreshnessLimits())
        self._last_good: dict[str, datetime | None] = {}
        self._remembered = Remembered()
        self._loop = asyncio.Runner()

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Read every job's bookmaker; a message that is no job is poison.

        Raises: Retry when the store is away; Fatal when a person has to act.
        """
        jobs: list[Job] = []
        effects: list[Effects] = []
        poison: dict[tuple[str, str], str] = {}
        for message in messages:
            try:
                jobs.append(read_job(message.fields, self._clock.now()))
                effects.append(Effects(message=message))
            except Skip as error:
                poison[message.place] = str(error)
        try:
            self._loop.run(self._run(jobs))
        except BaseExceptionGroup as group:
            raise next(_leaves(group.subgroup((Fatal, Retry))), group) from group
        return Handled(effects=tuple(effects), poison=poison)

    def tick(self, now: datetime) -> None:
        """Do nothing: jobs come by the clock of whoever publishes them."""

    def close(self) -> None:
        """Close the fetcher and its loop."""
        closing = getattr(self._fetcher, "aclose", None)
        if closing is not None:
            self._loop.run(closing())
        self._loop.close()

    async def _run(self, jobs: Sequence[Job]) -> None:
        if self._fetcher is None:
            self._fetcher = self._make_fetcher()
        async with asyncio.TaskGroup() as tasks:
            for job in jobs:
                tasks.create_task(self._extract(job))

    async def _extract(self, job: Job) -> None:
        started = self._clock.monotonic()
        quotes, report = await extract(find(job.bookmaker), job, self._fetch_of(job), self._remembered.read)
        stored = self._store.upsert(quotes, self._clock.now(), self._learning.learn(job, quotes))
        name = f"extraction/{job.bookmaker}/{job.source}/{'+'.join(job.markets)}/{job.period}"
        now = self._clock.now()
        is_good = report.quotes > 0 or set(report.outcomes) <= {"ok", "empty"}
        extraction = msgspec.structs.replace(
            report,
            at=now,
            seconds=self._clock.monotonic() - started,
            stored=stored,
            last_good=now if is_good else self._good_before(name),
        )
        self._last_good[name] = extraction.last_good
        self._store.note(name, msgspec.json.encode(extraction))
        if self._landed is not None:
            self._landed(extraction)

    def _good_before(self, name: str) -> datetime | None:
        if name not in self._last_good:
            kept = self._store.notes(name).get(name)
            self._last_good[name] = msgspec.json.decode(kept, type=Extraction).last_good if kept else None
        return self._last_good[name]

    def _fetch_of(self, job: Job) -> Fetch:
        assert self._fetcher is not None
        fetcher = self._fetcher
        site = f"{job.bookmaker}/{job.source}"
        names: dict[str, str] = {}

        async def fetch(request: Request) -> Payload | Refusal:
            word = find(job.bookmaker).cached.get(request.step)
            if word is None:
                return await fetcher.fetch(site, request)
            name = names.setdefault(str(request), _cache_name(job, word, len(names)))
            asked, _, kept = (self._store.cache(name, self._clock.now()) or b"").partition(b"\n")
            if asked == str(request).encode():
                return Payload.of(request, kept, self._clock.now())
            answer = await fetcher.fetch(site, request)
            if isinstance(answer, Payload) and _is_lasting(read(find(job.bookmaker), answer, job)):
                value = f"{request}\n".encode() + answer.body
                self._store.put_cache(name, value, self._clock.now(), self._cache_s)
            return answer

        return fetch


async def extract(
    bookmaker: Bookmaker, job: Job, fetch: Fetch, read_answer: Read = read
) -> tuple[list[Quote], Extraction]:
    """Return the quotes of one reading of a bookmaker and its report.

    Follow-up requests start as soon as the answer that names them is read. Nothing of an answer that
    did not come is made up: what is missing is in the report's outcomes.
    """
    quotes: list[Quote] = []
    outcomes: Counter[str] = Counter()
    reasons: list[str] = []
    skipped = 0
    requests = 0

    async def follow(request: Request, tasks: asyncio.TaskGroup) -> None:
        nonlocal requests, skipped
        if requests == MOST_REQUESTS:
            outcomes["rejected"] += 1
            reasons.append(f"more than {MOST_REQUESTS} requests, stopped at {request}")
            return
        requests += 1
        answer = await fetch(request)
        if isinstance(answer, Refusal):
            outcomes[answer.outcome] += 1
            reasons.append(f"{request.step}: {answer.reason}")
            return
        reading = read_answer(bookmaker, answer, job)
        outcomes[reading.outcome] += 1
        quotes.extend(reading.quotes)
        skipped += len(reading.skipped)
        reasons.extend(f"{request.step}: {one.reason}" for one in reading.skipped)
        for further in reading.requests:
            tasks.create_task(follow(further, tasks))

    try:
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as tasks:
            for request in _first_requests(bookmaker, job, outcomes, reasons):
                tasks.create_task(follow(request, tasks))
    except TimeoutError:
        outcomes["retry_later"] += 1
        reasons.append(f"not done within {DEADLINE_S:.0f} s; what had come is kept")
    report = Extraction(
        bookmaker=job.bookmaker,
        source=job.source,
        markets=job.markets,
        period=job.period,
        at=job.now,
        seconds=0.0,
        requests=requests,
        outcomes=dict(outcomes),
        events=len({quote.event_key for quote in quotes}),
        quotes=len(quotes),
        skipped=skipped,
        reasons=tuple(reasons[:SHOWN_REASONS]),
    )
    return quotes, report


def _first_requests(
    bookmaker: Bookmaker, job: Job, outcomes: Counter[str], reasons: list[str]
) -> list[Request]:
    try:
        return list(bookmaker.start(job))
    except Exception as error:  # of a third party's adapter: it must not end a batch of other jobs
        outcomes["rejected"] += 1
        reasons.append(f"{bookmaker.name} names no first request: {error!r}")
        return []


def _is_lasting(reading: Reading) -> bool:
    """Prices are never kept: a kept answer counts as seen when it is used."""
    return reading.outcome == "ok" and not reading.quotes


def _leaves(group: BaseExceptionGroup[BaseException] | None) -> Iterator[BaseException]:
    for one in group.exceptions if group else ():
        yield from _leaves(one) if isinstance(one, BaseExceptionGroup) else (one,)


def _cache_name(job: Job, word: str, further: int) -> str:
    """Return the documents' name for a cache; a further request of the same job gets a number.

    What was asked is kept with the answer: after midnight the same name means another day.
    """
    name = f"{job.bookmaker.lower()}_{word}_{job.source}-{job.period}"
    return f"{name}-{further}" if further else name
