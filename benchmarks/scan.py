"""How fast the best books of 10,000 events are scanned, beside plain Python on the same prices.

Both decide every event of the same array, and must find the same events. The array is what a
backtest holds; quotes are put into it once (that is not measured here).
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mispriced.domain.arbitrage import scan
from mispriced.domain.markets import Market, outcomes, paid_outcomes

EVENTS: Final = 10_000
BOOKMAKERS: Final = 4
ROUNDS: Final = 15
SEED: Final = 20261122
AIM: Final = 50.0
MARKET: Final[Market] = "three_way"


def run() -> dict[str, Any]:
    """Return the time of a scan and of the peer, and the median of the paired ratios."""
    prices = _prices()
    # the layout a plain program has: event -> bookmaker -> outcome
    nested = [[[float(p) for p in book] for book in event] for event in prices.transpose(2, 1, 0)]
    ours, peer = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = scan(MARKET, prices).tolist()
        between = time.perf_counter()
        expected = plain(nested)
        ended = time.perf_counter()
        if found != expected:
            raise AssertionError(f"scan found {len(found)} events, plain Python {len(expected)}")
        ours.append(between - began)
        peer.append(ended - between)
    ratio = statistics.median(b / a for a, b in zip(ours, peer, strict=True))
    return {
        "name": "scan",
        "rows": [
            {
                "what": f"scan of {EVENTS} events at {BOOKMAKERS} bookmakers",
                "figure": _ms(ours),
                "unit": "ms",
            },
            {"what": "plain Python on the same prices", "figure": _ms(peer), "unit": "ms"},
            {"what": "surebets found by both", "figure": len(plain(nested)), "unit": "events"},
        ],
        "ratio": ratio,
        "aim": AIM,
        "better": "higher",
    }


def plain(events: list[list[list[float]]]) -> list[int]:
    """Return the indices of the surebets, by the loop that everybody writes first."""
    width, paid = len(outcomes(MARKET)), paid_outcomes(MARKET)
    found = []
    for index, books in enumerate(events):
        best = [max(book[outcome] for book in books) for outcome in range(width)]
        if all(best) and sum(1 / price for price in best) / paid < 1:
            found.append(index)
    return found


def _prices() -> npt.NDArray[np.float64]:
    chance = np.random.default_rng(SEED)
    fair = chance.dirichlet((4, 3, 3), EVENTS).T[:, None, :].clip(0.02)
    margin = chance.normal(1.06, 0.02, (1, BOOKMAKERS, EVENTS))
    noise = chance.normal(1.0, 0.02, (len(outcomes(MARKET)), BOOKMAKERS, EVENTS))
    prices = np.round((1 / fair / margin * noise).clip(1.01, 100), 2)
    prices[chance.random(prices.shape) < 0.05] = 0.0
    return np.ascontiguousarray(prices)


def _ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
