"""What one cycle read, put together: a match with its teams, competition, country and odds.

Not here: asking (cycle), and what is made of a match (states, summary, display).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from mispriced.bookmakers.contract import Skipped
from mispriced.domain.model import Score
from mispriced.domain.state import Status
from mispriced.livedata.forms import (
    CompanyOdds,
    Competition,
    Country,
    Details,
    LiveMatch,
    Slots,
    Team,
    goals,
)
from mispriced.livedata.provider import minute, moment
from mispriced.livedata.words import PHASES

LONGEST_CYCLE_S: Final = 120
"""Details that claim to have changed later than so long after the list have a wrong clock."""

Provenance = Literal["api", "last-known", "fallback"]
"""`api`: read now. `last-known`: read by an earlier cycle. `fallback`: made up, on request."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """All that a cycle has, by id. `seen_at` is when the live list was complete.

    A match whose details or odds were not read is in neither map; `skipped` is what the parsers left
    out, `listed` how many matches the list had, those that could not be read too.
    """

    seen_at: datetime
    live: tuple[LiveMatch, ...]
    details: Mapping[str, Details] = {}
    odds: Mapping[str, tuple[CompanyOdds, ...]] = {}
    teams: Mapping[str, Team] = {}
    competitions: Mapping[str, Competition] = {}
    countries: Mapping[str, Country] = {}
    skipped: tuple[Skipped, ...] = ()
    listed: int = 0
    source: Provenance = "api"

    @property
    def total(self) -> int:
        """How many matches there are, at least those that could be read."""
        return max(self.listed, len(self.live))


class Match(Struct, frozen=True, kw_only=True):
    """A match of the live list with all that is known of it.

    `home_slots` and `away_slots` are the newer of the list's and the details', and stood at `seen_at`;
    `score` follows from them. `competition` and `country` are None where the API names none, or one
    it does not list.
    """

    live: LiveMatch
    details: Details
    home: Team
    away: Team
    competition: Competition | None
    country: Country | None
    odds: tuple[CompanyOdds, ...]
    status_id: int
    home_slots: Slots
    away_slots: Slots
    score: Score
    minute: int | None
    seen_at: datetime
    source: Provenance

    @property
    def id(self) -> str:
        """The API's id of the match."""
        return self.live.id

    @property
    def status(self) -> Status:
        """Our word for the status."""
        return PHASES[self.status_id].status


def assemble(snapshot: Snapshot) -> tuple[list[Match], list[Skipped]]:
    """Return the matches in the list's order, and why others are left out or poorer.

    Without its details or a team's name a match cannot be told apart from others: it is left out. One
    whose competition or country is named but not known is kept without.
    """
    found: list[Match] = []
    skipped: list[Skipped] = []
    for live in snapshot.live:
        try:
            found.append(_match(snapshot, live, skipped))
        except ValueError as error:
            skipped.append(Skipped(f"match {live.id}: {error}", live.id))
    return found, skipped


def _match(snapshot: Snapshot, live: LiveMatch, notes: list[Skipped]) -> Match:
    details = snapshot.details.get(live.id)
    if details is None:
        raise ValueError("its details were not read")
    teams = [snapshot.teams.get(team_id) for team_id in (details.home_team_id, details.away_team_id)]
    home, away = teams
    if home is None or away is None:
        side, missing = ("home", details.home_team_id) if home is None else ("away", details.away_team_id)
        raise ValueError(f"its {side} team {missing} is not known")
    competition = snapshot.competitions.get(details.competition_id)
    if competition is None and details.competition_id:
        notes.append(Skipped(f"match {live.id}: competition {details.competition_id} is not known", live.id))
    country_id = competition.country_id if competition else ""
    country = snapshot.countries.get(country_id)
    if country is None and country_id:
        notes.append(Skipped(f"match {live.id}: country {country_id} is not known", live.id))
    progress = live.score
    # The details may be asked for before or after the list: those changed after it know more.
    ahead_s = details.updated_at - snapshot.seen_at.timestamp()
    is_newer = 0 < ahead_s <= LONGEST_CYCLE_S
    status_id = details.status_id if is_newer else progress.status_id
    home_slots = details.home_scores if is_newer else progress.home
    away_slots = details.away_scores if is_newer else progress.away
    started_at = progress.half_started_at if status_id == progress.status_id else 0
    return Match(
        live=live,
        details=details,
        home=home,
        away=away,
        competition=competition,
        country=country,
        odds=snapshot.odds.get(live.id, ()),
        status_id=status_id,
        home_slots=home_slots,
        away_slots=away_slots,
        score=goals(home_slots, away_slots),
        minute=minute(PHASES[status_id].status, started_at, snapshot.seen_at),
        seen_at=moment(details.updated_at) if is_newer else snapshot.seen_at,
        source=snapshot.source,
    )
