"""`mispriced simulate`: which world is served, its clock, and what is said once it listens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import typer
from msgspec import Struct

from mispriced.bookmakers.fields import NAIROBI
from mispriced.cli import show
from mispriced.cli.clock import SystemClock
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Usage, unknown
from mispriced.simulator.configuration import config_toml
from mispriced.simulator.crowd import Crowd
from mispriced.simulator.football import Behaviour, Fault, Football
from mispriced.simulator.matchday import Matchday
from mispriced.simulator.recorded import Recorded
from mispriced.simulator.scenario import BOOKMAKERS
from mispriced.simulator.seeded import Seeded
from mispriced.simulator.server import Simulator, load_cycle, load_odds, load_recorded, run

IN_ODDS_FILES: Final[tuple[Market, ...]] = ("three_way",)
FIRST_CYCLE: Final = time(4)  # Nairobi; the sites' own "today" begins then


class World(Struct, frozen=True, kw_only=True):
    """What is served: a seeded world, historical odds, or recorded answers.

    `matches`: how many the football API has in play, instead of the seeded world's. `latency_ms` and
    `latency_sigma` are the median and the spread of its answers, `fault` what it does instead.
    """

    seed: int
    plant: int
    odds: Path | None
    books: str
    recorded: Path | None
    without_refs: bool
    matches: int | None = None
    latency_ms: float = 0.0
    latency_sigma: float = 0.35
    fault: str | None = None


class Opened(Struct, frozen=True, kw_only=True):
    """A world ready to serve: its clock, who has sites in it, and what a starter must know of it."""

    scenario: Any
    now: Any
    sites: Collection[tuple[str, Source]]
    markets: Collection[Market] = tuple(MARKETS)
    football: Football | None = None
    facts: Mapping[str, Any] = {}


def simulate_world(world: World, host: str, port: int, write_config: Path | None, as_json: bool) -> None:
    """Serve until SIGTERM or Ctrl-C; say the address, and the days of historical or recorded worlds.

    Raises: Usage for a host that is no address of this machine.
    """
    try:
        ip_address(host)
    except ValueError as error:
        raise Usage(f"--host is {host[:80]!r}, must be an address of this machine") from error
    opened = open_world(world)

    def ready(simulator: Simulator) -> None:
        if write_config is not None:
            write_config.write_text(
                config_toml(simulator.url, opened.sites, opened.markets, opened.football is not None),
                encoding="utf-8",
            )
        if as_json:
            show.print_json({"url": simulator.url, "port": simulator.port, **opened.facts})
        else:
            typer.echo(f"SIMULATED bookmakers at {simulator.url}; Ctrl-C ends it")

    run(opened.scenario, opened.now, ready, host, port, football=opened.football)


def open_world(world: World) -> Opened:
    """Return the world that the options name.

    Raises: Usage when they contradict each other or a file cannot be read.
    """
    if world.odds is not None and world.recorded is not None:
        raise Usage("of --odds and --recorded only one can be given")
    if world.odds is not None:
        books = read_books(world.books)
        season = load_odds(world.odds, books)
        first, last = season.days()
        start = datetime.combine(first, FIRST_CYCLE, NAIROBI)
        end = datetime.combine(last, time.max, NAIROBI)
        return Opened(
            scenario=season,
            now=start,
            sites=[(name, "upcoming") for name in books],
            markets=IN_ODDS_FILES,
            facts={"first": start.isoformat(), "last": end.isoformat()},
        )
    if world.recorded is not None:
        cycle = load_cycle(world.recorded)
        if cycle is not None:
            return Opened(
                scenario=Recorded(b'{"routes": []}', lambda _: b""),
                now=SystemClock().now,  # its answers say their age
                sites=(),
                football=Football(cycle, behaviour(world)),
                facts={"recorded_at": str(cycle.recorded_at)},
            )
        recordings = load_recorded(world.recorded, with_refs=not world.without_refs)
        dates = [moment for _, moment in recordings.dates()]
        return Opened(
            scenario=recordings,
            now=dates[0],
            sites=recordings.sites(),
            facts={"dates": [moment.isoformat() for moment in dates]},
        )
    clock = SystemClock()
    return Opened(
        scenario=Seeded(world.seed, clock.now() - timedelta(seconds=1), world.plant),
        now=clock.now,
        sites=[(name, source) for source in SOURCES for name in BOOKMAKERS[source]],
        football=Football(
            Matchday(world.seed) if world.matches is None else Crowd(world.matches), behaviour(world)
        ),
    )


def behaviour(world: World) -> Behaviour:
    """Return how the football API of the world answers.

    Raises: Usage for an unknown fault.
    """
    if world.fault is not None and world.fault not in get_args(Fault):
        raise Usage(unknown("fault", world.fault, get_args(Fault)))
    given = {"median_ms": world.latency_ms, "sigma": world.latency_sigma, "latency_seed": world.seed}
    return msgspec.convert(given | {"fault": world.fault}, Behaviour)


def read_books(text: str) -> dict[str, str]:
    """Return the column of each bookmaker from `NAME=COLUMN,NAME=COLUMN`.

    Raises: Usage.

    >>> read_books("A=B365,B=BW")
    {'A': 'B365', 'B': 'BW'}
    """
    books = {}
    for part in text.split(","):
        name, sign, column = part.strip().partition("=")
        if not (name and sign and column):
            raise Usage(f"--books: {part!r} is not of the form NAME=COLUMN")
        if name in books:
            raise Usage(f"--books: {name} is given twice")
        books[name] = column
    return books
