"""The records that a cycle's matches become: the original's second step, its fields in its order, then ours.

What the API does not say is null; 0 is a value. Rows are in the API's own shape. Not here: how a match
becomes one (summary).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from mispriced.bookmakers.contract import Skipped
from mispriced.domain.state import Status
from mispriced.livedata.american import AmericanRow
from mispriced.livedata.environment import Conditions
from mispriced.livedata.forms import Market, Row
from mispriced.livedata.prices import CompanyPrices
from mispriced.livedata.snapshot import Provenance

VERSION: Final = 3
"""Of the record: the original's second, with ours after it."""
FALLBACK_BANNER: Final = "FALLBACK DATA: made up on request, of no real match"
"""Stands on every output of a fallback."""


class MatchEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened in a match; `side` is absent where it is neither's."""

    type: int
    name: str | None
    minute: int
    side: str | None = None
    added_minutes: int | None = None
    score: str | None = None
    player: str | None = None
    assist: str | None = None
    player_in: str | None = None
    player_out: str | None = None


class Pair(Struct, frozen=True):
    """A number of each side."""

    home: int
    away: int


class Phases(Struct, frozen=True, kw_only=True):
    """The score by phase; `overtime` after 120 minutes, null where there was none."""

    regular: Pair
    half_time: Pair
    overtime: Pair | None
    penalties: Pair | None


class Statistic(Struct, frozen=True, kw_only=True):
    """A number of each side by its name."""

    type: int
    name: str | None
    home: int
    away: int


class Summary(Struct, frozen=True, kw_only=True):
    """A match, flat. Rows are in the API's own shape; `kickoff` and `seen_at` are aware UTC."""

    match_id: str
    home: str
    away: str
    home_id: str
    away_id: str
    score: str
    status_id: int
    competition: str | None
    competition_id: str | None
    country: str | None
    match_time: int
    kickoff: datetime
    venue: str | None
    home_position: str | None
    away_position: str | None
    status: int
    money_line: tuple[Row, ...]
    money_line_american: tuple[AmericanRow, ...]
    spread: tuple[Row, ...]
    spread_american: tuple[AmericanRow, ...]
    over_under: tuple[Row, ...]
    over_under_american: tuple[AmericanRow, ...]
    corners: tuple[Row, ...]
    corners_american: tuple[AmericanRow, ...]
    odds_company_id: str | None
    odds_company_name: str | None
    odds: Mapping[str, CompanyPrices]
    environment: Conditions
    events: tuple[MatchEvent, ...]
    v: int = VERSION
    source: Provenance = "api"
    seen_at: datetime
    status_name: Status
    status_description: str
    minute: int | None
    scores: Phases
    red_cards: Pair
    yellow_cards: Pair
    corner_count: Pair | None
    latest: Mapping[Market, Row]
    latest_american: Mapping[Market, AmericanRow]
    statistics: tuple[Statistic, ...]


class Metadata(Struct, frozen=True, kw_only=True):
    """What the summaries of a cycle are of."""

    total_matches: int
    timestamp: datetime
    source: Provenance
    processing_time: str | None


class Processing(Struct, frozen=True, kw_only=True):
    """How making the summaries went; `skipped` says of each item left out why."""

    source: Provenance
    processed_at: str
    total_matches_processed: int
    matches_with_odds: int
    matches_left_out: int
    skipped: tuple[Skipped, ...]
    processing_time: str | None


class Summaries(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The original's document of its second step, version 2; `banner` stands on a fallback's alone."""

    banner: str | None = None
    v: int
    summaries: tuple[Summary, ...]
    metadata: Metadata
    step2_processing_summary: Processing
