from datetime import timedelta

import msgspec

from mispriced.cli.truth import Standing, compare
from mispriced.domain.model import Origin
from mispriced.messages import Alternative, Leg, Opportunity
from tests.domain.quotes import KICKOFF, NOON, quote

END = NOON + timedelta(seconds=5)


def standing(**changes):
    given = {
        "fixture": "f1",
        "cover": ("yes", "no"),
        "source": "live",
        "start": NOON - timedelta(minutes=1),
        "end": NOON + timedelta(minutes=1),
        "planted": True,
        "events": {"BookieAlpha": "7", "BookieGamma": "9"},
    }
    return Standing(**(given | changes))


def opportunity(seen=NOON, took_ms=0, ids=("7", "9")):
    legs = tuple(
        Leg(
            market="btts",
            outcome=outcome,
            bookmaker=name,
            price=2.1,
            share=0.5,
            quote=quote(
                name,
                market="btts",
                prices={outcome: 2.1},
                source="live",
                event_id=event_id,
                seen_at=seen,
                origin=Origin("GET /", "", "live", took_ms),
            ),
        )
        for outcome, name, event_id in zip(("yes", "no"), ("BookieAlpha", "BookieGamma"), ids, strict=True)
    )
    return Opportunity(
        id="sb1",
        kind="surebet",
        match_id="m1",
        source="live",
        home="Valencia",
        away="Rayo Vallecano",
        competition="",
        kickoff=KICKOFF,
        legs=legs,
        book_sum=0.95,
        profit=0.05,
        opened_at=seen,
        changed_at=seen,
    )


def test_what_stood_throughout_and_was_found_is_neither_missed_nor_false():
    found = compare([opportunity()], [standing()], NOON, END)
    assert (found.planted, found.found, found.also, found.missed, found.false) == (1, 1, 0, (), ())
    assert found.by_cell == {"live btts": 1}


def test_what_stood_throughout_and_was_not_found_is_missed():
    assert compare([], [standing()], NOON, END).missed == ("live yes no f1",)


def test_what_stood_in_a_part_of_the_cycle_need_not_be_found():
    part = standing(end=NOON + timedelta(seconds=2))
    assert compare([], [part], NOON, END).missed == ()
    assert compare([opportunity()], [part], NOON, END).also == 1


def test_a_find_that_stood_at_no_instant_between_its_sightings_is_false():
    late = opportunity(seen=NOON + timedelta(minutes=2))
    assert len(compare([late], [standing()], NOON, END).false) == 1


def test_the_price_was_served_between_asking_and_seeing():
    late = opportunity(seen=NOON + timedelta(seconds=60.5), took_ms=600)
    assert compare([late], [standing()], NOON, END).false == ()


def test_legs_of_two_fixtures_are_false():
    rows = [standing(), standing(fixture="f2", events={"BookieAlpha": "8", "BookieGamma": "10"})]
    assert len(compare([opportunity(ids=("7", "10"))], rows, NOON, END).false) == 1


def test_the_truth_is_read_by_its_names_on_the_wire():
    body = msgspec.json.encode([standing()])
    assert b'"from":' in body
    assert msgspec.json.decode(body, type=list[Standing]) == [standing()]


def test_a_planted_cover_is_found_among_the_alternatives_of_a_better_one():
    better = ("1", "X2")
    rows = [standing(cover=better), standing(cover=("yes", "no"), planted=False)]
    alternative = Alternative(outcomes=better, bookmakers=("A", "B"), prices=(2.1, 2.1), book_sum=0.97)
    found = compare([msgspec.structs.replace(opportunity(), alternatives=(alternative,))], rows, NOON, END)
    assert (found.planted, found.found, found.also, found.missed, found.false) == (1, 1, 1, (), ())
    assert (found.by_cell, found.by_cover) == ({}, {"live 1 X2": 1})


def test_prices_of_two_ticks_are_no_false_find_and_nothing_to_be_missed():
    mixed = standing(at_once=False)
    found = compare([opportunity()], [mixed], NOON, END)
    assert (found.planted, found.also, found.false) == (0, 1, ())


def test_another_cover_of_the_same_match_is_false():
    assert len(compare([opportunity()], [standing(cover=("1", "X2"))], NOON, END).false) == 1
