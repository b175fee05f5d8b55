"""What a document proves, and how an opportunity opens, changes and closes in the store."""

from datetime import timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.cli.clock import VirtualClock
from mispriced.domain.freshness import FreshnessLimits, state
from mispriced.domain.markets import MARKETS, RESULTS, outcomes, paid_outcomes
from mispriced.messages import Document, Leg, Message, Opportunity, Output, Subscription
from mispriced.pipeline.detect import Detect, judge, opened, opportunity_id, standing
from mispriced.pipeline.match import Match
from tests.domain.quotes import KICKOFF, NOON, quote

LIMITS = FreshnessLimits()
MATCH = Subscription(streams=("xtr-BTTS_live_stream",), group="match", consumer="one")
DETECT = Subscription(
    streams=("live_btts-matched_stream", "live_three_way-matched_stream"), group="detect", consumer="one"
)
READER = Subscription(streams=("xtr-opportunities",), group="reader", consumer="one")


def offer(bookmaker, yes=None, no=None, seen_s=0.0, suspended=(), **changes):
    """Return a live quote of both teams to score, seen so many seconds after noon."""
    prices = {outcome: price for outcome, price in (("yes", yes), ("no", no)) if price}
    return quote(
        bookmaker, prices, market="btts", source="live", suspended=suspended,
        seen_at=NOON + timedelta(seconds=seen_s), **changes,
    )  # fmt: skip


def document(*quotes, opportunity=None):
    first = quotes[0]
    return Document(
        key="d",
        match_id="m1",
        market=first.market,
        source=first.source,
        revision=7,
        quotes={one.bookmaker: one for one in quotes},
        changed_at={one.bookmaker: one.seen_at for one in quotes},
        created=NOON,
        opportunity=opportunity,
    )


def after(seconds):
    return NOON + timedelta(seconds=seconds)


