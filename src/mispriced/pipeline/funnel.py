"""Why nothing is found: how far the current documents come towards a surebet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from mispriced.domain.arbitrage import best_book
from mispriced.domain.freshness import FreshnessLimits, state
from mispriced.messages import Document
from mispriced.pipeline.detect import differing_scores, why_not

NEAR_MISSES: Final = 3  # shown when nothing is found


class Funnel(Struct, frozen=True, kw_only=True):
    """How far the current state comes towards a surebet, and where the rest is lost.

    `fresh` have fresh quotes of two bookmakers, of these `priced` a price for every outcome. `reasons`
    counts documents by why they are none; `nearest` are the best sums of fresh quotes, and what would
    stand had every quote been fresh, with why it does not.
    """

    events: int
    matched: int
    documents: int
    fresh: int
    priced: int
    surebets: int
    best_sum: float | None
    reasons: dict[str, int]
    nearest: tuple[str, ...]


def funnel(
    documents: Iterable[Document], events: int, matched: int, now: datetime, limits: FreshnessLimits
) -> Funnel:
    """Return the funnel of the documents at `now`."""
    counted: Counter[str] = Counter()
    near: list[tuple[float, str]] = []
    total = fresh = priced = found = 0
    best: float | None = None
    for document in documents:
        total += 1
        quotes = [quote for quote in document.quotes.values() if state(quote, now, limits) == "fresh"]
        is_compared = len(quotes) >= 2
        fresh += is_compared
        book = best_book(document.market, quotes)
        blind = best_book(document.market, document.quotes.values())
        name = f"{document.source} {document.market} {_title(document)}"
        if book is not None and is_compared:
            priced += 1
            best = book.book_sum if best is None else min(best, book.book_sum)
            near.append((book.book_sum, f"{name}: book sum {book.book_sum:.4f}"))
        if book is not None and book.is_surebet:
            found += 1
            counted["surebet"] += 1
        elif blind is not None and blind.is_surebet:
            scores = differing_scores(document.quotes.values())
            why = "; ".join([why_not(document, None, now, limits), *scores])
            near.append((blind.book_sum, f"{name}: {blind.book_sum:.4f} refused: {why}"))
            counted[f"refused: {_kind(document, now, limits)}"] += 1
        elif book is not None and is_compared:
            counted["best book sum is 1 or more"] += 1
        else:
            counted[_kind(document, now, limits)] += 1
    return Funnel(
        events=events,
        matched=matched,
        documents=total,
        fresh=fresh,
        priced=priced,
        surebets=found,
        best_sum=best,
        reasons=dict(counted.most_common()),
        nearest=tuple(text for _, text in sorted(near)[:NEAR_MISSES]),
    )


def _kind(document: Document, now: datetime, limits: FreshnessLimits) -> str:
    if len(document.quotes) < 2:
        return "one bookmaker only"
    states = {state(quote, now, limits) for quote in document.quotes.values()}
    if states & {"stale", "gone"}:
        return "a leg is stale"
    return "a leg is suspended" if "suspended" in states else "an outcome has no price"


def _title(document: Document) -> str:
    first = next(iter(document.quotes.values()))
    return f"{first.home} - {first.away}"
