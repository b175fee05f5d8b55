"""The proof of a surebet: where each price came from, how the events were joined, the arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec

from mispriced.domain.freshness import age
from mispriced.domain.markets import MARKETS, RESULTS, paid_outcomes
from mispriced.domain.odds import exact
from mispriced.messages import KnownEvent, Leg, Opportunity


def explanation(opportunity: Opportunity, events: Iterable[KnownEvent], now: datetime) -> dict[str, Any]:
    """Return everything behind a surebet, as plain values that JSON can hold."""
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
        "legs": [_leg(leg, now) for leg in opportunity.legs],
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


def _leg(leg: Leg, now: datetime) -> dict[str, Any]:
    quote = leg.quote
    return {
        "outcome": leg.outcome,
        "bookmaker": leg.bookmaker,
        "price": leg.price,
        "share": leg.share,
        "their_event": f"{quote.home} - {quote.away}",
        "event_id": quote.event_id,
        "seen_at": quote.seen_at.isoformat(),
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
