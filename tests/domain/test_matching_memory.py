"""What is learned survives being kept, ends when it is old, and aliases speak for one club."""

from hypothesis import given

from mispriced.domain.matching import Memory, learn, match
from mispriced.domain.matching.aliases import read_aliases, shipped_aliases
from mispriced.domain.matching.memory import decode_memory, encode_memory
from mispriced.domain.matching.similarity import ALIAS, BASE, Names
from tests.domain.fixtures import KICKOFF, fixture, joined
from tests.domain.test_matching import SETS

DAY = 24 * 60
TAUGHT = [
    fixture(f"{provider}{number}", club, rival, minutes=number * 7 * DAY, refs={"betradar": str(number)})
    for number, rival in enumerate(("Botev", "Levski", "Beroe", "Slavia"))
    for provider, club in (("a", "Lokomotiv Plovdiv"), ("b", "Smirnenski"))
]
LATER = [
    fixture("a9", "Lokomotiv Plovdiv", "Etar", minutes=30 * DAY),
    fixture("b9", "Smirnenski", "Etar", minutes=30 * DAY),
]


def test_names_joined_by_reference_are_one_club_ever_after():
    assert joined(match(LATER)) == []
    memory = decode_memory(encode_memory(learn(TAUGHT, Memory())))
    assert joined(match(LATER, memory)) == [("a9", "b9")]


def test_what_nobody_listed_since_is_forgotten():
    memory = learn(TAUGHT, Memory())
    last = round(KICKOFF.timestamp()) // 60 + 21 * DAY
    assert {name.club for name in memory.since(last).seen} == {"lokomotiv plovdiv", "smirnenski", "slavia"}
    forgotten = memory.since(last + 1)
    assert (dict(forgotten.seen), dict(forgotten.shared), dict(forgotten.clubs)) == ({}, {}, {})


def test_learning_the_same_again_changes_nothing():
    once = learn(TAUGHT, Memory())
    assert encode_memory(learn(TAUGHT, once)) == encode_memory(once)


@given(SETS, SETS)
def test_a_memory_comes_back_from_its_bytes(before, now):
    memory = learn(before, Memory())
    back = decode_memory(encode_memory(memory))
    assert (back.seen, back.shared, back.clubs) == (memory.seen, memory.shared, memory.clubs)
    assert match(now, back) == match(now, memory)


def test_a_memory_of_another_version_is_no_memory():
    assert decode_memory(b"\x91\x00").seen == {}
    assert decode_memory(None).seen == {}


def test_names_that_a_list_gives_to_one_club_are_alike():
    names = Names(read_aliases("Genoa CFC\tGrifone\nTorino FC\tToro"))
    assert names.points("grifone", "genoa") == ALIAS
    assert names.points("grifone", "toro") < ALIAS
    assert Names({}).points("grifone", "genoa") == BASE


def test_the_shipped_list_is_read_whole():
    aliases = shipped_aliases()
    assert len({line for lines in aliases.values() for line in lines}) == 1176
    assert aliases["slask wroclaw"] == aliases["slask"]
