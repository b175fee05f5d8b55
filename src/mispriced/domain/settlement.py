"""Under which rules a bet is settled: until when a match counts, and what becomes of one that ends early.

Two bets cover each other only if the same result decides both. Rules are data, one row a bookmaker and
market, with where they were read; of a bookmaker whose rules nobody read nothing is assumed but what its
market says by name. Not here: which results pay an outcome (markets).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.markets import Market

Period = Literal["90 minutes", "with extra time"]
Abandoned = Literal["void", "void unless decided", "stands", "unknown"]
Policy = Literal["refuse", "show"]

NOT_VERIFIED: Final = "not verified"


class Rules(Struct, frozen=True, kw_only=True):
    """The class of rules of a bookmaker's market.

    `period`: what counts. `abandoned`: what becomes of a bet when a match is broken off for good; `unless
    decided` is a market that cannot change any more, such as both teams to score when both have.
    `resumed_within_h`: hours within which a postponed match still counts, None where unknown. `source` says
    where that was read.
    """

    period: Period = "90 minutes"
    abandoned: Abandoned = "unknown"
    resumed_within_h: int | None = None
    source: str = NOT_VERIFIED

    @property
    def is_verified(self) -> bool:
        """Whether somebody read the bookmaker's own rules."""
        return self.source != NOT_VERIFIED


# 1X2, double chance and both teams to score are markets of 90 minutes and stoppage time wherever their name
# says nothing else; what holds of an abandoned match is each bookmaker's own and was read nowhere yet.
USUAL: Final = Rules()

Table = Mapping[str, Rules]
"""Rules by BookieAlpha/three_way, or by BookieAlpha for its other markets."""


def rules_of(bookmaker: str, market: Market, table: Table) -> Rules:
    """Return the rules of a bookmaker's market, the usual ones where the table has none.

    >>> rules_of("BookieAlpha", "btts", {"BookieAlpha": Rules(abandoned="void", source="its page")}).abandoned
    'void'
    """
    return table.get(f"{bookmaker}/{market}") or table.get(bookmaker) or USUAL


def differences(legs: Iterable[tuple[str, Market]], table: Table) -> tuple[str, ...]:
    """Return where the rules of legs differ, each a bookmaker and a market; nothing where they agree.

    What is unknown of one of them differs from nothing: it is no difference that anybody knows of.

    >>> differences([("A", "three_way"), ("B", "three_way")], {"B": Rules(period="with extra time")})
    ('A/three_way counts 90 minutes, B/three_way with extra time',)
    """
    found = []
    for (first, market), (second, other) in combinations(dict.fromkeys(legs), 2):
        mine, theirs = rules_of(first, market, table), rules_of(second, other, table)
        pair = f"{first}/{market}", f"{second}/{other}"
        if mine.period != theirs.period:
            found.append(f"{pair[0]} counts {mine.period}, {pair[1]} {theirs.period}")
        if mine.abandoned != theirs.abandoned and "unknown" not in (mine.abandoned, theirs.abandoned):
            found.append(f"{pair[0]} of an abandoned match: {mine.abandoned}, {pair[1]}: {theirs.abandoned}")
        hours = mine.resumed_within_h, theirs.resumed_within_h
        if None not in hours and hours[0] != hours[1]:
            found.append(f"{pair[0]} waits {hours[0]} h for a postponed match, {pair[1]} {hours[1]} h")
    return tuple(found)


def alike(legs: Iterable[tuple[str, Market]], table: Table) -> list[frozenset[tuple[str, Market]]]:
    """Return the largest sets of legs within which no rules differ; one set where all agree.

    Who is silent on a rule goes with everybody on it, so that a leg may be in several sets.

    >>> table = {"A": Rules(abandoned="void"), "B": Rules(abandoned="stands")}
    >>> [sorted(name for name, _ in one) for one in alike([(name, "btts") for name in "ABC"], table)]
    [['A', 'C'], ['B', 'C']]
    """
    rules = {leg: rules_of(*leg, table) for leg in legs}
    periods = dict.fromkeys(one.period for one in rules.values())
    ends = dict.fromkeys(one.abandoned for one in rules.values() if one.abandoned != "unknown")
    hours = dict.fromkeys(one.resumed_within_h for one in rules.values() if one.resumed_within_h is not None)
    found = dict.fromkeys(
        frozenset(
            leg
            for leg, one in rules.items()
            if one.period == period
            and one.abandoned in ("unknown", end)
            and one.resumed_within_h in (None, within)
        )
        for period, end, within in product(periods, ends or (None,), hours or (None,))
    )
    return [one for one in found if not any(one < other for other in found)]


def unverified(legs: Iterable[tuple[str, Market]], table: Table) -> tuple[str, ...]:
    """Return the bookmakers of legs whose rules nobody read, by name."""
    return tuple(sorted({name for name, market in legs if not rules_of(name, market, table).is_verified}))
