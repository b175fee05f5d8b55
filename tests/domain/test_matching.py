"""Which events are the same match, which are not, and what is said about it."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.domain.matching import Evidence, Join, Left, Memory, learn, match
from mispriced.domain.matching.survey import survey
from tests.domain.fixtures import KICKOFF, fixture, joined, reasons

# Names, times, providers and references few enough that everything meets everything.
CLUBS = [
    "Man Utd",
    "Manchester United",
    "Man City",
    "Chelsea",
    "Chelsea FC",
    "Real Sociedad",
    "Sociedad",
    "هلال",
]
MARKS = ["", "", " (W)", " U19", " U21", " II"]
TEAMS = st.builds(str.__add__, st.sampled_from(CLUBS), st.sampled_from(MARKS))
REFS = st.dictionaries(st.sampled_from(["betradar", "opta"]), st.sampled_from("123"), max_size=2)
EVENTS = st.builds(
    lambda provider, home, away, minutes, refs: fixture(provider, home, away, minutes, refs=refs),
    st.sampled_from("abcd"),
    TEAMS,
    TEAMS,
    st.sampled_from([0, 0, 0, 30, 90, 24 * 60, 24 * 60, 40 * 60]),
    REFS,
)
DAY = 24 * 60
SETS = st.lists(EVENTS, max_size=14).map(
    lambda events: [
        msgspec.structs.replace(event, key=f"{event.key}{place}") for place, event in enumerate(events)
    ]
)


@given(SETS, st.randoms())
def test_the_order_of_the_events_changes_nothing(events, random):
    shuffled = random.sample(events, len(events))
    assert match(shuffled) == match(events)


@given(SETS)
@settings(max_examples=300)
def test_a_join_holds_what_may_be_one_match(events):
    matching = match(events)
    by_key = {event.key: event for event in events}
    assert sorted(key for join in matching.joins for key in join.keys) == sorted(by_key)
    for join in matching.joins:
        assert join.keys == tuple(sorted(join.keys))
        assert (join.how == "alone") == (len(join.keys) == 1)
        assert len(join.evidence) == len(join.keys) - 1
        assert {key for one in join.evidence for key in one.keys} == (
            set(join.keys) if join.evidence else set()
        )
        for one, other in combinations((by_key[key] for key in join.keys), 2):
            assert one.provider != other.provider
            assert all(other.refs.get(name, value) == value for name, value in one.refs.items())
            for mark in ("(W)", "U19", "U21"):
                assert (mark in one.home + one.away) == (mark in other.home + other.away)
            assert ("II" in one.home, "II" in one.away) == ("II" in other.home, "II" in other.away)
    alone = {key for join in matching.joins if len(join.keys) == 1 for key in join.keys}
    assert alone <= {left.key for left in matching.left}


@given(SETS)
def test_an_event_listed_twice_in_the_set_is_one(events):
    assert match(events + events) == match(events)


def test_names_join_and_say_why():
    events = [fixture("a1", "Man Utd", "Chelsea"), fixture("b1", "Manchester United", "Chelsea FC", 5)]
    matching = match(events)
    assert [(join.keys, join.how) for join in matching.joins] == [(("a1", "b1"), "names")]
    (evidence,) = matching.joins[0].evidence
    assert (evidence.keys, evidence.by, evidence.apart_s) == (("a1", "b1"), "names", 300)
    assert evidence.home > 0
    assert evidence.away > 0
    assert evidence.runner_up is None
    assert matching.left == ()


def test_a_shared_reference_joins_whatever_the_names():
    events = [
        fixture("a1", "Gent", "Eupen", refs={"betradar": "7"}),
        fixture("b1", "La Gantoise", "AS Eupen", 90, refs={"betradar": "7"}),
    ]
    (join,) = match(events).joins
    assert (join.keys, join.how) == (("a1", "b1"), "reference")
    assert (join.evidence[0].by, join.evidence[0].reference) == ("reference", "betradar=7")


def test_different_references_are_different_matches_whatever_the_names():
    events = [
        fixture("a1", "Chelsea", "Arsenal", refs={"betradar": "7"}),
        fixture("b1", "Chelsea", "Arsenal", refs={"betradar": "8"}),
        fixture("c1", "Chelsea FC", "Arsenal", refs={"betradar": "9"}),
    ]
    matching = match(events)
    assert joined(matching) == []
    assert matching.left[0] == Left(key="a1", reason="another reference", best="b1")


def test_an_event_without_references_joins_by_names_what_references_joined():
    events = [
        fixture("a1", "Chelsea", "Arsenal", refs={"betradar": "7"}),
        fixture("b1", "Chelsea", "Arsenal", refs={"betradar": "7"}),
        fixture("c1", "Chelsea FC", "Arsenal"),
    ]
    (join,) = match(events).joins
    assert (join.keys, join.how) == (("a1", "b1", "c1"), "names")
    assert [one.by for one in join.evidence] == ["reference", "names"]


def test_an_event_does_not_choose_between_two_references():
    one = fixture("a1", "Chelsea", "Arsenal", refs={"betradar": "7"})
    two = fixture("b1", "Chelsea", "Arsenal", refs={"betradar": "8"})
    matching = match([one, two, fixture("c1", "Chelsea", "Arsenal")])
    assert joined(matching) == []
    assert reasons(matching)["c1"] == "runner-up too close"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"home": "Chelsea (W)"}, "betradar=7 is of other sides too"),
        ({"home": "Chelsea U21"}, "betradar=7 is of other sides too"),
        ({"category": "youth"}, "betradar=7 is of other sides too"),
        ({"kickoff": KICKOFF + timedelta(hours=37)}, "betradar=7 is of kick-offs more than 36 h apart"),
    ],
)
def test_a_reference_of_another_side_or_day_is_refused_and_reported(other, reason):
    one = fixture("a1", "Chelsea", "Arsenal", refs={"betradar": "7"})
    two = msgspec.structs.replace(msgspec.structs.replace(one, key="b1", provider="b"), **other)
    matching = match([one, two])
    assert joined(matching) == []
    assert reasons(matching) == {"a1": reason, "b1": reason}


@pytest.mark.parametrize(
    ("home", "away", "what"),
    [
        ("Arsenal FC", "Chelsea", "sides exchanged"),
        ("Leeds", "Hull", "other clubs"),
    ],
)
def test_a_reference_vouches_for_a_match_and_not_for_who_is_at_home(home, away, what):
    refs = {"betradar": "7"}
    one, two = fixture("a1", "Chelsea", "Arsenal", refs=refs), fixture("b1", home, away, refs=refs)
    matching = match([one, two])
    assert [join.how for join in matching.joins] == ["alone", "alone"]
    assert {left.reason for left in matching.left} == {f"betradar=7 is of {what} too"}
    third = fixture("c1", "Chelsea FC", "Arsenal", refs=refs)
    matching = match([one, two, third])
    assert [join.keys for join in matching.joins] == [("a1", "c1"), ("b1",)]
    assert [left.key for left in matching.left] == ["b1"]


def test_a_reference_joins_names_of_another_script():
    refs = {"betradar": "7"}
    events = [fixture("a1", "Al Hilal", "Al Nassr", refs=refs), fixture("b1", "هلال", "النصر", refs=refs)]
    assert [join.how for join in match(events).joins] == ["reference"]


def test_the_majority_decides_whom_a_reference_is_of():
    refs = {"betradar": "7"}
    events = [fixture(key, "Chelsea", "Arsenal", refs=refs) for key in ("a1", "b1")]
    events.append(fixture("c1", "Chelsea", "Arsenal", 60 * 24 * 5, refs=refs))
    matching = match(events)
    assert joined(matching) == [("a1", "b1")]
    assert reasons(matching) == {"c1": "betradar=7 is of kick-offs more than 36 h apart"}


def test_a_reference_to_two_events_of_one_provider_is_reported():
    refs = {"betradar": "7"}
    events = [
        fixture("a1", "Chelsea", "Arsenal", refs=refs),
        fixture("a2", "Chelsea", "Arsenal", 300, refs=refs),
        fixture("b1", "Chelsea", "Arsenal FC", refs=refs),
    ]
    matching = match(events)
    assert joined(matching) == [("a1", "b1")]
    assert reasons(matching)["a2"] == "betradar=7 is of two events of a provider"


def test_a_reference_to_two_different_events_of_one_provider_joins_nobody_without_a_majority():
    refs = {"betradar": "7"}
    events = [
        fixture("a1", "Chelsea", "Arsenal", refs=refs),
        fixture("a2", "Leeds", "Hull", refs=refs),
        fixture("b1", "Gent", "Eupen", refs=refs),
    ]
    assert joined(match(events)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Chelsea", "Chelsea (W)"),
        ("Chelsea", "Chelsea U21"),
        ("Chelsea U19", "Chelsea U21"),
        ("Chelsea (W)", "Chelsea U21 (W)"),
        ("Benfica", "Benfica B"),
        ("Benfica", "Benfica II"),
    ],
)
def test_sides_of_one_club_never_match(one, other):
    matching = match([fixture("a1", one, "Porto"), fixture("b1", other, "Porto")])
    assert joined(matching) == []
    assert set(reasons(matching).values()) == {"another side of the clubs"}


def test_a_category_speaks_where_the_names_are_silent():
    women = fixture("a1", "Barcelona", "Madrid CFF", category="women")
    assert joined(match([women, fixture("b1", "Barcelona (W)", "Madrid CFF (W)")])) == [("a1", "b1")]
    assert joined(match([women, fixture("b1", "Barcelona", "Madrid CFF")])) == []


def test_an_abbreviation_is_no_side_once_the_set_shows_the_word():
    events = [
        fixture("a1", "Nottingham F.", "Derby", category="women"),
        fixture("b1", "Nottingham Forest", "Derby"),
    ]
    assert joined(match(events)) == [("a1", "b1")]
    assert joined(match([events[0], fixture("b1", "Nottingham", "Derby")])) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("QPR", "Queens Park Rangers"),
        ("PSG", "Paris Saint-Germain"),
        ("Hap. Haifa", "Hapoel Haifa"),
        ("Shakhtar Donetsk", "Chakhtar Donetsk"),
        ("Verona", "Hellas Vérone"),
        ("Bodø / Glimt", "Bodo-Glimt"),
        ("AtleticoMadrid", "Atlético de Madrid"),
        ("1. FC Köln", "FC Koln"),
    ],
)
def test_spellings_of_one_club_match_without_knowledge(one, other):
    assert joined(match([fixture("a1", one, "Chelsea"), fixture("b1", other, "Chelsea")])) == [("a1", "b1")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Manchester United", "Newcastle United"),
        ("Real Madrid", "Real Betis"),
        ("Dinamo Minsk", "Dinamo Tbilisi"),
        ("Barnsley", "Accrington"),
        ("SC Braga", "SC Covilha"),
    ],
)
def test_clubs_that_share_a_common_word_do_not_match(one, other):
    matching = match([fixture("a1", one, "Chelsea"), fixture("b1", other, "Chelsea")])
    assert joined(matching) == []
    assert reasons(matching)["a1"] == "names too different"


def test_spellings_of_different_providers_are_no_rivals():
    events = [
        fixture("a1", "Craiova", "Rapid Bucuresti"),
        fixture("b1", "CS Craiova", "Rapid"),
        fixture("c1", "FC Craiova", "Rapid Buc."),
    ]
    assert joined(match(events)) == [("a1", "b1", "c1")]


@pytest.mark.parametrize(("minutes", "same"), [(0, True), (65, True), (66, False)])
def test_unequal_names_join_within_the_window(minutes, same):
    events = [fixture("a1", "Man Utd", "Chelsea"), fixture("b1", "Manchester United", "Chelsea FC", minutes)]
    assert joined(match(events)) == ([("a1", "b1")] if same else [])


@pytest.mark.parametrize(("minutes", "same"), [(190, True), (191, False)])
def test_equal_names_join_within_three_hours(minutes, same):
    events = [fixture("a1", "Leeds", "Chelsea"), fixture("b1", "Leeds", "Chelsea", minutes)]
    assert joined(match(events)) == ([("a1", "b1")] if same else [])


def test_equal_names_join_within_three_hours_also_where_only_one_has_a_reference():
    one = fixture("a1", "Leeds", "Chelsea", refs={"betradar": "7"})
    assert joined(match([one, fixture("b1", "Leeds", "Chelsea", 120)])) == [("a1", "b1")]
    assert joined(match([one, fixture("b1", "Leeds", "Chelsea", 191)])) == []


def test_two_winners_too_close_are_both_left():
    events = [
        fixture("a1", "Craiova", "Rapid Bucuresti"),
        fixture("b1", "CS Craiova", "Rapid"),
        fixture("b2", "FC Craiova", "Rapid"),
    ]
    matching = match(events)
    assert joined(matching) == []
    assert reasons(matching)["a1"] == "runner-up too close"


def test_a_clear_winner_is_joined_and_its_margin_told():
    events = [
        fixture("a1", "Universitatea Testova", "Rapid Bucuresti"),
        fixture("b1", "Univ. Testova", "Rapid"),
        fixture("b2", "FC U Testova 1948", "Rapid"),
    ]
    (join,) = (join for join in match(events).joins if len(join.keys) > 1)
    assert join.keys == ("a1", "b1")
    assert join.evidence[0].margin is not None
    assert join.evidence[0].margin >= 1


def test_names_that_one_provider_lists_side_by_side_are_two_clubs():
    """Sydney FC and Western Sydney against one opponent: only the lists of the week tell them apart."""
    confused = [fixture("a1", "Sydney FC", "Adelaide"), fixture("b1", "Western Sydney", "Adelaide United")]
    assert joined(match(confused)) == [("a1", "b1")]
    week = [
        fixture("a2", "Western Sydney", "Perth", 3000),
        fixture("b2", "Sydney FC", "Brisbane", 3000),
    ]
    assert joined(match(confused + week)) == []


def test_shared_fixtures_teach_names_that_share_no_letter():
    opponents = ["Genk", "Brugge", "Anderlecht", "Charleroi"]
    events = []
    for round_, opponent in enumerate(opponents):
        minutes = round_ * 7 * 24 * 60
        events.append(fixture(f"a{round_}", "Gand", opponent, minutes))
        events.append(fixture(f"b{round_}", "La Gantoise", opponent, minutes))
    assert joined(match(events)) == [(f"a{n}", f"b{n}") for n in range(4)]
    assert joined(match(events[:4])) == []


def test_clubs_that_meet_namesakes_at_one_time_stay_two():
    """a lists Huachipato against one Everton, b Brentford against the other: only their lists tell."""
    week = 7 * 24 * 60
    events = []
    for n in range(5):
        opponent = "Everton" if n < 4 else "Leeds"
        events += [
            fixture(f"a{n}", "Huachipato", opponent, n * week),
            fixture(f"b{n}", "Brentford", opponent, n * week),
        ]
    assert ("a4", "b4") in joined(match(events))
    lists = [
        fixture("a8", "Brentford", "Fulham", week // 2),
        fixture("b8", "Huachipato", "Cobresal", week // 2),
    ]
    assert joined(match(events + lists)) == []


def test_a_club_known_from_before_links_names_that_never_met():
    def weeks(first, one, other):
        opponents = enumerate(["Genk", "Brugge", "Anderlecht", "Charleroi"], start=first)
        return [
            event
            for week, opponent in opponents
            for event in (
                fixture(f"{one[0]}{week}", one[1], opponent, week * 7 * 24 * 60),
                fixture(f"{other[0]}{week}", other[1], opponent, week * 7 * 24 * 60),
            )
        ]

    memory = learn(weeks(0, ("a", "Gand"), ("c", "Gent")), Memory())
    memory = learn(weeks(4, ("b", "La Gantoise"), ("c", "Gent")), memory)
    today = [fixture("a9", "Gand", "Eupen", 90000), fixture("b9", "La Gantoise", "Eupen", 90000)]
    assert joined(match(today, memory)) == [("a9", "b9")]
    assert joined(match(today)) == []


def test_what_was_learned_joins_what_one_day_does_not_tell():
    weeks = [
        [
            fixture(f"a{week}", "Gand", opponent, week * 7 * 24 * 60),
            fixture(f"b{week}", "La Gantoise", opponent, week * 7 * 24 * 60),
        ]
        for week, opponent in enumerate(["Genk", "Brugge", "Anderlecht", "Charleroi", "Eupen"])
    ]
    memory = Memory()
    for week in weeks[:3]:
        assert joined(match(week, memory)) == []
        memory = learn(week, memory)
    assert joined(match(weeks[3], memory)) == [("a3", "b3")]
    memory = learn(weeks[3], memory)
    assert joined(match(weeks[4], memory)) == [("a4", "b4")]
    assert joined(match(weeks[4])) == []


def test_two_clubs_that_a_provider_listed_before_stay_two():
    confused = [fixture("a1", "Sydney FC", "Adelaide"), fixture("b1", "Western Sydney", "Adelaide United")]
    week = [fixture("a2", "Western Sydney", "Perth", -3000), fixture("b2", "Sydney FC", "Brisbane", -3000)]
    memory = learn(week, Memory())
    assert joined(match(confused, memory)) == []


@pytest.mark.parametrize(("days", "is_one"), [(7, True), (1, False)])
def test_two_spellings_of_one_provider_are_one_club_unless_both_play_on_one_matchday(days, is_one):
    """Provider a writes Courtrai and KV Kortrijk in turn, at b the club is always Courtrai."""
    rivals = ["Genk", "Brugge", "Anderlecht", "Charleroi", "Eupen", "Gent"]
    memory = Memory()
    for turn, rival in enumerate(rivals):
        at = turn * days * DAY
        name = ("Courtrai", "KV Kortrijk")[turn % 2]
        memory = learn(
            [fixture(f"a{turn}", name, rival, at), fixture(f"b{turn}", "Courtrai", rival, at)], memory
        )
    later = len(rivals) * days * DAY
    today = [fixture("a9", "KV Kortrijk", "Mouscron", later), fixture("b9", "Courtrai", "Mouscron", later)]
    assert joined(match(today, memory)) == ([("a9", "b9")] if is_one else [])


@given(SETS, SETS)
@settings(max_examples=50)
def test_learning_again_counts_nothing_twice_and_matching_learns_nothing(before, events):
    memory = learn(before, Memory())
    once = learn(events, memory)
    matching = match(events, memory)
    again = learn(events, once)
    assert match(events, memory) == matching
    assert {pair: again.shared[pair] for pair in once.shared} == once.shared
    assert {name: dict(seen) for name, seen in again.seen.items()} == {
        name: dict(seen) for name, seen in once.seen.items()
    }


def test_a_match_that_a_provider_lists_twice_is_joined_once():
    events = [fixture(key, "Leeds", "Chelsea") for key in ("a1", "a2", "b1")]
    matching = match(events)
    assert len(joined(matching)) == 1
    assert list(reasons(matching).values()) == ["listed twice"]


def test_a_beginning_that_all_names_share_is_not_followed():
    events = [
        fixture(f"{provider}{n}", f"Town{provider} {n:04}", f"Ville{provider} {n:04}")
        for n in range(400)
        for provider in "ab"
    ]
    assert len(survey(events, Memory()).near.first) == 0


def test_all_events_at_one_kick_off_are_told_apart():
    events = [
        fixture(f"{provider}{n}", f"Town{n:04} {'FC' * (provider == 'a')}", f"Ville{n:04}")
        for n in range(300)
        for provider in "abc"
    ]
    assert joined(match(events)) == [(f"a{n}", f"b{n}", f"c{n}") for n in sorted(range(300), key=str)]


@pytest.mark.parametrize(
    "odd", ["x" * 10_000, "هلال\u200f", "\x00", "⚽", "B", "(W)", "U19", "1 2 3 4", "a " * 5000]
)
def test_odd_names_join_only_their_equals(odd):
    events = [fixture("a1", odd, "Chelsea"), fixture("b1", odd, "Chelsea"), fixture("c1", "Leeds", "Hull")]
    assert joined(match(events)) == [("a1", "b1")]


@pytest.mark.parametrize("blank", ["", "   "])
def test_blank_names_join_nothing(blank):
    matching = match([fixture("a1", blank, "Chelsea"), fixture("b1", blank, "Chelsea")])
    assert joined(matching) == []


def test_kick_offs_are_compared_as_moments():
    nairobi = timezone(timedelta(hours=3))
    one = fixture("a1", "Leeds", "Chelsea", kickoff=datetime(2026, 5, 14, 20, tzinfo=nairobi))
    two = fixture("b1", "Leeds FC", "Chelsea", kickoff=datetime(2026, 5, 14, 17, tzinfo=UTC))
    assert joined(match([one, two])) == [("a1", "b1")]


def test_what_cannot_be_a_set_of_fixtures_is_an_error():
    one = fixture("a1", "Leeds", "Chelsea")
    with pytest.raises(ValueError, match="two fixtures have the key a1"):
        match([one, msgspec.structs.replace(one, away="Hull")])
    with pytest.raises(ValueError, match="a1: kick-off 2026-05-14T17:00:00 has no zone"):
        match([msgspec.structs.replace(one, kickoff=KICKOFF.replace(tzinfo=None))])


def test_nothing_matches_nothing():
    assert match([]) == msgspec.structs.replace(match([]), joins=(), left=())


def test_a_lone_event_is_a_join_and_is_left():
    matching = match([fixture("a1", "Leeds", "Chelsea")])
    assert matching.joins == (Join(keys=("a1",), how="alone"),)
    assert matching.left == (Left(key="a1", reason="no candidate in the window"),)


def test_the_evidence_is_json_without_what_is_absent():
    evidence = Evidence(keys=("a1", "b1"), by="names", home=8.0, away=4.5)
    assert msgspec.json.encode(evidence) == b'{"keys":["a1","b1"],"by":"names","home":8.0,"away":4.5}'
    assert evidence.margin is None
    assert msgspec.structs.replace(evidence, runner_up=10.0).margin == 2.5


LEAGUE = {"competition": "2. Bundesliga", "country": "Germany"}


@pytest.mark.parametrize(
    ("theirs", "is_one"),
    [
        ({"competition": "Bundesliga 2", "country": "germany"}, True),
        ({"competition": "Bundesliga", "country": "Germany"}, False),
        ({"competition": "2. Bundesliga", "country": "Austria"}, False),
        ({"competition": "2. Bundesliga"}, False),
        ({}, False),
    ],
)
def test_an_opponent_that_is_equal_in_the_same_league_tells_who_plays_it(theirs, is_one):
    events = [
        fixture("a1", "Hertha Berlin", "Bochum", **LEAGUE),
        fixture("b1", "Hertha BSC", "Bochum", **theirs),
    ]
    assert joined(match(events)) == ([("a1", "b1")] if is_one else [])


def test_a_shared_league_does_not_join_names_that_share_nothing():
    events = [
        fixture("a1", "Hertha Berlin", "Bochum", **LEAGUE),
        fixture("b1", "Paderborn", "Bochum", **LEAGUE),
    ]
    assert joined(match(events)) == []


def test_a_shared_league_does_not_join_two_sides_of_a_club():
    events = [
        fixture("a1", "Hertha Berlin", "Bochum", **LEAGUE),
        fixture("b1", "Hertha BSC (W)", "Bochum (W)", **LEAGUE),
    ]
    assert joined(match(events)) == []
