"""What a goal does to prices: which live quotes are of another score, and which results are still possible.

A quote seen before the score changed is suspect until its bookmaker has been read again, and quotes of
two scores are never compared. A score narrows the possible results only once it is confirmed and has
stood for a while: a goal may be taken back. Not here: age alone (freshness).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import UNSET, Struct

from mispriced.domain.markets import Market
from mispriced.domain.model import Quote, Score
from mispriced.domain.state import EventState

HOLD_OFF: Final = timedelta(seconds=30)  # a goal that the video referee takes back is back by then
STATE_COUNTS: Final = timedelta(seconds=150)  # two cycles of a provider and a half: after it, it is away
CONFIRMED_BY: Final = 2  # reporters of the same score; a bookmaker alone may be wrong or early
BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)

ScoreChanges = Mapping[tuple[str, Market], datetime]
"""By bookmaker and market: when its quote's score was first seen to be another than before."""


class Scoreline(Struct, frozen=True, kw_only=True):
    """The score of a match as far as provider and bookmakers tell it.

    `changed_at` is the last change that anybody reported, None where none was seen; `stood_since` is
    when this score was surely reported already. `reporters` say it, `doubters` say another.
    """

    score: Score
    changed_at: datetime | None
    stood_since: datetime
    reporters: tuple[str, ...]
    doubters: tuple[str, ...]


class _Report(Struct, frozen=True):
    by: str
    score: Score
    changed_at: datetime | None
    since: datetime


def scoreline(
    quotes: Iterable[Quote],
    prices_since: Mapping[tuple[str, Market], datetime],
    changes: ScoreChanges,
    now: datetime,
    state: EventState | None = None,
) -> Scoreline | None:
    """Return the score of a live match as it is told at `now`, None where nobody tells one.

    Of differing reports the one counts that changed last, else the one with more goals. `prices_since`
    by bookmaker and market: since when the quote is as it is. A provider's fallback decides nothing,
    nor does a state that is older than `STATE_COUNTS`.
    """
    reports = [
        _Report(
            quote.bookmaker,
            quote.score,
            changes.get((quote.bookmaker, quote.market)),
            prices_since.get((quote.bookmaker, quote.market), quote.seen_at),
        )
        for quote in quotes
        if quote.score is not UNSET and quote.source == "live"
    ]
    if state is not None and not state.is_fallback and now - state.seen_at <= STATE_COUNTS:
        reports.append(_Report(state.provider, state.score, state.score_since, state.score_since))
    if not reports:
        return None
    last = max(reports, key=lambda one: (one.changed_at or BEFORE_ALL, one.score.home + one.score.away))
    alike = [one for one in reports if one.score == last.score]
    changed = [one.changed_at for one in reports if one.changed_at is not None]
    return Scoreline(
        score=last.score,
        changed_at=max(changed, default=None),
        stood_since=max(changed, default=min(one.since for one in alike)),
        reporters=tuple(sorted({one.by for one in alike})),
        doubters=tuple(sorted({one.by for one in reports if one.score != last.score})),
    )


def suspicion(quote: Quote, line: Scoreline | None) -> str:
    """Return why a live quote is of another score than the match now, nothing when it is not."""
    if line is None or quote.source != "live":
        return ""
    if quote.score is not UNSET and quote.score != line.score:
        return f"{quote.bookmaker} is at {quote.score}, the score is {line.score}"
    if line.changed_at is not None and quote.seen_at < line.changed_at:
        seconds = (line.changed_at - quote.seen_at).total_seconds()
        return f"{quote.bookmaker} was seen {seconds:.0f} s before the score became {line.score}"
    return ""


def confirmed(
    line: Scoreline | None, quotes: Iterable[Quote], now: datetime, hold_off: timedelta = HOLD_OFF
) -> Score | None:
    """Return the score by which results may be left out, None where it is not sure enough.

    Two say it, nobody another, it has stood for the hold-off, and every quote to be compared either
    says it or was seen while it stood.
    """
    if line is None or line.doubters or len(line.reporters) < CONFIRMED_BY:
        return None
    if now - line.stood_since < hold_off:
        return None
    is_newer = all(quote.score is not UNSET or quote.seen_at >= line.stood_since for quote in quotes)
    return line.score if is_newer else None


def differing_scores(quotes: Iterable[Quote]) -> list[str]:
    """Return that the quotes are of different scores, or nothing: prices before a goal and after it."""
    scores = {quote.bookmaker: str(quote.score) for quote in quotes if quote.score is not UNSET}
    if len(set(scores.values())) < 2:
        return []
    return ["scores differ: " + ", ".join(f"{name} {score}" for name, score in sorted(scores.items()))]
