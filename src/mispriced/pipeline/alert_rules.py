"""Which changes of an opportunity are worth an alert, and what an alert says. Pure.

An opportunity is told of once when it opens, again when its stakes change, and when it closes; only what
was told of closes. Time is that of the verdicts, or of the look at what stands. Not here: the streams it
comes from and goes to (alerts.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from mispriced.domain.covers import reachable
from mispriced.domain.markets import Market, paid_on
from mispriced.domain.model import Source
from mispriced.domain.odds import exact
from mispriced.domain.stakes import Bet, Staking, stake
from mispriced.domain.terms import Terms
from mispriced.messages import Opportunity

HOUR: Final = timedelta(hours=1)
FORGET_AT: Final = 1000  # opportunities

State = Literal["opened", "changed", "closed"]
Why = Literal["", "quiet", "cooldown", "rate"]


class Stake(Struct, frozen=True, kw_only=True):
    """One leg as it is to be bet; the stake in the bookmaker's minor units."""

    outcome: str
    bookmaker: str
    price: float
    stake: int


class Alert(Struct, frozen=True, kw_only=True):
    """What is told of an opportunity: that it opened, changed or closed.

    `guaranteed` is the least profit after taxes and rounding on `cost`, in minor units of the account.
    `seen_at` is the last sighting of the oldest price, `at` when it came to this.
    """

    opportunity: str
    state: State
    at: datetime
    reason: str = ""
    kind: str
    match_id: str
    markets: tuple[Market, ...]
    source: Source
    home: str
    away: str
    competition: str
    kickoff: datetime
    opened_at: datetime
    seen_at: datetime
    stakes: tuple[Stake, ...] = ()
    cost: int = 0
    guaranteed: int = 0
    flags: tuple[str, ...] = ()


class Rule(Struct, frozen=True, kw_only=True):
    """What is told. Names are compared without regard to case; empty is all. `total` in minor units."""

    terms: Callable[[str, datetime], Terms] = lambda _bookmaker, _now: Terms()
    kinds: frozenset[str] = frozenset({"surebet"})
    total: int = 10_000
    least_profit: float = 0.01
    bookmakers: frozenset[str] = frozenset()
    competitions: frozenset[str] = frozenset()
    suspicious: bool = False
    quiet: tuple[time, time] | None = None
    zone: str = "UTC"
    cooldown_s: float = 60.0
    most_per_hour: int = 30

    def staking(self, one: Opportunity, at: datetime) -> Staking | None:
        """Return the stakes on an opportunity that is worth telling, None where it is not."""
        books = {leg.bookmaker.casefold() for leg in one.legs}
        if (
            one.kind not in self.kinds
            or (one.flags and not self.suspicious)
            or (self.bookmakers and not books <= {name.casefold() for name in self.bookmakers})
            or (
                self.competitions
                and one.competition.casefold() not in {c.casefold() for c in self.competitions}
            )
        ):
            return None
        bets = [
            Bet(
                outcome=leg.outcome,
                bookmaker=leg.bookmaker,
                price=exact(leg.price),
                results=paid_on(leg.outcome),
                terms=self.terms(leg.bookmaker, at),
            )
            for leg in one.legs
        ]
        try:
            found = stake(bets, self.total, reachable(one.score or None))
        except ValueError:
            return None  # no stakes within the bookmakers' limits
        return found if found.guaranteed >= self.least_profit * found.cost else None

    def is_quiet(self, at: datetime) -> bool:
        """Whether it is a quiet hour."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        now = at.astimezone(ZoneInfo(self.zone)).time()
        return start <= now < end if start <= end else now >= start or now < end


class Told:
    """What the outbox says was told: the last alert of each opportunity, and when in the last hour."""

    def __init__(self) -> None:
        self.last: dict[str, Alert] = {}
        self._times: list[datetime] = []
        self._forget_at = FORGET_AT

    def add(self, alert: Alert) -> None:
        """Take in an alert; what closed more than an hour before may be forgotten."""
        if len(self.last) >= self._forget_at:
            since = alert.at - HOUR
            self.last = {
                name: one for name, one in self.last.items() if one.state != "closed" or one.at >= since
            }
            self._forget_at = max(FORGET_AT, 2 * len(self.last))
        self.last[alert.opportunity] = alert
        if alert.state != "closed":
            self._times.append(alert.at)

    def stands(self, opportunity: str) -> Alert | None:
        """Return the last alert of an opportunity of which it was not told that it closed."""
        last = self.last.get(opportunity)
        return last if last is not None and last.state != "closed" else None

    def within_an_hour(self, at: datetime) -> int:
        """Return how many openings and changes were told in the hour before."""
        self._times = [one for one in self._times if one > at - HOUR]
        return len(self._times)

    def copy(self) -> Told:
        """Return another that may go on by itself."""
        other = Told()
        other.last, other._times = dict(self.last), list(self._times)
        other._forget_at = self._forget_at
        return other


def decide(rule: Rule, told: Told, state: State, one: Opportunity, reason: str, at: datetime) -> Alert | Why:
    """Return the alert that a change is worth; else why it is held back, empty where it is worth none."""
    standing = told.stands(one.id)
    if standing is not None and one.opened_at < standing.opened_at:
        return ""  # it closed and opened again since, which was told already
    staking = None if state == "closed" else rule.staking(one, at)
    if staking is None:
        if standing is None:
            return ""
        why = reason if state == "closed" else "no longer worth it"
        return _alert("closed", one, why, at)
    alert = _alert("opened" if standing is None else "changed", one, reason, at, staking)
    if standing is not None and standing.stakes == alert.stakes:
        return ""
    last = told.last.get(one.id)
    if rule.is_quiet(at):
        return "quiet"
    if last is not None and at - last.at < timedelta(seconds=rule.cooldown_s):
        return "cooldown"
    if told.within_an_hour(at) >= rule.most_per_hour:
        return "rate"
    return alert


def _alert(
    state: State, one: Opportunity, reason: str, at: datetime, staking: Staking | None = None
) -> Alert:
    prices = {leg.outcome: leg.price for leg in one.legs}
    stakes = [
        Stake(
            outcome=bet.bet.outcome,
            bookmaker=bet.bet.bookmaker,
            price=prices[bet.bet.outcome],
            stake=bet.stake,
        )
        for bet in (staking.bets if staking else ())
    ]
    return Alert(
        opportunity=one.id,
        state=state,
        at=at,
        reason=reason,
        kind=one.kind,
        match_id=one.match_id,
        markets=one.markets,
        source=one.source,
        home=one.home,
        away=one.away,
        competition=one.competition,
        kickoff=one.kickoff,
        opened_at=one.opened_at,
        seen_at=min(leg.quote.seen_at for leg in one.legs),
        stakes=tuple(stakes),
        cost=staking.cost if staking else 0,
        guaranteed=staking.guaranteed if staking else 0,
        flags=one.flags,
    )
