"""How well events were matched, against labelled truth: pairs, exact fixtures, mixed groups.

Source: the definitions of the labelled sets; a pair is two events of different providers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations

from msgspec import Struct


class Score(Struct, frozen=True, kw_only=True):
    """The figures of one matching; `wrong` are pairs put together that are different fixtures.

    `exact`: share of fixtures of two or more events whose group is exactly the fixture. `mixed`:
    groups that hold more than one fixture.
    """

    precision: float
    recall: float
    f1: float
    exact: float
    mixed: int
    groups: int
    wrong: tuple[tuple[str, str], ...]


def score(provider: Mapping[str, str], truth: Mapping[str, str], group: Mapping[str, str]) -> Score:
    """Return the score of `group` (event -> group; absent is a group of its own) against `truth`.

    >>> score({"a": "x", "b": "y"}, {"a": "1", "b": "1"}, {"a": "g", "b": "g"}).f1
    1.0
    """
    fixtures: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, list[str]] = defaultdict(list)
    for event in provider:
        fixtures[truth[event]].append(event)
        groups[group.get(event, f"alone {event}")].append(event)
    possible = sum(_cross(events, provider) for events in fixtures.values())
    right = false = mixed = 0
    wrong: list[tuple[str, str]] = []
    for events in groups.values():
        by_fixture: dict[str, list[str]] = defaultdict(list)
        for event in events:
            by_fixture[truth[event]].append(event)
        mine = sum(_cross(same, provider) for same in by_fixture.values())
        right += mine
        false += len(events) * (len(events) - 1) // 2 - mine
        if len(by_fixture) > 1:
            mixed += 1
            wrong += [pair for pair in combinations(sorted(events), 2) if truth[pair[0]] != truth[pair[1]]]
    whole = {frozenset(events) for events in groups.values() if len(events) > 1}
    joined = [frozenset(events) for events in fixtures.values() if len(events) > 1]
    precision = right / (right + false) if right + false else 1.0
    recall = right / possible if possible else 1.0
    return Score(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        exact=sum(fixture in whole for fixture in joined) / len(joined) if joined else 1.0,
        mixed=mixed,
        groups=sum(len(events) > 1 for events in groups.values()),
        wrong=tuple(sorted(wrong)),
    )


def _cross(events: list[str], provider: Mapping[str, str]) -> int:
    total = len(events) * (len(events) - 1) // 2
    same = Counter(provider[event] for event in events)
    return total - sum(number * (number - 1) // 2 for number in same.values())
