"""The commands that need neither network nor store: `parse`, `config`, `new-bookmaker`, `bench`."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Fatal, Usage, unknown


@app.command()
def parse(
    bookmaker: Annotated[str, typer.Argument(help="Whose answer it is.")],
    source: Annotated[str, typer.Argument(help="live or upcoming.")],
    step: Annotated[str, typer.Argument(help="Which step's answer it is, such as matches.")],
    file: Annotated[Path, typer.Argument(help="The recorded answer; .gz is unpacked.")],
    after: Annotated[Path | None, typer.Option("--after", help="The answer of the step before.")] = None,
    seen_at: Annotated[
        datetime | None,
        typer.Option("--seen-at", help="When it was read, UTC; else the file's time."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a recorded answer: its quotes, follow-up requests and skipped items with reasons."""
    from mispriced.bookmakers import find
    from mispriced.bookmakers.offline import parse_file
    from mispriced.cli import show
    from mispriced.domain.model import SOURCES

    chosen = next((one for one in SOURCES if one == source), None)
    if chosen is None:
        raise Usage(unknown("source", source, SOURCES))
    previous = read_bytes(after) if after else None
    body = read_bytes(file)
    at = as_utc(seen_at) if seen_at else datetime.fromtimestamp(file.stat().st_mtime, UTC)
    reading = parse_file(find(bookmaker), chosen, step, body, at, previous)
    if as_json:
        show.print_json(reading)
    else:
        for quote in reading.quotes:
            show.print_json(quote)
        for request in reading.requests:
            typer.echo(f"follow-up: {request}", err=True)
        for skipped in reading.skipped:
            typer.echo(show.clean(f"skipped: {skipped.reason}"), err=True)
        counts = f"{len(reading.quotes)} quotes, {len(reading.requests)} follow-ups"
        typer.echo(f"{reading.outcome}: {counts}, {len(reading.skipped)} skipped", err=True)
    raise typer.Exit({"ok": 0, "empty": 0, "partial": 3}.get(reading.outcome, 1))


@app.command("new-bookmaker")
def new_bookmaker(
    name: Annotated[str, typer.Argument(help="The code name, such as BookieEpsilon.")],
    directory: Annotated[Path, typer.Option("--dir", help="Where to write it.")] = Path(),
) -> None:
    """Write the stub of an adapter and say what to fill in."""
    from mispriced.bookmakers.new import new_package

    package = new_package(name)
    for relative, text in package.files.items():
        path = directory / relative
        if path.exists():
            raise Usage(f"{path} exists already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {path}", err=True)
    for line in package.next_steps:
        typer.echo(line)


config_app = typer.Typer(help="Write, show or check the configuration.", no_args_is_help=True)
app.add_typer(config_app, name="config")


@config_app.command("init")
def config_init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("mispriced.toml"),
) -> None:
    """Write a configuration with every bookmaker, to be filled in with addresses."""
    from mispriced.cli.example import example_toml

    if file.exists():
        raise Usage(f"{file} exists already")
    file.write_text(example_toml(), encoding="utf-8")
    typer.echo(f"wrote {file}; fill in the addresses, then: mispriced config check --config {file}", err=True)


@config_app.command("show")
def config_show(config: Config = None) -> None:
    """Print the settings in force as JSON, secrets hidden."""
    from mispriced.settings import load
    from mispriced.telemetry.redact import redact

    typer.echo(redact(load(config).model_dump_json(indent=2)))


@config_app.command("check")
def config_check(config: Config = None) -> None:
    """Check the configuration: exit code 0, or 78 with the key that is wrong."""
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.wiring import door, planned
    from mispriced.settings import load

    settings = load(config)
    door(settings, SystemClock())  # it refuses an address, proxy or limit that cannot be used
    streams = [stream for of_source in planned(settings).values() for stream in of_source]
    typer.echo(f"ok: {len(streams)} task streams, {sum(len(one.periods) for one in streams)} jobs a cycle")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which figure; 'list' names them.")],
    as_json: AsJson = False,
) -> None:
    """Measure a figure beside its limit or a peer, in the same run."""
    from mispriced.cli import show
    from mispriced.cli.benches import benches, run_bench

    if name == "list":
        typer.echo("\n".join(benches()))
        return
    if name not in benches():
        raise Usage(unknown("benchmark", name, benches()))
    result = run_bench(name)
    if as_json:
        show.print_json(result)
        return
    for one in result if isinstance(result, list) else [result]:
        for row in one["rows"]:
            typer.echo(f"{row['what']:<60} {row['figure']:>14.4g} {row['unit']}")
        if "ratio" not in one:  # of several figures, each under its name
            for part in ("cold", "warm"):
                typer.echo(f"{one['name']}, {part}: {one[part]}")
            continue
        sign = "<=" if one["better"] == "lower" else ">="
        typer.echo(f"{one['name']}: ratio {one['ratio']:.2f}, aim {sign} {one['aim']}")


def read_bytes(path: Path) -> bytes:
    try:
        body = path.read_bytes()
        return gzip.decompress(body) if path.suffix == ".gz" else body
    except (OSError, EOFError, zlib.error) as error:
        raise Fatal(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def as_utc(moment: datetime) -> datetime:
    """Return the moment in UTC; one without a zone is UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
