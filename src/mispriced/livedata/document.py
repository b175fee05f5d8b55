"""The original's document of its first step: the raw answers of a cycle, and counts by status.

What to write; writing is the caller's. Every value under an id is the API's answer as it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Raw, Struct

from mispriced.livedata.records import FALLBACK_BANNER
from mispriced.livedata.snapshot import Match, Provenance, Snapshot
from mispriced.livedata.times import NEW_YORK, stamp
from mispriced.livedata.words import IN_PLAY_IDS, PHASES

DOCUMENT_VERSION: Final = 1


class Bodies(Struct, frozen=True, kw_only=True):
    """The answers of a cycle as they came, by id where one is of one item; None was not answered."""

    live: Raw | None = None
    details: Mapping[str, Raw] = {}
    odds: Mapping[str, Raw] = {}
    teams: Mapping[str, Raw] = {}
    competitions: Mapping[str, Raw] = {}
    countries: Raw | None = None


class DailyCount(Struct, frozen=True):
    """Cycles of a day in New York, as `daily_match_counter.json` has them; the first is 1."""

    date: str
    count: int


class StatusSummary(Struct, frozen=True, kw_only=True):
    """How many matches of which status were fetched."""

    total_matches_fetched: int
    matches_with_status: int
    matches_without_status: int
    in_play_matches: int
    status_breakdown: Mapping[str, int]
    formatted_summary: tuple[str, ...]
    status_counts: Mapping[str, int]


class StatusMapping(Struct, frozen=True, kw_only=True):
    """The ids of the matches of a status."""

    status_id: int
    count: int
    match_ids: tuple[str, ...]


class BreakdownMatch(Struct, frozen=True, kw_only=True):
    """A match in a line."""

    match_id: str
    home_team: str
    away_team: str
    score: str
    competition: str | None
    formatted: str
    source: Provenance


class Breakdown(Struct, frozen=True, kw_only=True):
    """The matches of a status."""

    status_id: int
    count: int
    matches: tuple[BreakdownMatch, ...]


class Completion(Struct, frozen=True, kw_only=True):
    """How the cycle ended."""

    completion_status: str
    daily_match_number: int
    total_matches_fetched_all_statuses: int
    in_play_matches: str
    other_status_matches: int
    step1_execution_time: str | None
    total_pipeline_time: str | None
    source: Provenance


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cycle's raw answers and what they count up to; `banner` stands on a fallback's alone."""

    banner: str | None = None
    v: int
    source: Provenance
    timestamp: datetime
    live_matches: Raw | None
    match_details: Mapping[str, Raw]
    match_odds: Mapping[str, Raw]
    team_info: Mapping[str, Raw]
    competition_info: Mapping[str, Raw]
    countries: Raw | None
    ny_timestamp: str
    unified_status_summary: StatusSummary
    detailed_status_mapping: Mapping[str, StatusMapping]
    comprehensive_match_breakdown: Mapping[str, Breakdown]
    step1_completion_summary: Completion


def document(
    snapshot: Snapshot,
    bodies: Bodies,
    matches: Sequence[Match],
    counter: DailyCount,
    *,
    now: datetime,
    fetch_s: float | None = None,
    total_s: float | None = None,
) -> Document:
    """Return the document of a cycle whose matches `assemble` gave; `counter` counts it already."""
    by_status = _by_status(snapshot, matches)
    counts = {status_id: len(ids) for status_id, ids in by_status.items()}
    in_play = sum(counts.get(status_id, 0) for status_id in IN_PLAY_IDS)
    return Document(
        banner=FALLBACK_BANNER if snapshot.source == "fallback" else None,
        v=DOCUMENT_VERSION,
        source=snapshot.source,
        timestamp=now,
        live_matches=bodies.live,
        match_details=bodies.details,
        match_odds=bodies.odds,
        team_info=bodies.teams,
        competition_info=bodies.competitions,
        countries=bodies.countries,
        ny_timestamp=stamp(now, NEW_YORK),
        unified_status_summary=_status_summary(counts, snapshot.total),
        detailed_status_mapping=_mapping(by_status),
        comprehensive_match_breakdown=_breakdown(matches),
        step1_completion_summary=Completion(
            completion_status="complete" if len(matches) == snapshot.total else "partial",
            daily_match_number=counter.count,
            total_matches_fetched_all_statuses=snapshot.total,
            in_play_matches=f"{in_play} (status IDs {IN_PLAY_IDS[0]}–{IN_PLAY_IDS[-1]})",
            other_status_matches=len(snapshot.live) - in_play,
            step1_execution_time=_seconds(fetch_s),
            total_pipeline_time=_seconds(total_s),
            source=snapshot.source,
        ),
    )


def counted(before: DailyCount | None, now: datetime) -> DailyCount:
    """Return the counter with one more cycle; a new day in New York begins at 1."""
    today = _today(now).isoformat()
    return DailyCount(today, before.count + 1 if before and before.date == today else 1)


def daily_name(now: datetime) -> str:
    """Return the name under which a day's first document is kept beside `step1.json`.

    >>> from datetime import UTC
    >>> daily_name(datetime(2025, 6, 7, 2, tzinfo=UTC))
    'step1_2025-06-06.json'
    """
    return f"step1_{_today(now).isoformat()}.json"


def _by_status(snapshot: Snapshot, matches: Sequence[Match]) -> dict[int, list[str]]:
    """Return the ids by status, the newest that is known of each, ascending."""
    newest = {match.id: match.status_id for match in matches}
    found: defaultdict[int, list[str]] = defaultdict(list)
    for live in snapshot.live:
        found[newest.get(live.id, live.score.status_id)].append(live.id)
    return dict(sorted(found.items()))


def _status_summary(counts: Mapping[int, int], listed: int) -> StatusSummary:
    known = sum(counts.values())
    return StatusSummary(
        total_matches_fetched=listed,
        matches_with_status=known,
        matches_without_status=listed - known,
        in_play_matches=sum(counts.get(status_id, 0) for status_id in IN_PLAY_IDS),
        status_breakdown={PHASES[one].description: count for one, count in counts.items()},
        formatted_summary=tuple(f"{PHASES[one].description} (ID: {one}): {n}" for one, n in counts.items()),
        status_counts={str(one): count for one, count in counts.items()},
    )


def _mapping(by_status: Mapping[int, Sequence[str]]) -> dict[str, StatusMapping]:
    return {
        PHASES[one].description: StatusMapping(status_id=one, count=len(ids), match_ids=tuple(ids))
        for one, ids in by_status.items()
    }


def _breakdown(matches: Sequence[Match]) -> dict[str, Breakdown]:
    found: defaultdict[int, list[BreakdownMatch]] = defaultdict(list)
    for match in matches:
        found[match.status_id].append(_line(match))
    return {
        PHASES[status_id].description: Breakdown(
            status_id=status_id, count=len(of_one), matches=tuple(of_one)
        )
        for status_id, of_one in sorted(found.items())
    }


def _line(match: Match) -> BreakdownMatch:
    home, away = match.home.name.strip(), match.away.name.strip()
    competition = match.competition.name.strip() if match.competition else None
    score = f"{match.score.home}-{match.score.away}"
    return BreakdownMatch(
        match_id=match.id,
        home_team=home,
        away_team=away,
        score=score,
        competition=competition,
        formatted=f"{home} {score} {away}" + (f" ({competition})" if competition else ""),
        source=match.source,
    )


def _today(now: datetime) -> date:
    return now.astimezone(NEW_YORK).date()


def _seconds(took_s: float | None) -> str | None:
    return None if took_s is None else f"{took_s:.2f} seconds"
