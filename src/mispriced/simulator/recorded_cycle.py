"""A recorded cycle of the football API: to every request the results that were recorded for it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from mispriced.errors import Usage
from mispriced.simulator.football import Step

SECTIONS: Final[dict[Step, str]] = {
    "details": "match_details",
    "odds": "match_odds",
    "team": "team_info",
    "competition": "competition_info",
}
EMPTY: Final[dict[Step, Any]] = {"details": [], "odds": {}, "team": [], "competition": []}


class RecordedCycle:
    """The answers of a step 1 document; see `FootballWorld`."""

    def __init__(self, document: bytes) -> None:
        """Read the document, plain or gzip.

        Raises: Usage when it is none.
        """
        try:
            text = gzip.decompress(document) if document.startswith(b"\x1f\x8b") else document
            self._document = msgspec.json.decode(text, type=dict[str, Any])
            # the recording's clock has no zone and was UTC: its live items' minutes say so
            self.recorded_at: datetime | None = datetime.fromisoformat(self._document["timestamp"]).replace(
                tzinfo=UTC
            )
            self._lists = {
                "live": self._document["live_matches"]["results"],
                "country": self._document["countries"]["results"],
            }
        except (OSError, EOFError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            raise Usage(f"recorded cycle: {error}") from error

    def results(self, step: Step, uuid: str, now: datetime) -> Any:
        """Return the recorded results, whatever the time is."""
        if step in self._lists:
            return self._lists[step]
        recorded = self._document[SECTIONS[step]].get(uuid)
        return recorded["results"] if recorded else EMPTY[step]
