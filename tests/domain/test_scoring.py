from mispriced.domain.scoring import Score, score

PROVIDERS = {"a1": "A", "b1": "B", "c1": "C", "a2": "A", "b2": "B"}
TRUTH = {"a1": "1", "b1": "1", "c1": "1", "a2": "2", "b2": "2"}


def test_the_truth_itself_scores_one():
    assert score(PROVIDERS, TRUTH, TRUTH) == Score(
        precision=1.0, recall=1.0, f1=1.0, exact=1.0, mixed=0, groups=2, wrong=()
    )


def test_a_mixed_group_costs_precision_and_its_pairs_are_listed():
    found = score(PROVIDERS, TRUTH, {"a1": "g", "b1": "g", "c1": "g", "b2": "g"})
    assert found.wrong == (("a1", "b2"), ("b1", "b2"), ("b2", "c1"))
    assert (found.precision, found.recall, found.exact, found.mixed) == (3 / 6, 3 / 4, 0.0, 1)


def test_two_events_of_one_provider_in_a_group_are_a_false_pair():
    found = score({"a1": "A", "a2": "A"}, {"a1": "1", "a2": "1"}, {"a1": "g", "a2": "g"})
    assert found.precision == 0.0
