"""Integer stakes on bets that cover every result, and what they leave at worst after all rounding.

A bet is the results that pay it, a price and its bookmaker's terms, so any cover of any markets will do.
The best stakes are found exactly by a linear programme, rounded to the increments in every way, and
reckoned again in whole minor units: what is reported is what the worst result leaves. Not here: which
bets cover what (arbitrage).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Final

from msgspec import Struct

from mispriced.domain.markets import Result
from mispriced.domain.simplex import Impossible, Row, maximize
from mispriced.domain.terms import Terms

MOST_BETS: Final = 10  # each is rounded down and up, in every combination

Limit = tuple[Row, Fraction | int]
"""A row, and what the row times the stakes must not pass."""


class Bet(Struct, frozen=True, kw_only=True):
    """One leg: `results` are those on which it is paid; `fixed` is a stake that is placed already."""

    outcome: str
    bookmaker: str
    price: Fraction
    results: frozenset[Result]
    terms: Terms = Terms()
    fixed: int | None = None


class Staked(Struct, frozen=True, kw_only=True):
    """A bet with its stake, in the bookmaker's minor units; cost and payout are in the account's."""

    bet: Bet
    stake: int
    cost: int
    payout: int


class Staking(Struct, frozen=True, kw_only=True):
    """Stakes and what they leave, in the account's minor units.

    `profits` by result; `guaranteed` is the lowest of them, below 0 a loss. `optimum` is the highest that
    any stakes within the same limits can guarantee, were there no increments and no rounding.
    """

    bets: tuple[Staked, ...]
    cost: int
    profits: Mapping[Result, int]
    guaranteed: int
    optimum: Fraction

    @property
    def is_surebet(self) -> bool:
        """Whether every result leaves more than was paid, after rounding."""
        return self.guaranteed > 0

    @property
    def verdict(self) -> str:
        """The result in words, without amounts."""
        if self.is_surebet:
            return "a surebet after rounding"
        return "no longer a surebet after rounding" if self.optimum > 0 else "not a surebet under these terms"


def stake(bets: Sequence[Bet], total: int, results: frozenset[Result], towards: str | None = None) -> Staking:
    """Return the stakes that guarantee most for at most `total`, in minor units of the account.

    `results` are those that can still come. Equal payoff follows where each result pays one bet. With
    `towards`, an outcome, the profit there is highest and the others at least return what was paid, as
    far as increments let them. Where nothing can be guaranteed, the stakes lose least on `total`.

    Raises: ValueError when a result pays no bet, when limits or `total` leave no stakes, or for more than
        `MOST_BETS` bets.
    """
    _check(bets, results, towards)
    lows, highs = [_low(bet) for bet in bets], [_high(bet) for bet in bets]
    for bet, low, high in zip(bets, lows, highs, strict=True):
        if high is not None and high < low:
            raise ValueError(
                f"{bet.bookmaker}: no stake on {bet.outcome} is at least {low} and at most {high} minor units"
            )
    try:
        exact, optimum = _solved(bets, results, _limits(bets, lows, highs, total), towards)
    except Impossible as error:
        least = ", ".join(map(str, lows))
        raise ValueError(
            f"the least stakes, {least} minor units, are above the total of {total} or above a bankroll"
        ) from error
    allowed: list[Staking] = []
    for lowered in (0, 1):  # each cost is rounded up: next to the exact stakes all may cost too much
        choices = [
            _nearest(bet, one - lowered * bet.terms.increment, low, high)
            for bet, one, low, high in zip(bets, exact, lows, highs, strict=True)
        ]
        found = (_staking(bets, stakes, results, optimum) for stakes in product(*choices))
        allowed = allowed or [one for one in found if one.cost <= total and not _over_bankroll(one)]
    if not allowed:
        raise ValueError(f"a total of {total} minor units is less than the least stakes cost")
    return max(allowed, key=lambda one: _goodness(one, towards))


def _check(bets: Sequence[Bet], results: frozenset[Result], towards: str | None) -> None:
    if not bets or len(bets) > MOST_BETS:
        raise ValueError(f"{len(bets)} bets, must be 1 to {MOST_BETS}")
    for result in sorted(results):
        if not any(result in bet.results for bet in bets):
            scored = "both score" if result[1] else "not both score"
            raise ValueError(f"no bet is paid on {result[0]}, {scored}: the bets cover nothing")
    if towards is not None and towards not in {bet.outcome for bet in bets}:
        raise ValueError(f"no bet is on {towards}, only on {', '.join(bet.outcome for bet in bets)}")


def _low(bet: Bet) -> int:
    return bet.terms.least() if bet.fixed is None else bet.fixed


def _high(bet: Bet) -> int | None:
    return bet.terms.most() if bet.fixed is None else bet.fixed


def _limits(bets: Sequence[Bet], lows: Sequence[int], highs: Sequence[int | None], total: int) -> list[Limit]:
    """Return the limits on the stakes: of the cost, of each bet, of each bookmaker's bankroll."""
    limits: list[Limit] = [([bet.terms.unit_cost for bet in bets], total)]
    for place, (low, high) in enumerate(zip(lows, highs, strict=True)):
        mine = [int(place == each) for each in range(len(bets))]
        limits.append(([-one for one in mine], -low))
        if high is not None:
            limits.append((mine, high))
    for bookmaker, bankroll in _bankrolls(bets).items():
        limits.append(([int(bet.bookmaker == bookmaker) for bet in bets], bankroll))
    return limits


