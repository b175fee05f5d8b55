"""What people ruled wins over names and references, is taken back, and lets nothing impossible happen."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.domain.matching import Evidence, Ruling, match
from mispriced.domain.matching.rulings import decode_rulings, encode_rulings, ruled, undone
from mispriced.domain.matching.similarity import EQUAL
from mispriced.errors import Usage
from tests.domain.fixtures import KICKOFF, fixture, joined, reasons
from tests.domain.test_matching import SETS

ONE = fixture("a1", "Chelsea", "Arsenal")
SAME = fixture("b1", "Chelsea", "Arsenal")
OTHER = fixture("b2", "Gand", "Bruges")
FAR = fixture("c1", "La Gantoise", "Club Brugge", minutes=300)


def rulings(*made):
    found: tuple[Ruling, ...] = ()
    for minute, (kind, *keys) in enumerate(made):
        found = ruled(found, kind, tuple(keys), "ann", KICKOFF + timedelta(minutes=minute))
    return found


def test_a_pin_joins_what_no_evidence_does():
    assert joined(match([OTHER, FAR])) == []
    [pin] = rulings(("pin", "b2", "c1"))
    [join] = match([OTHER, FAR], rulings=[pin]).joins
    assert (join.keys, join.how) == (("b2", "c1"), "pin")
    assert join.evidence == (
        Evidence(keys=("b2", "c1"), by="pin", home=EQUAL, away=EQUAL, apart_s=18_000, reference=pin.id),
    )


def test_a_ban_parts_equal_names_and_a_shared_reference():
    by_reference = [fixture(key, "Chelsea", "Arsenal", refs={"betradar": "7"}) for key in ("a1", "b1")]
    ban = rulings(("ban", "a1", "b1"))
    for events in ([ONE, SAME], by_reference):
        assert joined(match(events)) == [("a1", "b1")]
        assert joined(match(events, rulings=ban)) == []
    assert reasons(match([ONE, SAME], rulings=ban))["a1"] == "banned"


def test_a_banned_pair_does_not_meet_through_a_third():
    third = fixture("c1", "Chelsea", "Arsenal")
    found = match([ONE, SAME, third], rulings=rulings(("ban", "a1", "b1")))
    assert joined(found) == []
    assert reasons(found)["c1"] == "runner-up too close"


def test_a_pin_wins_over_a_different_reference():
    events = [
        fixture(key, "Chelsea", "Arsenal", refs={"betradar": ref}) for key, ref in (("a1", "7"), ("b1", "8"))
    ]
    assert joined(match(events)) == []
    assert joined(match(events, rulings=rulings(("pin", "a1", "b1")))) == [("a1", "b1")]


def test_pins_never_put_two_events_of_a_provider_together():
    pins = rulings(("pin", "a1", "b1"), ("pin", "a1", "c1"), ("pin", "b2", "c1"))
    events = [ONE, SAME, OTHER, fixture("c1", "Chelsea", "Arsenal")]
    assert joined(match(events, rulings=pins)) == [("a1", "b1", "c1")]


def test_what_is_taken_back_holds_no_more():
    [pin] = rulings(("pin", "b2", "c1"))
    after = undone([pin], pin.id, "bob", KICKOFF)
    assert joined(match([OTHER, FAR], rulings=after)) == []
    assert (after[0].undone_by, after[0].undone_at, after[0].by) == ("bob", KICKOFF, "ann")
    with pytest.raises(Usage, match=f"unknown ruling '{pin.id}'"):
        undone(after, pin.id, "bob", KICKOFF)


def test_the_later_ruling_on_a_pair_takes_the_earlier_back():
    found = rulings(("pin", "a1", "b1"), ("ban", "b1", "a1"))
    assert [(one.kind, one.holds) for one in found] == [("pin", False), ("ban", True)]


def test_one_event_cannot_be_ruled_on_with_itself():
    with pytest.raises(Usage, match="a1 and a1 are one event"):
        ruled((), "pin", ("a1", "a1"), "ann", KICKOFF)


def test_rulings_come_back_from_their_json():
    found = undone(
        rulings(("pin", "a1", "b1"), ("ban", "a1", "c1")), rulings(("pin", "a1", "b1"))[0].id, "b", KICKOFF
    )
    assert decode_rulings(encode_rulings(found)) == found
    assert decode_rulings(None) == ()


@given(SETS, st.data())
def test_rulings_hold_and_the_order_of_events_changes_nothing(events, data):
    keys = [event.key for event in events]
    pairs = [
        (kind, one, other)
        for kind in ("pin", "ban")
        for one in keys
        for other in keys
        if one < other and one[0] != other[0]
    ]
    made = rulings(*data.draw(st.lists(st.sampled_from(pairs), max_size=3) if pairs else st.just([])))
    found = match(events, rulings=made)
    assert found == match(events[::-1], rulings=made)
    group = {key: place for place, join in enumerate(found.joins) for key in join.keys}
    for one in made:
        if one.holds and one.kind == "ban":
            assert group[one.keys[0]] != group[one.keys[1]]
    providers = {event.key: event.provider for event in events}
    for join in found.joins:
        assert len({providers[key] for key in join.keys}) == len(join.keys)
