"""What a price is worth against what the other bookmakers say: expected value, Kelly fraction.

Two rules. consensus: the strategy of Kaunitz, Zhong and Kreiner, the best price against the mean price
of all. leave_one_out: a price against the mean fair probability of the *others*. An edge is what the
rule says and no promise: docs/fair-prices.md. Not here: who pays when (settlement), stakes on several
legs (stakes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from mispriced.domain.consensus import Consensus, prices_together, readings, together
from mispriced.domain.margin import Method
from mispriced.domain.markets import MARKETS, Market, outcomes
from mispriced.domain.model import Quote

Strategy = Literal["consensus", "leave_one_out"]

ALPHA: Final = 0.05  # what the margin in the mean price hides of a probability, after Kaunitz et al.
LEAST_BOOKS: Final = 4  # the paper's: more than three
NO_EDGE: Final = 1e-9  # an edge this small is a rounding of floats


class ValueRule(Struct, frozen=True, kw_only=True):
    """How value is judged; `least_books` counts voices, with the judged price's own.

    `alpha` is of consensus only, estimated on 1X2; `method` of leave_one_out only. `kelly_part` is the
    part of the full Kelly fraction that is shown. `clones` are groups of bookmakers that are one voice.
    """

    strategy: Strategy = "leave_one_out"
    method: Method = "shin"
    alpha: float = ALPHA
    least_books: int = LEAST_BOOKS
    least_edge: float = 0.02
    kelly_part: float = 0.25
    clones: tuple[frozenset[str], ...] = ()


class Value(Struct, frozen=True, kw_only=True):
    """A price that is too long: `edge` is the expected profit per unit staked, by `probability`.

    `kelly` is the part of a bankroll to stake. `books`: voices in the probability. `dispersion`: the
    standard deviation between them, of prices under consensus, of probabilities under leave_one_out.
    """

    market: Market
    outcome: str
    bookmaker: str
    price: float
    probability: float
    edge: float
    kelly: float
    books: int
    dispersion: float
    quote: Quote

    @property
    def fair_price(self) -> float:
        """The price at which the bet would be worth nothing."""
        return 1 / self.probability


def values(quotes: Iterable[Quote], rule: ValueRule) -> list[Value]:
    """Return the prices of one match that are worth more than they cost, the largest edge first.

    `quotes` are those that may be compared: fresh, of one source and score, not flagged; of any markets,
    each judged by itself, and one a bookmaker and market. At most one value an outcome: the one with the
    largest edge, of equal ones the first bookmaker by name. An empty list means that too few
    bookmakers price a market, or that no edge reaches `least_edge`.
    """
    found: list[Value] = []
    given = sorted(quotes, key=lambda quote: quote.bookmaker)
    for market in MARKETS:
        books = {quote.bookmaker: quote for quote in given if quote.market == market}
        judged = _judged(market, books, rule)
        for outcome in outcomes(market):
            known = [one for one in judged if one.outcome == outcome]
            found += [max(known, key=lambda one: one.edge)] if known else []
    least = max(rule.least_edge, NO_EDGE)
    return sorted((one for one in found if one.edge > least), key=lambda one: -one.edge)


def consensus_edge(prices: Sequence[float], alpha: float = ALPHA, least: int = LEAST_BOOKS) -> float:
    """Return the edge of the best of an outcome's prices against their mean; 0 with fewer than `least`.

    Source: Kaunitz, Zhong, Kreiner (2017), arXiv 1710.02824: `(1 / mean - alpha) * max - 1`.

    >>> round(consensus_edge([2.0, 2.0, 2.0, 2.4]), 6)
    0.022857
    >>> consensus_edge([2.0, 2.0, 2.4])
    0.0
    """
    if len(prices) < least:
        return 0.0
    return (len(prices) / sum(prices) - alpha) * max(prices) - 1


def expected_value(probability: float, price: float) -> float:
    """Return the expected profit per unit staked.

    >>> round(expected_value(0.5, 2.1), 9)
    0.05
    """
    return probability * price - 1


def kelly(probability: float, price: float) -> float:
    """Return the part of a bankroll whose stake lets its logarithm grow fastest; 0 without an edge.

    Source: Kelly (1956), A New Interpretation of Information Rate: at even money, `2 p - 1`.

    >>> round(kelly(0.6, 2.0), 9), kelly(0.5, 1.9)
    (0.2, 0.0)
    """
    return max(0.0, expected_value(probability, price) / (price - 1))


def _judged(market: Market, books: Mapping[str, Quote], rule: ValueRule) -> list[Value]:
    """Return every price of the market that enough voices judge, by bookmaker."""
    prices = {name: quote.prices for name, quote in books.items()}
    if rule.strategy == "consensus":
        said = prices_together(prices, rule.clones)
        chances = {outcome: 1 / mean - rule.alpha for outcome, mean in said.mean.items()}
        return [
            _value(outcome, quote, chances[outcome], said, rule)
            for quote in books.values()
            for outcome in quote.prices
            if said.voices[outcome] >= rule.least_books and chances[outcome] > 0
        ]
    read = readings(market, prices, rule.method)
    judged = []
    for name, quote in books.items():
        mine = next((group for group in rule.clones if name in group), frozenset({name}))
        said = together({other: one for other, one in read.items() if other not in mine}, rule.clones)
        judged += [
            _value(outcome, quote, said.mean[outcome], said, rule)
            for outcome in quote.prices
            if said.voices.get(outcome, 0) >= rule.least_books - 1 > 0
        ]
    return judged


def _value(outcome: str, quote: Quote, probability: float, said: Consensus, rule: ValueRule) -> Value:
    price = quote.prices[outcome]
    return Value(
        market=quote.market,
        outcome=outcome,
        bookmaker=quote.bookmaker,
        price=price,
        probability=probability,
        edge=expected_value(probability, price),
        kelly=rule.kelly_part * kelly(probability, price),
        books=said.voices[outcome],
        dispersion=said.dispersion[outcome],
        quote=quote,
    )
