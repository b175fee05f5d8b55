"""Cycles against the API's seeded matches, on time that runs only while it is waited for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
import pytest

from mispriced.backends.redis import RedisStore
from mispriced.domain.model import Score, decode_event
from mispriced.livedata import companies
from mispriced.livedata.calls import Call
from mispriced.livedata.crawl import Limits
from mispriced.livedata.cycle import Cycle, Options, Result
from mispriced.messages import Assignment, Subscription
from mispriced.simulator.crowd import Crowd
from mispriced.simulator.fixtures import Calendar
from mispriced.simulator.football import FootballWorld
from mispriced.simulator.matchday import Matchday, identifier
from tests.livedata.virtual import START, Api, LoopClock, VirtualLoop

DATA = Subscription(streams=("xtr-THREE_WAY_live_stream",), group="match", consumer="one")


class Machine:
    """A process that runs cycles: its loop, its clock and the API that it asks."""

    def __init__(self, store: RedisStore, world: FootballWorld, **options: object) -> None:
        self.loop = VirtualLoop()
        self.clock = LoopClock(self.loop)
        self.api = Api(world, self.clock)
        self.store = store
        self.options = Options(**options)
        self.runner = asyncio.Runner(loop_factory=lambda: self.loop)
        self.restart()

    def restart(self) -> None:
        self.cycle = Cycle(self.api, self.api.counts, self.clock, self.store, self.options)

    def run(self, at_s: float | None = None) -> Result:
        if at_s is not None:
            self.loop.at_s = at_s
        self.api.asked.clear()
        return self.cycle.run(self.runner)


MakeMachine = Callable[..., Machine]


@pytest.fixture
def make(store: RedisStore) -> Iterator[MakeMachine]:
    """Yield what makes machines on one store."""
    made: list[Machine] = []

    def make_one(world: FootballWorld, **options: object) -> Machine:
        made.append(Machine(store, world, **options))
        return made[-1]

    yield make_one
    for one in made:
        one.runner.close()


@pytest.fixture
def machine(make: MakeMachine) -> Machine:
    """Return a machine that needs the documents' 216 calls."""
    return make(Crowd(matches=49, teams=94, competitions=22))


def test_a_cold_cycle_asks_for_everything_once_and_at_most_so_many_at_a_time(machine: Machine):
    result = machine.run()
    counts = {"live": 1, "details": 49, "odds": 49, "team": 94, "competition": 22, "country": 1}
    assert machine.api.count() == Counter(counts)
    assert len(set(machine.api.asked)) == 216 == result.report.requests
    assert machine.api.most_at_once == 30
    assert (result.report.matches, result.report.with_odds, result.report.left) == (49, 49, 0)


def test_a_team_is_asked_for_before_the_last_details_are_there(machine: Machine):
    machine.run()
    first_team = next(at for step, at in machine.api.times if step == "team")
    last_details = max(at for step, at in machine.api.times if step == "details")
    assert first_team < last_details + 0.5
    assert {step for step, _ in machine.api.asked[:2]} == {"live", "country"}


def test_a_warm_cycle_asks_for_what_changes_alone_and_begins_with_the_list(machine: Machine):
    cold = machine.run()
    warm = machine.run(60.0)
    assert machine.api.count() == Counter({"live": 1, "details": 49, "odds": 49})
    assert [step for step, _ in machine.api.asked[:3]] == ["live", "details", "details"]
    assert {at for _, at in machine.api.times[216:246]} == {60.0}
    assert warm.report.hits == 94 + 22 + 1
    assert warm.report.phases["live"] + warm.report.phases["enrich"] < 0.5 * (
        cold.report.phases["live"] + cold.report.phases["enrich"]
    )
    assert [one.id for one in warm.matches] == [one.id for one in cold.matches]


def test_what_is_static_is_kept_over_a_restart_until_its_time_is_over(make: MakeMachine):
    machine = make(Crowd(5), static_s=600.0)
    machine.run()
    machine.restart()
    assert machine.run(60.0).report.hits == 10 + 2 + 1
    machine.run(661.0)
    assert machine.api.count()["team"] == 10


