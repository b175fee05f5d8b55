"""A match as one flat record, and a cycle's records as the original's document of its second step.

Not here: the fields (records), writing (history), showing (display).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from mispriced.bookmakers.contract import Skipped
from mispriced.livedata.american import american
from mispriced.livedata.environment import conditions
from mispriced.livedata.forms import Incident, Market, Row, Slots
from mispriced.livedata.prices import by_company, own_company
from mispriced.livedata.provider import moment
from mispriced.livedata.records import (
    FALLBACK_BANNER,
    VERSION,
    MatchEvent,
    Metadata,
    Pair,
    Phases,
    Processing,
    Statistic,
    Summaries,
    Summary,
)
from mispriced.livedata.snapshot import Match, Snapshot
from mispriced.livedata.times import stamp
from mispriced.livedata.words import INCIDENTS, PHASES

_SIDES: Final[Mapping[int, str]] = {1: "home", 2: "away"}


def summaries(
    snapshot: Snapshot,
    matches: Sequence[Match],
    skipped: Sequence[Skipped],
    *,
    now: datetime,
    zone: tzinfo,
    took_s: float | None = None,
) -> Summaries:
    """Return the summaries of a cycle's matches as `assemble` gave them, with what it left out.

    `took_s`: seconds that the caller needed until here, where it measures them.
    """
    made = tuple(map(summarise, matches))
    took = None if took_s is None else f"{took_s:.2f} seconds"
    why = (*snapshot.skipped, *skipped)
    return Summaries(
        banner=FALLBACK_BANNER if snapshot.source == "fallback" else None,
        v=VERSION,
        summaries=made,
        metadata=Metadata(
            total_matches=len(made), timestamp=now, source=snapshot.source, processing_time=took
        ),
        step2_processing_summary=Processing(
            source=snapshot.source,
            processed_at=stamp(now, zone),
            total_matches_processed=len(made),
            matches_with_odds=sum(one.odds_company_id is not None for one in made),
            matches_left_out=snapshot.total - len(made),
            skipped=why,
            processing_time=took,
        ),
    )


def summarise(match: Match) -> Summary:
    """Return the match as a flat record."""
    prices = by_company(match.odds)
    company_id = own_company(prices)
    own = prices[company_id] if company_id is not None else None
    phase, details, competition = PHASES[match.status_id], match.details, match.competition
    rows: dict[Market, tuple[Row, ...]] = {
        "money_line": own.money_line if own else (),
        "spread": own.spread if own else (),
        "over_under": own.over_under if own else (),
        "corners": own.corners if own else (),
    }
    other = {market: tuple(american(market, row) for row in rows[market]) for market in rows}
    home, away = match.home_slots, match.away_slots
    return Summary(
        match_id=match.id,
        home=match.home.name.strip(),
        away=match.away.name.strip(),
        home_id=match.home.id,
        away_id=match.away.id,
        score=f"{match.score.home}-{match.score.away}",
        status_id=match.status_id,
        competition=competition.name.strip() if competition else None,
        competition_id=details.competition_id or None,
        country=match.country.name.strip() if match.country else None,
        match_time=details.match_time,
        kickoff=moment(details.match_time),
        venue=details.venue_id or None,
        home_position=details.home_position or None,
        away_position=details.away_position or None,
        status=match.status_id,
        money_line=rows["money_line"],
        money_line_american=other["money_line"],
        spread=rows["spread"],
        spread_american=other["spread"],
        over_under=rows["over_under"],
        over_under_american=other["over_under"],
        corners=rows["corners"],
        corners_american=other["corners"],
        odds_company_id=company_id,
        odds_company_name=own.name if own else None,
        odds=prices,
        environment=conditions(details.environment),
        events=tuple(map(_event, match.live.incidents)),
        source=match.source,
        seen_at=match.seen_at,
        status_name=phase.status,
        status_description=phase.description,
        minute=match.minute,
        scores=_phases(home, away),
        red_cards=Pair(home.red, away.red),
        yellow_cards=Pair(home.yellow, away.yellow),
        corner_count=Pair(home.corners, away.corners) if min(home.corners, away.corners) >= 0 else None,
        latest=own.latest if own else {},
        latest_american=own.latest_american if own else {},
        statistics=tuple(
            Statistic(type=one.type, name=INCIDENTS.get(one.type), home=one.home, away=one.away)
            for one in match.live.stats
        ),
    )


def _phases(home: Slots, away: Slots) -> Phases:
    return Phases(
        regular=Pair(home.regular, away.regular),
        half_time=Pair(home.half_time, away.half_time),
        overtime=Pair(home.overtime, away.overtime) if home.overtime or away.overtime else None,
        penalties=Pair(home.penalties, away.penalties) if home.penalties or away.penalties else None,
    )


def _event(incident: Incident) -> MatchEvent:
    has_score = incident.home_score is not None and incident.away_score is not None
    return MatchEvent(
        type=incident.type,
        name=INCIDENTS.get(incident.type),
        minute=incident.time,
        side=_SIDES.get(incident.position),
        added_minutes=incident.add_time,
        score=f"{incident.home_score}-{incident.away_score}" if has_score else None,
        player=incident.player_name,
        assist=incident.assist1_name,
        player_in=incident.in_player_name,
        player_out=incident.out_player_name,
    )
