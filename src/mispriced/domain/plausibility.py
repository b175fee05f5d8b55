"""Flags on prices that are likely wrong, each with the rule's name and the values.

A flag says "look before you bet"; it never changes a price. `palpable` looks at the quotes of one match:
each price by itself, each book by itself, the markets of one bookmaker against each other, each
bookmaker against the others. Not here: refusing what cannot be a price at all (model). Both teams to
score is not checked against 1X2: any share of it goes with any 1X2, so no rule would be sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.markets import MARKETS, Market, outcomes, paid_outcomes
from mispriced.domain.model import Quote, Source

Rule = Literal["band", "sentinel", "overround", "exchange", "markets", "distance", "swapped", "columns"]

# Below it a surebet is more often a wrong price or a wrong match than a gift. Of 3,107 in 20 seasons of
# historical odds (2,213 before, 894 at the kick-off) 99 are: tests/domain/test_plausibility.py.
SUSPECT_BOOK_SUM: Final = 0.95

# The figures behind these limits: `mispriced bench plausibility`.
PRICE_BANDS: Final[Mapping[str, tuple[float, float]]] = {
    "1": (1.005, 101),
    "X": (1.5, 51),
    "2": (1.005, 101),
    "1X": (1.001, 34),
    "12": (1.001, 3.5),
    "X2": (1.001, 34),
    "yes": (1.05, 15),
    "no": (1.05, 15),
}
"""Of upcoming matches; while a match is played every price but a sentinel can be right."""
SENTINEL: Final = 500.0  # from here on a filler such as 501, 999 or 1000
OVERROUNDS: Final[Mapping[Market, tuple[float, float]]] = {
    "three_way": (-0.02, 0.3),
    "btts": (-0.02, 0.3),
    "double_chance": (-0.02, 0.3),
}
EXCHANGE: Final = 0.005  # no bookmaker lives on less: back prices of an exchange, before its commission
FARTHEST: Final = 0.5  # in logits of 1/price; a price twice too long is 0.69 and more away
MISPLACED: Final = 0.4  # the same, summed over the outcomes; and as prices of other outcomes
MISPLACED_GAIN: Final = 0.5  # they are less than this part of it away
COVER_OVERROUND: Final = (-0.02, 0.3)  # of an outcome of 1X2 and the double chance that is paid without it

SIDES: Final = ({"1", "2"}, {"1X", "X2"})
OPPOSITE: Final = {"1X": "2", "12": "X", "X2": "1"}


class PlausibilityLimits(Struct, frozen=True, kw_only=True):
    """What is still plausible; `overrounds` by BookieAlpha/three_way, else by market, else as usual."""

    overrounds: Mapping[str, tuple[float, float]] = {}
    farthest: float = FARTHEST


_PLACES: Final = {market: place for place, market in enumerate(MARKETS)}


class Flag(Struct, frozen=True, kw_only=True):
    """One quote that a rule does not believe; `detail` has the values."""

    rule: Rule
    bookmaker: str
    market: Market
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.bookmaker} {self.detail}"


def palpable(quotes: Iterable[Quote], limits: PlausibilityLimits | None = None) -> tuple[Flag, ...]:
    """Return the flags on the quotes of one match, by bookmaker; none means that all may be right.

    `quotes` are comparable: fresh, of one source and score; of any markets, one a bookmaker and market.
    With one bookmaker only its own prices speak. Two that contradict each other are both flagged; of
    three and more the one that is away from the middle of the others.
    """
    chosen = limits or PlausibilityLimits()
    given = sorted(quotes, key=lambda quote: (quote.bookmaker, _PLACES[quote.market]))
    found: list[Flag] = []
    for quote in given:
        found += _alone(quote, chosen)
    for name in dict.fromkeys(quote.bookmaker for quote in given):
        found += _markets([quote for quote in given if quote.bookmaker == name])
    for market in MARKETS:
        found += _against_others([quote for quote in given if quote.market == market], chosen)
    return tuple(sorted(found, key=lambda flag: flag.bookmaker))


def believed(quotes: Iterable[Quote], found: Iterable[Flag]) -> list[Quote]:
    """Return the quotes that no flag is on."""
    flagged = {(flag.bookmaker, flag.market) for flag in found}
    return [quote for quote in quotes if (quote.bookmaker, quote.market) not in flagged]


def flags(quotes: Iterable[Quote], book_sum: float) -> tuple[str, ...]:
    """Return as text what is strange about a surebet: its book sum, and its legs' quotes by themselves.

    >>> flags([], 0.9312), flags([], 0.97)
    (('suspect: book sum 0.9312 is below 0.95',), ())
    """
    found = [
        str(flag) for quote in sorted(quotes, key=_bookmaker) for flag in _alone(quote, PlausibilityLimits())
    ]
    if book_sum >= SUSPECT_BOOK_SUM:
        return tuple(found)
    return (f"suspect: book sum {book_sum:.4f} is below {SUSPECT_BOOK_SUM}", *found)


def flagged_by(found: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that flags as text are of, whatever their values, each once and in order.

    >>> flagged_by(("suspect: book sum 0.9312 is below 0.95", "band: BookieAlpha has 55.0 for X"))
    ('band', 'suspect')
    """
    return tuple(sorted({flag.partition(":")[0] for flag in found}))


