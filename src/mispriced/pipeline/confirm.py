"""Confirm, then publish: nobody is told of a surebet before each of its legs was read again at its price.

Pure. What is found stays pending in the documents it has legs in; it opens with the verdict that sees
every leg with a newer sighting, and is given up where one does not come, or comes with another price.
Not here: where jobs go (`Rereads`, built from the plan of task streams by cli).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from mispriced.bookmakers.contract import ANY_DAY
from mispriced.bookmakers.fields import NAIROBI, NIGHT_ENDS
from mispriced.domain.freshness import age
from mispriced.domain.markets import Market
from mispriced.domain.model import Quote, Source
from mispriced.messages import Document, Leg, Opportunity, Output, Pending, Verdict
from mispriced.pipeline.jobs import job_fields
from mispriced.pipeline.judge import bets

CONFIRM: Final = "confirm"  # begins a job's id; the rest names the reading that is to be read again


class Place(Struct, frozen=True, kw_only=True):
    """Where a bookmaker's job of a day is published, and the bookmaker's own word for the day."""

    stream: str
    day: int
    period: str


Rereads: TypeAlias = Mapping[tuple[str, Market, Source], Sequence[Place]]
"""By bookmaker, market and source: the task streams on which it is read."""


def held_back(verdict: Verdict, documents: Iterable[Document], within: timedelta) -> Verdict:
    """Return the verdict with what was not read again yet as pending instead of open.

    What is open at the same prices stays open; at other prices it is pending anew.
    """
    listed = list(documents)
    opened = {one.id: one for document in listed for one in document.opportunities}
    waiting = {one.opportunity.id: one for document in listed for one in document.pending}
    told, pending = [], []
    found = {one.id for one in verdict.opportunities}
    closed = {
        key: reason if key in opened else f"not confirmed: {reason}"
        for key, reason in verdict.closed.items()
        if key in opened or not waiting[key].has_lapsed
    }
    for one in verdict.opportunities:
        held, waits = opened.get(one.id), waiting.get(one.id)
        if held and bets(held.legs) == bets(one.legs):
            told.append(one)
            continue
        if held:
            closed[one.id] = "its prices changed, it is told again once they are confirmed"
        if waits is None or bets(waits.opportunity.legs) != bets(one.legs):
            pending.append(Pending(opportunity=msgspec.structs.replace(one, opened_at=verdict.at)))
            continue
        missing = _unread(waits.opportunity, one)
        if not missing:
            told.append(one)
        elif not waits.has_lapsed and age(waits.opportunity.opened_at, verdict.at) > within:
            closed[one.id] = (
                f"not confirmed: {', '.join(missing)} not read again within {within.total_seconds():.0f} s"
            )
            pending.append(msgspec.structs.replace(waits, has_lapsed=True))
        else:
            pending.append(waits)
    assert found == {one.id for one in told} | {one.opportunity.id for one in pending}
    return msgspec.structs.replace(verdict, opportunities=tuple(told), pending=tuple(pending), closed=closed)


def rereads(pending: Iterable[Pending], places: Rereads, now: datetime) -> Iterator[Output]:
    """Yield a job for each reading that has a leg of what is pending, in a moment's order.

    Its id names what is to be read again, so that all workers mean the same job by it: legs that were
    seen in one second at one bookmaker are one reading.
    """
    asked: dict[str, Output] = {}
    for one in pending:
        if one.has_lapsed:
            continue
        for leg in one.opportunity.legs:
            quote = leg.quote
            for place in places.get((quote.bookmaker, quote.market, quote.source), ()):
                if not _is_read_at(quote, place, now):
                    continue
                job_id = f"{CONFIRM}/{place.stream}/{quote.bookmaker}/{quote.seen_at:%Y-%m-%dT%H:%M:%S}"
                fields = job_fields(quote.bookmaker, quote.market, quote.source, place.period, job_id, now)
                asked[job_id] = Output(stream=place.stream, fields=fields)
    yield from asked.values()


def _unread(found: Opportunity, now: Opportunity) -> list[str]:
    """Return the bookmakers whose legs were not seen again since, each once."""
    last = {_place(leg): leg.quote.seen_at for leg in now.legs}
    names = [leg.bookmaker for leg in found.legs if last[_place(leg)] == leg.quote.seen_at]
    return list(dict.fromkeys(names))


def _place(leg: Leg) -> tuple[str, str]:
    return leg.bookmaker, leg.outcome


def _is_read_at(quote: Quote, place: Place, now: datetime) -> bool:
    if quote.source == "live" or place.day == ANY_DAY:
        return True
    kickoff = quote.kickoff.astimezone(NAIROBI)
    day = (kickoff.date() - now.astimezone(NAIROBI).date()).days
    # the night belongs to the day before it too, as BookieAlpha's own days do
    return place.day == day or (place.day == day - 1 and kickoff.time() < NIGHT_ENDS)
