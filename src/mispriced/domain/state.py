"""The state of a match as a football data provider reports it: score, minute, status, cards.

Kept beside the quotes under the same match id. A price that was seen before the score changed is
suspect until its bookmaker was read again. Not here: how a provider words it (livedata).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.model import Score

Status = Literal[
    "abnormal",
    "not_started",
    "first_half",
    "half_time",
    "second_half",
    "overtime",
    "penalties",
    "ended",
    "delayed",
    "interrupted",
    "cut",
    "cancelled",
    "undecided",
]
PROVIDERS: Final = frozenset({"TheSports"})
"""Who tells of matches and takes no bets: its events are matched like a bookmaker's and count as none."""

IN_PLAY: Final[frozenset[Status]] = frozenset(
    {"first_half", "half_time", "second_half", "overtime", "penalties"}
)


class EventState(Struct, frozen=True, kw_only=True):
    """What a provider says of a match at `seen_at`.

    `match_id` is ours, empty while the match is not recognised. `score` is of regular time,
    `score_since` when it was first seen to stand: every quote seen before it is of another score.
    `minute` is None where it is not known. A fallback's state is marked and decides nothing.
    """

    provider: str
    event_id: str
    match_id: str = ""
    home: str
    away: str
    kickoff: datetime
    status: Status
    minute: int | None = None
    score: Score
    score_since: datetime
    red_cards: Score = Score(0, 0)
    seen_at: datetime
    is_fallback: bool = False

    @property
    def event_key(self) -> str:
        """`Event.key` of the provider's event: its source is live."""
        return f"{self.provider}/live/{self.event_id}"

    @property
    def is_in_play(self) -> bool:
        """Whether the match is being played, breaks included."""
        return self.status in IN_PLAY
