"""Mispriced odds: prices that are longer than what the other bookmakers together say is fair.

An edge is an expectation under the rule of the settings, and no certainty: docs/fair-prices.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Quote, Source
from mispriced.domain.plausibility import PlausibilityLimits, believed, palpable
from mispriced.domain.state import EventState
from mispriced.domain.value import Value, ValueRule, values
from mispriced.messages import Document
from mispriced.pipeline.compare import DetectRules, compared


class ValueRow(Struct, frozen=True, kw_only=True):
    """A price above the fair one.

    `edge`: the expected profit per unit staked. `fair_price`: at which it would be 0. `books`: voices in
    the fair price, `dispersion` the standard deviation between them. `kelly`: the part of a bankroll.
    """

    match_id: str
    source: Source
    home: str
    away: str
    competition: str
    kickoff: datetime
    market: Market
    outcome: str
    bookmaker: str
    price: float
    fair_price: float
    edge: float
    kelly: float
    books: int
    dispersion: float
    seen_at: datetime
    changed_at: datetime


class ValueRules(Struct, frozen=True, kw_only=True):
    """Which quotes may be compared, which of them are believed, and when a price is value."""

    detect: DetectRules
    plausible: PlausibilityLimits
    value: ValueRule


class Valued:
    """The values of all matches; a match is judged again only when its comparable quotes are others."""

    def __init__(self, rules: ValueRules) -> None:
        self._rules = rules
        self._judged: dict[tuple[str, str], tuple[tuple[object, ...], list[Value]]] = {}

    def rows(
        self,
        documents: Iterable[Document],
        states: Mapping[str, EventState],
        now: datetime,
        rules: DetectRules | None = None,
    ) -> list[ValueRow]:
        """Return what is value at `now`, the largest edge first; `rules` with what is known of cadences."""
        matches: dict[tuple[str, str], list[Document]] = {}
        for one in documents:
            matches.setdefault((one.match_id, one.source), []).append(one)
        before, self._judged = self._judged, {}
        found: list[ValueRow] = []
        for key, group in matches.items():
            fit = compared(group, now, rules or self._rules.detect, states.get(key[0]))
            prices = tuple((one.bookmaker, one.market, *one.prices.items()) for one in fit.quotes)
            known = before.get(key)
            judged = known[1] if known and known[0] == prices else self._values(fit.quotes)
            self._judged[key] = (prices, judged)
            quotes = {(one.bookmaker, one.market): one for one in fit.quotes}
            found += [_row(one, quotes[one.bookmaker, one.market], group) for one in judged]
        return sorted(found, key=lambda one: (-one.edge, one.match_id, one.outcome))

    def _values(self, quotes: Sequence[Quote]) -> list[Value]:
        least = self._rules.value.least_books
        if len({one.bookmaker for one in quotes}) < least:
            return []
        return values(believed(quotes, palpable(quotes, self._rules.plausible)), self._rules.value)


def _row(value: Value, quote: Quote, documents: Sequence[Document]) -> ValueRow:
    document = next(one for one in documents if one.market == value.market)
    return ValueRow(
        match_id=document.match_id,
        source=document.source,
        home=quote.home,
        away=quote.away,
        competition=quote.competition,
        kickoff=quote.kickoff,
        market=value.market,
        outcome=value.outcome,
        bookmaker=value.bookmaker,
        price=value.price,
        fair_price=value.fair_price,
        edge=value.edge,
        kelly=value.kelly,
        books=value.books,
        dispersion=value.dispersion,
        seen_at=quote.seen_at,
        changed_at=document.changed_at[value.bookmaker],
    )
