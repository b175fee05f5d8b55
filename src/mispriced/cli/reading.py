"""The commands that read the current state: `surebets`, `odds`, `events`, `explain`, `bookmakers`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Usage, unknown

Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print a line of JSON for each.")]


@app.command()
def surebets(
    config: Config = None,
    as_json: AsJson = False,
    jsonl: Jsonl = False,
    survival: Annotated[
        bool, typer.Option("--survival", help="Show instead how long they lived, by pair of bookmakers.")
    ] = False,
    suspects: Annotated[
        bool,
        typer.Option("--suspects", help="Show instead what would stand with prices that are not believed."),
    ] = False,
) -> None:
    """Show the surebets that stand now; when there is none, why."""
    if survival:
        from mispriced.cli.surviving import show_survival

        show_survival(config, as_json, jsonl)
        return
    from mispriced.cli import show
    from mispriced.cli.wiring import detect_rules
    from mispriced.pipeline.detect import standing
    from mispriced.pipeline.views import opportunities as views
    from mispriced.pipeline.views.extractions import read_extractions

    with state_of_store(config) as (store, settings, clock):
        now = clock.now()
        rules = detect_rules(settings)
        found = views.best_first((views.suspects if suspects else standing)(store, now, rules))
        if jsonl:
            _lines(found)
            return
        because = views.read_funnel(store, now, rules)
        failed = show.failed(read_extractions(store))
        states = store.states(one.match_id for one in found)
        waits = sum(not one.has_lapsed for one in store.pending())
        if as_json:
            facts = {"simulated": settings.simulated, "surebets": found, "states": states, "because": because}
            show.print_json(facts | {"failed": failed, "pending": waits})
            return
        out = show.console()
        if found:
            out.print(show.surebet_table(found, now, states))
        else:
            out.print("No surebet now, because:")
            out.print(show.funnel_text(because), end="")
            for line in failed:
                out.print(f"  {line}")
        if waits:
            out.print(f"{waits} found and not told before their legs are read again")


@app.command()
def odds(
    match_id: Annotated[str, typer.Argument(help="Of `mispriced events`; without it every event.")] = "",
    config: Config = None,
    as_json: AsJson = False,
    jsonl: Jsonl = False,
) -> None:
    """Show the odds of all bookmakers: fresh, stale, suspended or gone."""
    from mispriced.cli import show
    from mispriced.cli.wiring import freshness
    from mispriced.livedata import companies
    from mispriced.pipeline.cadences import learned
    from mispriced.pipeline.views.matches import comparison_rows, odds_rows

    with state_of_store(config) as (store, settings, clock):
        documents = store.documents()
        wanted = store.match_id(match_id)
        chosen = [one for one in documents if not match_id or one.match_id == wanted]
        now = clock.now()
        limits = learned(store, freshness(settings))
        rows = odds_rows(chosen, now, limits)
        told = comparison_rows(companies.read(store, now), store.events()[1], now, limits)
        rows += [row for row in told if not match_id or row.match_id == wanted]
        if match_id and not rows:
            raise Usage(unknown("match", match_id, sorted({one.match_id for one in documents})[:20]))
    if jsonl:
        _lines(rows)
    elif as_json:
        show.print_json(rows)
    else:
        show.console().print(show.odds_table(rows))


@app.command()
def events(config: Config = None, as_json: AsJson = False, jsonl: Jsonl = False) -> None:
    """Show the matches, the bookmakers' own names for each, and by what they were joined."""
    from mispriced.cli import show
    from mispriced.pipeline.views.matches import match_rows

    with state_of_store(config) as (store, _, clock):
        rows = match_rows(store.events()[1], store.states())
        now = clock.now()
    if jsonl:
        _lines(rows)
    elif as_json:
        show.print_json(rows)
    else:
        show.console().print(show.event_table(rows, now))


@app.command()
def explain(
    opportunity_id: Annotated[str, typer.Argument(metavar="ID", help="Of `mispriced surebets`.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show why a surebet is believed: each price's answer, the joins and their evidence, the arithmetic."""
    from mispriced.cli import show
    from mispriced.cli.explain import explained
    from mispriced.cli.wiring import detect_rules
    from mispriced.pipeline.views.opportunities import explain as proof

    with state_of_store(config) as (store, settings, clock):
        found = proof(store, opportunity_id, clock.now(), detect_rules(settings))
    if as_json:
        show.print_json(found)
    else:
        show.console().print(explained(found), soft_wrap=True)


@app.command()
def bookmakers(config: Config = None, as_json: AsJson = False) -> None:
    """Show each bookmaker: its markets and periods, whether it is on, and its last answers."""
    from mispriced.bookmakers import bookmakers as registry
    from mispriced.cli import show
    from mispriced.cli.wiring import freshness, sites
    from mispriced.pipeline.cadences import learned
    from mispriced.pipeline.views.cadences import cadence_rows
    from mispriced.pipeline.views.extractions import events_by_site, read_extractions
    from mispriced.settings import load

    settings = load(config)
    on = sites(settings)
    rows = [
        {
            "bookmaker": name,
            "markets": one.markets,
            "periods": one.periods,
            "on": [source for source in one.markets if f"{name}/{source}" in on],
        }
        for name, one in registry().items()
    ]
    with state_of_store(config) as (store, _, clock):
        extractions = read_extractions(store)
        events = events_by_site(store.events()[1])
        cadences = cadence_rows(learned(store, freshness(settings)))
        now = clock.now()
    if as_json:
        show.print_json({"bookmakers": rows, "extractions": extractions, "cadences": cadences})
        return
    out = show.console()
    for row in rows:
        places = ", ".join(row["on"]) or "off: no base_url in the configuration"
        out.print(f"{row['bookmaker']}: {places}")
    out.print(show.bookmaker_table(extractions, events, now))
    for one in cadences:
        out.print(
            f"{one.bookmaker} {one.source} {one.market}: usually seen every {one.usual_s:.1f} s, "
            f"a price counts for {one.limit_s:.0f} s"
        )


@contextmanager
def state_of_store(config: Path | None) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the store that the configuration names, the settings and the clock; say SIMULATED where it is."""
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.stores import open_store, server
    from mispriced.pipeline.views import SIMULATED
    from mispriced.settings import load

    settings = load(config)
    clock = SystemClock()
    with server(settings) as address:
        store = open_store(address, settings)
        try:
            is_simulated = settings.simulated or bool(store.notes(SIMULATED))
            if is_simulated:
                typer.echo("SIMULATED", err=True)
            yield store, settings.model_copy(update={"simulated": is_simulated}), clock
        finally:
            store.close()


def _lines(rows: list[Any]) -> None:
    from mispriced.cli import show

    for row in rows:
        show.print_json(row)
