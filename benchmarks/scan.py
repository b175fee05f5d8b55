"""How fast 10,000 events are scanned for surebets over all covers, beside plain Python on the same prices.

Both decide every event of the same array, and must find the same events. The array is what a backtest
holds. The second figure is one changed quote of a batch: its prices are put into the array and its event
is decided anew; the peer is one update of a dict.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mispriced.domain.covers import covers
from mispriced.domain.markets import OUTCOMES, RESULTS, paid_on
from mispriced.domain.scan import scan

EVENTS: Final = 10_000
BOOKMAKERS: Final = 4
CHANGED: Final = 2_000  # quotes of one batch
ROUNDS: Final = 9
SEED: Final = 20261122
AIM: Final = 50.0
# One microsecond, where an update of a dict takes some 40 ns.
AIM_DICT_UPDATES: Final = 25.0
UPDATES: Final = 100_000


def run() -> list[dict[str, Any]]:
    """Return the figures of a scan of all events and of one changed quote."""
    prices = _prices()
    return [_whole(prices), _one_changed(prices)]


def plain(events: list[list[list[float]]]) -> list[int]:
    """Return the indices of the surebets, by the loop that everybody writes first."""
    table = [
        ([list(OUTCOMES).index(outcome) for outcome in cover.outcomes], cover.paid) for cover in covers()
    ]
    found = []
    for index, books in enumerate(events):
        best = [max(book[outcome] for book in books) for outcome in range(len(OUTCOMES))]
        for rows, paid in table:
            if all(best[row] for row in rows) and sum(1 / best[row] for row in rows) < paid:
                found.append(index)
                break
    return found


def _whole(prices: npt.NDArray[np.float64]) -> dict[str, Any]:
    # the layout a plain program has: event -> bookmaker -> outcome
    nested = [[[float(p) for p in book] for book in event] for event in prices.transpose(2, 1, 0)]
    ours, peer = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = scan(prices).tolist()
        between = time.perf_counter()
        expected = plain(nested)
        ended = time.perf_counter()
        if found != expected:
            raise AssertionError(f"scan found {len(found)} events, plain Python {len(expected)}")
        ours.append(between - began)
        peer.append(ended - between)
    return {
        "name": "scan",
        "rows": [
            _row(
                f"scan of {EVENTS} events at {BOOKMAKERS} bookmakers, {len(covers())} covers", _ms(ours), "ms"
            ),
            _row("plain Python on the same prices", _ms(peer), "ms"),
            _row("events with a surebet found by both", len(plain(nested)), "events"),
        ],
        "ratio": statistics.median(b / a for a, b in zip(ours, peer, strict=True)),
        "aim": AIM,
        "better": "higher",
    }


def _one_changed(prices: npt.NDArray[np.float64]) -> dict[str, Any]:
    chance = np.random.default_rng(SEED)
    events = chance.choice(EVENTS, CHANGED, replace=False)
    book = chance.integers(BOOKMAKERS, size=CHANGED)
    fresh = np.round(prices[:3, book, events] * 1.02, 2)
    ours, peer = [], []
    held: dict[int, float] = {}
    keys = [int(key) for key in chance.integers(EVENTS, size=UPDATES)]
    for _ in range(ROUNDS):
        began = time.perf_counter()
        prices[:3, book, events] = fresh
        scan(prices[:, :, events])
        between = time.perf_counter()
        for key in keys:
            held[key] = 2.0
        ended = time.perf_counter()
        ours.append((between - began) / CHANGED)
        peer.append((ended - between) / UPDATES)
    return {
        "name": "scan: one changed quote of a batch",
        "rows": [
            _row(f"one of {CHANGED} changed quotes", statistics.median(ours) * 1e6, "us"),
            _row("one update of a dict", statistics.median(peer) * 1e6, "us"),
        ],
        "ratio": statistics.median(a / b for a, b in zip(ours, peer, strict=True)),
        "aim": AIM_DICT_UPDATES,
        "better": "lower",
    }


def _prices() -> npt.NDArray[np.float64]:
    """Return prices of every outcome: of one set of probabilities an event, with margins and noise."""
    chance = np.random.default_rng(SEED)
    results = chance.dirichlet((3, 2, 2, 2, 2, 1.5), EVENTS)
    paid = np.array([[result in paid_on(outcome) for result in RESULTS] for outcome in OUTCOMES], dtype=float)
    fair = (paid @ results.T)[:, None, :].clip(0.02)
    margin = chance.normal(1.06, 0.02, (1, BOOKMAKERS, EVENTS))
    noise = chance.normal(1.0, 0.02, (len(OUTCOMES), BOOKMAKERS, EVENTS))
    prices = np.round((1 / fair / margin * noise).clip(1.01, 100), 2)
    prices[chance.random(prices.shape) < 0.05] = 0.0
    return np.ascontiguousarray(prices)


def _row(what: str, figure: float, unit: str) -> dict[str, Any]:
    return {"what": what, "figure": figure, "unit": unit}


def _ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
