"""What the rest of the system takes from the API: states of matches, and the events to match.

A bookmaker's event and the API's are the same match by the matcher's judgement alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from mispriced.bookmakers.contract import Skipped
from mispriced.domain.model import Category, Event, Score
from mispriced.domain.names import categorize
from mispriced.domain.state import EventState
from mispriced.livedata.provider import moment
from mispriced.livedata.snapshot import Match
from mispriced.livedata.words import PROVIDER

WOMEN: Final = 2  # `gender` of a team


def states(matches: Iterable[Match], previous: Mapping[str, EventState]) -> list[EventState]:
    """Return the state of each match; `previous` by the API's id, as the last cycle left them.

    While the score is the previous one's, so is the time since which it stands. What a fallback said
    before is no previous state.
    """
    return [_state(match, previous.get(match.id)) for match in matches]


def events(matches: Iterable[Match]) -> tuple[list[Event], list[Skipped]]:
    """Return the events for the matcher, and why others are none; virtual football is left out.

    Without its competition a match of youths or women may look like one of men: it waits.
    """
    found: list[Event] = []
    skipped: list[Skipped] = []
    for match in matches:
        if match.competition is None and match.details.competition_id:
            reason = f"competition {match.details.competition_id} is not known"
            skipped.append(Skipped(f"match {match.id}: {reason}", match.id))
            continue
        category = _category(match)
        if category == "virtual":
            continue
        try:
            found.append(
                Event(
                    bookmaker=PROVIDER,
                    event_id=match.id,
                    home=match.home.name.strip(),
                    away=match.away.name.strip(),
                    competition=_competition(match),
                    country=_country(match),
                    category=category,
                    kickoff=moment(match.details.match_time),
                    source="live",
                    score=match.score,
                )
            )
        except ValueError as error:
            skipped.append(Skipped(f"match {match.id}: {error}", match.id))
    return found, skipped


def _state(match: Match, before: EventState | None) -> EventState:
    score = Score(match.home_slots.regular, match.away_slots.regular)
    is_fallback = match.source == "fallback"
    is_same = before is not None and before.is_fallback == is_fallback and before.score == score
    return EventState(
        provider=PROVIDER,
        event_id=match.id,
        match_id=before.match_id if before else "",
        home=match.home.name.strip(),
        away=match.away.name.strip(),
        kickoff=moment(match.details.match_time),
        status=match.status,
        minute=match.minute,
        score=score,
        score_since=before.score_since if before and is_same else match.seen_at,
        red_cards=Score(match.home_slots.red, match.away_slots.red),
        seen_at=match.seen_at,
        is_fallback=is_fallback,
    )


def _category(match: Match) -> Category:
    """Names say it as at the bookmakers; where they are silent, the teams' gender does."""
    by_name = categorize(match.home.name, match.away.name, _competition(match), _country(match))
    if by_name == "men" and match.home.gender == match.away.gender == WOMEN:
        return "women"
    return by_name


def _competition(match: Match) -> str:
    return match.competition.name.strip() if match.competition else ""


def _country(match: Match) -> str:
    return match.country.name.strip() if match.country else ""
