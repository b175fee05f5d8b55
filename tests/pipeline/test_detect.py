"""How opportunities open, change and close in the store, by one detect worker and by two."""

import pytest

from mispriced.messages import Message, Output
from mispriced.pipeline.detect import Detect, opened
from tests.domain.quotes import NOON
from tests.pipeline.boards import RULES, after, judged, live, offer
from tests.pipeline.by_hand import DETECT, ByHand


@pytest.fixture
def running(store):
    return ByHand(store)


def surebet(running, yes=2.2):
    """Let a surebet open at noon."""
    running.arrive(offer("BookieAlpha", yes, 1.5), offer("BookieBeta", 1.6, 2.2))
    running.judge()


class TestOpportunities:
    def test_an_opportunity_opens_changes_and_closes_by_its_prices(self, running):
        surebet(running)
        running.move_to(1)
        running.arrive(offer("BookieAlpha", 2.3, 1.5, 1))
        running.judge()
        assert running.open_prices() == [[2.3, 2.2]]
        running.move_to(2)
        running.arrive(offer("BookieAlpha", 1.7, 1.5, 2))
        running.judge()
        assert running.open_prices() == []
        assert running.changes() == [
            ("opened", "", [2.2, 2.2]),
            ("changed", "", [2.3, 2.2]),
            ("closed", "best book sum of yes no is 1.0428, below 1 is a surebet", [2.3, 2.2]),
        ]

    def test_an_opportunity_closes_by_time_when_a_leg_is_not_seen_again(self, running):
        surebet(running)
        running.move_to(14)
        running.arrive(offer("BookieBeta", 1.6, 2.2, 14))
        running.detect.tick(after(15))
        assert running.open_prices() == [[2.2, 2.2]]
        running.detect.tick(after(15.5))
        assert running.open_prices() == []
        assert running.changes() == [
            ("opened", "", [2.2, 2.2]),
            (
                "closed",
                (
                    "best book sum of yes no is 1.0795, below 1 is a surebet; "
                    "BookieAlpha was seen 16 s ago, live prices count for 15 s"
                ),
                [2.2, 2.2],
            ),
        ]

    def test_a_leg_that_is_seen_again_at_its_price_keeps_it_open_and_says_nothing(self, running):
        surebet(running)
        for seconds in range(10, 60, 10):
            running.move_to(seconds)
            running.arrive(offer("BookieAlpha", 2.2, 1.5, seconds), offer("BookieBeta", 1.6, 2.2, seconds))
            running.judge()
            running.detect.tick(after(seconds + 1))
        assert running.changes() == [("opened", "", [2.2, 2.2])]
        (last,) = opened(running.store)
        assert [leg.quote.seen_at for leg in last.legs] == [after(50), after(50)]

    def test_a_flag_that_comes_or_goes_is_a_change_and_other_figures_in_it_are_none(self, running):
        running.arrive(offer("BookieAlpha", 2.06), offer("BookieBeta", None, 2.06))
        running.judge()
        for seconds, yes in ((1, 1.5), (2, 1.45)):
            running.arrive(offer("BookieGamma", yes, seen_s=seconds))
            running.judge()
        running.arrive(offer("BookieAlpha", 2.06, seen_s=14), offer("BookieBeta", None, 2.06, seen_s=14))
        for seconds in (16, 18, 19):  # the third price goes stale
            running.detect.tick(after(seconds))
        states = [state for state, _, _ in running.changes()]
        assert states == ["opened", "changed", "changed"]
        assert [one.flags for one in running.store.opportunities()] == [()]

    def test_a_suspended_leg_closes_it(self, running):
        surebet(running)
        running.arrive(offer("BookieAlpha", seen_s=1, suspended=("yes", "no")))
        running.judge()
        reason = "best book sum of yes no is 1.0795, below 1 is a surebet; BookieAlpha is suspended"
        assert running.changes()[-1] == ("closed", reason, [2.2, 2.2])

    def test_a_verdict_on_prices_that_changed_meanwhile_is_not_applied(self, running):
        running.arrive(offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2))
        messages = running.store.read(DETECT, 100, 0)
        late = running.detect.handle(messages)
        assert [len(verdict.opportunities) for one in late.effects for verdict in one.verdicts] == [1]
        running.arrive(offer("BookieAlpha", 1.7, 1.5, 1))
        running.store.commit(DETECT, late.effects, NOON)
        assert running.open_prices() == []
        running.judge()
        assert running.changes() == []

    def test_a_verdict_of_the_tick_on_prices_that_changed_meanwhile_is_not_applied(self, running):
        surebet(running)
        (before,) = running.store.documents()
        running.arrive(offer("BookieAlpha", 2.4, 1.5, 1))
        late = judged([before], after(60))
        assert running.store.judge([late]) == 0
        running.judge()
        assert running.open_prices() == [[2.4, 2.2]]

    @pytest.mark.parametrize(("price", "shown"), [(1.7, []), (2.4, [[2.4, 2.2]])])
    def test_new_prices_are_never_shown_under_the_verdict_on_the_old_ones(self, running, price, shown):
        surebet(running)
        running.arrive(offer("BookieAlpha", price, 1.5, 1))
        assert running.open_prices() == [[2.2, 2.2]], "not judged yet"
        assert running.standing_prices() == shown
        (before,) = opened(running.store)
        assert [leg.quote.prices[leg.outcome] for leg in before.legs] == [2.2, 2.2]

    def test_what_is_open_and_not_seen_within_its_limit_does_not_stand(self, running):
        surebet(running)
        running.move_to(15)
        assert running.standing_prices() == [[2.2, 2.2]]
        running.move_to(15.1)
        assert running.standing_prices() == []
        assert running.open_prices() == [[2.2, 2.2]], "nobody ticked"


