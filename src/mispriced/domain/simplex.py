"""A small linear programme solved exactly, in fractions.

For the few legs and results of one match; not for large programmes.

Source: Dantzig's simplex method with Bland's rule (1977), under which it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Row = Sequence[Fraction | int]
Table = list[list[Fraction]]


class Impossible(ArithmeticError):
    """No point keeps within all limits."""


class Unbounded(ArithmeticError):
    """The objective has no highest value."""


def maximize(objective: Row, limits: Sequence[tuple[Row, Fraction | int]]) -> list[Fraction]:
    """Return the `x` of 0 and more that makes `objective * x` highest under `row * x <= bound`.

    Raises: Impossible where the limits contradict each other, Unbounded where none holds the objective.

    >>> maximize([3, 2], [([1, 1], 4), ([1, 0], 3)])
    [Fraction(3, 1), Fraction(1, 1)]
    >>> maximize([-1, -1], [([-1, 0], -2)])
    [Fraction(2, 1), Fraction(0, 1)]
    """
    count, slack = len(objective), len(limits)
    spare = count + slack  # the column of what every limit is first let out by, until one point is found
    table = [
        [
            *map(Fraction, row),
            *(Fraction(place == number) for place in range(slack)),
            Fraction(-1),
            Fraction(bound),
        ]
        for number, (row, bound) in enumerate(limits)
    ]
    basis = list(range(count, spare))
    lowest = min(range(slack), key=lambda number: table[number][-1])
    if table[lowest][-1] < 0:
        costs = [Fraction(place == spare) for place in range(spare + 2)]
        costs = _pivot(table, costs, basis, lowest, spare)
        if _climbed(table, costs, basis)[-1] != 0:
            raise Impossible("the limits contradict each other")
        if spare in basis:
            number = basis.index(spare)
            entering = next(place for place in range(spare) if table[number][place])
            _pivot(table, costs, basis, number, entering)
    table = [[*row[:spare], row[-1]] for row in table]
    costs = [*(-Fraction(one) for one in objective), *[Fraction(0)] * (slack + 1)]
    for number, variable in enumerate(basis):
        costs = _without(costs, variable, table[number])
    _climbed(table, costs, basis)
    found = [Fraction(0)] * spare
    for number, variable in enumerate(basis):
        found[variable] = table[number][-1]
    return found[:count]


def _climbed(table: Table, costs: list[Fraction], basis: list[int]) -> list[Fraction]:
    """Move to the highest point, in place; return the costs there, the last of them the height."""
    while (entering := next((place for place, cost in enumerate(costs[:-1]) if cost < 0), None)) is not None:
        ratios = [
            (row[-1] / row[entering], basis[number], number)
            for number, row in enumerate(table)
            if row[entering] > 0
        ]
        if not ratios:
            raise Unbounded(f"variable {entering} may grow without an end")
        costs = _pivot(table, costs, basis, min(ratios)[2], entering)
    return costs


def _pivot(
    table: Table, costs: list[Fraction], basis: list[int], leaving: int, entering: int
) -> list[Fraction]:
    pivot = table[leaving] = [one / table[leaving][entering] for one in table[leaving]]
    for number, row in enumerate(table):
        if number != leaving:
            table[number] = _without(row, entering, pivot)
    basis[leaving] = entering
    return _without(costs, entering, pivot)


def _without(row: list[Fraction], entering: int, pivot: list[Fraction]) -> list[Fraction]:
    factor = row[entering]
    return [one - factor * other for one, other in zip(row, pivot, strict=True)] if factor else row