def test_what_was_known_when_a_cycle_began_is_known_to_its_end(make: MakeMachine):
    machine = make(Crowd(5), static_s=600.0)
    machine.run()
    ended = machine.loop.at_s
    result = machine.run(ended + 600.0 - 0.001)
    assert machine.api.count()["competition"] == 0
    assert machine.loop.at_s > ended + 600.0
    assert [one.competition is None for one in result.matches] == [False] * 5


def test_130_matches_stay_within_the_limit_and_the_rest_is_carried_over(make: MakeMachine):
    machine = make(Crowd(130))
    read: Counter[str] = Counter()
    in_play: set[str] = set()
    for number in range(6):
        result = machine.run(60.0 * number)
        report = result.report
        assert sum(report.phases.values()) < 60
        assert machine.api.refused == 0
        left = [call.uuid for call in result.left]
        asked = [uuid for step, uuid in machine.api.asked if step == "odds"]
        read.update(asked)
        assert sorted(asked + left) == sorted(f"m{place}" for place in range(130))
        assert report.left == len(left) >= 10
        assert report.steps["odds"].left == len(left)
        in_play = {one.id for one in result.matches if one.status_id == 2}
        assert len(in_play) == 117
        assert report.left_in_play == 0
    assert {read[one] for one in in_play} == {6}


def test_what_was_left_keeps_its_last_odds_and_goes_first_next_time(make: MakeMachine):
    machine = make(Crowd(9), per_minute={"odds": 6}, limits=Limits(limit_wait_s=1.0))
    first = machine.run()
    left = {call.uuid for call in first.left}
    second = machine.run(61.0)
    asked = [uuid for step, uuid in machine.api.asked if step == "odds"]
    assert left <= set(asked)
    assert second.report.with_odds == 9


def test_a_restart_within_the_minute_does_not_exceed_the_limit(make: MakeMachine):
    machine = make(Crowd(100))
    machine.run()
    machine.restart()
    result = machine.run(machine.loop.at_s + 5)
    assert machine.api.refused == 0
    assert result.report.steps["odds"].left >= 70


def test_the_api_down_for_ten_cycles_and_back(make: MakeMachine):
    machine = make(Crowd(20))
    good = machine.run()
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault="down")
    for number in range(1, 11):
        down = machine.run(60.0 * number)
        assert down.report.source == "last-known"
        assert down.report.age_s == pytest.approx(60.0 * number, abs=5)
        assert {one.source for one in down.matches} == {"last-known"}
        assert [one.id for one in down.matches] == [one.id for one in good.matches]
        if number > 1:
            assert machine.api.asked == [("live", "")]
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault=None)
    back = machine.run(660.0)
    assert (back.report.source, back.report.age_s, back.report.errors) == ("api", 0.0, 0)
    assert machine.api.count() == Counter({"live": 1, "details": 20, "odds": 20})


def test_nothing_that_is_old_goes_to_the_store_again(make: MakeMachine, store: RedisStore):
    machine = make(Crowd(3))
    machine.run()
    assign(store)
    seen = {one.event_id: one.seen_at for one in store.states().values()}
    assert len(seen) == 3
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault="down")
    machine.run(60.0)
    assert {one.event_id: one.seen_at for one in store.states().values()} == seen


def test_the_last_data_are_known_to_a_process_that_starts_while_the_api_is_down(make: MakeMachine):
    machine = make(Crowd(3))
    good = machine.run()
    machine.restart()
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault="down")
    down = machine.run(60.0)
    assert [(one.id, one.source) for one in down.matches] == [(one.id, "last-known") for one in good.matches]
    assert all(one.odds for one in down.matches)


@pytest.mark.parametrize(("chosen", "source", "matches"), [("none", "none", 0), ("mock", "fallback", 2)])
def test_a_fallback_is_what_was_chosen_and_marked(
    make: MakeMachine, store: RedisStore, chosen: str, source: str, matches: int
):
    machine = make(Crowd(3), fallback=chosen)
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault="down")
    result = machine.run()
    assert (result.report.source, result.report.matches) == (source, matches)
    assert {one.source for one in result.matches} <= {"fallback"}
    assert store.read(DATA, 10, 0) == []
    assert companies.read(store, START) == []


