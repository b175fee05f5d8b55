"""How well the labelled events beside the checkout are matched, with the one setting there is.

Each figure stands beside its aim. Offline: a whole file at once. By day: each day with what the days before
taught, its joins final when it ends. Second spelling: for a fifth of (bookmaker, club) half of the events
bear another bookmaker's spelling, drawn by seed. Without: the same with a hand-written table or the list of
aliases taken out. Another country: of a grid of settings the one that is best on all other countries of
`three`, scored on that country; the worst country stands here.

The ratio is the smallest of figure / aim. Usage: PYTHONPATH=src python benchmarks/quality.py
"""

from __future__ import annotations

import csv
import gzip
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from mispriced.domain.matching import Fixture, Memory, learn, match, similarity
from mispriced.domain.matching.aliases import Aliases
from mispriced.domain.matching.memory import decode_memory, encode_memory
from mispriced.domain.names import categorize
from mispriced.domain.scoring import Score, score
from mispriced.errors import Fatal

SETS = ("three", "threeday", "books", "booksday", "bait")
AIMS = {  # what is aimed at, by way and set
    ("offline", "three"): {"precision": 1.0, "recall": 0.998},
    ("offline", "threeday"): {"precision": 1.0, "recall": 0.998},
    ("offline", "books"): {"exact": 0.99},
    ("offline", "booksday"): {"exact": 0.985},
    ("offline", "bait"): {"precision": 0.99, "recall": 0.985},
    ("by day", "three"): {"recall": 0.995},
    ("by day", "books"): {"exact": 0.985},
    ("by day", "bait"): {"precision": 0.985, "recall": 0.985},
    ("second spelling, offline", "books"): {"exact": 0.98},
    ("second spelling, by day", "books"): {"exact": 0.98},
}
UNMIXED = ("three", "threeday", "books", "booksday")
SHOWN = ("precision", "recall", "exact")
SEEDS = (1, 2, 7)  # 7: the hardest of the first twelve
SHARE = 0.2  # of (bookmaker, club) with a second spelling
GRID = {"SHARE": (5.0, 6.0, 7.0), "STRONGEST": (1.0, 2.0, 3.0), "BASE": (-5.0, -4.0, -3.0)}
LEAST_PAIRS = 100  # of a country whose figure means something

Groups = dict[str, str]
Way = Callable[[Sequence[Fixture]], Groups]


def run() -> dict[str, Any]:
    """Return every figure, and the smallest of figure / aim."""
    folder = _folder()
    rows: list[dict[str, Any]] = []
    ratios: list[float] = []

    def add(way: str, name: str, found: Score) -> None:
        for what in SHOWN:
            rows.append(
                {"what": f"{way}: {name} {what}", "figure": round(getattr(found, what), 5), "unit": ""}
            )
        rows.append(
            {"what": f"{way}: {name} mixed groups", "figure": found.mixed, "unit": f"of {found.groups}"}
        )
        for what, aim in AIMS.get((way, name), {}).items():
            ratios.append(getattr(found, what) / aim)
        if (way, name) in AIMS and name in UNMIXED:
            ratios.append(float(found.mixed == 0))

    labelled = {name: _labelled(folder, name) for name in SETS}
    for name, (events, truth) in labelled.items():
        add("offline", name, _scored(events, truth, offline))
    for name in ("three", "books", "bait"):
        add("by day", name, _scored(*labelled[name], by_day))
    for seed in SEEDS:
        events, truth = labelled["books"]
        spelt = respelt(events, truth, seed)
        for way, matched in (("offline", offline), ("by day", by_day)):
            add(f"second spelling, {way}", "books", _scored(spelt, truth, matched))
    for without in ("aliases", "words"):
        for name in ("three", "books", "bait"):
            with _without(without):
                add(f"without {without}", name, _scored(*labelled[name], offline))
    rows += [{"what": what, "figure": round(figure, 5), "unit": ""} for what, figure in _countries(folder)]
    return {"name": "quality", "rows": rows, "ratio": round(min(ratios), 4), "aim": 1.0, "better": "higher"}


def offline(events: Sequence[Fixture]) -> Groups:
    """Return the group of each event, all matched at once."""
    return {key: join.keys[0] for join in match(events).joins for key in join.keys}


def by_day(events: Sequence[Fixture]) -> Groups:
    """Return the group of each event, each day matched with what the days before taught."""
    days: dict[Any, list[Fixture]] = defaultdict(list)
    for event in sorted(events, key=lambda one: one.kickoff):
        days[event.kickoff.date()].append(event)
    memory = Memory()
    groups: Groups = {}
    for of_day in days.values():
        groups |= {key: join.keys[0] for join in match(of_day, memory).joins for key in join.keys}
        memory = decode_memory(encode_memory(learn(of_day, memory)), memory.names)
    return groups


