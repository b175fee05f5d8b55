"""Which quotes of a match may stand against each other at a moment, and of the others why not.

Only fresh ones of one score that are plausible are compared, and results are left out only by a
confirmed score. Pure. Not here: what stands (judge).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.arbitrage import BestPrice, Book, best_prices, books, surebets
from mispriced.domain.covers import Cover, reachable
from mispriced.domain.freshness import (
    FreshnessLimits,
    Validity,
    age,
    has_kicked_off,
    overlap,
    state,
    validity,
)
from mispriced.domain.goals import HOLD_OFF, Scoreline, confirmed, scoreline, suspicion
from mispriced.domain.markets import Market, Result
from mispriced.domain.model import Quote, Score
from mispriced.domain.plausibility import Flag, PlausibilityLimits, believed, palpable
from mispriced.domain.settlement import Policy, Table, alike, differences
from mispriced.domain.state import EventState
from mispriced.messages import Document

REFUSALS: Final = {
    "stale": "a leg is stale",
    "score": "a leg is of another score",
    "suspended": "a leg is suspended",
    "flagged": "a price is not believed",
    "rules": "legs are settled by different rules",
}


class DetectRules(Struct, frozen=True, kw_only=True):
    """What decides which quotes are compared, and when what they prove is told.

    `hold_off`: how long a score must have stood before it leaves out results. `confirm_within`: how long
    the legs have to be read again before a surebet is told; None tells it at once. With `detect_flagged`
    prices that are likely wrong are compared too, and what they make is marked. `settlement` is each
    bookmaker's rules, `policy` whether legs whose rules differ are compared, and marked.
    """

    limits: FreshnessLimits = FreshnessLimits()
    hold_off: timedelta = HOLD_OFF
    confirm_within: timedelta | None = None
    plausibility: PlausibilityLimits = PlausibilityLimits()
    detect_flagged: bool = False
    settlement: Table = {}
    policy: Policy = "refuse"


class Refused(Struct, frozen=True):
    """What is out of detection, a quote or a pair: the kind of reason, and the reason with its values."""

    kind: Literal["stale", "suspended", "score", "flagged", "rules"]
    reason: str


class Compared(Struct, frozen=True, kw_only=True):
    """The quotes of a match that may stand against each other, and of the others why they may not.

    `results` are those that can still come, `score` the confirmed score that leaves out the rest.
    `flags` are on quotes that are compared although they are likely wrong. `sides`: within each every
    quote may stand against every other; there are several where bookmakers' rules of settlement differ.
    `settles` is True for a while after the score changed: until then time, or a reading that shows the
    same prices again, can add to what is compared. `validities` by bookmaker and market.
    """

    quotes: tuple[Quote, ...]
    sides: tuple[tuple[Quote, ...], ...]
    refused: tuple[Refused, ...]
    results: frozenset[Result]
    score: Score | None
    flags: tuple[Flag, ...]
    settles: bool
    validities: Mapping[tuple[str, Market], Validity]
    settlement: Table

    def together(self, legs: Iterable[BestPrice]) -> Validity | None:
        """Return the interval in which the prices of these legs all hold, None where there is none."""
        return overlap(self.validities[leg.quote.bookmaker, leg.quote.market] for leg in legs)

    def books(self) -> list[Book]:
        """Return the cheapest book on every cover whose legs may stand together, the cheapest first."""
        return _cheapest([books(best_prices(side), self.results) for side in self.sides])

    def surebets(self) -> list[Book]:
        """Return the books that are surebets, the most profitable first."""
        return _cheapest([surebets(best_prices(side), self.results) for side in self.sides])

    @property
    def best(self) -> dict[str, BestPrice]:
        """The best price of every outcome that has one."""
        return best_prices(self.quotes)


def compared(
    documents: Sequence[Document], now: datetime, rules: DetectRules, match_state: EventState | None = None
) -> Compared:
    """Return what of the documents of one match and source may be compared at `now`."""
    line = _scoreline(documents, now, rules.limits, match_state)
    quotes, refused, validities = [], [], {}
    for document in documents:
        for quote in document.quotes.values():
            refusal = _refusal(quote, now, rules.limits, line)
            if refusal:
                refused.append(refusal)
            else:
                quotes.append(quote)
                since = document.changed_at[quote.bookmaker]
                validities[quote.bookmaker, quote.market] = validity(quote, since, rules.limits)
    found = palpable(quotes, rules.plausibility)
    if not rules.detect_flagged:
        refused += [Refused("flagged", str(flag)) for flag in found]
        quotes, found = believed(quotes, found), ()
    sides = [tuple(quotes)]
    if rules.settlement and rules.policy == "refuse":
        legs = [(quote.bookmaker, quote.market) for quote in quotes]
        refused += [Refused("rules", text) for text in differences(legs, rules.settlement)]
        sides = [
            tuple(quote for quote in quotes if (quote.bookmaker, quote.market) in side)
            for side in alike(legs, rules.settlement)
        ]
    score = confirmed(line, quotes, now, rules.hold_off)
    changed_s = (now - line.stood_since).total_seconds() if line else math.inf
    return Compared(
        quotes=tuple(quotes),
        sides=tuple(sides),
        refused=tuple(refused),
        results=reachable(score),
        score=score,
        flags=found,
        settles=changed_s < max(rules.hold_off.total_seconds(), rules.limits.live_s),
        validities=validities,
        settlement=rules.settlement,
    )


def told(fit: Compared) -> list[str]:
    """Return why quotes are not compared, each reason once; a bookmaker's markets often share one."""
    return sorted({one.reason for one in fit.refused})


