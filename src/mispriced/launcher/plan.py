"""The plan of a source: its task streams, who is read on each, and the jobs of a cycle. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from mispriced.bookmakers import check, find
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import Source
from mispriced.errors import Misconfigured, Usage
from mispriced.messages import Output
from mispriced.pipeline.jobs import job_fields


class TaskStream(Struct, frozen=True, kw_only=True):
    """One task stream: a market, a source and a day, with each bookmaker's own word for that day."""

    name: str
    market: Market
    source: Source
    day: int
    periods: Mapping[str, str]


class Reading(Struct, frozen=True, kw_only=True):
    """What the configuration says of a source: stream bases by market, period words by bookmaker."""

    source: Source
    streams: Mapping[str, str]
    periods: Mapping[str, Sequence[str]]

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
    """Return the name of a task stream: the configured base and the day.

    Raises: Misconfigured naming the key that is missing.
    """
    try:
        return f"{reading.streams[market]}-{day}"
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