def respelt(events: Sequence[Fixture], truth: dict[str, str], seed: int) -> list[Fixture]:
    """Return the events with a second spelling of some clubs, another bookmaker's own."""
    chance = random.Random(seed)
    fixtures = defaultdict(list)
    for event in events:
        fixtures[truth[event.key]].append(event)
    others: dict[tuple[str, str], set[str]] = defaultdict(set)
    for same in fixtures.values():
        for one, other in product(same, same):
            if one.provider != other.provider:
                others[one.provider, one.home] |= {other.home} - {one.home}
                others[one.provider, one.away] |= {other.away} - {one.away}
    known = sorted(key for key, names in others.items() if names)
    second = {
        key: chance.choice(sorted(others[key])) for key in chance.sample(known, round(len(known) * SHARE))
    }

    def spelt(event: Fixture, name: str) -> str:
        return (
            second[event.provider, name]
            if (event.provider, name) in second and chance.random() < 0.5
            else name
        )

    return [
        msgspec.structs.replace(event, home=spelt(event, event.home), away=spelt(event, event.away))
        for event in events
    ]


@contextmanager
def _without(what: str) -> Iterator[None]:
    """Take the aliases, or the tables of club forms and shared words, out of what names say."""
    nothing: Aliases = {}
    changes: dict[str, dict[str, Any]] = {
        "aliases": {"shipped_aliases": lambda: nothing},
        "words": {"CLUB_FORMS": frozenset(), "SHARED_WORDS": frozenset()},
    }
    with _set(changes[what]):
        yield


@contextmanager
def _set(values: dict[str, Any]) -> Iterator[None]:
    before = {name: getattr(similarity, name) for name in values}
    for name, value in values.items():
        setattr(similarity, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(similarity, name, value)


def _countries(folder: Path) -> list[tuple[str, float]]:
    """Return the worst country's recall and precision with the setting that the others choose."""
    events, truth = _labelled(folder, "three")
    country = {
        truth[event.key]: event.competition.partition("_")[0]
        for event in events
        if event.provider == "footystats"
    }
    parts: dict[str, list[Fixture]] = defaultdict(list)
    for event in events:
        parts[country.get(truth[event.key], "")].append(event)
    pairs = {name: _possible(mine, truth) for name, mine in parts.items()}
    judged = [name for name in sorted(parts) if name and pairs[name] >= LEAST_PAIRS]
    found: dict[tuple[float, ...], dict[str, Score]] = {}
    for values in product(*GRID.values()):
        with _set(dict(zip(GRID, values, strict=True))):
            groups = offline(events)
        found[values] = {name: _score(parts[name], truth, groups) for name in judged}
    scored = {}
    for name in judged:
        best = max(
            found, key=lambda values: sum(found[values][other].f1 for other in judged if other != name)
        )
        scored[name] = found[best][name]
    worst = min(judged, key=lambda name: scored[name].recall)
    risky = min(judged, key=lambda name: scored[name].precision)
    return [
        (f"another country: worst recall of {len(judged)}, {worst.title()}", scored[worst].recall),
        (f"another country: worst precision, {risky.title()}", scored[risky].precision),
        ("another country: mean recall", sum(one.recall for one in scored.values()) / len(judged)),
    ]


def _possible(events: Sequence[Fixture], truth: dict[str, str]) -> int:
    fixtures: dict[str, int] = defaultdict(int)
    for event in events:
        fixtures[truth[event.key]] += 1
    return sum(size * (size - 1) // 2 for size in fixtures.values())


def _scored(events: Sequence[Fixture], truth: dict[str, str], way: Way) -> Score:
    return _score(events, truth, way(events))


def _score(events: Sequence[Fixture], truth: dict[str, str], groups: Groups) -> Score:
    mine = {event.key: event.provider for event in events}
    return score(mine, truth, {key: group for key, group in groups.items() if key in mine})


def _labelled(folder: Path, name: str) -> tuple[list[Fixture], dict[str, str]]:
    events = [
        Fixture(
            key=row["event_id"],
            provider=row["provider"],
            kickoff=datetime.fromisoformat(row["kickoff_utc"]),
            home=row["home"],
            away=row["away"],
            competition=row["competition"],
            category=categorize(row["home"], row["away"], row["competition"]),
        )
        for row in _rows(folder / f"{name}_events.csv.gz")
    ]
    return events, {row["event_id"]: row["truth_id"] for row in _rows(folder / f"{name}_truth.csv.gz")}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def _folder() -> Path:
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MISPRICED_SHARED_DATA") or beside) / "matching"
    if not folder.is_dir():
        raise Fatal(f"no labelled events at {folder}; MISPRICED_SHARED_DATA names another place")
    return folder


if __name__ == "__main__":
    print(msgspec.json.encode(run()).decode())