def _cheapest(ranked: Sequence[Sequence[Book]]) -> list[Book]:
    if len(ranked) == 1:
        return list(ranked[0])
    cheapest: dict[Cover, Book] = {}
    for book in sorted((book for one in ranked for book in one), key=lambda book: book.exact_sum):
        cheapest.setdefault(book.cover, book)
    return list(cheapest.values())


def _scoreline(
    documents: Sequence[Document], now: datetime, limits: FreshnessLimits, match_state: EventState | None
) -> Scoreline | None:
    """Return the score by those who were read lately, also by who has closed the market."""
    if documents[0].source != "live":
        return None
    known = [
        (document, quote)
        for document in documents
        for quote in document.quotes.values()
        if state(quote, now, limits) in ("fresh", "suspended")
    ]
    return scoreline(
        [quote for _, quote in known],
        {(quote.bookmaker, quote.market): document.changed_at[quote.bookmaker] for document, quote in known},
        {
            (bookmaker, document.market): moment
            for document in documents
            for bookmaker, moment in document.score_changed_at.items()
        },
        now,
        match_state,
    )


def _refusal(quote: Quote, now: datetime, limits: FreshnessLimits, line: Scoreline | None) -> Refused | None:
    current = state(quote, now, limits)
    if current == "fresh":
        suspect = suspicion(quote, line)
        return Refused("score", suspect) if suspect else None
    if current == "suspended":
        return Refused("suspended", f"{quote.bookmaker} is suspended")
    return Refused("stale", _too_old(quote, now, limits))


def _too_old(quote: Quote, now: datetime, limits: FreshnessLimits) -> str:
    if quote.seen_at > now:
        seconds = age(now, quote.seen_at).total_seconds()
        return f"{quote.bookmaker} was seen {seconds:.0f} s ahead of this clock"
    if has_kicked_off(quote, now):
        return f"{quote.bookmaker} was last seen before the kick-off at {quote.kickoff:%H:%M} UTC"
    seconds = age(quote.seen_at, now).total_seconds()
    allowed = limits.of(quote.bookmaker, quote.source, quote.market)
    usual_s = limits.usual_s(quote.bookmaker, quote.source, quote.market)
    is_learned = usual_s is not None and allowed < limits.of(quote.bookmaker, quote.source)
    because = f", it is usually seen every {usual_s:.0f} s" if is_learned else ""
    return (
        f"{quote.bookmaker} was seen {seconds:.0f} s ago, {quote.source} prices count for "
        f"{allowed.total_seconds():.0f} s{because}"
    )
