"""The record in a folder, as the page and the API ask it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mispriced.history import read
from mispriced.pipeline.views.past import Board, Hour, Margin, Price, Survival


class Folder:
    """Answers as `read` does; every call raises Retry where a file cannot be read."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prices(self, match_id: str) -> list[Price]:
        """Return every change of the prices of a match."""
        return read.quotes(self._root, match_id)

    def hours(self) -> list[Hour]:
        """Return what opened and closed, by hour."""
        return read.opportunities(self._root)

    def survival(self) -> list[Survival]:
        """Return how long surebets stood, by their bookmakers."""
        return read.survival(self._root)

    def margins(self) -> list[Margin]:
        """Return each bookmaker's margins."""
        return read.margins(self._root)

    def board(self, at: datetime) -> list[Board]:
        """Return what was offered at a moment."""
        return read.board(self._root, at)

    def moments(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """Return when prices changed last before a moment, and next after it."""
        return read.moments(self._root, at)
