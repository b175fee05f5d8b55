"""What stands now and why, or why nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec

from mispriced.domain.freshness import FreshnessLimits, age
from mispriced.domain.markets import MARKETS, RESULTS, paid_outcomes
from mispriced.domain.odds import exact
from mispriced.errors import Usage, unknown
from mispriced.messages import KnownEvent, Leg, Opportunity
from mispriced.pipeline.detect import judge, opened
from mispriced.pipeline.funnel import Funnel, funnel
from mispriced.pipeline.views.matches import of_bookmakers
from mispriced.ports import Store


def best_first(opportunities: Iterable[Opportunity]) -> list[Opportunity]:
    """Return the opportunities without a flag first, the most profitable first."""
    return sorted(opportunities, key=lambda one: (bool(one.flags), -one.profit, one.id))


def read_funnel(store: Store, now: datetime, limits: FreshnessLimits) -> Funnel:
    """Return how far the current documents come towards a surebet.

    Raises: Retry when the server is away.
    """
    known = of_bookmakers(store.events()[1])
    return funnel(store.documents(), len(known), matched(known), now, limits)


def matched(known: Iterable[KnownEvent]) -> int:
    """Return how many matches more than one bookmaker lists."""
    names: dict[str, set[str]] = {}
    for one in of_bookmakers(known):
        names.setdefault(one.match_id, set()).add(one.event.bookmaker)
    return sum(len(one) > 1 for one in names.values())


def explain(store: Store, opportunity_id: str, now: datetime, limits: FreshnessLimits) -> dict[str, Any]:
    """Return everything behind an open opportunity as it is at `now`; see `explanation`.

    Raises: Usage naming what is open when none has the id; Retry when the server is away.
    """
    known = {one.id: one for one in opened(store)}
    if opportunity_id not in known:
        raise Usage(unknown("surebet", opportunity_id, known))
    chosen, reason = known[opportunity_id], "its document is gone"
    since: Mapping[str, datetime] = {}
    for document in store.documents([chosen.document]):
        verdict = judge(document, now, limits)
        chosen, reason = verdict.opportunity or chosen, verdict.reason
        since = document.changed_at
    return explanation(chosen, store.events()[1], now, since, reason)


def explanation(
    opportunity: Opportunity,
    events: Iterable[KnownEvent],
    now: datetime,
    since: Mapping[str, datetime] | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return everything behind a surebet, as plain values that JSON can hold.

    `since`: by bookmaker, when its prices were first seen; its `origin` is that answer. `reason`: why
    it does not stand any more.
    """
    joined = [known for known in events if known.match_id == opportunity.match_id]
    paid = paid_outcomes(opportunity.market)
    total = sum((1 / exact(leg.price) for leg in opportunity.legs), Fraction(0))
    return {
        "id": opportunity.id,
        "event": f"{opportunity.home} - {opportunity.away}",
        "competition": opportunity.competition,
        "kickoff": opportunity.kickoff.isoformat(),
        "market": opportunity.market,
        "source": opportunity.source,
        "stands": not reason,
        "reason": reason,
        "legs": [_leg(leg, now, (since or {}).get(leg.bookmaker)) for leg in opportunity.legs],
        "joined": [
            {
                "bookmaker": known.event.bookmaker,
                "source": known.event.source,
                "event_id": known.event.event_id,
                "home": known.event.home,
                "away": known.event.away,
                "kickoff": known.event.kickoff.isoformat(),
                "refs": dict(known.event.refs),
                "evidence": msgspec.json.decode(known.evidence) if known.evidence else None,
            }
            for known in sorted(joined, key=lambda known: known.event.key)
        ],
        "arithmetic": {
            "reciprocals": {
                leg.outcome: f"1/{leg.price!r} = {float(1 / exact(leg.price)):.6f}"
                for leg in opportunity.legs
            },
            "sum": f"{total} = {float(total):.6f}",
            "break_even": paid,
            "book_sum": float(total / paid),
            "profit": float(paid / total - 1),
            "pays": _pays(opportunity),
        },
        "flags": list(opportunity.flags),
        "opened_at": opportunity.opened_at.isoformat(),
    }


def _leg(leg: Leg, now: datetime, since: datetime | None) -> dict[str, Any]:
    quote = leg.quote
    return {
        "outcome": leg.outcome,
        "bookmaker": leg.bookmaker,
        "price": leg.price,
        "share": leg.share,
        "their_event": f"{quote.home} - {quote.away}",
        "event_id": quote.event_id,
        "seen_at": quote.seen_at.isoformat(),
        "since": since.isoformat() if since else None,
        "age_s": round(age(quote.seen_at, now).total_seconds(), 1),
        "origin": msgspec.to_builtins(quote.origin) if quote.origin else None,
    }


def _pays(opportunity: Opportunity) -> dict[str, float]:
    """Return what one unit of stake returns on each result, by the legs that are paid on it."""
    paid = MARKETS[opportunity.market].paid
    return {
        f"{winner}, {'both score' if both else 'not both score'}": round(
            sum(leg.share * leg.price for leg in opportunity.legs if (winner, both) in paid[leg.outcome]), 6
        )
        for winner, both in RESULTS
    }
