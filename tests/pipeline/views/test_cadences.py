from mispriced.domain.freshness import FreshnessLimits
from mispriced.pipeline.views.cadences import CadenceRow, cadence_rows


def test_each_cadence_is_shown_with_how_long_a_price_counts_by_it():
    limits = FreshnessLimits(learned={"BookieBeta/upcoming/btts": 61.0, "BookieAlpha/live/three_way": 5.5})
    assert cadence_rows(limits) == [
        CadenceRow(bookmaker="BookieAlpha", source="live", market="three_way", usual_s=5.5, limit_s=15),
        CadenceRow(bookmaker="BookieBeta", source="upcoming", market="btts", usual_s=61, limit_s=183),
    ]