def _bankrolls(bets: Sequence[Bet]) -> dict[str, int]:
    return {bet.bookmaker: bet.terms.bankroll for bet in bets if bet.terms.bankroll is not None}


def _solved(
    bets: Sequence[Bet], results: frozenset[Result], limits: Sequence[Limit], towards: str | None
) -> tuple[list[Fraction], Fraction]:
    """Return the exact stakes, and the highest profit that any stakes guarantee on every result.

    The last variable is the least payout on the results in question, the others are the stakes.
    """
    costs = [bet.terms.unit_cost for bet in bets]
    pays = {
        tuple(result in bet.results for bet in bets): [
            bet.terms.unit_payout(bet.price) * (result in bet.results) for bet in bets
        ]
        for result in sorted(results)
    }
    bounded: list[Limit] = [([*row, 0], bound) for row, bound in limits]
    payout: dict[tuple[bool, ...], Limit] = {
        paid: ([*(-one for one in row), 1], 0) for paid, row in pays.items()
    }
    profit = [*(-cost for cost in costs), Fraction(1)]
    best = maximize(profit, [*bounded, *payout.values()])
    optimum = sum((one * value for one, value in zip(profit, best, strict=True)), Fraction(0))
    if optimum <= 0:
        best = maximize([*[0] * len(bets), 1], [*bounded, *payout.values()])
    elif towards is not None:
        place = next(place for place, bet in enumerate(bets) if bet.outcome == towards)
        wanted = [limit for paid, limit in payout.items() if paid[place]]
        even: list[Limit] = [
            ([*(cost - one for cost, one in zip(costs, row, strict=True)), 0], 0)
            for paid, row in pays.items()
            if not paid[place]
        ]
        best = maximize(profit, [*bounded, *wanted, *even])
    return best[:-1], optimum


def _nearest(bet: Bet, exact: Fraction, low: int, high: int | None) -> Iterator[int]:
    """Yield the allowed stakes next to the exact one, the lower first."""
    if bet.fixed is not None:
        yield bet.fixed
        return
    below = max(int(exact // bet.terms.increment) * bet.terms.increment, low)
    yield below
    above = below + bet.terms.increment
    if below < exact and (high is None or above <= high):
        yield above


def _staking(
    bets: Sequence[Bet], stakes: Sequence[int], results: frozenset[Result], optimum: Fraction
) -> Staking:
    staked = tuple(
        Staked(bet=bet, stake=one, cost=bet.terms.cost(one), payout=bet.terms.payout(one, bet.price))
        for bet, one in zip(bets, stakes, strict=True)
    )
    cost = sum(one.cost for one in staked)
    profits = {
        result: sum(one.payout for one in staked if result in one.bet.results) - cost
        for result in sorted(results)
    }
    return Staking(bets=staked, cost=cost, profits=profits, guaranteed=min(profits.values()), optimum=optimum)


def _over_bankroll(staking: Staking) -> bool:
    bankrolls = _bankrolls([one.bet for one in staking.bets])
    return any(
        sum(one.stake for one in staking.bets if one.bet.bookmaker == bookmaker) > bankroll
        for bookmaker, bankroll in bankrolls.items()
    )


def _goodness(staking: Staking, towards: str | None) -> tuple[int, ...]:
    """Return what makes stakes better: the guarantee, or where nothing is lost the profit wanted."""
    if towards is None:
        return staking.guaranteed, -staking.cost
    wanted = min(
        profit
        for result, profit in staking.profits.items()
        if any(one.bet.outcome == towards and result in one.bet.results for one in staking.bets)
    )
    return min(staking.guaranteed, 0), wanted, -staking.cost
