"""How well the labelled sets beside the checkout are matched, all with the one setting there is."""

import csv
import gzip

import pytest

from mispriced.domain.matching import match
from mispriced.domain.matching.similarity import similarity
from mispriced.domain.scoring import score
from tests.domain.fixtures import read_events, read_truth

SAME_CLUB = 0.4  # points above which two names alone are called one club


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "precision", "recall", "exact", "mixed"),
    [
        ("three", 1.0, 0.998, 0.998, 0),
        ("threeday", 1.0, 0.998, 0.998, 0),
        ("books", 1.0, 0.998, 0.99, 0),
        ("booksday", 1.0, 0.998, 0.985, 0),
        ("bait", 0.99, 0.985, 0.98, 30),
    ],
)
def test_labelled_events_are_matched(shared_data, name, precision, recall, exact, mixed):
    events = read_events(shared_data / "matching" / f"{name}_events.csv.gz")
    truth = read_truth(shared_data / "matching" / f"{name}_truth.csv.gz")
    groups = {key: join.keys[0] for join in match(events).joins for key in join.keys}
    found = score({event.key: event.provider for event in events}, truth, groups)
    assert found.precision >= precision
    assert found.recall >= recall
    assert found.exact >= exact
    assert found.mixed <= mixed


def test_names_alone_tell_most_pairs(shared_data):
    with gzip.open(
        shared_data / "matching" / "team_pairs.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        pairs = [row for row in csv.DictReader(file) if row["kind"] != "ambiguous"]
    said = [similarity(row["name_a"], row["name_b"]) >= SAME_CLUB for row in pairs]
    true = [row["same_team"] == "1" for row in pairs]
    right = sum(a and b for a, b in zip(said, true, strict=True))
    assert 2 * right / (sum(said) + sum(true)) >= 0.95
