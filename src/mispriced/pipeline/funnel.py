"""Why nothing is found: how far the current matches come towards a surebet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from mispriced.domain.arbitrage import best_prices, surebets
from mispriced.domain.goals import differing_scores
from mispriced.domain.state import EventState
from mispriced.messages import Document
from mispriced.pipeline.compare import REFUSALS, Compared, DetectRules, compared, told

NEAR_MISSES: Final = 3  # shown when nothing is found


class Funnel(Struct, frozen=True, kw_only=True):
    """How far the current state comes towards a surebet, and where the rest is lost.

    `judged` counts matches, upcoming and live apart, over all their markets; of them `fresh` have fresh
    quotes of two bookmakers, `priced` a price for every outcome of a cover too. `reasons` counts the
    judged by why they are no surebet; `nearest` are the best sums of fresh quotes, and what would stand
    had every quote been usable, with why it does not.
    """

    events: int
    matched: int
    documents: int
    judged: int
    fresh: int
    priced: int
    surebets: int
    best_sum: float | None
    reasons: dict[str, int]
    nearest: tuple[str, ...]


def funnel(
    documents: Iterable[Document],
    events: int,
    matched: int,
    now: datetime,
    rules: DetectRules,
    states: Mapping[str, EventState] | None = None,
) -> Funnel:
    """Return the funnel of the documents at `now`; `states` by match id are those of live matches."""
    groups: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        groups.setdefault((document.match_id, document.source), []).append(document)
    counted: Counter[str] = Counter()
    near: list[tuple[float, str]] = []
    fresh = priced = found = 0
    best: float | None = None
    for group in groups.values():
        fit = compared(group, now, rules, (states or {}).get(group[0].match_id))
        is_compared = len({quote.bookmaker for quote in fit.quotes}) >= 2
        fresh += is_compared
        ranked = fit.books()
        stands = bool(fit.surebets())
        everything = [quote for document in group for quote in document.quotes.values()]
        blind = surebets(best_prices(everything), fit.results)
        name = f"{group[0].source} {_title(group)}"
        if ranked and is_compared:
            priced += 1
            lowest = ranked[0].book_sum
            best = lowest if best is None else min(best, lowest)
            near.append((lowest, f"{name}: book sum {lowest:.4f} on {ranked[0].cover}"))
        if stands:
            found += 1
            counted["surebet"] += 1
        elif blind:
            why = "; ".join([*told(fit), *differing_scores(everything)])
            near.append(
                (blind[0].book_sum, f"{name}: {blind[0].book_sum:.4f} on {blind[0].cover} refused: {why}")
            )
            counted[f"refused: {_kind(group, fit)}"] += 1
        elif ranked and is_compared:
            counted["best book sum is 1 or more"] += 1
        else:
            counted[_kind(group, fit)] += 1
    return Funnel(
        events=events,
        matched=matched,
        documents=sum(map(len, groups.values())),
        judged=len(groups),
        fresh=fresh,
        priced=priced,
        surebets=found,
        best_sum=best,
        reasons=dict(counted.most_common()),
        nearest=tuple(text for _, text in sorted(near)[:NEAR_MISSES]),
    )


def _kind(documents: Sequence[Document], fit: Compared) -> str:
    if len({name for document in documents for name in document.quotes}) < 2:
        return "one bookmaker only"
    kinds = {one.kind for one in fit.refused}
    return next((text for kind, text in REFUSALS.items() if kind in kinds), "an outcome has no price")


def _title(documents: Sequence[Document]) -> str:
    first = next(iter(documents[0].quotes.values()))
    return f"{first.home} - {first.away}"
