"""The commands that run: `up`, `simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.cli.web import Host, Place, Port
from mispriced.errors import Usage


@app.command()
def up(
    config: Config = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Run on the simulator; the default without a configuration.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The simulator's seed; a different one is a different world.")
    ] = None,
    plant: Annotated[
        int | None, typer.Option("--plant", min=0, help="How many surebets the simulator plants.")
    ] = None,
    odds: Annotated[
        Path | None, typer.Option("--odds", metavar="FILE", help="Run on a season of historical odds.")
    ] = None,
    books: Annotated[
        str, typer.Option("--books", metavar="B=COL,...", help="Which column each bookmaker serves.")
    ] = "",
    recorded: Annotated[
        Path | None, typer.Option("--recorded", metavar="DIR", help="Run on recorded answers.")
    ] = None,
    without_refs: Annotated[
        bool, typer.Option("--without-refs", help="Take the reference ids out of them.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0, help="Stop after so many seconds.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Run one full cycle, print what it gave, and end.")
    ] = False,
    host: Host = None,
    port: Port = None,
    as_json: AsJson = False,
) -> None:
    """Run every role in one process: read, match, detect, show."""
    from mispriced.settings import is_configured

    if sum((demo, odds is not None, recorded is not None, config is not None)) > 1:
        raise Usage("of --demo, --odds, --recorded and --config only one can be given")
    is_historical = odds is not None or recorded is not None
    is_demo = not is_historical and (demo or not is_configured(config))
    _belongs("--seed or --plant", "--demo", is_demo or (seed is None and plant is None))
    _belongs("--json", "--once", once or is_historical or not as_json)
    _belongs("--host or --port", "no --once", not (once or is_historical) or (host is None and port is None))
    _check_world(odds, books, recorded, without_refs)
    if odds is not None:
        from mispriced.cli.season import season

        raise typer.Exit(season(odds, books, as_json))
    if recorded is not None:
        from mispriced.cli.recorded import recorded as run_recorded

        raise typer.Exit(run_recorded(recorded, without_refs, as_json))
    if is_demo:
        from mispriced.cli.simulated import Simulated

        given = {"--seed": seed, "--plant": plant}
        words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
        with Simulated(words) as simulated:  # it starts while the rest is imported
            from mispriced.cli.up import demo as run_demo

            raise typer.Exit(run_demo(simulated, once, as_json, seconds, Place(host, port)))
    from mispriced.cli.up import configured

    raise typer.Exit(configured(config, once, as_json, seconds, Place(host, port)))


@app.command()
def simulate(
    seed: Annotated[int, typer.Option("--seed", help="A different seed is a different world.")] = 1,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 is any free one.")] = 0,
    host: Annotated[
        str, typer.Option("--host", help="The address it listens on, such as a container network's gateway.")
    ] = "127.0.0.1",
    plant: Annotated[int, typer.Option("--plant", min=0, help="How many surebets stand.")] = 24,
    write_config: Annotated[
        Path | None,
        typer.Option("--write-config", metavar="FILE", help="Write a configuration that reads it."),
    ] = None,
    odds: Annotated[
        Path | None, typer.Option("--odds", metavar="FILE", help="Serve historical odds.")
    ] = None,
    books: Annotated[
        str, typer.Option("--books", metavar="B=COL,...", help="Which column each serves.")
    ] = "",
    recorded: Annotated[
        Path | None, typer.Option("--recorded", metavar="DIR", help="Serve recorded answers.")
    ] = None,
    without_refs: Annotated[bool, typer.Option("--without-refs", help="Take the ids out of them.")] = False,
    matches: Annotated[
        int | None, typer.Option("--matches", min=1, help="The football API has so many matches in play.")
    ] = None,
    latency_ms: Annotated[
        float, typer.Option("--latency", metavar="MS", min=0, help="Median latency of the football API.")
    ] = 0.0,
    latency_sigma: Annotated[
        float, typer.Option("--latency-sigma", min=0, help="Its spread: sigma of a lognormal.")
    ] = 0.35,
    fault: Annotated[
        str | None,
        typer.Option(
            "--faults",
            metavar="FAULT",
            help="Of the football API: down, unauthorised, not_authorised, rate_limited, garbage or hang.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve the bookmakers and the football API in their real shapes, until stopped.

    Plain HTTP is asked for on loopback alone: under another --host the configuration names it as proxy.
    """
    from mispriced.cli.simulating import World, simulate_world

    _check_world(odds, books, recorded, without_refs)
    world = World(
        seed=seed,
        plant=plant,
        odds=odds,
        books=books,
        recorded=recorded,
        without_refs=without_refs,
        matches=matches,
        latency_ms=latency_ms,
        latency_sigma=latency_sigma,
        fault=fault,
    )
    simulate_world(world, host, port, write_config, as_json)


def _check_world(odds: Path | None, books: str, recorded: Path | None, without_refs: bool) -> None:
    if odds is not None and not books:
        raise Usage("--odds needs --books, such as NAME=B365,OTHER=BW")
    _belongs("--books", "--odds", odds is not None or not books)
    _belongs("--without-refs", "--recorded", recorded is not None or not without_refs)


def _belongs(option: str, other: str, is_so: bool) -> None:
    """Refuse an option that would be passed over in silence."""
    if not is_so:
        raise Usage(f"{option} goes with {other}")
