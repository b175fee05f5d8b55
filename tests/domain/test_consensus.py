from mispriced.domain.consensus import chances_together, find_clones, prices_together
from mispriced.football_data import BOOKMAKERS, read_table

THREE = {"a": {"1": 2.0}, "b": {"1": 2.2}, "c": {"1": 2.2}}


def season(folder, name):
    for path in sorted((folder / "odds" / name).iterdir()):
        table = read_table(path.read_bytes())
        for books in zip(*map(table.prices, BOOKMAKERS), strict=True):
            yield {name: prices for name, prices in zip(BOOKMAKERS, books, strict=True) if len(prices) == 3}


def test_clones_are_one_voice_in_the_mean_the_spread_and_the_number():
    apart, together = prices_together(THREE), prices_together(THREE, [frozenset("bc")])
    assert (round(apart.mean["1"], 6), apart.voices) == (2.133333, {"1": 3})
    assert (round(together.mean["1"], 6), together.voices) == (2.1, {"1": 2})
    assert round(together.dispersion["1"], 6) == 0.1


def test_clones_that_differ_speak_with_their_mean():
    said = prices_together({"a": {"1": 2.0}, "b": {"1": 2.2}, "c": {"1": 2.4}}, [frozenset("bc")])
    assert round(said.mean["1"], 6) == 2.15


def test_a_bookmaker_without_all_prices_has_no_voice_on_probabilities():
    whole = {"1": 2.0, "X": 3.6, "2": 4.5}
    said = chances_together("three_way", {"a": whole, "b": {"1": 1.5}}, "shin")
    assert said.voices == {"1": 1, "X": 1, "2": 1}


def test_brands_of_one_owner_are_found_in_the_historical_odds(shared_data):
    assert find_clones(season(shared_data, "1213")) == (frozenset({"BW", "GB"}),)
    assert find_clones(season(shared_data, "2526")) == (frozenset({"CL", "LB"}),)
    assert find_clones(season(shared_data, "1112")) == ()


def test_the_share_that_makes_a_clone_is_far_from_that_of_others(shared_data):
    early, late = list(season(shared_data, "1213")), list(season(shared_data, "2526"))
    assert find_clones(early, share=0.995) == (frozenset({"BW", "GB"}),)
    assert find_clones(late, share=0.545) == find_clones(late, share=0.225) == (frozenset({"CL", "LB"}),)
    assert find_clones(late, share=0.215) == (frozenset({"BW", "CL", "LB"}),)


def test_bookmakers_with_little_in_common_are_not_judged():
    same = [{"a": {"1": 2.0}, "b": {"1": 2.0}}] * 49
    assert find_clones(same) == ()
    assert find_clones(same + same[:1]) == (frozenset("ab"),)


def test_a_chain_of_clones_is_one_group():
    chain = [{"a": {"1": 2.0}, "b": {"1": 2.0}}] * 50 + [{"b": {"1": 3.0}, "c": {"1": 3.0}}] * 50
    assert find_clones(chain) == (frozenset("abc"),)