class TestJudge:
    def test_the_best_prices_below_break_even_are_a_surebet(self):
        alpha, beta = offer("BookieAlpha", 2.2, 1.5, 1), offer("BookieBeta", 1.6, 2.2, 2)
        verdict = judge(document(alpha, beta), after(3), LIMITS)
        assert (verdict.document, verdict.revision, verdict.reason, verdict.at) == ("d", 7, "", after(3))
        assert verdict.opportunity == Opportunity(
            id=opportunity_id("d"),
            kind="surebet",
            document="d",
            match_id="m1",
            market="btts",
            source="live",
            home="Valencia",
            away="Rayo Vallecano",
            competition="",
            kickoff=KICKOFF,
            legs=(
                Leg(outcome="yes", bookmaker="BookieAlpha", price=2.2, share=0.5, quote=alpha),
                Leg(outcome="no", bookmaker="BookieBeta", price=2.2, share=0.5, quote=beta),
            ),
            book_sum=float(Fraction(10, 11)),
            profit=float(Fraction(1, 10)),
            opened_at=after(3),
            changed_at=after(3),
            revision=7,
            flags=("suspect: book sum 0.9091 is below 0.95",),
        )

    @pytest.mark.parametrize(
        ("quotes", "reason"),
        [
            (
                [offer("BookieAlpha", 2.0, 1.5), offer("BookieBeta", 1.6, 2.0)],
                "best book sum 1.0000, below 1 is a surebet",
            ),
            (
                [offer("BookieAlpha", 1.1, 9.5), offer("BookieBeta", 1.05, 11.0)],
                "best book sum 1.0000, below 1 is a surebet",
            ),
            (
                [offer("BookieAlpha", 2.0, 1.6), offer("BookieBeta", 1.6, 1.9)],
                "best book sum 1.0263, below 1 is a surebet",
            ),
            (
                [offer("BookieAlpha", 2.2, 1.5, -13.4), offer("BookieBeta", 1.6, 2.2)],
                (
                    "best book sum 1.0795, below 1 is a surebet; "
                    "BookieAlpha was seen 16 s ago, live prices count for 15 s"
                ),
            ),
            (
                [offer("BookieAlpha", 2.2, None, -170), offer("BookieBeta", None, 2.2, -13)],
                (
                    "BookieAlpha was seen 173 s ago, live prices count for 15 s; "
                    "BookieBeta was seen 16 s ago, live prices count for 15 s"
                ),
            ),
            (
                [offer("BookieAlpha", 2.2, None, 60), offer("BookieBeta", None, 2.2)],
                "BookieAlpha was seen 57 s ahead of this clock",
            ),
            (
                [offer("BookieAlpha", suspended=("yes", "no")), offer("BookieBeta", None, 2.2)],
                "BookieAlpha is suspended",
            ),
            (
                [offer("BookieAlpha", None, 2.2, suspended=("yes",)), offer("BookieBeta", None, 2.1)],
                "an outcome has no price at any bookmaker",
            ),
            ([offer("BookieAlpha", 2.2)], "only BookieAlpha has it"),
            ([offer("BookieAlpha", 1.9, 1.9)], "best book sum 1.0526, below 1 is a surebet"),
        ],
    )
    def test_what_is_no_surebet_says_why_with_the_values(self, quotes, reason):
        verdict = judge(document(*quotes), after(3), LIMITS)
        assert (verdict.opportunity, verdict.reason) == (None, reason)

    def test_double_chance_breaks_even_at_two(self):
        fair = quote(market="double_chance", prices={"1X": 1.5, "12": 1.5, "X2": 1.5})
        better = quote("BookieBeta", market="double_chance", prices={"1X": 1.51})
        assert judge(document(fair), NOON, LIMITS).opportunity is None
        found = judge(document(fair, better), NOON, LIMITS).opportunity
        assert found is not None
        assert found.book_sum == float((1 / Fraction("1.51") + 2 / Fraction("1.5")) / 2)

    def test_a_stale_leg_is_replaced_by_the_best_fresh_one(self):
        quotes = [offer("BookieAlpha", 2.4, 1.5, -60), offer("BookieBeta", 2.1, 1.6), offer("X", 1.5, 2.1)]
        found = judge(document(*quotes), NOON, LIMITS).opportunity
        assert [(leg.outcome, leg.bookmaker, leg.price) for leg in found.legs] == [
            ("yes", "BookieBeta", 2.1),
            ("no", "X", 2.1),
        ]

    def test_a_bookmakers_own_book_below_break_even_is_flagged_once(self):
        found = judge(document(offer("BookieAlpha", 2.2, 2.2), offer("BookieBeta", 1.5, 1.5)), NOON, LIMITS)
        assert found.opportunity.flags == (
            "suspect: book sum 0.9091 is below 0.95",
            "overround: BookieAlpha has -0.091, usual is -0.02 to +0.30",
        )

    def test_what_stood_before_keeps_when_it_opened_and_when_its_bets_changed(self):
        quotes = [offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2)]
        first = judge(document(*quotes), NOON, LIMITS).opportunity
        seen_again = [msgspec.structs.replace(one, seen_at=after(5)) for one in quotes]
        again = judge(document(*seen_again, opportunity=first), after(5), LIMITS).opportunity
        assert (again.opened_at, again.changed_at) == (NOON, NOON)
        assert [leg.quote.seen_at for leg in again.legs] == [after(5), after(5)]
        moved = [offer("BookieAlpha", 2.3, 1.5, 6), seen_again[1]]
        changed = judge(document(*moved, opportunity=again), after(6), LIMITS).opportunity
        assert (changed.opened_at, changed.changed_at) == (NOON, after(6))


PRICES = st.sampled_from([1.3, 1.5, 1.9, 2.0, 2.05, 2.1, 3.0, 3.3, 6.0])


@st.composite
def documents(draw):
    """Draw a document of one to four bookmakers: prices, gaps, suspensions, ages around the limit."""
    market = draw(st.sampled_from([*MARKETS]))
    quotes = []
    for name in draw(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4, unique=True)):
        prices = draw(st.dictionaries(st.sampled_from(outcomes(market)), PRICES))
        closed = tuple(one for one in outcomes(market) if one not in prices)
        seen_at = after(-draw(st.sampled_from([0, 1, 14, 15, 16, 149, 151, -1, -5])))
        quotes.append(quote(name, prices, market=market, source="live", seen_at=seen_at, suspended=closed))
    return document(*quotes)


@given(documents())
def test_a_verdict_is_what_brute_force_over_the_fresh_prices_gives(given_document):
    fresh = [one for one in given_document.quotes.values() if state(one, NOON, LIMITS) == "fresh"]
    market = given_document.market
    best = [max((one.prices.get(outcome, 0.0) for one in fresh), default=0.0) for outcome in outcomes(market)]
    total = sum(1 / Fraction(str(price)) for price in best) if all(best) else None
    verdict = judge(given_document, NOON, LIMITS)
    found = verdict.opportunity
    assert (found is not None) == (total is not None and total < paid_outcomes(market))
    assert bool(verdict.reason) == (found is None)
    if found is not None:
        assert [leg.price for leg in found.legs] == best
        assert sum(leg.share for leg in found.legs) == pytest.approx(1)
        for leg in found.legs:
            assert leg.quote.prices[leg.outcome] == leg.price
            assert leg.quote in fresh
        paid = MARKETS[market].paid
        returns = {
            sum(leg.share * leg.price for leg in found.legs if result in paid[leg.outcome])
            for result in RESULTS
        }
        assert [*returns] == pytest.approx([1 + found.profit] * len(returns))


