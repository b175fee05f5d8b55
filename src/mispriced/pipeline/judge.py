"""What the documents of a match prove at a moment: every surebet that stands, or why there is none.

Pure: the verdict follows from the documents, the state of the match, the rules and the moment. Not here:
how verdicts reach the store (detect).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import UNSET

from mispriced.domain.arbitrage import Book, apart
from mispriced.domain.covers import covers
from mispriced.domain.markets import OUTCOMES, RESULTS
from mispriced.domain.model import Source
from mispriced.domain.plausibility import flags
from mispriced.domain.settlement import differences
from mispriced.messages import Alternative, Document, Leg, Opportunity, Verdict
from mispriced.pipeline.compare import Compared, told


def judge(documents: Sequence[Document], fit: Compared, now: datetime) -> Verdict:
    """Return what the documents of one match and source prove at `now`, and why what stood does not.

    `fit` is what may be compared of them then.
    """
    first = documents[0]
    before = {one.id: one for document in documents for one in document.opportunities}
    waits = {one.opportunity.id: one.opportunity for document in documents for one in document.pending}
    found = tuple(
        _opportunity(first, book, rest, fit, before, now)
        for book, rest in apart(fit.surebets())
        if fit.together(book.best)
    )
    stands = {one.id for one in found}
    return Verdict(
        match_id=first.match_id,
        source=first.source,
        revisions={document.market: document.revision for document in documents},
        opportunities=found,
        closed={key: why_not(one, fit) for key, one in (waits | before).items() if key not in stands},
        at=now,
    )


def why_not(opportunity: Opportunity, fit: Compared) -> str:
    """Return why an opportunity does not stand on what may be compared, with the values that decide it."""
    outcomes = opportunity.outcomes
    known = [cover for cover in covers(fit.results) if cover.outcomes == outcomes]
    best = fit.best
    missing = [outcome for outcome in outcomes if outcome not in best]
    if not known:
        score = fit.score or "no confirmed score"
        return f"{' '.join(outcomes)} does not pay on every result, {score} now"
    ranked = fit.books()
    book = next((one for one in ranked if one.cover == known[0]), None)
    if missing or book is None:
        return "; ".join(told(fit)) or f"{' '.join(missing)} has no price at any bookmaker"
    if not book.is_surebet:
        return "; ".join(
            [f"best book sum of {book.cover} is {book.book_sum:.4f}, below 1 is a surebet", *told(fit)]
        )
    if not fit.together(book.best):
        return f"the prices of {' '.join(outcomes)} did not hold at one instant"
    better = ranked[0]
    return f"{better.cover} pays more: book sum {better.book_sum:.4f}, {book.cover} {book.book_sum:.4f}"


def opportunity_id(
    kind: Literal["surebet", "value"], match_id: str, source: Source, outcomes: Sequence[str]
) -> str:
    """Return the id of a match's opportunity on these outcomes, the same each time it opens.

    >>> len(opportunity_id("surebet", "m1", "live", ("1", "X2")))
    12
    """
    text = f"{kind} {match_id} {source} {' '.join(outcomes)}"
    prefix = {"surebet": "sb", "value": "vb"}[kind]
    return prefix + hashlib.blake2b(text.encode(), digest_size=5).hexdigest()


def _opportunity(
    document: Document,
    book: Book,
    rest: Sequence[Book],
    fit: Compared,
    before: Mapping[str, Opportunity],
    now: datetime,
) -> Opportunity:
    legs = tuple(
        Leg(
            market=OUTCOMES[one.outcome],
            outcome=one.outcome,
            bookmaker=one.quote.bookmaker,
            price=one.price,
            share=share,
            quote=one.quote,
        )
        for one, share in zip(book.best, book.shares, strict=True)
    )
    first = legs[0].quote
    key = opportunity_id("surebet", document.match_id, document.source, book.cover.outcomes)
    held = before.get(key)
    quotes = [(leg.bookmaker, leg.market) for leg in legs]
    needs_score = any(book.cover.pays(result) < 1 for result in RESULTS)
    return Opportunity(
        id=key,
        kind="surebet",
        match_id=document.match_id,
        source=document.source,
        home=first.home,
        away=first.away,
        competition=first.competition,
        kickoff=first.kickoff,
        legs=legs,
        book_sum=book.book_sum,
        profit=book.profit,
        opened_at=held.opened_at if held else now,
        changed_at=held.changed_at if held and bets(held.legs) == bets(legs) else now,
        score=fit.score if needs_score and fit.score else UNSET,
        flags=(
            *flags([], book.book_sum),
            *(str(flag) for flag in fit.flags if (flag.bookmaker, flag.market) in quotes),
            *(f"settlement: {one}" for one in differences(quotes, fit.settlement)),
        ),
        alternatives=tuple(_alternative(one) for one in rest),
    )


def bets(legs: Iterable[Leg]) -> list[tuple[str, str, float]]:
    """Return what is bet on an opportunity: outcome, bookmaker and price of each leg."""
    return [(leg.outcome, leg.bookmaker, leg.price) for leg in legs]


def _alternative(book: Book) -> Alternative:
    return Alternative(
        outcomes=book.cover.outcomes,
        bookmakers=tuple(one.quote.bookmaker for one in book.best),
        prices=tuple(one.price for one in book.best),
        book_sum=book.book_sum,
    )
