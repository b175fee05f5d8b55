"""Rules by which a bettor would have bet, each a function of a file's odds. Pure.

`surebets` counts what stood between bookmakers. `consensus` and `value` place at most one bet a match at
a flat stake. Not here: reading files (odds_table), totals and chance (backtest).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from mispriced.domain.markets import outcomes
from mispriced.domain.plausibility import SUSPECT_BOOK_SUM
from mispriced.domain.scan import scan
from mispriced.domain.value import ALPHA, LEAST_BOOKS, NO_EDGE, ValueRule
from mispriced.history.odds_table import UNKNOWN, Numbers, OddsTable


class Surebets(Struct, frozen=True, kw_only=True):
    """The book sum of each surebet in a file, in the order of its matches."""

    sums: Numbers

    @property
    def margins(self) -> Numbers:
        """1 minus the book sum of each."""
        return 1.0 - self.sums

    @property
    def suspects(self) -> int:
        """How many are so good that a wrong price is likelier."""
        return int((self.sums < SUSPECT_BOOK_SUM).sum())


class Bets(Struct, frozen=True, kw_only=True):
    """The bets on a file: of each its match's place, its outcome's, its price, and whether it was won.

    `fair` is the probability that the strategy believed in.
    """

    matches: npt.NDArray[np.intp]
    outcomes: npt.NDArray[np.intp]
    prices: Numbers
    fair: Numbers
    won: npt.NDArray[np.bool_]


def surebets(odds: OddsTable) -> Surebets:
    """Return the matches whose best prices pay more than they cost, decided exactly at break-even."""
    found = scan(np.where(odds.quoted, odds.best, 0.0)[:, np.newaxis, :], outcomes("three_way"))
    return Surebets(sums=(1.0 / odds.best[:, found]).sum(axis=0))


def consensus(odds: OddsTable) -> Bets:
    """Return a bet on each match's largest edge of the best price over the mean price.

    edge = (1/mean - alpha) * best - 1 where more than three bookmakers have a price; the first of home,
    draw and away where two are equal.

    Source: Kaunitz, Zhong and Kreiner 2017, "Beating the bookies with their own numbers", arXiv
    1710.02824; alpha 0.05 and the count of bookmakers as in the authors' code.
    """
    counts = odds.quoted & (odds.mean > 0).all(axis=0)
    fair = 1.0 / np.where(counts, odds.mean, np.inf) - ALPHA
    edge = np.where(counts & (odds.offers >= LEAST_BOOKS), fair * odds.best - 1.0, 0.0)
    return _one_a_match(odds, edge, fair, odds.best)


def value(odds: OddsTable) -> Bets:
    """Return a bet on each match's largest edge of a price over what the other bookmakers say.

    The rule of `domain.value`, leave-one-out, with the margin taken out of each book in proportion: the
    one of its methods that arrays do in one step. Only bookmakers with a price for every outcome speak.
    """
    rule = ValueRule(method="multiplicative")
    complete = (odds.books > 0).all(axis=1, keepdims=True)
    inverse = np.divide(1.0, odds.books, out=np.zeros_like(odds.books), where=odds.books > 0)
    chances = np.where(complete, inverse, 0.0)
    chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
    voices = complete.sum(axis=0) - complete
    fair = (chances.sum(axis=0) - chances) / np.maximum(voices, 1)
    edge = np.where((voices >= rule.least_books - 1) & (odds.books > 0), fair * odds.books - 1.0, 0.0)
    edge = np.where(edge > rule.least_edge, edge, 0.0)
    if not len(odds.books):
        return _one_a_match(odds, np.zeros_like(odds.best), odds.best, odds.best)
    chosen = edge.argmax(axis=0)[np.newaxis]
    edge, fair, prices = (np.take_along_axis(one, chosen, axis=0)[0] for one in (edge, fair, odds.books))
    return _one_a_match(odds, edge, fair, prices)


def _one_a_match(odds: OddsTable, edge: Numbers, fair: Numbers, prices: Numbers) -> Bets:
    chosen = edge.argmax(axis=0)
    every = np.arange(odds.matches)
    bets = np.flatnonzero((edge[chosen, every] > NO_EDGE) & (odds.results != UNKNOWN))
    outcomes = chosen[bets]
    return Bets(
        matches=bets,
        outcomes=outcomes,
        prices=prices[outcomes, bets],
        fair=fair[outcomes, bets],
        won=odds.results[bets] == outcomes,
    )


def profit(bets: Bets, stake: int) -> Fraction:
    """Return what the bets made at a flat stake, exact on the decimal text of the prices.

    >>> import numpy as np
    >>> one = dict(matches=np.array([0]), outcomes=np.array([0]), fair=np.array([0.5]))
    >>> profit(Bets(prices=np.array([2.1]), won=np.array([True]), **one), 50)
    Fraction(55, 1)
    """
    returned = sum((Fraction(repr(float(price))) for price in bets.prices[bets.won]), Fraction(0))
    return stake * (returned - len(bets.matches))