class Running:
    """A store with one match and one detect worker, worked by hand on a clock that stands."""

    def __init__(self, store):
        self.store = store
        self.clock = VirtualClock(NOON)
        self.detect = Detect(store, self.clock, LIMITS)

    def arrive(self, *quotes):
        """Put quotes in and match them; what they change is announced and not judged yet."""
        self.store.upsert(quotes, self.clock.now())
        self._work(MATCH, Match(self.store, self.clock))

    def judge(self):
        self._work(DETECT, self.detect)

    def move_to(self, seconds):
        self.clock.move_to(after(seconds))

    def _work(self, subscription, stage):
        while messages := self.store.read(subscription, 100, 0):
            handled = stage.handle(messages)
            assert handled.poison == {}
            self.store.commit(
                subscription, handled.effects, self.clock.now(), handled.assignments, handled.version
            )

    def changes(self):
        """Return what was told of opportunities since the last call: state, reason, prices."""
        messages = self.store.read(READER, 100, 0)
        bodies = [msgspec.json.decode(one.fields["body"], type=Opportunity) for one in messages]
        return [
            (one.fields["state"].decode(), one.fields["reason"].decode(), [leg.price for leg in body.legs])
            for one, body in zip(messages, bodies, strict=True)
        ]

    def open_prices(self):
        return [[leg.price for leg in one.legs] for one in self.store.opportunities()]

    def standing_prices(self):
        found = standing(self.store, self.clock.now(), LIMITS)
        return [[leg.price for leg in one.legs] for one in found]


@pytest.fixture
def running(store):
    return Running(store)


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
            ("closed", "best book sum 1.0428, below 1 is a surebet", [2.3, 2.2]),
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
                    "best book sum 1.0795, below 1 is a surebet; "
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

    def test_a_suspended_leg_closes_it(self, running):
        surebet(running)
        running.arrive(offer("BookieAlpha", seen_s=1, suspended=("yes", "no")))
        running.judge()
        reason = "best book sum 1.0795, below 1 is a surebet; BookieAlpha is suspended"
        assert running.changes()[-1] == ("closed", reason, [2.2, 2.2])

    def test_a_verdict_on_prices_that_changed_meanwhile_is_not_applied(self, running):
        running.arrive(offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2))
        messages = running.store.read(DETECT, 100, 0)
        late = running.detect.handle(messages)
        assert [bool(verdict.opportunity) for one in late.effects for verdict in one.verdicts] == [True]
        running.arrive(offer("BookieAlpha", 1.7, 1.5, 1))
        running.store.commit(DETECT, late.effects, NOON)
        assert running.open_prices() == []
        running.judge()
        assert running.changes() == []

    def test_a_verdict_of_the_tick_on_prices_that_changed_meanwhile_is_not_applied(self, running):
        surebet(running)
        (before,) = running.store.documents()
        running.arrive(offer("BookieAlpha", 2.4, 1.5, 1))
        late = judge(before, after(60), LIMITS)
        assert running.store.judge([late]) == 0
        running.judge()
        assert running.open_prices() == [[2.4, 2.2]]

    @pytest.mark.parametrize(("price", "shown"), [(1.7, []), (2.4, [[2.4, 2.2]])])
    def test_new_prices_are_never_shown_under_the_verdict_on_the_old_ones(self, running, price, shown):
        surebet(running)
        running.arrive(offer("BookieAlpha", price, 1.5, 1))
        assert running.open_prices() == [[2.2, 2.2]], "not judged yet"
        assert running.standing_prices() == shown
        (document,) = running.store.documents()
        assert document.opportunity.revision < document.revision
        (before,) = opened(running.store)
        assert [leg.quote.prices[leg.outcome] for leg in before.legs] == [2.2, 2.2]

    def test_what_is_open_and_not_seen_within_its_limit_does_not_stand(self, running):
        surebet(running)
        running.move_to(15)
        assert running.standing_prices() == [[2.2, 2.2]]
        running.move_to(15.1)
        assert running.standing_prices() == []
        assert running.open_prices() == [[2.2, 2.2]], "nobody ticked"


class TestMessages:
    def test_a_document_named_twice_in_a_batch_is_judged_once(self, running):
        surebet(running)
        key = running.store.documents()[0].key
        running.store.publish([Output(stream=DETECT.streams[0], fields={"data_key": key})] * 3)
        handled = running.detect.handle(running.store.read(DETECT, 100, 0))
        assert [len(one.verdicts) for one in handled.effects] == [0, 0, 1]

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
