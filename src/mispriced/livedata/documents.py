"""The original's files of a cycle: step 1 with the raw answers, step 2 with its history, step 7.

What cannot be written is said, and what was there stays. Not here: what is in them (document, summary,
board).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw

from mispriced.livedata.board import Board, board
from mispriced.livedata.calls import Call
from mispriced.livedata.cycle import Result
from mispriced.livedata.document import Bodies, DailyCount, counted, daily_name, document
from mispriced.livedata.files import failed, write_whole
from mispriced.livedata.history import append_lines, write_history
from mispriced.livedata.parquet import write_parquet
from mispriced.livedata.provider import Step
from mispriced.livedata.records import Summaries
from mispriced.livedata.summary import summaries
from mispriced.ports import Clock

COUNTER: Final = "daily_match_counter.json"
KEPT_DAYS: Final = 7  # of the files of a day, as the original's logs


class Documents:
    """The steps after the fetching; without a folder nothing is written. `show` is given each board."""

    def __init__(
        self, folder: Path | None, zone: tzinfo, history: int, clock: Clock, show: Callable[[Board], None]
    ) -> None:
        self._folder = folder
        self._zone = zone
        self._history = history
        self._clock = clock
        self._show = show
        self._summaries: Summaries | None = None

    def summarise(self, result: Result) -> list[str]:
        """Make a flat record of each match, and write steps 1 and 2; return what could not be written."""
        self._summaries = None
        if result.snapshot is None:
            return []
        now = self._clock.now()
        made = summaries(result.snapshot, result.matches, result.skipped, now=now, zone=self._zone)
        self._summaries = made
        if self._folder is None:
            return []
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            problems = [self._step1(self._folder, result, now)]
            self._forget_old_days(self._folder, now)
        except OSError as error:
            problems = [failed(self._folder, error).problem]
        today = now.astimezone(self._zone).date()
        problems += [
            write_history(self._folder / "step2.json", made, now, self._history).problem,
            append_lines(self._folder / f"step2_{today.isoformat()}.jsonl", made).problem,
            write_parquet(self._folder / "step2.parquet", made).problem,
        ]
        return [problem for problem in problems if problem]

    def display(self, result: Result) -> list[str]:
        """Show what is in play, and write step 7; return what could not be written."""
        if self._summaries is None:
            return []
        found = board(self._summaries, now=self._clock.now(), zone=self._zone)
        self._show(found)
        problem = _written(self._folder / "step7.json", msgspec.json.encode(found)) if self._folder else ""
        return [problem] if problem else []

    def _step1(self, folder: Path, result: Result, now: datetime) -> str:
        assert result.snapshot is not None
        counter = counted(_counter(folder / COUNTER), now)
        found = document(
            result.snapshot,
            bodies_of(result.bodies),
            result.matches,
            counter,
            now=now,
            fetch_s=result.report.phases["live"] + result.report.phases["enrich"],
        )
        body = msgspec.json.encode(found)
        problems = [
            _written(folder / "step1.json", body),
            _written(folder / COUNTER, msgspec.json.encode(counter)),
        ]
        first = folder / daily_name(now)
        if not first.exists():
            problems.append(_written(first, body))
        return "; ".join(one for one in problems if one)

    def _forget_old_days(self, folder: Path, now: datetime) -> None:
        oldest = now.astimezone(self._zone).date() - timedelta(days=KEPT_DAYS)
        for path in [*folder.glob("step1_*.json"), *folder.glob("step2_*.jsonl")]:
            try:
                is_old = date.fromisoformat(path.stem.partition("_")[2]) < oldest
            except ValueError:
                continue  # not one of ours
            if is_old:
                path.unlink(missing_ok=True)


def bodies_of(bodies: Mapping[Call, Raw]) -> Bodies:
    """Return the answers by what they are of, as the document takes them."""

    def of(step: Step) -> dict[str, Raw]:
        return {call.uuid: body for call, body in bodies.items() if call.step == step}

    return Bodies(
        live=bodies.get(Call("live")),
        details=of("details"),
        odds=of("odds"),
        teams=of("team"),
        competitions=of("competition"),
        countries=bodies.get(Call("country")),
    )


def _counter(path: Path) -> DailyCount | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=DailyCount)
    except (OSError, msgspec.MsgspecError):
        return None  # absent or unreadable: the day's count begins again


def _written(path: Path, body: bytes) -> str:
    try:
        write_whole(path, body)
    except OSError as error:
        return failed(path, error).problem
    return ""
