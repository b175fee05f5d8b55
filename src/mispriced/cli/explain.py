"""The proof of a surebet: where each price came from, how the events were joined, the arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import msgspec
from rich.panel import Panel
from rich.text import Text

from mispriced.cli import show
from mispriced.domain.freshness import age
from mispriced.domain.markets import MARKETS, RESULTS, paid_outcomes
from mispriced.domain.odds import exact
from mispriced.messages import KnownEvent, Leg, Opportunity

SHOWN_REQUEST: Final = 60  # characters of a request in the live view


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


def explained(found: dict[str, Any]) -> Text:
    """Return the proof of a surebet in words."""
    lines = [
        f"{found['id']}  {found['event']}  {found['market']} {found['source']}  {found['kickoff']}",
        *([] if found["stands"] else ["", f"it does not stand now: {found['reason']}"]),
        "",
        "legs",
    ]
    for leg in found["legs"]:
        lines.append(
            f"  {leg['outcome']:>3} {leg['price']} at {leg['bookmaker']}, {leg['share']:.4%} of the stake, "
            f"last seen {leg['age_s']} s ago as {leg['their_event']} (event {leg['event_id']})"
        )
        if leg["origin"]:
            one = leg["origin"]
            lines.append(f"      first at this price {leg['since'] or leg['seen_at']}, by {one['request']}")
            lines.append(f"      SHA-256 of that answer {one['sha256']}, which took {one['took_ms']} ms")
    lines += ["", "the same match, because"]
    for one in found["joined"]:
        refs = " ".join(f"{name}={value}" for name, value in one["refs"].items())
        lines.append(
            f"  {one['bookmaker']} {one['source']} {one['event_id']}: {one['home']} - {one['away']} "
            f"{one['kickoff']} {refs}".rstrip()
        )
    evidence = next((one["evidence"] for one in found["joined"] if one["evidence"]), None)
    for proof in (evidence or {}).get("evidence", []):
        lines.append(
            "    " + ", ".join(f"{name} {value}" for name, value in proof.items() if value is not None)
        )
    sums = found["arithmetic"]
    lines += ["", "arithmetic", *(f"  {outcome:>3}: {text}" for outcome, text in sums["reciprocals"].items())]
    lines.append(f"  sum {sums['sum']}, break-even {sums['break_even']}, profit {sums['profit']:+.4%}")
    lines += [f"  {result}: returns {back} of each 1 staked" for result, back in sums["pays"].items()]
    lines += ["", *(f"flag: {flag}" for flag in found["flags"])]
    return Text(show.clean_lines(lines))


def in_brief(found: dict[str, Any]) -> Panel:
    """Return the proof of a surebet in a few lines, for the live view."""
    sums = found["arithmetic"]
    paid = f"/{sums['break_even']}" if sums["break_even"] > 1 else ""
    terms = " + ".join(f"1/{leg['price']}" for leg in found["legs"])
    returned = min(sums["pays"].values())
    lines = [f"({terms}){paid} = {sums['book_sum']:.4f}: 1 staked returns {returned:.4f} on every result"]
    lines += [
        f"{leg['outcome']} {leg['price']}: {leg['bookmaker']}, last seen {leg['age_s']:.0f} s ago, first by "
        f"{leg['origin']['request'][:SHOWN_REQUEST]} (SHA-256 {leg['origin']['sha256'][:12]}…)"
        for leg in found["legs"]
        if leg["origin"]
    ]
    names = ", ".join(f"{one['bookmaker']} {one['home']} - {one['away']}" for one in found["joined"])
    how = next((one["evidence"]["how"] for one in found["joined"] if one["evidence"]), "alone")
    lines.append(f"one match by {how}: {names}")
    return Panel(Text(show.clean_lines(lines)), title=Text(f"why {found['id']}"), title_align="left")
