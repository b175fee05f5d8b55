"""What stands now and why, or why nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import UNSET

from mispriced.domain.arbitrage import cost
from mispriced.domain.covers import Cover, covers, reachable
from mispriced.domain.freshness import age, overlap, skew, validity
from mispriced.domain.markets import RESULTS, Market, Result
from mispriced.domain.odds import exact
from mispriced.domain.settlement import unverified
from mispriced.errors import Usage, unknown
from mispriced.messages import KnownEvent, Leg, Opportunity
from mispriced.pipeline.compare import DetectRules, compared
from mispriced.pipeline.compare import told as why_left_out
from mispriced.pipeline.detect import by_cadence, match_documents, match_states, opened, played, told
from mispriced.pipeline.funnel import Funnel, funnel
from mispriced.pipeline.judge import judge, why_not
from mispriced.pipeline.views.matches import of_bookmakers
from mispriced.ports import Store


def best_first(opportunities: Iterable[Opportunity]) -> list[Opportunity]:
    """Return the opportunities without a flag first, the most profitable first."""
    return sorted(opportunities, key=lambda one: (bool(one.flags), -one.profit, one.id))


def suspects(store: Store, now: datetime, rules: DetectRules) -> list[Opportunity]:
    """Return what would stand on the current documents with prices that are likely wrong, marked.

    Raises: Retry when the server is away.
    """
    asked = msgspec.structs.replace(by_cadence(store, rules), detect_flagged=True)
    matches = match_documents(store, {played(one) for one in store.documents()})
    states = match_states(store, matches)
    return [
        one
        for key, documents in matches.items()
        for one in judge(documents, compared(documents, now, asked, states.get(key[0])), now).opportunities
        if one.flags
    ]


def read_funnel(store: Store, now: datetime, rules: DetectRules) -> Funnel:
    """Return how far the current documents come towards a surebet.

    Raises: Retry when the server is away.
    """
    known = of_bookmakers(store.events()[1])
    return funnel(
        store.documents(), len(known), matched(known), now, by_cadence(store, rules), store.states()
    )


def matched(known: Iterable[KnownEvent]) -> int:
    """Return how many matches more than one bookmaker lists."""
    names: dict[str, set[str]] = {}
    for one in of_bookmakers(known):
        names.setdefault(one.match_id, set()).add(one.event.bookmaker)
    return sum(len(one) > 1 for one in names.values())


def explain(store: Store, opportunity_id: str, now: datetime, rules: DetectRules) -> dict[str, Any]:
    """Return everything behind an open opportunity as it is at `now`; see `explanation`.

    Raises: Usage naming what is open when none has the id; Retry when the server is away.
    """
    known = {one.id: one for one in opened(store)}
    if opportunity_id not in known:
        raise Usage(unknown("surebet", opportunity_id, known))
    rules = by_cadence(store, rules)
    chosen, reason = known[opportunity_id], "its documents are gone"
    left_out: list[str] = []
    since: dict[tuple[str, Market], datetime] = {}
    matches = match_documents(store, [(chosen.match_id, chosen.source)])
    states = match_states(store, matches)
    for documents in matches.values():
        fit = compared(documents, now, rules, states.get(chosen.match_id))
        verdict = told(documents, fit, now, rules)
        stands = {one.id: one for one in verdict.opportunities}
        reason = "" if chosen.id in stands else verdict.closed.get(chosen.id) or why_not(chosen, fit)
        chosen = stands.get(chosen.id, chosen)
        left_out = why_left_out(fit)
        since = {
            (name, document.market): moment
            for document in documents
            for name, moment in document.changed_at.items()
        }
    found = explanation(chosen, store.events()[1], now, since, reason)
    legs = [(leg.bookmaker, leg.market) for leg in chosen.legs]
    return found | {
        "together": _together(chosen, since, rules),
        "left_out": left_out,
        "rules_not_verified": list(unverified(legs, rules.settlement)),
    }


def explanation(
    opportunity: Opportunity,
    events: Iterable[KnownEvent],
    now: datetime,
    since: Mapping[tuple[str, Market], datetime] | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return everything behind a surebet, as plain values that JSON can hold.

    `since`: by bookmaker and market, when its prices were first seen; its `origin` is that answer.
    `reason`: why it does not stand any more. `pays` is the certificate: what 1 staked returns on each
    result that can still come. `age_s` is the oldest leg's, `skew_s` how far apart the legs were seen.
    """
    joined = [known for known in events if known.match_id == opportunity.match_id]
    score = None if opportunity.score is UNSET else opportunity.score
    cover = next(one for one in covers(reachable(score)) if one.outcomes == opportunity.outcomes)
    total = cost(cover, [leg.price for leg in opportunity.legs])
    return {
        "id": opportunity.id,
        "event": f"{opportunity.home} - {opportunity.away}",
        "competition": opportunity.competition,
        "kickoff": opportunity.kickoff.isoformat(),
        "markets": list(opportunity.markets),
        "source": opportunity.source,
        "score": str(score) if score else None,
        "stands": not reason,
        "reason": reason,
        "age_s": max(_age_s(leg, now) for leg in opportunity.legs),
        "skew_s": round(skew(leg.quote.seen_at for leg in opportunity.legs).total_seconds(), 1),
        "legs": [_leg(leg, now, (since or {}).get((leg.bookmaker, leg.market))) for leg in opportunity.legs],
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
            "sum": f"{total * cover.paid} = {float(total * cover.paid):.6f}",
            "break_even": cover.paid,
            "book_sum": float(total),
            "profit": float(1 / total - 1),
            "pays": _pays(cover, total, reachable(score)),
        },
        "alternatives": [msgspec.to_builtins(one) for one in opportunity.alternatives],
        "flags": list(opportunity.flags),
        "opened_at": opportunity.opened_at.isoformat(),
    }


def _leg(leg: Leg, now: datetime, since: datetime | None) -> dict[str, Any]:
    quote = leg.quote
    return {
        "market": leg.market,
        "outcome": leg.outcome,
        "bookmaker": leg.bookmaker,
        "price": leg.price,
        "share": leg.share,
        "their_event": f"{quote.home} - {quote.away}",
        "event_id": quote.event_id,
        "seen_at": quote.seen_at.isoformat(),
        "since": since.isoformat() if since else None,
        "age_s": _age_s(leg, now),
        "origin": msgspec.to_builtins(quote.origin) if quote.origin else None,
    }


def _age_s(leg: Leg, now: datetime) -> float:
    return round(age(leg.quote.seen_at, now).total_seconds(), 1)


def _together(
    opportunity: Opportunity, since: Mapping[tuple[str, Market], datetime], rules: DetectRules
) -> dict[str, str] | None:
    """Return the interval in which the prices of all legs hold; None where there is none."""
    shared = overlap(
        validity(leg.quote, since.get((leg.bookmaker, leg.market), leg.quote.seen_at), rules.limits)
        for leg in opportunity.legs
    )
    return {"since": shared.since.isoformat(), "until": shared.until.isoformat()} if shared else None


def _pays(cover: Cover, total: Fraction, results: frozenset[Result]) -> dict[str, float]:
    return {
        f"{winner}, {'both score' if both else 'not both score'}": round(
            float(cover.pays((winner, both)) / total), 6
        )
        for winner, both in RESULTS
        if (winner, both) in results
    }
