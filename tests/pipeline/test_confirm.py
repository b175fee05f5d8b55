"""A surebet that is confirmed first: read again and told, given up, and told once by whoever is faster."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mispriced.messages import Leg, Opportunity, Pending, Subscription
from mispriced.pipeline.compare import compared
from mispriced.pipeline.confirm import Place, rereads
from mispriced.pipeline.detect import Detect, match_documents, told
from tests.domain.quotes import NOON, quote
from tests.pipeline.boards import RULES, after, offer
from tests.pipeline.by_hand import DETECT, ByHand

WITHIN = timedelta(seconds=10)
CONFIRMED = msgspec.structs.replace(RULES, confirm_within=WITHIN)
PLACES = {
    ("BookieAlpha", "btts", "live"): [Place(stream="jobs-0", day=0, period="-1")],
    ("BookieBeta", "btts", "live"): [Place(stream="jobs-0", day=0, period="24H")],
}
JOBS = Subscription(streams=("jobs-0",), group="extract", consumer="one")


class Confirming(ByHand):
    """As `ByHand`, with a worker that confirms."""

    def __init__(self, store):
        super().__init__(store)
        self.detect = self.another(store)

    def another(self, store):
        return Detect(store, self.clock, CONFIRMED, PLACES)

    def read(self, seconds, yes=2.2, no=2.2):
        """Let both bookmakers be read, a price of None by nobody."""
        self.move_to(seconds)
        self.arrive(
            *([offer("BookieAlpha", yes, 1.5, seconds)] if yes else []),
            *([offer("BookieBeta", 1.6, no, seconds)] if no else []),
        )
        self.judge()

    def tick(self, seconds):
        self.move_to(seconds)
        self.detect.tick(self.clock.now())

    def pending(self):
        return [([leg.price for leg in one.opportunity.legs], one.has_lapsed) for one in self.store.pending()]

    def asked(self):
        found = self.store.read(JOBS, 100, 0)
        names = ("bookmaker", "extractor_type", "data_source", "stream_date")
        return [tuple(one.fields[name].decode() for name in names) for one in found]


@pytest.fixture
def running(store):
    return Confirming(store)


def test_nobody_is_told_of_what_was_read_once(running):
    running.read(0)
    assert (running.open_prices(), running.standing_prices(), running.changes()) == ([], [], [])
    assert running.pending() == [([2.2, 2.2], False)]


def test_each_of_its_bookmakers_is_asked_for_once(running):
    running.read(0)
    for seconds in (1, 2, 3):
        running.tick(seconds)
    assert running.asked() == [
        ("BookieAlpha", "btts", "live", "-1"),
        ("BookieBeta", "btts", "live", "24H"),
    ]


def test_it_opens_when_every_leg_was_read_again_at_its_price(running):
    running.read(0)
    running.read(1, no=None)
    running.tick(2)
    assert running.changes() == []
    running.read(3, yes=None)
    running.tick(4)
    assert running.changes() == [("opened", "", [2.2, 2.2])]
    assert (running.pending(), running.standing_prices()) == ([], [[2.2, 2.2]])
    (found,) = running.store.opportunities()
    assert found.opened_at == after(4)


def test_a_price_that_changed_in_between_gives_it_up(running):
    running.read(0)
    running.read(1, yes=1.7)
    assert running.changes() == [
        ("closed", "not confirmed: best book sum of yes no is 1.0428, below 1 is a surebet", [2.2, 2.2])
    ]
    assert (running.pending(), running.open_prices()) == ([], [])


def test_another_price_that_is_a_surebet_too_is_to_be_confirmed_itself(running):
    running.read(0)
    running.read(1, yes=2.4)
    running.tick(2)
    assert (running.changes(), running.pending()) == ([], [([2.4, 2.2], False)])
    running.read(3, yes=2.4)
    running.tick(4)
    assert running.changes() == [("opened", "", [2.4, 2.2])]


def test_what_is_open_is_told_at_another_price_only_after_that_is_confirmed(running):
    running.read(0)
    running.read(1)
    running.tick(2)
    running.read(3, yes=2.4)
    assert running.standing_prices() == []
    running.read(4, yes=2.4)
    running.tick(5)
    assert running.changes() == [
        ("opened", "", [2.2, 2.2]),
        ("closed", "its prices changed, it is told again once they are confirmed", [2.2, 2.2]),
        ("opened", "", [2.4, 2.2]),
    ]


def test_what_is_not_read_again_in_time_is_given_up_once_and_opens_when_it_is_read(running):
    running.read(0)
    running.read(2, no=None)
    for seconds in (10, 11, 12):
        running.tick(seconds)
    assert running.changes() == [
        ("closed", "not confirmed: BookieBeta not read again within 10 s", [2.2, 2.2])
    ]
    assert running.pending() == [([2.2, 2.2], True)]
    assert verdict_at(running, 12).closed == {}
    running.read(13)
    running.tick(14)
    assert running.changes() == [("opened", "", [2.2, 2.2])]


def test_what_lapsed_and_stands_no_longer_is_not_told_again(running):
    running.read(0)
    running.tick(11)
    assert len(running.changes()) == 1
    running.read(12, yes=1.7)
    assert (running.changes(), running.pending()) == ([], [])


def test_what_is_pending_ends_with_its_match(running):
    running.read(0)
    running.store.sweep(after(3600))
    assert running.changes() == [("closed", "not confirmed: over", [2.2, 2.2])]
    assert running.pending() == []


def test_a_worker_that_is_killed_before_it_commits_leaves_all_to_the_next(running, open_store):
    running.arrive(offer("BookieAlpha", 2.2, 1.5), offer("BookieBeta", 1.6, 2.2))
    taken = running.store.read(DETECT, 100, 0)
    running.detect.handle(taken)
    assert running.pending() == []
    heir = running.another(open_store())
    again = running.store.own_pending(DETECT, 100)
    running.store.commit(DETECT, heir.handle(again).effects, NOON)
    running.read(1)
    heir.tick(after(1.5))
    assert running.changes() == [("opened", "", [2.2, 2.2])]


def test_two_workers_ask_once_and_tell_once(running, open_store):
    other = running.another(open_store())
    running.read(0)
    for worker in (running.detect, other):
        worker.tick(after(1))
    assert len(running.asked()) == 2
    running.read(2)
    for worker in (running.detect, other):
        worker.tick(after(3))
    assert running.changes() == [("opened", "", [2.2, 2.2])]


def test_two_workers_give_it_up_once(running):
    running.read(0)
    for verdict in [verdict_at(running, 11), verdict_at(running, 11)]:
        running.store.judge([verdict])
    assert [one[0] for one in running.changes()] == ["closed"]


def test_a_verdict_from_before_the_reading_takes_nothing_down_that_it_opened(running):
    running.read(0)
    late = verdict_at(running, 3)
    running.read(1)
    running.tick(2)
    running.store.judge([late])
    assert running.changes() == [("opened", "", [2.2, 2.2])]
    assert (running.open_prices(), running.pending()) == ([[2.2, 2.2]], [])


def test_what_flags_it_takes_no_part_in_what_is_to_be_read_again(running):
    running.read(0)
    (waits,) = running.store.pending()
    flagged = msgspec.structs.replace(waits.opportunity, flags=("distance: BookieAlpha has 2.2 for yes",))
    pending = (msgspec.structs.replace(waits, opportunity=flagged),)
    early, late = (msgspec.structs.replace(verdict_at(running, at), pending=pending) for at in (1, 6))
    assert running.store.judge([early]) == 1
    assert [one.opportunity for one in running.store.pending()] == [waits.opportunity]
    running.read(4)
    running.tick(5)
    assert running.store.judge([late]) == 1
    assert running.changes() == [("opened", "", [2.2, 2.2])]
    assert (running.open_prices(), running.pending()) == ([[2.2, 2.2]], [])


def test_a_clock_that_was_set_neither_confirms_nor_opens_by_itself(running):
    running.read(0)
    running.detect.tick(NOON - timedelta(hours=1))
    assert (running.changes(), running.pending()) == ([], [([2.2, 2.2], False)])


def verdict_at(running, seconds):
    """Return what a worker makes of the pending match as it is in the store, by its clock."""
    (one,) = running.store.pending()
    matches = match_documents(running.store, [(one.opportunity.match_id, one.opportunity.source)])
    (documents,) = matches.values()
    return told(documents, compared(documents, after(seconds), CONFIRMED), after(seconds), CONFIRMED)


class TestWhereIsReadAgain:
    def days(self, kickoff, now=NOON):
        """Return the days whose streams get a job for an upcoming match that kicks off then."""
        one = quote("BookieAlpha", {"1": 2.3}, kickoff=kickoff, seen_at=now)
        places = {
            ("BookieAlpha", "three_way", "upcoming"): [
                Place(stream=f"jobs-{day}", day=day, period=str(day)) for day in range(5)
            ]
        }
        found = rereads([pending_of(one)], places, now)
        return [output.stream for output in found]

    @pytest.mark.parametrize(
        ("day", "hour", "expected"),
        [
            (14, 17, ["jobs-0"]),
            (15, 17, ["jobs-1"]),
            (18, 17, ["jobs-4"]),
            (14, 22, ["jobs-0", "jobs-1"]),
            (18, 23, ["jobs-4"]),
        ],
    )
    def test_an_upcoming_match_is_read_on_its_nairobi_day_and_at_night_on_the_one_before_too(
        self, day, hour, expected
    ):
        assert self.days(datetime(2026, 5, day, hour, tzinfo=UTC)) == expected

    def test_legs_of_one_reading_are_one_job(self):
        ones = [pending_of(quote(event_id=str(number))) for number in range(3)]
        places = {("BookieAlpha", "three_way", "upcoming"): [Place(stream="jobs-0", day=0, period="-1")]}
        (job,) = rereads(ones, places, NOON)
        assert job.fields["job_id"] == "confirm/jobs-0/BookieAlpha/2026-05-14T12:00:00"


def pending_of(one):
    """Return a pending surebet with one leg, of this quote."""
    outcome, price = next(iter(one.prices.items()))
    leg = Leg(market=one.market, outcome=outcome, bookmaker=one.bookmaker, price=price, share=1.0, quote=one)
    found = Opportunity(
        id=f"sb{one.event_id}", kind="surebet", match_id="m1", source=one.source, home=one.home,
        away=one.away, competition="", kickoff=one.kickoff, legs=(leg,), book_sum=0.9, profit=0.1,
        opened_at=NOON, changed_at=NOON,
    )  # fmt: skip
    return Pending(opportunity=found)
