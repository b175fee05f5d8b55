"""What the match workers learn and what people rule reaches every later match, whoever does it."""

from datetime import timedelta

import pytest

from mispriced.domain.matching.rulings import ruled
from mispriced.errors import Usage
from mispriced.messages import Conflict
from mispriced.pipeline.learning import keep_learned, keep_rulings, read_memory, read_rulings
from mispriced.pipeline.match import LEARN_EVERY, Match, fixture
from mispriced.pipeline.views.review import review, rule, take_back
from tests.domain.quotes import NOON
from tests.pipeline.test_match import Workers, listed, offer

DAY = 24 * 60
GANTOISE = listed("BookieAlpha", 1, "La Gantoise", "Union")
OTHER = listed("BookieBeta", 1, "Buffalos", "Union SG")


@pytest.fixture
def workers(server):
    with Workers(server) as found:
        yield found


def rounds():
    """Yield four fixtures of one club under two names, joined by reference."""
    for number, rival in enumerate(("Botev", "Levski", "Beroe", "Slavia")):
        for name, club in (("BookieAlpha", "Lokomotiv Plovdiv"), ("BookieDelta", "Smirnenski")):
            refs = {"betradar": str(number)}
            yield listed(name, number, club, rival, minutes=number * 7 * DAY, refs=refs)


LATER = (
    listed("BookieAlpha", 90, "Lokomotiv Plovdiv", "Etar", minutes=30 * DAY),
    listed("BookieDelta", 91, "Smirnenski", "Etar", minutes=30 * DAY),
)


def learnt(workers):
    """Let a match worker learn what the index holds."""
    stage = Match(workers.store, workers.clock)
    stage.tick(NOON)
    stage.tick(NOON + LEARN_EVERY)


def together(workers, *events):
    return len({one.match_id for one in workers.store.events()[1] if one.event in events}) == 1


def test_names_that_references_joined_are_one_club_for_another_worker(workers):
    workers.arrive(*map(offer, rounds()))
    workers.work()
    learnt(workers)
    workers.arrive(*map(offer, LATER))
    workers.work()
    assert together(workers, *LATER)


def test_without_learning_the_names_stay_two_clubs(workers):
    workers.arrive(*map(offer, LATER))
    workers.work()
    assert not together(workers, *LATER)


def test_what_is_learned_joins_what_is_there_already(workers):
    workers.arrive(*map(offer, [*rounds(), *LATER]))
    workers.work()
    learnt(workers)
    assert together(workers, *LATER)


def test_learning_the_same_again_moves_no_version(workers):
    workers.arrive(*map(offer, rounds()))
    workers.work()
    learnt(workers)
    version = workers.store.version()
    learnt(workers)
    assert workers.store.version() == version


def test_what_was_learned_from_an_older_index_is_refused(workers):
    workers.arrive(*map(offer, rounds()))
    workers.work()
    version, known = workers.store.events()
    events = [fixture(one.event) for one in known]
    keep_learned(workers.store, read_memory(workers.store), events, NOON, version)
    with pytest.raises(Conflict):
        keep_rulings(workers.store, (), version)
    assert read_rulings(workers.store) == ()


def test_a_pin_joins_at_the_next_tick_and_parts_when_it_is_taken_back(workers):
    workers.arrive(offer(GANTOISE), offer(OTHER))
    workers.work()
    assert not together(workers, GANTOISE, OTHER)
    stage = Match(workers.store, workers.clock)
    stage.tick(NOON)
    pin = rule(workers.store, "pin", (GANTOISE.key, OTHER.key), "ann", NOON, "seen on both pages")
    stage.tick(NOON)
    assert together(workers, GANTOISE, OTHER)
    take_back(workers.store, pin.id, "bob", NOON + timedelta(hours=1))
    stage.tick(NOON)
    assert not together(workers, GANTOISE, OTHER)
    [kept] = review(workers.store, NOON).rulings
    assert (kept.by, kept.why, kept.undone_by) == ("ann", "seen on both pages", "bob")


def test_two_workers_come_to_the_same_by_a_ban(workers):
    one, other = listed("BookieAlpha", 1), listed("BookieBeta", 2)
    workers.arrive(offer(one), offer(other))
    workers.work()
    assert together(workers, one, other)
    stages = [Match(store, workers.clock) for store in workers.stores.values()]
    rule(workers.store, "ban", (one.key, other.key), "ann", NOON)
    for stage in stages:
        stage.tick(NOON)
    assert not together(workers, one, other)
    version = workers.store.version()
    for stage in stages:
        stage.tick(NOON)
    assert workers.store.version() == version


def test_what_nearly_joined_is_in_the_queue_with_both_events(workers):
    names = ("Manchester City", "Manchester United")
    twins = [listed("BookieBeta", number, "Chelsea", name) for number, name in enumerate(names, 1)]
    lone = listed("BookieAlpha", 9, "Chelsea", "Manchester")
    workers.arrive(*map(offer, [*twins, lone]))
    workers.work()
    doubts = review(workers.store, NOON).doubts
    assert {frozenset((one.event.key, one.other.key)) for one in doubts} == {
        frozenset((lone.key, one.key)) for one in twins
    }
    assert {one.reason for one in doubts} == {"runner-up too close"}


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        ("pin", (GANTOISE.key, "BookieBeta/upcoming/12"), "did you mean 'BookieBeta/upcoming/1'"),
        ("pin", (GANTOISE.key, "BookieAlpha/upcoming/2"), "of one bookmaker, which lists a match once"),
        ("ban", (GANTOISE.key, GANTOISE.key), "are one event"),
    ],
)
def test_a_ruling_that_cannot_be_is_refused(workers, kind, keys, said):
    workers.arrive(*map(offer, (GANTOISE, OTHER, listed("BookieAlpha", 2, "Genk", "Standard"))))
    workers.work()
    with pytest.raises(Usage, match=said):
        rule(workers.store, kind, keys, "ann", NOON)


def test_rulings_made_at_the_same_time_are_both_kept(workers, monkeypatch):
    workers.arrive(offer(GANTOISE), offer(OTHER))
    workers.work()
    store, other = workers.store, workers.stores["live"]
    read = store.version
    once: list[int] = []

    def version():
        found = read()
        if not once:  # somebody rules between the reading of the version and the writing
            once.append(keep_rulings(other, ruled((), "ban", ("x", "y"), "bob", NOON), found))
        return found

    monkeypatch.setattr(store, "version", version)
    rule(store, "pin", (GANTOISE.key, OTHER.key), "ann", NOON)
    assert [one.by for one in read_rulings(other)] == ["bob", "ann"]
