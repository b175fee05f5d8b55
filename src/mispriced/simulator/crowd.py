"""As many live matches as one asks for, with as many teams and competitions: what cycles are measured on.

Match, team and competition are told by number; nothing changes with time but the minute.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from mispriced.errors import Usage
from mispriced.simulator.football import Step

BEGAN_S: Final = 600  # before now: minute 11
EVERY_OTHER: Final = 10  # so many in play, then one that has not begun


class Crowd:
    """Matches in play and some that are not; see `FootballWorld`. Teams are dealt out in turn."""

    recorded_at: datetime | None = None

    def __init__(self, matches: int, teams: int | None = None, competitions: int | None = None) -> None:
        """Raises: Usage for less than two teams or no competition."""
        self.matches = matches
        self._teams = 2 * matches if teams is None else teams
        self._competitions = max(1, matches // 2) if competitions is None else competitions
        if self._teams < 2 or self._competitions < 1:
            raise Usage(f"{self._teams} teams and {self._competitions} competitions: at least 2 and 1")

    def results(self, step: Step, uuid: str, now: datetime) -> Any:
        """Return the results for a match, team or competition of that number."""
        at_s = int(now.timestamp())
        if step == "live":
            return [self._live(place, at_s) for place in range(self.matches)]
        if step == "country":
            return [{"id": "country0", "name": "Nowhere"}]
        place = int(uuid[1:]) if uuid[1:].isdigit() else -1
        if step == "team":
            return [{"id": uuid, "name": f"Team {place}"}] if 0 <= place < self._teams else []
        if step == "competition":
            named = {"id": uuid, "name": f"Competition {place}", "country_id": "country0"}
            return [named] if 0 <= place < self._competitions else []
        if not 0 <= place < self.matches:
            return {} if step == "odds" else []
        return self._odds(at_s) if step == "odds" else [self._details(place, at_s)]

    def _status(self, place: int) -> int:
        return 1 if place % EVERY_OTHER == EVERY_OTHER - 1 else 2

    def _live(self, place: int, at_s: int) -> dict[str, Any]:
        match_id = f"m{place}"
        began_s = at_s - BEGAN_S if self._status(place) == 2 else 0
        score = [match_id, self._status(place), [0] * 7, [0] * 7, began_s, ""]
        return {"id": match_id, "score": score, "stats": [], "incidents": [], "tlive": []}

    def _details(self, place: int, at_s: int) -> dict[str, Any]:
        home = 2 * place % self._teams
        return {
            "id": f"m{place}",
            "competition_id": f"c{place % self._competitions}",
            "home_team_id": f"t{home}",
            "away_team_id": f"t{(home + 1) % self._teams}",
            "status_id": self._status(place),
            "match_time": at_s - BEGAN_S,
            "home_scores": [0] * 7,
            "away_scores": [0] * 7,
            "updated_at": 1,
        }

    def _odds(self, at_s: int) -> dict[str, Any]:
        rows = [[at_s - 60 * minute, str(11 - minute), 2.1, 3.4, 3.6, 2, 0, "0-0"] for minute in range(1, 10)]
        return {"2": {"eu": rows}}
