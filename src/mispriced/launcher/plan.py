"""The plan of a source: its task streams, who is read on each, the workers, the jobs of a cycle. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from pydantic import SecretStr

from mispriced.backends.keys import Keys
from mispriced.bookmakers import check, find
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Misconfigured, Usage, unknown
from mispriced.launcher.runner import LONGEST_NAME, Role, WorkerSpec
from mispriced.messages import Output
from mispriced.pipeline.jobs import job_fields

ALL: Final = "all"
PAIR: Final = 2  # bookmakers; under the documents' rule two are enough for both teams to score


class TaskStream(Struct, frozen=True, kw_only=True):
    """One task stream: a market, a source and a day, with each bookmaker's own word for that day."""

    name: str
    market: Market
    source: Source
    day: int
    periods: Mapping[str, str]


class Listened(Struct, frozen=True, kw_only=True):
    """One event stream of a bookmaker's page: a market, a source and the bookmaker's word for a day."""

    bookmaker: str
    market: Market
    source: Source
    period: str


class Reading(Struct, frozen=True, kw_only=True):
    """What the configuration says of a source: stream bases by market, period words by bookmaker.

    `tag` stands before the name of every task stream, for one slot of a cluster.
    """

    source: Source
    streams: Mapping[str, str]
    periods: Mapping[str, Sequence[str]]
    tag: str = ""

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets that have a stream.

        Raises: Misconfigured when none has.
        """
        found = tuple(market for market in MARKETS if market in self.streams)
        if not found:
            raise Misconfigured(f"extract.{self.source} has no stream, such as extract.{self.source}.stream")
        return found


def stream_key(reading: Reading, market: Market, day: int) -> str:
    """Return the name of a task stream: the tag, the configured base and the day.

    Raises: Misconfigured naming the key that is missing.
    """
    try:
        return Keys(tag=reading.tag).task_stream(reading.streams[market], day)
    except KeyError as error:
        raise Misconfigured(f"extract.{reading.source}.{market}_stream is missing") from error


def task_streams(reading: Reading, markets: Iterable[Market]) -> tuple[TaskStream, ...]:
    """Return the task streams of these markets, by market and day, without those that nobody has.

    Raises: Misconfigured for a missing stream, an unknown bookmaker, or a period that is not its own.
    """
    planned = []
    for market in markets:
        days: dict[int, dict[str, str]] = {}
        for name, words in reading.periods.items():
            try:
                bookmaker = find(name)
                if market not in bookmaker.markets.get(reading.source, ()):
                    continue
                for word in words:
                    check(bookmaker, reading.source, (market,), word)
                    days.setdefault(bookmaker.periods[word], {})[bookmaker.name] = word
            except Usage as error:
                raise Misconfigured(f"extract.{reading.source}: {error}") from error
        planned += [
            TaskStream(
                name=stream_key(reading, market, day),
                market=market,
                source=reading.source,
                day=day,
                periods=periods,
            )
            for day, periods in sorted(days.items())
        ]
    return tuple(planned)


def jobs(streams: Iterable[TaskStream], cycle: str, now: datetime) -> list[Output]:
    """Return the jobs of one cycle, one a task stream and bookmaker; their ids are unique in a cycle."""
    return [
        Output(
            stream=stream.name,
            fields=job_fields(name, stream.market, stream.source, word, f"{cycle}/{stream.name}/{name}", now),
        )
        for stream in streams
        for name, word in sorted(stream.periods.items())
    ]


def chosen(readings: Mapping[Source, Reading], xtr: str, source: str) -> dict[Source, tuple[TaskStream, ...]]:
    """Return the task streams that `launch XTR SOURCE` means; `all` is what is configured of it.

    Raises: Usage for another word; Misconfigured when what is named has no stream or no bookmaker.
    """
    if xtr != ALL and xtr not in MARKETS:
        raise Usage(unknown("XTR", xtr, [*MARKETS, ALL]))
    if source != ALL and source not in SOURCES:
        raise Usage(unknown("SOURCE", source, [*SOURCES, ALL]))
    found: dict[Source, tuple[TaskStream, ...]] = {}
    for one, reading in readings.items():
        if source not in (one, ALL) or (source == ALL and not (reading.streams and reading.periods)):
            continue
        asked = reading.markets if xtr == ALL else tuple(market for market in MARKETS if market == xtr)
        if source == ALL:
            asked = tuple(market for market in asked if market in reading.streams)
        if streams := task_streams(reading, asked):
            found[one] = streams
    if not found:
        raise Misconfigured(f"no bookmaker that is on has {xtr} odds of {source} matches: nothing to launch")
    return found


def listened(planned: Mapping[Source, Sequence[TaskStream]], pages: Iterable[str]) -> tuple[Listened, ...]:
    """Return the event streams that the pages of these bookmakers feed, of what is planned.

    Raises: Misconfigured for a bookmaker that does not answer by event id.
    """
    for name in (names := set(pages)):
        if find(name).markets_of is None:
            raise Misconfigured(f"bookmakers.{name}.page: {name} does not answer by event id")
    return tuple(
        Listened(bookmaker=name, market=one.market, source=source, period=word)
        for source, streams in planned.items()
        for one in streams
        for name, word in sorted(one.periods.items())
        if name in names
    )


def workers(
    planned: Mapping[Source, Sequence[TaskStream]],
    prefix: str,
    environment: Mapping[str, str],
    secrets: Mapping[str, SecretStr],
    replicas: int = 1,
    listened: Sequence[Listened] = (),
    single: Sequence[Role] = (),
) -> tuple[WorkerSpec, ...]:
    """Return one extract worker a task stream, `replicas` times, and one match and detect worker a source.

    Each event stream of `listened` has a worker too, and each of its bookmakers a listener; each role of
    `single` has one worker, which reads what comes of both sources. Each has
    its part of a site's limits: those that read the most asked bookmaker share them.
    """

    def worker(role: Role, parts: Sequence[object], own: Mapping[str, str], times: int = 1) -> WorkerSpec:
        name = worker_name(prefix, *parts)
        shared = {**environment, "PREFIX": prefix, "XTRTYPE": name}
        return WorkerSpec(
            name=name, role=role, environment={**shared, **own}, secrets=secrets, replicas=times
        )

    specs = []
    for source, streams in planned.items():
        of_source = {"MISPRICED_SOURCE": source}
        heard = [one for one in listened if one.source == source]
        readers = Counter(name for one in streams for name in one.periods for _ in range(replicas))
        readers.update(one.bookmaker for one in heard)
        share = {"MISPRICED_SHARE": str(max(readers.values(), default=1))}
        for one in streams:
            own = {"STREAM": one.name, "XTR_BATCH": str(len(one.periods))}
            specs.append(worker("extract", (one.market, source, one.day), of_source | share | own, replicas))
        for each in heard:
            of_stream = {
                "MISPRICED_BOOKMAKER": each.bookmaker,
                "MISPRICED_MARKET": each.market,
                "MISPRICED_PERIOD": each.period,
            }
            parts = (each.bookmaker, each.market, source, each.period)
            specs.append(worker("events", parts, of_source | share | of_stream))
        specs.append(worker("match", ("match", source), of_source))
        specs.append(worker("detect", ("detect", source), of_source))
    specs += [
        worker("listen", ("listen", name), {"MISPRICED_BOOKMAKER": name})
        for name in dict.fromkeys(one.bookmaker for one in listened)
    ]
    specs += [worker(role, (role,), {}) for role in single]
    return tuple(specs)


def worker_name(*parts: object) -> str:
    """Return the name of a worker or its container.

    >>> worker_name("xtr", "three_way", "upcoming", 0)
    'xtr-three-way-upcoming-0'
    """
    name = "-".join(str(part) for part in parts).lower().replace("_", "-").strip("-")
    return name[-LONGEST_NAME:].strip("-")


def batch_rule(streams: Iterable[TaskStream]) -> dict[Market, int]:
    """Return, by market, how many bookmakers a document needs under the documents' rule.

    That is every bookmaker of the batch, two for both teams to score. Of several streams of a market
    the smallest batch counts: a document does not say which day it is from.
    """
    sizes: dict[Market, list[int]] = {}
    for one in streams:
        sizes.setdefault(one.market, []).append(len(one.periods))
    return {market: enough(market, min(found)) for market, found in sizes.items()}


def enough(market: Market, batch: int) -> int:
    """Return how many bookmakers a document needs under the documents' rule, in a batch of so many.

    >>> enough("three_way", 4), enough("btts", 4)
    (4, 2)
    """
    return PAIR if market == "btts" else batch
