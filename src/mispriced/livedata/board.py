"""The matches in play, grouped and in order: what the original's seventh step shows.

Not here: how it looks in a terminal (display).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Final

from msgspec import Struct

from mispriced.livedata.american import AmericanRow
from mispriced.livedata.environment import Conditions
from mispriced.livedata.forms import Market
from mispriced.livedata.records import FALLBACK_BANNER, VERSION, Summaries, Summary
from mispriced.livedata.snapshot import Provenance
from mispriced.livedata.times import stamp
from mispriced.livedata.words import IN_PLAY_IDS, PHASES

SHOWN: Final[tuple[Market, ...]] = ("money_line", "spread", "over_under")


class StatusCount(Struct, frozen=True, kw_only=True):
    """How many of the cycle's matches have a status."""

    status_id: int
    description: str
    count: int


class BoardMatch(Struct, frozen=True, kw_only=True):
    """A match in play; `odds` are the latest, American, each with the minute that it is of."""

    match_id: str
    status_id: int
    status: str
    minute: int | None
    home: str
    away: str
    score: str
    red_cards: str
    odds_company: str | None
    odds: Mapping[Market, AmericanRow]
    environment: Conditions
    source: Provenance


class BoardGroup(Struct, frozen=True, kw_only=True):
    """The matches of a competition."""

    country: str | None
    competition: str | None
    competition_id: str | None
    matches: tuple[BoardMatch, ...]


class Board(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All matches in play at a time; `counts` are of every match of the cycle, by status id.

    `age_s`: how old what is shown is, present when an earlier cycle read it.
    """

    banner: str | None = None
    age_s: int | None = None
    v: int
    source: Provenance
    at: datetime
    shown_at: str
    total_matches: int
    in_play_matches: int
    counts: tuple[StatusCount, ...]
    groups: tuple[BoardGroup, ...]


def board(summaries: Summaries, *, now: datetime, zone: tzinfo) -> Board:
    """Return what is in play, by country and competition, then status, then match id."""
    source = summaries.metadata.source
    in_play = [one for one in summaries.summaries if one.status_id in IN_PLAY_IDS]
    of_status = Counter(one.status_id for one in summaries.summaries)
    oldest = min((one.seen_at for one in in_play), default=now)
    return Board(
        banner=FALLBACK_BANNER if source == "fallback" else None,
        age_s=max(0, int((now - oldest).total_seconds())) if source == "last-known" else None,
        v=VERSION,
        source=source,
        at=now,
        shown_at=stamp(now, zone),
        total_matches=len(summaries.summaries),
        in_play_matches=len(in_play),
        counts=tuple(
            StatusCount(status_id=one, description=PHASES[one].description, count=of_status[one])
            for one in sorted(of_status)
        ),
        groups=tuple(_groups(in_play)),
    )


def _groups(in_play: Iterable[Summary]) -> Iterable[BoardGroup]:
    ordered = sorted(in_play, key=lambda one: (*_league(one), one.status_id, one.match_id))
    for _, of_one in groupby(ordered, key=_league):
        matches = list(of_one)
        first = matches[0]
        yield BoardGroup(
            country=first.country,
            competition=first.competition,
            competition_id=first.competition_id,
            matches=tuple(map(_match, matches)),
        )


def _league(one: Summary) -> tuple[str, str, str]:
    return one.country or "", one.competition or "", one.competition_id or ""


def _match(one: Summary) -> BoardMatch:
    return BoardMatch(
        match_id=one.match_id,
        status_id=one.status_id,
        status=one.status_description,
        minute=one.minute,
        home=one.home,
        away=one.away,
        score=one.score,
        red_cards=f"{one.red_cards.home}-{one.red_cards.away}",
        odds_company=one.odds_company_name,
        odds={market: one.latest_american[market] for market in SHOWN if market in one.latest_american},
        environment=one.environment,
        source=one.source,
    )
