"""The commands for operating: `doctor`, `dlq`, `extract`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.cli.reading import state_of_store
from mispriced.errors import Usage, unknown


@app.command(context_settings={"ignore_unknown_options": True})  # -1 is a period
def extract(
    bookmaker: Annotated[str, typer.Argument(help="Code name, in any case.")],
    market: Annotated[str, typer.Argument(help="three_way, btts, double_chance or all.")],
    source: Annotated[str, typer.Argument(help="live or upcoming.")],
    period: Annotated[str, typer.Argument(help="The bookmaker's own word; -1 is one.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Read a bookmaker once and print its quotes; nothing is stored."""
    from mispriced.bookmakers import find
    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.wiring import door, sites
    from mispriced.errors import Misconfigured, Skip
    from mispriced.pipeline.extract import extract as read
    from mispriced.pipeline.jobs import job_fields, read_job
    from mispriced.settings import load

    clock = SystemClock()
    fields = job_fields(bookmaker, market, source, period, "", clock.now())  # type: ignore[arg-type]
    try:
        job = read_job({name: value.encode() for name, value in fields.items()}, clock.now())
    except Skip as error:
        raise Usage(str(error)) from error
    settings = load(config)
    key = f"{job.bookmaker}/{job.source}"
    if key not in sites(settings):
        raise Misconfigured(f"bookmakers.{job.bookmaker}.{job.source}.base_url is missing: {key} is off")

    async def run() -> Any:
        async with door(settings, clock) as fetcher:
            return await read(find(job.bookmaker), job, lambda request: fetcher.fetch(key, request))

    quotes, report = asyncio.run(run())
    if as_json:
        show.print_json({"quotes": quotes, "report": report})
    else:
        for quote in quotes:
            show.print_json(quote)
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in report.outcomes.items())
    typer.echo(
        f"{report.quotes} quotes, {report.events} events, {report.skipped} skipped; {outcomes}", err=True
    )
    for reason in report.reasons:
        typer.echo(show.clean(reason), err=True)
    failed = set(report.outcomes) - {"ok", "empty"}
    raise typer.Exit(0 if not failed else 3 if quotes else 1)


@app.command()
def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Check settings, server and bookmakers: exit code 0, 3 when one is off or fails, 69 without a server."""
    from mispriced.bookmakers import bookmakers, registry
    from mispriced.cli import show
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.wiring import door, sites
    from mispriced.pipeline.views.extractions import by_site, failures, read_extractions
    from mispriced.settings import load
    from mispriced.telemetry.redact import redact

    settings = load(config)
    on = sites(settings)
    door(settings, SystemClock())  # it refuses an address, proxy or limit that cannot be used
    rows: list[dict[str, Any]] = []
    with state_of_store(config) as (store, _, clock):
        now = clock.now()
        answers = by_site(read_extractions(store))
        rows += [
            {"part": f"store {name}", "is_ok": True, "is": value} for name, value in store.describe().items()
        ]
        rows += [
            {
                "part": f"stream {one.stream} {one.group}",
                "is_ok": True,
                "is": f"{one.unread} unread, {one.pending} pending",
            }
            for one in store.backlog()
            if one.unread or one.pending
        ]
        dead = len(store.dead_letters())
        rows.append({"part": "dead letters", "is_ok": not dead, "is": f"{dead}; see `mispriced dlq list`"})
    for name, one in bookmakers().items():
        for source in one.markets:
            site = on.get(f"{name}/{source}")
            where = redact(site.base_url) if site else f"off: bookmakers.{name}.{source}.base_url is not set"
            rows.append({"part": f"bookmaker {name} {source}", "is_ok": site is not None, "is": where})
            found = answers.get((name, str(source)), [])
            if site is not None and found:
                said = f"last good {show.last_good(found, now)}; errors: {show.errors(found) or 'none'}"
                is_ok = not failures(found)
                rows.append({"part": f"answers {name} {source}", "is_ok": is_ok, "is": said})
    rows += [{"part": "entry point", "is_ok": False, "is": why} for why in registry().broken]
    if as_json:
        show.print_json(rows)
    else:
        for row in rows:
            typer.echo(show.clean(f"{'ok ' if row['is_ok'] else 'off'}  {row['part']}: {row['is']}"))
    raise typer.Exit(0 if all(row["is_ok"] for row in rows) else 3)


dlq = typer.Typer(help="Dead letters: messages that no worker could take.", no_args_is_help=True)
app.add_typer(dlq, name="dlq")


@dlq.command("list")
def dlq_list(config: Config = None, as_json: AsJson = False) -> None:
    """Show the dead letters: stream, id, error, worker, time and payload."""
    from mispriced.cli import show

    with state_of_store(config) as (store, _, _clock):
        letters = store.dead_letters()
    if as_json:
        show.print_json([_letter(one) for one in letters])
        return
    for one in letters:
        typer.echo(
            show.clean(f"{one.id}  {one.stream}  {one.at:%Y-%m-%d %H:%M:%S}  {one.worker}  {one.error}")
        )
    typer.echo(f"{len(letters)} dead letters", err=True)


@dlq.command("replay")
def dlq_replay(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="Of `mispriced dlq list`, or 'all'.")],
    config: Config = None,
) -> None:
    """Put dead letters back on their streams."""
    typer.echo(f"{_each(letter_id, config, 'replay_dead')} replayed")


@dlq.command("drop")
def dlq_drop(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="Of `mispriced dlq list`, or 'all'.")],
    config: Config = None,
) -> None:
    """Remove dead letters for good."""
    typer.echo(f"{_each(letter_id, config, 'drop_dead')} dropped")


DONE: Final = {"replay_dead": "replayed", "drop_dead": "dropped"}  # as the audit log calls it


def _each(letter_id: str, config: Any, method: str) -> int:
    from mispriced import telemetry

    with state_of_store(config) as (store, settings, _clock):
        telemetry.audit_in(settings.log_dir)
        letters = [one for one in store.dead_letters() if letter_id in ("all", one.id)]
        if not letters and letter_id != "all":
            raise Usage(unknown("dead letter", letter_id, [one.id for one in store.dead_letters()][:20]))
        done = [one for one in letters if getattr(store, method)(one)]
        for one in done:
            telemetry.audit(DONE[method], stream=one.stream, letter=one.id, original=one.original_id)
        return len(done)


def _letter(one: Any) -> dict[str, Any]:
    return {
        "stream": one.stream,
        "id": one.id,
        "original_id": one.original_id,
        "fields": {name: value.decode("utf-8", "replace") for name, value in one.fields.items()},
        "error": one.error,
        "worker": one.worker,
        "at": one.at.isoformat(),
    }
