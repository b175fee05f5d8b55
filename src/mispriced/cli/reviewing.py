"""`mispriced review`: events that nearly joined; pins and bans."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mispriced.cli import AsJson, Config, app

First = Annotated[str, typer.Argument(metavar="EVENT", help="Its key: BOOKMAKER/SOURCE/ID, of the queue.")]
Second = Annotated[str, typer.Argument(metavar="OTHER", help="The key of the other event.")]
Why = Annotated[str, typer.Option("--why", help="Kept with the ruling.")]

reviewing = typer.Typer(help="Events that nearly joined, and what people ruled on such pairs.")
app.add_typer(reviewing, name="review")


@reviewing.callback(invoke_without_command=True)
def root(context: typer.Context, config: Config = None, as_json: AsJson = False) -> None:
    """Show the events that nearly joined, the likeliest first, and the rulings."""
    if context.invoked_subcommand is not None:
        return
    from mispriced.cli import show
    from mispriced.cli.reading import state_of_store
    from mispriced.pipeline.views.review import review

    with state_of_store(config) as (store, _, clock):
        found = review(store, clock.now())
    if as_json:
        show.print_json(found)
        return
    for one in found.doubts:
        typer.echo(show.clean(f"{one.score:+.1f}  {one.reason}"))
        for event in (one.event, one.other):
            line = f"{event.key}  {event.home} - {event.away}  {event.kickoff:%Y-%m-%d %H:%M}"
            typer.echo(show.clean(f"      {line}  {event.competition}".rstrip()))
    for ruling in found.rulings:
        state = (
            "" if ruling.holds else f", taken back {ruling.undone_at:%Y-%m-%d %H:%M} by {ruling.undone_by}"
        )
        said = (
            f"{ruling.id}  {ruling.kind}  {' '.join(ruling.keys)}  {ruling.at:%Y-%m-%d %H:%M} by {ruling.by}"
        )
        typer.echo(show.clean(f"{said}{state}  {ruling.why}".rstrip()))
    typer.echo(f"{len(found.doubts)} in doubt, {len(found.rulings)} rulings", err=True)


@reviewing.command()
def pin(first: First, second: Second, why: Why = "", config: Config = None) -> None:
    """Say that two events are one match."""
    _rule("pin", (first, second), why, config)


@reviewing.command()
def ban(first: First, second: Second, why: Why = "", config: Config = None) -> None:
    """Say that two events are not one match."""
    _rule("ban", (first, second), why, config)


@reviewing.command()
def undo(
    ruling_id: Annotated[str, typer.Argument(metavar="ID", help="Of `mispriced review`.")],
    config: Config = None,
) -> None:
    """Take a pin or a ban back."""
    from mispriced import telemetry
    from mispriced.cli.reading import state_of_store
    from mispriced.pipeline.views.review import take_back

    with state_of_store(config) as (store, settings, clock):
        telemetry.audit_in(settings.log_dir)
        ruling = take_back(store, ruling_id, _who(), clock.now())
        telemetry.audit("took back", ruling=ruling.id, kind=ruling.kind, events=list(ruling.keys))
    typer.echo(f"{ruling.id} taken back")


def _rule(kind: Literal["pin", "ban"], keys: tuple[str, str], why: str, config: Path | None) -> None:
    from mispriced import telemetry
    from mispriced.cli.reading import state_of_store
    from mispriced.pipeline.views.review import rule

    with state_of_store(config) as (store, settings, clock):
        telemetry.audit_in(settings.log_dir)
        ruling = rule(store, kind, keys, _who(), clock.now(), why)
        done: Any = {"pin": "pinned", "ban": "banned"}[kind]
        telemetry.audit(done, ruling=ruling.id, events=list(ruling.keys), why=why)
    typer.echo(f"{ruling.id} {done}")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user id
        return "unknown"