def test_unauthorised_is_said_and_is_not_empty(make: MakeMachine):
    machine = make(Crowd(3))
    machine.api.behaviour = msgspec.structs.replace(machine.api.behaviour, fault="unauthorised")
    report = machine.run().report
    assert report.steps["live"].outcomes == {"unauthorised": 1}
    assert report.reasons[0].startswith("live: Unauthorized access")
    assert machine.api.asked == [("live", ""), ("country", "")]


def test_a_cycle_ends_at_its_deadline_with_what_it_has(make: MakeMachine):
    machine = make(Crowd(49), limits=Limits(deadline_s=1.0))
    result = machine.run()
    assert result.report.phases["live"] + result.report.phases["enrich"] == pytest.approx(1.0)
    assert result.report.left > 50
    assert result.report.reasons[0] == "the cycle's 1 s were over"


def assign(store: RedisStore) -> None:
    """Make every event that was sent to the matcher known, each as a match of its own."""
    events = [decode_event(one.fields["event"]) for one in store.read(DATA, 1000, 0)]
    store.commit(DATA, (), START, [Assignment(event=one, match_id=f"m-{one.event_id}") for one in events])


def test_events_go_to_the_matcher_until_the_index_has_them(make: MakeMachine, store: RedisStore):
    machine = make(Matchday(1))
    result = machine.run()
    sent = [decode_event(one.fields["event"]) for one in store.read(DATA, 1000, 0)]
    on = [one.id for one in result.matches if one.status != "ended"]
    assert [one.event_id for one in sent] == on
    assert {one.bookmaker for one in sent} == {"TheSports"}
    store.commit(DATA, (), START, [Assignment(event=one, match_id=f"m-{one.event_id}") for one in sent])
    machine.run(1.0)
    assert store.read(DATA, 1000, 0) == []


def test_a_goal_is_in_the_store_with_the_time_since_which_it_stands(make: MakeMachine, store: RedisStore):
    start_s = int(START.timestamp())
    fixture = next(
        one
        for one in Calendar(1).live(start_s)
        if one.category == "men" and any(start_s + 120 < goal.at_s < one.ends_s - 120 for goal in one.goals)
    )
    goal = next(one for one in fixture.goals if one.at_s > start_s + 120)
    machine = make(Matchday(1))
    match_id = f"m-{identifier('match', fixture.key)}"
    machine.run(goal.at_s - start_s - 60)
    assign(store)
    before = store.states([match_id])[match_id]
    machine.run(goal.at_s - start_s + 1)
    after = store.states([match_id])[match_id]
    scored = Score(before.score.home + 1 - goal.side, before.score.away + goal.side)
    assert (after.score, after.score_since, after.seen_at) == (scored, after.seen_at, after.seen_at)
    assert after.score_since > before.seen_at
    machine.run(goal.at_s - start_s + 20)
    assert store.states([match_id])[match_id].score_since in (after.score_since, after.seen_at)


def test_companies_are_kept_beside_the_bookmakers(make: MakeMachine, store: RedisStore):
    machine = make(Matchday(1))
    result = machine.run()
    kept = companies.read(store, START)
    assert {one.bookmaker for one in kept} == {"TheSports.BET365", "TheSports.Crown", "TheSports.Pinnacle"}
    match = next(one for one in result.matches if one.odds)
    latest = {company.company_id: company.money_line[0] for company in match.odds}
    quote = next(one for one in kept if one.event_id == match.id and one.bookmaker == "TheSports.BET365")
    row = latest["2"]
    assert quote.prices == {"1": row.first, "X": row.second, "2": row.third}
    assert quote.seen_at.timestamp() == row.changed_at
    assert store.documents() == []


def test_a_broken_match_costs_itself(make: MakeMachine):
    crowd = Crowd(12)

    class Broken:
        recorded_at = None

        def results(self, step, uuid, now):
            found = crowd.results(step, uuid, now)
            if step == "details" and uuid == "m3":
                return [found[0] | {"home_team_id": None}]
            if step == "live":
                found[5]["score"][2] = [0, 0]
                found[6]["score"][1] = 99
            if step == "odds" and uuid == "m7":
                return {"2": {"eu": [[1, "2"]]}}
            return found

    result = make(Broken()).run()
    missing = {f"m{place}" for place in (3, 5, 6)}
    assert {one.id for one in result.matches} == {f"m{place}" for place in range(12)} - missing
    assert result.report.skipped >= 3
    assert result.bodies[Call("details", "m1")]
