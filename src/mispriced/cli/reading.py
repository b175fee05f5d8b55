"""The commands that read the current state: `surebets`, `odds`, `events`, `explain`, `bookmakers`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mispriced.cli import AsJson, Config, app
from mispriced.errors import Usage, unknown

Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print a line of JSON for each.")]


@app.command()
def surebets(config: Config = None, as_json: AsJson = False, jsonl: Jsonl = False) -> None:
    """Show the surebets that stand now; when there is none, why."""
    from mispriced.cli import show
    from mispriced.cli.up import read_extractions, read_funnel
    from mispriced.cli.wiring import freshness
    from mispriced.pipeline.detect import standing

    with _state(config) as (store, settings, clock):
        now = clock.now()
        found = show.best_first(standing(store, now, freshness(settings)))
        if jsonl:
            _lines(found)
            return
        because = read_funnel(store, settings, now)
        failed = show.failed(read_extractions(store))
        if as_json:
            facts = {"simulated": settings.simulated, "surebets": found, "because": because}
            show.print_json(facts | {"failed": failed})
            return
        out = show.console()
        if found:
            out.print(show.surebet_table(found, now))
        else:
            out.print("No surebet now, because:")
            out.print(show.funnel_text(because), end="")
            for line in failed:
                out.print(f"  {line}")


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
    from mispriced.domain.freshness import age, state

    with _state(config) as (store, settings, clock):
        limits = freshness(settings)
        now = clock.now()
        wanted = store.match_id(match_id)
        rows = [
            {
                "match_id": document.match_id,
                "market": document.market,
                "source": document.source,
                "state": state(quote, now, limits),
                "age_s": round(age(quote.seen_at, now).total_seconds(), 1),
                "quote": quote,
            }
            for document in sorted(store.documents(), key=lambda one: (one.match_id, one.source, one.market))
            if not match_id or document.match_id == wanted
            for _, quote in sorted(document.quotes.items())
        ]
        if match_id and not rows:
            raise Usage(unknown("match", match_id, sorted({one.match_id for one in store.documents()})[:20]))
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

    with _state(config) as (store, _, _clock):
        groups: dict[str, dict[str, Any]] = {}
        for known in store.events()[1]:
            group = groups.setdefault(known.match_id, {"match_id": known.match_id, "how": "", "events": []})
            group["how"] = show.how_joined(known.evidence)
            group["events"].append(known.event)
        rows = sorted(
            groups.values(), key=lambda one: (min(event.kickoff for event in one["events"]), one["match_id"])
        )
    if jsonl:
        _lines(rows)
    elif as_json:
        show.print_json(rows)
    else:
        show.console().print(show.event_table(rows))


@app.command()
def explain(
    opportunity_id: Annotated[str, typer.Argument(metavar="ID", help="Of `mispriced surebets`.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show why a surebet is believed: each price's answer, the joins and their evidence, the arithmetic."""
    from mispriced.cli import show
    from mispriced.cli.explain import explained, explanation
    from mispriced.cli.wiring import freshness
    from mispriced.pipeline.detect import judge, opened

    with _state(config) as (store, settings, clock):
        now = clock.now()
        known = {one.id: one for one in opened(store)}
        if opportunity_id not in known:
            raise Usage(unknown("surebet", opportunity_id, known))
        chosen, reason = known[opportunity_id], "its document is gone"
        since: Mapping[str, datetime] = {}
        for document in store.documents([chosen.document]):
            verdict = judge(document, now, freshness(settings))
            chosen, reason = verdict.opportunity or chosen, verdict.reason
            since = document.changed_at
        found = explanation(chosen, store.events()[1], now, since, reason)
    if as_json:
        show.print_json(found)
    else:
        show.console().print(explained(found), soft_wrap=True)


@app.command()
def bookmakers(config: Config = None, as_json: AsJson = False) -> None:
    """Show each bookmaker: its markets and periods, whether it is on, and its last answers."""
    from mispriced.bookmakers import bookmakers as registry
    from mispriced.cli import show
    from mispriced.cli.up import read_extractions
    from mispriced.cli.wiring import sites
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
    with _state(config) as (store, _, clock):
        extractions = read_extractions(store)
        events = Counter((one.event.bookmaker, str(one.event.source)) for one in store.events()[1])
        now = clock.now()
    if as_json:
        show.print_json({"bookmakers": rows, "extractions": extractions})
        return
    out = show.console()
    for row in rows:
        places = ", ".join(row["on"]) or "off: no base_url in the configuration"
        out.print(f"{row['bookmaker']}: {places}")
    out.print(show.bookmaker_table(extractions, events, now))


@contextmanager
def _state(config: Path | None) -> Iterator[tuple[Any, Any, Any]]:
    from mispriced.cli.clock import SystemClock
    from mispriced.cli.stores import open_store, server
    from mispriced.cli.system import SIMULATED
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
