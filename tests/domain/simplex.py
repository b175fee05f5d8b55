"""The least cost of covering every result, as a linear programme solved exactly: the oracle of the tests.

Bland's rule on the dual: maximise the sum of one price a result so that no outcome's results cost more
than 1 / price. It knows nothing of covers. Source: Bland, New finite pivoting rules for the simplex
method, Mathematics of Operations Research 2 (1977).
"""

from fractions import Fraction

from mispriced.domain.markets import RESULTS, paid_on


def least_cost(prices, results=RESULTS):
    """Return what a certain return of 1 on each of these results costs, None if it cannot be had.

    `prices` by outcome, as text or fraction.
    """
    if not all(any(result in paid_on(outcome) for outcome in prices) for result in results):
        return None
    rows = [
        [Fraction(int(result in paid_on(outcome))) for result in results]
        + [Fraction(int(outcome == other)) for other in prices]
        + [1 / Fraction(price)]
        for outcome, price in prices.items()
    ]
    gain = [Fraction(1)] * len(results) + [Fraction(0)] * (len(prices) + 1)
    while True:
        column = next((place for place, value in enumerate(gain[:-1]) if value > 0), None)
        if column is None:
            return -gain[-1]
        chosen = min(
            (row[-1] / row[column], _basic(rows, place), place)
            for place, row in enumerate(rows)
            if row[column] > 0
        )[2]
        _pivot(rows, gain, chosen, column)


def _basic(rows, place):
    """Return the column that is basic in a row: a unit column with its 1 there."""
    for column in range(len(rows[place]) - 1):
        if rows[place][column] == 1 and all(
            row[column] == 0 for other, row in enumerate(rows) if other != place
        ):
            return column
    raise AssertionError(f"no column is basic in row {place}")


def _pivot(rows, gain, chosen, column):
    pivot = rows[chosen][column]
    rows[chosen] = [value / pivot for value in rows[chosen]]
    for place, row in enumerate(rows):
        if place != chosen and row[column]:
            rows[place] = [a - row[column] * b for a, b in zip(row, rows[chosen], strict=True)]
    factor = gain[column]
    gain[:] = [a - factor * b for a, b in zip(gain, rows[chosen], strict=True)]
