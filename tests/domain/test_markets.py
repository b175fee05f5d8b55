from mispriced.domain.markets import MARKETS, RESULTS, outcomes, paid_outcomes


def test_every_result_pays_the_same_number_of_outcomes_in_every_market():
    assert {market: paid_outcomes(market) for market in MARKETS} == {
        "three_way": 1,
        "btts": 1,
        "double_chance": 2,
    }


def test_double_chance_pays_exactly_what_its_two_three_way_outcomes_pay():
    home, draw, away = MARKETS["three_way"].paid.values()
    double = MARKETS["double_chance"].paid
    assert double == {"1X": home | draw, "12": home | away, "X2": draw | away}


def test_every_outcome_is_paid_on_some_results_and_not_on_others():
    for market in MARKETS:
        for outcome in outcomes(market):
            assert 0 < len(MARKETS[market].paid[outcome]) < len(RESULTS), (market, outcome)


def test_outcomes_keep_the_order_of_the_field():
    assert [outcomes(market) for market in ("three_way", "btts", "double_chance")] == [
        ("1", "X", "2"),
        ("yes", "no"),
        ("1X", "12", "X2"),
    ]
