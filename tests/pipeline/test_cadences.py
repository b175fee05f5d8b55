"""What is learned of cadences, kept in the store, and what it does to a price that comes late."""

from datetime import timedelta

from mispriced.domain.freshness import FreshnessLimits
from mispriced.exchange import Job
from mispriced.pipeline.cadences import Learning, learned
from mispriced.pipeline.detect import by_cadence
from tests.domain.quotes import NOON, quote
from tests.pipeline.boards import RULES, after, offer
from tests.pipeline.by_hand import ByHand

LIMITS = FreshnessLimits()


def job(period="-1", source="live", bookmaker="BookieAlpha"):
    return Job(bookmaker=bookmaker, markets=("btts",), source=source, period=period, day=0, now=NOON)


def read(learning, every_s, times=10, period="-1"):
    """Let a bookmaker be read so often; return the limits that are learned from it."""
    readings = [[offer("BookieAlpha", 2.2, 1.5, every_s * number)] for number in range(times)]
    return [learning.learn(job(period), reading) for reading in readings][-1]


def test_what_readings_teach_is_in_the_store_for_everybody(store):
    mine = read(Learning(store, LIMITS), 3.0)
    assert mine.learned == {"BookieAlpha/live/btts": 3.0}
    assert learned(store, LIMITS) == mine


def test_of_several_periods_the_slowest_counts_and_none_while_one_is_not_known(store):
    read(Learning(store, LIMITS), 2.0, period="0")
    read(Learning(store, LIMITS), 4.0, times=8, period="1")
    assert learned(store, LIMITS).learned == {}
    read(Learning(store, LIMITS), 4.0, period="1")
    assert learned(store, LIMITS).learned == {"BookieAlpha/live/btts": 4.0}


def test_a_worker_that_starts_anew_goes_on_from_what_is_kept(store):
    read(Learning(store, LIMITS), 3.0, times=9)
    again = Learning(store, LIMITS)
    assert again.learn(job(), [offer("BookieAlpha", 2.2, 1.5, 27)]).learned == {"BookieAlpha/live/btts": 3.0}


def test_a_reading_without_quotes_is_no_sighting(store):
    learning = Learning(store, LIMITS)
    read(learning, 3.0)
    before = store.notes("cadence/")
    learning.learn(job(), [])
    assert store.notes("cadence/") == before


def test_a_period_that_is_read_no_more_is_forgotten(store):
    read(Learning(store, LIMITS), 3.0)
    store.sweep(NOON + timedelta(days=1, seconds=26))
    assert len(store.notes("cadence/")) == 1
    store.sweep(NOON + timedelta(days=1, seconds=27))
    assert store.notes("cadence/") == {}


def test_a_surebet_closes_by_what_is_learned_and_opens_when_its_leg_is_seen_again(store):
    running = ByHand(store)
    learning = Learning(store, LIMITS)
    limits = read(learning, 2.0)
    running.arrive(offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2))
    running.judge()
    running.move_to(8)
    running.arrive(offer("BookieBeta", 1.6, 2.2, 8))
    running.detect.tick(after(6))
    assert running.open_prices() == [[2.2, 2.2]]
    running.detect.tick(after(8))
    assert (running.open_prices(), running.standing_prices()) == ([], [])
    store.upsert([offer("BookieAlpha", 2.2, 1.5, 8)], after(8), limits)
    running.judge()
    assert [one[:2] for one in running.changes()] == [
        ("opened", ""),
        (
            "closed",
            (
                "best book sum of yes no is 1.0795, below 1 is a surebet; "
                "BookieAlpha was seen 8 s ago, live prices count for 6 s, it is usually seen every 2 s"
            ),
        ),
        ("opened", ""),
    ]


def test_a_price_that_was_stale_by_its_limit_alone_is_announced_by_it_alone(store):
    running = ByHand(store)
    running.arrive(offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2))
    running.judge()
    assert store.upsert([offer("BookieAlpha", 2.2, 1.5, 8)], after(8), LIMITS).published == 0
    late = store.upsert([offer("BookieAlpha", 2.2, 1.5, 16)], after(16), FreshnessLimits(live_s=7))
    assert late.published == 1


def test_the_rules_of_detection_take_the_cadences_of_the_store(store):
    assert by_cadence(store, RULES) == RULES
    read(Learning(store, LIMITS), 3.0)
    assert by_cadence(store, RULES).limits.of("BookieAlpha", "live", "btts") == timedelta(seconds=9)
    assert by_cadence(store, RULES).limits.of("BookieAlpha", "live", "three_way") == timedelta(seconds=15)


def test_a_clock_set_back_an_hour_teaches_nothing_and_costs_no_price(store):
    running = ByHand(store)
    learning = Learning(store, LIMITS)
    read(learning, 3.0)
    back = quote(
        "BookieAlpha",
        {"yes": 2.2, "no": 1.5},
        market="btts",
        source="live",
        seen_at=NOON - timedelta(hours=1),
    )
    assert learning.learn(job(), [back]).learned == {"BookieAlpha/live/btts": 3.0}
    assert running.open_prices() == []
