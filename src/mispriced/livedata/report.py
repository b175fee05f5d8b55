"""What a cycle did, in numbers and in the documents' log lines, and whether that is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from mispriced.livedata.crawl import GOOD, Counts, Crawl
from mispriced.livedata.provider import PATHS, Step
from mispriced.livedata.snapshot import Match, Provenance
from mispriced.livedata.words import IN_PLAY_IDS

Level = Literal["normal", "warning", "critical"]
Phase = Literal["live", "enrich", "summary", "display", "total"]
Given = Provenance | Literal["none"]

NOTE: Final = "livedata/"
"""Begins the names of the notes: `last`, the last report; `good`, when a cycle last read the API."""

LABELS: Final[Mapping[Phase, str]] = {
    "live": "STEP 1a – LIVE FETCH",
    "enrich": "STEP 1b – ENRICH (async)",
    "summary": "STEP 2 – run_step2",
    "display": "STEP 7 – run_step7",
    "total": "TOTAL CYCLE TIME",
}


class StepReport(Struct, frozen=True, kw_only=True):
    """The calls of one end point: answered by outcome, known without asking, left for the next cycle."""

    outcomes: Mapping[str, int] = {}
    hits: int = 0
    left: int = 0


class Report(Struct, frozen=True, kw_only=True):
    """One cycle.

    `source`: where its matches are from; `age_s` how old they are, 0 when read now. `phases` in
    seconds. `requests` with `retries` went out; `errors` are calls without a good answer, `error_rate`
    their part of all. `left_in_play`: matches in play whose odds did not fit. `levels` by what they
    judge; `overruns` so far.
    """

    v: int = 1
    number: int
    at: datetime
    source: Given
    age_s: float = 0.0
    matches: int = 0
    in_play: int = 0
    with_odds: int = 0
    phases: Mapping[Phase, float]
    steps: Mapping[Step, StepReport]
    requests: int
    retries: int
    errors: int
    error_rate: float
    bytes: int
    hits: int
    left: int
    left_in_play: int = 0
    skipped: int = 0
    reasons: tuple[str, ...] = ()
    sleep_s: float | None = None
    overruns: int = 0
    memory_mb: float | None = None
    levels: Mapping[str, Level] = {}


class Thresholds(Struct, frozen=True, kw_only=True):
    """Each a pair: beyond the first is a warning, beyond the second critical. The documents' table."""

    cycle_s: tuple[float, float] = (15.0, 45.0)
    enrich_s: tuple[float, float] = (8.0, 30.0)
    errors: tuple[float, float] = (0.05, 0.2)
    sleep_s: tuple[float, float] = (45.0, 15.0)


def report_of(
    crawl: Crawl, before: Counts, after: Counts, number: int, at: datetime, source: Given, age_s: float
) -> Report:
    """Return the report of a cycle that has asked; its matches and later phases are not in it yet."""
    calls = crawl.outcomes.total()
    errors = sum(count for (_, outcome), count in crawl.outcomes.items() if outcome not in GOOD)
    return Report(
        number=number,
        at=at,
        source=source,
        age_s=round(age_s, 1),
        phases={"live": crawl.list_s, "enrich": crawl.seconds - crawl.list_s},
        steps={step: _step(crawl, step) for step in PATHS if step != "odds_live"},
        requests=after.requests - before.requests,
        retries=after.retries - before.retries,
        errors=errors,
        error_rate=errors / calls if calls else 0.0,
        bytes=after.bytes - before.bytes,
        hits=crawl.hits.total(),
        left=len(crawl.left),
        left_in_play=sum(call.step == "odds" and crawl.in_play.get(call.uuid, False) for call in crawl.left),
        reasons=tuple(crawl.reasons),
    )


def counts_of(matches: Sequence[Match]) -> dict[str, int]:
    """Return the report's counts of matches."""
    return {
        "matches": len(matches),
        "in_play": sum(match.status_id in IN_PLAY_IDS for match in matches),
        "with_odds": sum(bool(match.odds) for match in matches),
    }


def levels(report: Report, thresholds: Thresholds) -> dict[str, Level]:
    """Return how each number of the documents' table is, of those that are known."""
    found = {
        "cycle_s": _above(report.phases.get("total", 0.0), thresholds.cycle_s),
        "enrich_s": _above(report.phases.get("enrich", 0.0), thresholds.enrich_s),
        "errors": _above(report.error_rate, thresholds.errors),
    }
    if report.sleep_s is not None:
        warning, critical = thresholds.sleep_s
        found["sleep_s"] = _above(-report.sleep_s, (-warning, -critical))
    return found


def _above(value: float, limits: tuple[float, float]) -> Level:
    warning, critical = limits
    return "critical" if value > critical else "warning" if value > warning else "normal"


def lines(report: Report) -> list[str]:
    """Return the documents' lines of a cycle, then one of ours with the counts.

    >>> from datetime import UTC
    >>> at = datetime(2026, 5, 14, 12, tzinfo=UTC)
    >>> phases = {"live": 0.523, "total": 5.441}
    >>> counts = {"requests": 3, "retries": 1, "errors": 0, "error_rate": 0.0, "bytes": 2048, "hits": 2}
    >>> report = Report(number=1, at=at, source="api", phases=phases, steps={}, left=0, **counts)
    >>> lines(report)[:2]
    ['STEP 1a – LIVE FETCH: 0.52s', 'TOTAL CYCLE TIME: 5.44s']
    """
    told = [f"{LABELS[phase]}: {seconds:.2f}s" for phase, seconds in report.phases.items()]
    memory = "" if report.memory_mb is None else f", memory {report.memory_mb:.0f} MB"
    age = f", {report.age_s:.0f} s old" if report.age_s else ""
    told.append(
        f"{report.matches} matches ({report.in_play} in play, {report.with_odds} with odds) "
        f"from {report.source}{age}; "
        f"{report.requests} requests, {report.retries} retries, {report.errors} errors, {report.hits} known, "
        f"{report.left} left, {report.bytes / 1024:.0f} KB{memory}"
    )
    if report.sleep_s is not None:
        told.append(
            f"Cycle took {report.phases['total']:.2f}s; sleeping {report.sleep_s:.2f}s before next run."
        )
    told += [f"{level.upper()}: {name}" for name, level in report.levels.items() if level != "normal"]
    return [*told, *(f"API call failed: {reason}" for reason in report.reasons)]


def _step(crawl: Crawl, step: Step) -> StepReport:
    return StepReport(
        outcomes={outcome: count for (one, outcome), count in crawl.outcomes.items() if one == step},
        hits=crawl.hits[step],
        left=sum(call.step == step for call in crawl.left),
    )
