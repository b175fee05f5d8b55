"""What a team's name says beside its club."""

import csv
import gzip

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mispriced.domain import names
from mispriced.domain.names import Team, abbreviations, categorize, fold, is_virtual, read_team

PIECES = [
    "Arsenal", "Féminines", "(W)", "W", "F.", "U19", "U-21", "(21)", "-23", "Sub 20", "Esp", "(OL)", "B",
    "II", "2", "Reserves", "Jong", "SRL", "E-Soccer", "AtleticoMadridWomen", "Women's", "Łódź", "Ø", "_", "(",
]  # fmt: skip
NAMES = st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join) | st.text(max_size=20)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Académico de Viseu", "academico de viseu"),
        ("O´Higgins", "ohiggins"),
        ("AS Aïn M'lila", "as ain mlila"),
        ("Hap.Tel Aviv", "hap tel aviv"),
        ("KryliyaSovetov", "kryliya sovetov"),
        ("Bodø / Glimt", "bodo glimt"),
        ("Şanlıurfaspor", "sanliurfaspor"),
        ("Динамо Москва", "динамо москва"),
        ("هلال\u200f", "هلال"),
        ("nul\x00inside", "nul inside"),
        ("<script>", "script"),
        ("⚽ ???", ""),
        ("", ""),
    ],
)
def test_folding_keeps_the_words_and_nothing_else(name: str, folded: str):
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("name", "team"),
    [
        ("Arsenal", Team("arsenal")),
        ("Arsenal Women", Team("arsenal", women=True)),
        ("Arsenal LFC", Team("arsenal", women=True)),
        ("IlesFér.(F)", Team("iles fer", women=True)),
        ("Arsenal W", Team("arsenal", letter="w")),
        ("Angleterre F.", Team("angleterre", letter="f", dotted=True)),
        ("Manchester City (W) U-19", Team("manchester city", women=True, age="u19")),
        ("Écosse(21)", Team("ecosse", age="u21")),
        ("Serbie Esp", Team("serbie", age="u21")),
        ("Égypte (OL)", Team("egypte", age="u23")),
        ("Salvador -23", Team("salvador", age="u23")),
        ("Brazil Sub 20", Team("brazil", age="u20")),
        ("Benfica B", Team("benfica", letter="b")),
        ("Benfica (B)", Team("benfica", reserve=True)),
        ("Athletic Club II", Team("athletic club", reserve=True)),
        ("Krasnodar-2", Team("krasnodar", reserve=True)),
        ("Cockburn City SC Reserves", Team("cockburn city sc", reserve=True)),
        ("Jong Ajax", Team("ajax", reserve=True)),
        ("Western Sydney W. II", Team("western sydney", reserve=True, letter="w")),
    ],
)
def test_marks_are_read_off_a_name(name: str, team: Team):
    assert read_team(name) == team


@pytest.mark.parametrize(
    "name",
    [
        "Boca Juniors",
        "Mura 05",
        "Schalke 04",
        "Sarpsborg 08",
        "1. FC Köln",
        "Podbeskidzie B-B",
        "OL",
        "B",
        "U21",
    ],
)
def test_parts_of_a_name_are_no_marks(name: str):
    assert read_team(name) == Team(fold(name), age="u21" if name == "U21" else "")


def test_the_set_tells_abbreviations_from_marks():
    names = [
        "Nottingham F.",
        "Nottingham Forest",
        "Angleterre F.",
        "Angleterre",
        "Porto B",
        "Porto FC B",
        "Sheffield W",
    ]
    assert abbreviations([read_team(name) for name in names]) == {("nottingham", "f")}
    names.append("Sheffield Wednesday")
    assert abbreviations([read_team(name) for name in names]) == {("nottingham", "f"), ("sheffield", "w")}


@pytest.mark.parametrize(
    ("home", "away", "competition", "category"),
    [
        ("Arsenal", "Chelsea", "Premier League", "men"),
        ("Barcelona W", "Madrid CFF", "", "women"),
        ("Angleterre F.", "Lituanie F.", "", "women"),
        ("Nottingham F.", "Derby", "", "men"),
        ("Sturm Graz", "Rapid Wien", "Frauen Bundesliga", "women"),
        ("Brann", "Vålerenga", "Toppserien", "women"),
        ("Arsenal Women U21", "Chelsea Women U21", "", "women"),
        ("Armenia", "Scotland", "UEFA U21 EURO, Qualification", "youth"),
        ("Real Madrid U19", "Real Madrid B", "", "youth"),
        ("Real Sociedad B", "Burgos", "", "reserve"),
        ("Racing Club", "Danubio", "Primera Division Reserve League", "reserve"),
        ("Steaua", "Rapid", "Liga II", "men"),
        ("Valencia SRL", "Getafe SRL", "", "virtual"),
        ("Valencia", "Getafe", "LaLiga SRL", "virtual"),
        ("Liverpool (Kevin)", "Milan (Bob)", "E-Soccer - Battle Volta 6 mins", "virtual"),
        ("Juventus", "Inter", "Cyber Football. FIFA", "virtual"),
    ],
)
def test_an_event_has_one_category(home: str, away: str, competition: str, category: str):
    assert categorize(home, away, competition) == category


def test_virtual_needs_both_teams_or_the_competition():
    assert not is_virtual("Serie A", "Virtual Gaming FC", "Cagliari")


@given(NAMES, NAMES, NAMES, NAMES)
@example("Arsenal", "Chelsea_U21", "", "")
def test_the_short_cut_for_unmarked_events_changes_no_category(
    home: str, away: str, competition: str, country: str
):
    with pytest.MonkeyPatch.context() as patch:
        short = categorize(home, away, competition, country)
        patch.setattr(names, "_may_be_marked", lambda text: True)
        assert categorize(home, away, competition, country) == short


@given(st.text(max_size=300))
@example("x" * 10_000)
@example("\x00")
@example("a\u0301" * 400)
def test_every_text_is_read(name: str):
    assert fold(fold(name)) == fold(name)
    assert read_team(name).club == read_team(name).club.strip()
    assert categorize(name, name, name, name) in ("men", "women", "youth", "reserve", "virtual")


def test_the_marked_names_of_the_pairs_are_told_apart(shared_data):
    """Kinds women, u21 and b of team_pairs: two sides of one club, not the same team."""
    with gzip.open(
        shared_data / "matching" / "team_pairs.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        pairs = [row for row in csv.DictReader(file) if row["kind"] in ("women", "u21", "b")]
    assert len(pairs) > 200
    for row in pairs:
        one, two = (read_team(row[side])._replace(club="", dotted=False) for side in ("name_a", "name_b"))
        assert one != two, row
