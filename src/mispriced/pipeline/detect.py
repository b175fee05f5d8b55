"""The detect stage: a changed document is judged, and what was open is judged again as time passes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from mispriced.domain.arbitrage import Book, best_book
from mispriced.domain.freshness import FreshnessLimits, age, has_kicked_off, state
from mispriced.domain.model import Quote
from mispriced.domain.plausibility import flags
from mispriced.messages import Document, Effects, Handled, Leg, Message, Opportunity, Verdict
from mispriced.ports import Clock, Store


class Detect:
    """Judges documents one by one; keeps nothing but what is open."""

    def __init__(self, store: Store, clock: Clock, limits: FreshnessLimits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    def handle(self, messages: Sequence[Message]) -> Handled:
        """Judge every document that the batch names, once each."""
        poison = {one.place: "field data_key is missing" for one in messages if "data_key" not in one.fields}
        good = [one for one in messages if "data_key" in one.fields]
        named = {one.fields["data_key"].decode("utf-8", "replace"): one for one in good}
        now = self._clock.now()
        verdicts = {
            document.key: judge(document, now, self._limits)
            for document in self._store.documents(list(named))
        }
        effects = []
        for one in good:
            key = one.fields["data_key"].decode("utf-8", "replace")
            mine = (verdicts[key],) if named[key] is one and key in verdicts else ()
            effects.append(Effects(message=one, verdicts=mine))
        return Handled(effects=tuple(effects), poison=poison)

    def tick(self, now: datetime) -> None:
        """Close what is no longer fresh."""
        old = [one for one in opened(self._store) if not _all_fresh(one, now, self._limits)]
        if old:
            found = self._store.documents(one.document for one in old)
            self._store.judge([judge(document, now, self._limits) for document in found])


def standing(store: Store, now: datetime, limits: FreshnessLimits) -> list[Opportunity]:
    """Return what stands at `now`: of what is open, what its document proves as it is now.

    Detection closes the rest when it comes to it; until then, and where none runs, nobody is shown it.
    """
    documents = store.documents(one.document for one in store.opportunities())
    verdicts = [judge(document, now, limits) for document in documents]
    return [one.opportunity for one in verdicts if one.opportunity is not None]


def opened(store: Store) -> list[Opportunity]:
    """Return what is open, each leg with the last sighting of its quote.

    An opportunity is written when its prices change; that they were seen again is in the documents.
    """
    found = store.opportunities()
    documents = {one.key: one.quotes for one in store.documents(one.document for one in found)}
    return [
        msgspec.structs.replace(
            one, legs=tuple(_seen_last(leg, documents.get(one.document, {})) for leg in one.legs)
        )
        for one in found
    ]


def judge(document: Document, now: datetime, limits: FreshnessLimits) -> Verdict:
    """Return what the document's fresh quotes prove at `now`: a surebet, or none and why."""
    fresh = [quote for quote in document.quotes.values() if state(quote, now, limits) == "fresh"]
    book = best_book(document.market, fresh)
    opportunity = None
    if book is not None and book.is_surebet:
        opportunity = _opportunity(document, book, now)
    reason = "" if opportunity else why_not(document, book, now, limits)
    return Verdict(
        document=document.key, revision=document.revision, opportunity=opportunity, reason=reason, at=now
    )


def why_not(document: Document, book: Book | None, now: datetime, limits: FreshnessLimits) -> str:
    """Return why a document is no surebet, with the values that decide it."""
    unusable = [_unusable(quote, now, limits) for quote in document.quotes.values()]
    reasons = sorted(one for one in unusable if one)
    if book is not None:
        return "; ".join([f"best book sum {book.book_sum:.4f}, below 1 is a surebet", *reasons])
    if len(document.quotes) < 2:
        return f"only {', '.join(document.quotes) or 'nobody'} has it"
    return "; ".join(reasons) or "an outcome has no price at any bookmaker"


def differing_scores(quotes: Iterable[Quote]) -> list[str]:
    """Return that the quotes are of different scores, or nothing: prices before a goal and after it."""
    scores = {quote.bookmaker: str(quote.score) for quote in quotes if quote.score}
    if len(set(scores.values())) < 2:
        return []
    return ["scores differ: " + ", ".join(f"{name} {score}" for name, score in sorted(scores.items()))]


def _unusable(quote: Quote, now: datetime, limits: FreshnessLimits) -> str:
    current = state(quote, now, limits)
    if current == "fresh":
        return ""
    if current == "suspended":
        return f"{quote.bookmaker} is suspended"
    if quote.seen_at > now:
        return (
            f"{quote.bookmaker} was seen {age(now, quote.seen_at).total_seconds():.0f} s ahead of this clock"
        )
    if has_kicked_off(quote, now):
        return f"{quote.bookmaker} was last seen before the kick-off at {quote.kickoff:%H:%M} UTC"
    seconds = age(quote.seen_at, now).total_seconds()
    allowed = limits.of(quote.bookmaker, quote.source).total_seconds()
    return f"{quote.bookmaker} was seen {seconds:.0f} s ago, {quote.source} prices count for {allowed:.0f} s"


def _opportunity(document: Document, book: Book, now: datetime) -> Opportunity:
    legs = tuple(
        Leg(outcome=one.outcome, bookmaker=one.quote.bookmaker, price=one.price, share=share, quote=one.quote)
        for one, share in zip(book.best, book.shares, strict=True)
    )
    first = legs[0].quote
    quotes = {leg.bookmaker: leg.quote for leg in legs}.values()
    before = document.opportunity
    return Opportunity(
        id=opportunity_id(document.key),
        kind="surebet",
        document=document.key,
        match_id=document.match_id,
        market=document.market,
        source=document.source,
        home=first.home,
        away=first.away,
        competition=first.competition,
        kickoff=first.kickoff,
        legs=legs,
        book_sum=book.book_sum,
        profit=book.profit,
        opened_at=before.opened_at if before else now,
        changed_at=before.changed_at if before and _bets(before.legs) == _bets(legs) else now,
        revision=document.revision,
        flags=(*flags(quotes, book.book_sum), *differing_scores(quotes)),
    )


def _same_bets(one: Sequence[Leg], other: Sequence[Leg]) -> bool:
    return [(leg.outcome, leg.bookmaker, leg.price) for leg in one] == [
        (leg.outcome, leg.bookmaker, leg.price) for leg in other
    ]


def opportunity_id(document_key: str) -> str:
    """Return the id of a document's surebet, the same each time it opens.

    >>> len(opportunity_id("matched_teams_xtr-BTTS_live_stream:m1"))
    12
    """
    return "sb" + hashlib.blake2b(document_key.encode(), digest_size=5).hexdigest()


def _seen_last(leg: Leg, quotes: Mapping[str, Quote]) -> Leg:
    last = quotes.get(leg.bookmaker)
    if last is None or last.prices.get(leg.outcome) != leg.price:
        return leg
    return msgspec.structs.replace(leg, quote=last)


def _bets(legs: Iterable[Leg]) -> list[tuple[str, str, float]]:
    return [(leg.outcome, leg.bookmaker, leg.price) for leg in legs]


def _all_fresh(opportunity: Opportunity, now: datetime, limits: FreshnessLimits) -> bool:
    return all(state(leg.quote, now, limits) == "fresh" for leg in opportunity.legs)
