"""The commands of the fleet: `launch`, `status`, `stop`, `logs`."""

from __future__ import annotations

from typing import Annotated

import typer

from mispriced.cli import AsJson, Config, app

RunnerName = Annotated[
    str | None,
    typer.Option(
        "--runner",
        metavar="local|docker|kubernetes",
        help="What the workers run on; default: as the launcher that runs, else local.",
    ),
]


@app.command()
def launch(
    xtr: Annotated[str, typer.Argument(metavar="XTR", help="three_way, btts, double_chance or all.")],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="live, upcoming or all.")],
    runner: Annotated[
        str, typer.Option("--runner", metavar="local|docker|kubernetes", help="What the workers run on.")
    ] = "local",
    replicas: Annotated[
        int, typer.Option("--replicas", min=1, max=100, help="Extract workers a task stream.")
    ] = 1,
    once: Annotated[bool, typer.Option("--once", help="Publish one cycle, work it off and end.")] = False,
    config: Config = None,
) -> None:
    """Run the fleet: a worker a task stream, one to match and one to detect a source, and the jobs."""
    from mispriced.cli.fleet import run

    raise typer.Exit(run(xtr, source, runner, replicas, once, config))


@app.command()
def status(runner: RunnerName = None, config: Config = None, as_json: AsJson = False) -> None:
    """Show the workers: what runs, when each last did something, what waits for it, how often it died."""
    from mispriced.cli import show
    from mispriced.cli.fleet_status import read_status, status_lines

    found = read_status(runner, config)
    if as_json:
        show.print_json(found)
    else:
        for line in status_lines(found):
            typer.echo(show.clean(line))


@app.command()
def stop(runner: RunnerName = None, config: Config = None) -> None:
    """Stop the launcher and its workers, or the workers of a launcher that is gone."""
    from mispriced.cli.fleet import stop_fleet

    raise typer.Exit(stop_fleet(runner, config))


@app.command()
def logs(
    name: Annotated[str, typer.Argument(help="Of `mispriced status`.")],
    tail: Annotated[int, typer.Option("--tail", min=1, help="So many lines.")] = 100,
    replica: Annotated[int, typer.Option("--replica", min=0, help="Of several.")] = 0,
    runner: RunnerName = None,
    config: Config = None,
) -> None:
    """Print the last lines that a worker wrote."""
    from mispriced.cli import show
    from mispriced.cli.fleet import read_logs

    for line in read_logs(name, tail, replica, runner, config):
        typer.echo(show.clean(line))
