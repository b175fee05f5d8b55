"""What a cycle gives when the API fails: the last data, nothing, or matches that are made up on request."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Final, Literal

import msgspec

from mispriced.livedata.forms import (
    CompanyOdds,
    Competition,
    Country,
    Details,
    LiveMatch,
    Progress,
    Row,
    Slots,
    Team,
)
from mispriced.livedata.prices import early_rows
from mispriced.livedata.snapshot import Snapshot
from mispriced.ports import Store

Fallback = Literal["last-known", "none", "mock"]
CACHE: Final = "livedata-last"
KEPT_S: Final = 86_400.0  # the last good cycle is of use to a person for so long
MADE_UP: Final = 2  # matches
MADE_UP_S: Final = 600  # since their kick-off


def trimmed(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with the rows of odds that are shown: the early minutes and the latest."""
    odds = {
        match_id: tuple(
            CompanyOdds(
                company_id=one.company_id,
                money_line=_shown(one.money_line),
                spread=_shown(one.spread),
                over_under=_shown(one.over_under),
                corners=_shown(one.corners),
            )
            for one in companies
        )
        for match_id, companies in snapshot.odds.items()
    }
    return msgspec.structs.replace(snapshot, odds=odds)


def keep(snapshot: Snapshot, store: Store, now: datetime) -> None:
    """Keep a good cycle for a process that starts while the API is down."""
    store.put_cache(CACHE, zlib.compress(msgspec.json.encode(snapshot), 1), now, KEPT_S)


def kept(store: Store, now: datetime) -> Snapshot | None:
    """Return the last good cycle that any process kept, None when there is none."""
    body = store.cache(CACHE, now)
    try:
        return msgspec.json.decode(zlib.decompress(body), type=Snapshot) if body else None
    except (zlib.error, msgspec.MsgspecError):
        return None  # of a version that kept it in another form


def made_up(now: datetime) -> Snapshot:
    """Return matches that nobody plays; every one of them is marked as such."""
    at = int(now.timestamp())
    slots = Slots(0, 0, 0, 0, 0, 0, 0)
    ids = [f"fallback{place}" for place in range(MADE_UP)]
    teams = [Team(f"{one}{side}", f"Made-up {side} {one[-1]}") for one in ids for side in ("home", "away")]
    return Snapshot(
        seen_at=now,
        live=tuple(LiveMatch(one, Progress(one, 2, slots, slots, at - MADE_UP_S)) for one in ids),
        details={
            one: Details(
                one, f"{one}home", f"{one}away", 2, at - MADE_UP_S, slots, slots, competition_id="fallback"
            )
            for one in ids
        },
        teams={team.id: team for team in teams},
        competitions={"fallback": Competition("fallback", "Made-up competition", country_id="fallback")},
        countries={"fallback": Country("fallback", "Made-up country")},
        source="fallback",
    )


def _shown(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the latest row and the early ones, the newest first."""
    latest = max(rows, key=lambda row: row.changed_at, default=None)
    early = [row for row in reversed(early_rows(rows)) if row is not latest]
    return (latest, *early) if latest is not None else ()
