import itertools

from mispriced.simulator.clubs import FIRST, SECOND, Club
from mispriced.simulator.spelling import STYLES, spell

CLUBS = [club for competition in (*FIRST, *SECOND) for club in competition.clubs]


def test_no_bookmaker_gives_two_clubs_one_name():
    for bookmaker, seed in itertools.product(STYLES, range(5)):
        names = {spell(club, bookmaker, "men", seed).casefold() for club in CLUBS}
        assert len(names) == len(CLUBS)


def test_a_club_has_one_name_at_a_bookmaker():
    for club in CLUBS:
        assert len({spell(club, "BookieBeta", "men", 7) for _ in range(3)}) == 1


def test_a_name_that_would_be_another_club_s_keeps_its_form():
    names = {spell(Club("Paris FC", "Paris FC"), "BookieAlpha", "men", seed).casefold() for seed in range(9)}
    assert names == {"paris fc"}


def test_sides_of_a_club_are_marked():
    club = Club("Arsenal FC", "Arsenal FC")
    assert {spell(club, bookmaker, "women", 1).split()[-1] for bookmaker in STYLES} == {"W", "Women", "(W)"}
    assert {spell(club, bookmaker, "youth", 1).split()[-1] for bookmaker in STYLES} == {"U21", "(U21)"}
    assert {spell(club, bookmaker, "reserve", 1).split()[-1] for bookmaker in STYLES} == {"II", "Reserves"}
