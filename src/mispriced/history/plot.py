"""A backtest as a picture: profit beside the band of chance, calibration, margins by season.

Needs the extra `plot` (matplotlib).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from mispriced.errors import Unavailable, Usage, unknown
from mispriced.history.backtest import SNAPSHOTS, STAKE, FileResult, when
from mispriced.history.strategies import Bets, Surebets

KINDS: Final = (".png", ".svg", ".pdf")
BANDS: Final = (1.0, 2.0, 3.0)  # standard deviations
BINS: Final = 10  # of the calibration, as many bets in each


def check_plot(path: Path) -> None:
    """Refuse a picture that could not be written, before the work is done.

    Raises: Usage for another ending than .png, .svg or .pdf; Unavailable without matplotlib.
    """
    if path.suffix not in KINDS:
        raise Usage(f"--plot: {unknown('ending', path.suffix, KINDS)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise Unavailable("--plot needs matplotlib: pip install 'mispriced[plot]'")


def draw(results: Sequence[FileResult], strategy: str, path: Path) -> None:
    """Write the picture of a strategy's results, a row of panels for each time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [snapshot for snapshot in SNAPSHOTS if any(one.odds.snapshot == snapshot for one in results)]
    figure = Figure(figsize=(14, 4.5 * max(1, len(drawn))), layout="constrained")
    FigureCanvasAgg(figure)
    for snapshot, axes in zip(drawn, figure.subplots(max(1, len(drawn)), 3, squeeze=False), strict=False):
        mine = [one for one in results if one.odds.snapshot == snapshot]
        bets = [(one.odds, one.made) for one in mine if isinstance(one.made, Bets)]
        axes[0].set_ylabel(f"{strategy}, {snapshot}")
        if bets:
            _cumulative(axes[0], bets)
            _calibration(axes[1], [made for _, made in bets])
        else:
            found = [one.made for one in mine if isinstance(one.made, Surebets)]
            _growth(axes[0], found)
            _margins(axes[1], found)
        _by_season(axes[2], mine)
    figure.savefig(path)


def _cumulative(axes: Any, bets: Sequence[tuple[Any, Bets]]) -> None:
    placed = sorted(
        (when(odds.dates[match]) or date.min, price, won)
        for odds, made in bets
        for match, price, won in zip(made.matches, made.prices, made.won, strict=True)
    )
    prices = np.array([price for _, price, _ in placed])
    won = np.array([is_won for *_, is_won in placed], dtype=bool)
    made = np.cumsum(STAKE * (np.where(won, prices, 0.0) - 1.0))
    spread = STAKE * np.sqrt(np.cumsum(prices - 1.0))
    count = np.arange(1, len(placed) + 1)
    for band in BANDS:
        axes.fill_between(count, -band * spread, band * spread, color="tab:gray", alpha=0.15, linewidth=0)
    axes.plot(count, made, color="tab:blue")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set(title="profit in currency units, and chance at 1, 2, 3 sigma", xlabel="bets")


def _calibration(axes: Any, bets: Sequence[Bets]) -> None:
    fair = np.concatenate([one.fair for one in bets])
    won = np.concatenate([one.won for one in bets])
    order = np.argsort(fair, kind="stable")
    for part in np.array_split(order, BINS):
        if len(part):
            expected, share = fair[part].mean(), won[part].mean()
            error = np.sqrt(expected * (1 - expected) / len(part))
            axes.errorbar(expected, share, yerr=error, fmt="o", color="tab:blue", markersize=4)
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.6)
    axes.set(title="calibration", xlabel="probability believed in", ylabel="share won")


def _growth(axes: Any, found: Sequence[Surebets]) -> None:
    counts = np.cumsum([len(one.sums) for one in found])
    axes.plot(np.arange(1, len(counts) + 1), counts, color="tab:blue")
    axes.set(title="surebets found so far", xlabel="files, in order")


def _margins(axes: Any, found: Sequence[Surebets]) -> None:
    margins = np.concatenate([one.margins for one in found]) if found else np.empty(0)
    axes.hist(100 * margins, bins=40, color="tab:blue")
    axes.set(title="margin of a surebet", xlabel="percent", ylabel="surebets", yscale="log")


def _by_season(axes: Any, results: Sequence[FileResult]) -> None:
    seasons = sorted({one.odds.season for one in results})
    margins = []
    for season in seasons:
        sums = [
            (1.0 / one.odds.best[:, one.odds.quoted]).sum(axis=0)
            for one in results
            if one.odds.season == season
        ]
        margins.append(100 * float(np.concatenate(sums).mean() - 1.0))
    axes.bar(range(len(seasons)), margins, color="tab:blue")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xticks(range(len(seasons)), seasons, rotation=90)
    axes.set(title="margin left in the best prices", ylabel="percent, mean of the season")