def _bookmaker(quote: Quote) -> str:
    return quote.bookmaker


def _alone(quote: Quote, limits: PlausibilityLimits) -> Iterator[Flag]:
    for outcome, price in quote.prices.items():
        lowest, highest = _band(outcome, quote.source)
        if price >= SENTINEL:
            yield _flag("sentinel", quote, f"has {price} for {outcome}, a filler from {SENTINEL:.0f} on")
        elif not lowest <= price <= highest:
            yield _flag("band", quote, f"has {price} for {outcome}, usual is {lowest:g} to {highest:g}")
    if quote.prices.keys() != MARKETS[quote.market].paid.keys():
        return
    # in floats: a limit is no break-even, and every quote that is compared comes by here
    margin = sum(1 / price for price in quote.prices.values()) / paid_outcomes(quote.market) - 1
    key = f"{quote.bookmaker}/{quote.market}"
    own = limits.overrounds.get(key) or limits.overrounds.get(quote.market)
    lowest, highest = own or OVERROUNDS[quote.market]
    if not lowest <= margin <= highest:
        yield _flag("overround", quote, f"has {margin:+.3f}, usual is {lowest:+.2f} to {highest:+.2f}")
    elif margin < EXCHANGE and own is None:
        yield _flag("exchange", quote, f"has {margin:+.3f}, no margin: its commission is not in the price")


def _band(outcome: str, source: Source) -> tuple[float, float]:
    return PRICE_BANDS[outcome] if source == "upcoming" else (1.0, SENTINEL)


def _markets(quotes: Sequence[Quote]) -> Iterator[Flag]:
    """Flag a bookmaker's 1X2 and double chance that cannot be of one match.

    1X and 2 are a book of two: its margin is a bookmaker's too, or the columns are not what they seem.
    Each market may be read by itself: 1/o(1X) stands for 1/o(1) + 1/o(X).
    """
    of = {quote.market: quote for quote in quotes}
    single, double = of.get("three_way"), of.get("double_chance")
    if single is None or double is None:
        return
    lowest, highest = COVER_OVERROUND
    for outcome, opposite in OPPOSITE.items():
        if outcome in double.prices and opposite in single.prices:
            margin = 1 / double.prices[outcome] + 1 / single.prices[opposite] - 1
            if not lowest <= margin <= highest:
                detail = (
                    f"has {double.prices[outcome]} for {outcome} and {single.prices[opposite]} "
                    f"for {opposite}: together {margin:+.3f}, usual is {lowest:+.2f} to {highest:+.2f}"
                )
                yield _flag("markets", single, detail)
                yield _flag("markets", double, detail)
                return


def _against_others(quotes: Sequence[Quote], limits: PlausibilityLimits) -> Iterator[Flag]:
    logits = [{outcome: _logit(1 / price) for outcome, price in quote.prices.items()} for quote in quotes]
    for place, quote in enumerate(quotes):
        mine = logits[place]
        rest = logits[:place] + logits[place + 1 :]
        offered = [outcome for outcome in outcomes(quote.market) if outcome in mine]
        theirs = {outcome: sorted(one[outcome] for one in rest if outcome in one) for outcome in offered}
        away = {outcome: _away(mine[outcome], theirs[outcome]) for outcome in offered if theirs[outcome]}
        for outcome, distance in away.items():
            if distance > limits.farthest:
                others = [one.prices[outcome] for one in quotes if one is not quote and outcome in one.prices]
                yield _flag(
                    "distance",
                    quote,
                    f"has {quote.prices[outcome]} for {outcome}, the others {min(others)} to {max(others)}: "
                    f"{distance:.2f} away, usual is up to {limits.farthest:.2f}",
                )
                break
        straight = sum(away.values())
        if straight > MISPLACED and len(away) == len(outcomes(quote.market)):
            yield from _misplaced(quote, mine, theirs, straight)


def _misplaced(
    quote: Quote, mine: Mapping[str, float], theirs: Mapping[str, Sequence[float]], straight: float
) -> Iterator[Flag]:
    """Flag a quote whose prices fit the others far better as the prices of other outcomes."""
    offered = list(theirs)
    fits = {
        order: sum(_away(mine[one], theirs[other]) for one, other in zip(order, offered, strict=True))
        for order in permutations(offered)
    }
    best = min(fits, key=lambda order: fits[order])
    if fits[best] < MISPLACED_GAIN * straight:
        moved = {one for one, other in zip(best, offered, strict=True) if one != other}
        prices = ", ".join(f"{quote.prices[outcome]} for {outcome}" for outcome in offered)
        better = ", ".join(f"{quote.prices[outcome]}" for outcome in best)
        yield _flag(
            "swapped" if moved in SIDES else "columns",
            quote,
            f"has {prices}: {straight:.2f} away from the others, as {better} {fits[best]:.2f}",
        )


def _away(figure: float, others: Sequence[float]) -> float:
    """Return the distance from the middle of the others, in order: of two from the nearer."""
    low, high = others[(len(others) - 1) // 2], others[len(others) // 2]
    return max(low - figure, figure - high, 0.0)


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _flag(rule: Rule, quote: Quote, detail: str) -> Flag:
    return Flag(rule=rule, bookmaker=quote.bookmaker, market=quote.market, detail=detail)
