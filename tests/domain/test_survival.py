from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.survival import Life, Survival, product_limit, survival

# Weeks of remission of 21 patients under 6-MP: Freireich and others, Blood 21 (1963); the estimate of
# them is in every textbook.
ENDED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
CENSORED = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
REMISSIONS = [Life(float(one), True) for one in ENDED] + [Life(float(one), False) for one in CENSORED]


def test_the_estimate_is_the_published_one():
    found = [(seconds, round(float(share), 4)) for seconds, share in product_limit(REMISSIONS)]
    assert found == [
        (6.0, 0.8571), (7.0, 0.8067), (10.0, 0.7529), (13.0, 0.6902),
        (16.0, 0.6275), (22.0, 0.5378), (23.0, 0.4482),
    ]  # fmt: skip


def test_lives_are_counted_and_a_share_that_was_never_reached_has_no_time():
    assert survival(REMISSIONS) == Survival(
        lives=21, censored=12, after_s={"75%": 13.0, "50%": 23.0, "25%": None}
    )


def test_where_no_end_was_seen_no_time_is_given():
    assert survival([Life(9, False)]) == Survival(
        lives=1, censored=1, after_s={"75%": None, "50%": None, "25%": None}
    )


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_without_censored_lives_the_share_is_counted(seconds):
    shares = product_limit(Life(one, True) for one in seconds)
    assert shares == [
        (one, Fraction(sum(other > one for other in seconds), len(seconds))) for one in sorted(set(seconds))
    ]


def test_half_is_left_after_the_twelfth_of_twenty_four_ends():
    ends = [*range(1, 13), *range(601, 613)]
    assert survival([Life(float(one), True) for one in ends]).after_s == {
        "75%": 6.0, "50%": 12.0, "25%": 606.0,
    }  # fmt: skip


def test_of_any_number_of_distinct_ends_the_shares_are_where_plain_counting_has_them():
    for count in range(1, 201):
        counted = {
            f"{quarters * 25}%": next(
                end for end in range(1, count + 1) if 4 * (count - end) <= quarters * count
            )
            for quarters in (3, 2, 1)
        }
        assert survival([Life(end, True) for end in range(1, count + 1)]).after_s == counted
