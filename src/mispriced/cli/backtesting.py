"""`mispriced backtest`: what a strategy would have made of historical odds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mispriced.cli import AsJson, app
from mispriced.errors import Usage, unknown

PARTIAL: Final = 3


@app.command()
def backtest(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Files of football-data or closing_odds.csv.gz, or folders."),
    ],
    strategy: Annotated[str, typer.Option("--strategy", help="surebet, consensus or value.")] = "surebet",
    prices: Annotated[
        str, typer.Option("--prices", help="named: the bookmakers of a file; market: its mean and maximum.")
    ] = "named",
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it, as .png, .svg or .pdf.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bet on historical odds by a rule, and say whether the result differs from chance."""
    from mispriced.cli import show
    from mispriced.history.backtest import report, run, strategy_of
    from mispriced.history.odds_table import PRICES, OtherLayout, files

    rule = strategy_of(strategy)
    if prices not in PRICES:
        raise Usage(f"--prices: {unknown('prices', prices, PRICES)}")
    if plot is not None:
        from mispriced.history.plot import check_plot

        check_plot(plot)
    found = files(paths)
    refused: dict[str, Exception] = {}
    results = list(run(rule, _tables(found, prices, refused)))
    whole = report(results, {path: str(error) for path, error in refused.items()})
    if plot is not None:
        from mispriced.history.plot import draw

        draw(results, strategy, plot)
    if as_json:
        show.print_json(whole)
    else:
        _print(whole)
    named = {str(path) for path in paths}
    if any(path in named or not isinstance(error, OtherLayout) for path, error in refused.items()):
        raise typer.Exit(PARTIAL)


def _tables(found: list[Path], prices: Any, refused: dict[str, Exception]) -> Any:
    """Yield each file's odds, with a bar on a terminal; put what cannot be read into `refused`."""
    from rich.console import Console
    from rich.progress import track

    from mispriced.errors import Skip
    from mispriced.history.odds_table import read_odds

    to_person = Console(stderr=True)
    for path in track(found, "reading", console=to_person, transient=True, disable=not sys.stderr.isatty()):
        try:
            yield from read_odds(path, prices)
        except Skip as error:
            refused[str(path)] = error


def _print(whole: dict[str, Any]) -> None:
    from rich.table import Table

    from mispriced.cli import show

    out = show.console()
    columns = [name for name in whole["total"] if not isinstance(whole["total"][name], dict)]
    table = Table("", *columns)
    seasons: dict[str, list[dict[str, Any]]] = {}
    for row in whole["files"]:
        seasons.setdefault(f"{row['season']} {row['snapshot']}".strip(), []).append(row)
    for name, rows in sorted(seasons.items()):
        sums = {"files": len(rows)} | {
            column: sum(row[column] for row in rows) for column in columns if column != "files"
        }
        table.add_row(name, *(_shown(sums[column]) for column in columns))
    table.add_section()
    for name, total in whole["total"].items():
        if isinstance(total, dict):
            table.add_row(f"all, {name}", *(_shown(total[column]) for column in columns))
    out.print(table)
    for name, total in whole["total"].items():
        if isinstance(total, dict) and "chance" in total:
            out.print(f"{name}: {total['chance']['verdict']}")
    for path, reason in whole["refused"]["files"].items():
        typer.echo(f"left out: {reason if path in reason else f'{path}: {reason}'}", err=True)
    for name, reasons in whole["refused"]["rows"].items():
        counts = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
        typer.echo(f"{name}: rows left out: {counts}", err=True)


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.4f}".rstrip("0").rstrip(".")