class TestAcrossMarkets:
    def arrive(self, running, home=2.2, seen_s=0.0, **changes):
        running.arrive(
            live("BookieAlpha", {"1": home}, seen_s=seen_s),
            live("BookieBeta", {"X2": 2.2}, "double_chance", seen_s=seen_s, **changes),
        )
        running.judge()

    def test_one_price_in_each_of_two_markets_is_enough_to_be_judged(self, running):
        self.arrive(running)
        (found,) = running.store.opportunities()
        assert found.outcomes == ("1", "X2")
        assert [one.opportunities for one in running.store.documents()] == [(found,), (found,)]

    def test_a_price_in_either_market_changes_or_closes_it(self, running):
        self.arrive(running)
        running.arrive(live("BookieAlpha", {"1": 2.3}, seen_s=1))
        running.judge()
        running.arrive(live("BookieBeta", {"X2": 1.7}, "double_chance", seen_s=2))
        running.judge()
        assert running.changes() == [
            ("opened", "", [2.2, 2.2]),
            ("changed", "", [2.3, 2.2]),
            ("closed", "best book sum of 1 X2 is 1.0230, below 1 is a surebet", [2.3, 2.2]),
        ]

    def test_it_closes_by_time_when_one_of_its_markets_is_not_seen_again(self, running):
        self.arrive(running)
        running.move_to(14)
        running.arrive(live("BookieAlpha", {"1": 2.2}, seen_s=14))
        running.detect.tick(after(16))
        assert running.changes()[-1][:2] == (
            "closed", "BookieBeta was seen 16 s ago, live prices count for 15 s",
        )  # fmt: skip

    def test_two_workers_that_judge_the_same_prices_tell_it_once(self, running, open_store):
        other = Detect(open_store(), running.clock, RULES)
        running.arrive(live("BookieAlpha", {"1": 2.2}), live("BookieBeta", {"X2": 2.2}, "double_chance"))
        first, second = (running.store.read(DETECT, 1, 0) for _ in range(2))
        late = running.detect.handle(first)
        running.store.commit(DETECT, other.handle(second).effects, NOON)
        running.store.commit(DETECT, late.effects, NOON)
        assert running.changes() == [("opened", "", [2.2, 2.2])]

    def test_what_a_goal_made_suspect_opens_again_when_it_was_read_again_unchanged(self, running):
        def read(bookmaker, seen_s, score, **prices):
            return offer(bookmaker, seen_s=seen_s, score=score, **prices)

        running.arrive(read("BookieAlpha", 0, (0, 0), yes=2.2), read("BookieBeta", 0, None, no=2.2))
        running.judge()
        running.move_to(5)
        running.arrive(read("BookieAlpha", 5, (1, 0), yes=2.2))
        running.judge()
        assert running.open_prices() == []
        running.move_to(6)
        running.arrive(read("BookieBeta", 6, None, no=2.2))  # nothing changed: nothing is announced
        running.detect.tick(after(6))
        assert [state for state, _, _ in running.changes()] == ["opened", "closed", "opened"]


class TestMessages:
    def test_a_document_named_twice_in_a_batch_is_judged_once(self, running):
        surebet(running)
        key = running.store.documents()[0].key
        running.store.publish([Output(stream=DETECT.streams[0], fields={"data_key": key})] * 3)
        handled = running.detect.handle(running.store.read(DETECT, 100, 0))
        assert [len(one.verdicts) for one in handled.effects] == [0, 0, 1]

    def test_documents_of_one_match_in_a_batch_are_judged_together(self, running):
        running.arrive(live("BookieAlpha", {"1": 2.2}), live("BookieBeta", {"X2": 2.2}, "double_chance"))
        messages = running.store.read(DETECT, 100, 0)
        handled = running.detect.handle(messages)
        assert [len(one.verdicts) for one in handled.effects] == [0, 1]

    def test_a_document_that_is_gone_is_acknowledged_without_a_verdict(self, running):
        message = Message(stream=DETECT.streams[0], id="1-0", fields={"data_key": b"gone\xff"})
        handled = running.detect.handle([message])
        assert [(one.message, one.verdicts) for one in handled.effects] == [(message, ())]
        assert handled.poison == {}

    def test_a_message_without_a_document_costs_no_other_of_the_same_id(self, running):
        # Ids are unique in a stream only: two streams that are written in one step share them.
        surebet(running)
        key = running.store.documents()[0].key.encode()
        bad = Message(stream=DETECT.streams[0], id="1-0", fields={"key": b"x"})
        good = Message(stream=DETECT.streams[1], id="1-0", fields={"data_key": key})
        handled = running.detect.handle([bad, good])
        assert handled.poison == {bad.place: "field data_key is missing"}
        assert [(one.message, len(one.verdicts)) for one in handled.effects] == [(good, 1)]
