"""Opportunities for tests, and their changes as the stream tells them."""

from __future__ import annotations

from datetime import datetime, timedelta

from mispriced.backends.moments import microseconds
from mispriced.domain.model import encode
from mispriced.messages import Leg, Opportunity
from tests.domain.quotes import KICKOFF, NOON, quote


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def surebet(
    name: str = "sb1", yes: float = 2.1, no: float = 2.1, opened: float = 0, **changes
) -> Opportunity:
    """Return a surebet on both teams to score between BookieAlpha and BookieGamma."""
    legs = tuple(
        Leg(
            market="btts", outcome=outcome, bookmaker=book, price=price, share=0.5,
            quote=quote(book, market="btts", prices={outcome: price}, seen_at=after(opened)),
        )
        for outcome, book, price in (("yes", "BookieAlpha", yes), ("no", "BookieGamma", no))
    )  # fmt: skip
    given = {
        "id": name, "kind": "surebet", "match_id": "m1", "source": "live",
        "home": "Valencia", "away": "Rayo Vallecano", "competition": "LaLiga",
        "kickoff": KICKOFF, "legs": legs, "book_sum": 1 / yes + 1 / no, "profit": 0.05,
        "opened_at": after(opened), "changed_at": after(opened),
    }  # fmt: skip
    return Opportunity(**(given | changes))


def change(state: str, one: Opportunity, at: float, reason: str = "") -> dict[str, str | bytes]:
    """Return the fields of an entry of the opportunities' stream."""
    return {
        "id": one.id, "state": state, "reason": reason, "body": encode(one),
        "at": str(microseconds(after(at))),
    }  # fmt: skip
