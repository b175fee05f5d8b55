"""How long surebets lived by pair of bookmakers, from what the store told of them."""

import msgspec

from mispriced.domain.survival import Survival
from mispriced.pipeline.views.survival import SurvivalRow, read_survival, survival_rows
from tests.pipeline.boards import after, live, offer
from tests.pipeline.by_hand import ByHand
from tests.pipeline.test_confirm import Confirming

PAIR = ("BookieAlpha", "BookieBeta")


def rows(running):
    return read_survival(running.store, running.clock.now())


def row(lives, censored, seconds, bookmakers=PAIR):
    after_s = dict.fromkeys(("75%", "50%", "25%"), seconds)
    return SurvivalRow(
        bookmakers=bookmakers,
        source="live",
        survival=Survival(lives=lives, censored=censored, after_s=after_s),
    )


def set_back(message, at):
    """Return a closing as a clock tells it that was set back since the opening."""
    if message.fields["state"] == b"opened":
        return message
    return msgspec.structs.replace(message, fields={**message.fields, "at": b"%d" % (at.timestamp() * 10**6)})


def opens(running, seconds, price=2.2):
    running.move_to(seconds)
    running.arrive(offer("BookieAlpha", price, 1.5, seconds), offer("BookieBeta", 1.6, 2.2, seconds))
    running.judge()


def test_where_nothing_was_told_there_is_no_row(store):
    assert rows(ByHand(store)) == []


def test_a_life_ends_with_the_price_and_what_is_open_is_censored(store):
    running = ByHand(store)
    opens(running, 0)
    running.move_to(4)
    assert rows(running) == [row(1, 1, None)]
    opens(running, 7, price=1.7)
    assert rows(running) == [row(1, 0, 7.0)]


def test_a_price_that_was_not_seen_again_is_not_known_to_have_gone(store):
    running = ByHand(store)
    opens(running, 0)
    running.move_to(16)
    running.detect.tick(after(16))
    assert (running.open_prices(), rows(running)) == ([], [row(1, 1, None)])


def test_what_ends_with_its_match_is_censored(store):
    running = ByHand(store)
    opens(running, 0)
    running.store.sweep(after(3600))
    assert (running.open_prices(), rows(running)) == ([], [row(1, 1, None)])


def test_a_change_of_its_prices_is_one_life_and_three_bookmakers_are_three_pairs(store):
    running = ByHand(store)
    running.arrive(
        live("BookieAlpha", {"1": 3.4}), live("BookieBeta", {"X": 3.4}), live("BookieGamma", {"2": 3.4})
    )
    running.judge()
    running.move_to(3)
    running.arrive(live("BookieAlpha", {"1": 3.5}, seen_s=3))
    running.judge()
    running.move_to(5)
    running.arrive(live("BookieAlpha", {"1": 1.5}, seen_s=5))
    running.judge()
    pairs = [PAIR, ("BookieAlpha", "BookieGamma"), ("BookieBeta", "BookieGamma")]
    assert rows(running) == [row(1, 0, 5.0, pair) for pair in pairs]


def test_what_was_given_up_before_it_was_told_has_no_life(store):
    running = Confirming(store)
    running.read(0)
    running.read(1, yes=1.7)
    assert [one[0] for one in running.changes()] == ["closed"]
    assert rows(running) == []


def test_no_life_is_negative_when_a_clock_was_set_back(store):
    running = ByHand(store)
    opens(running, 0)
    running.move_to(1)
    opens(running, 2, price=1.7)
    assert rows(running) == [row(1, 0, 2.0)]
    at = after(-3600)
    told = [set_back(one, at) for one in running.store.follow({running.store.opportunity_stream(): "0-0"}, 9)]
    assert survival_rows(told, at) == [row(1, 0, 0.0)]
