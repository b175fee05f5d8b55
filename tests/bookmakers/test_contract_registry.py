"""The registry: names without regard to case, words checked, other packages' bookmakers, never an import."""

import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import msgspec
import pytest

import mispriced.bookmakers as registry_module
from mispriced.bookmakers import bookmakers, check, find, problems, registry
from mispriced.bookmakers.bookiealpha import BOOKIEALPHA
from mispriced.errors import Usage


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages with these entry points are installed, for one test."""

    def install(**values):
        points = [
            EntryPoint(name=name, value=value, group=registry_module.GROUP) for name, value in values.items()
        ]
        monkeypatch.setattr(registry_module, "entry_points", lambda group: points)
        registry.cache_clear()

    yield install
    registry.cache_clear()


def test_the_four_are_there_in_order():
    assert list(bookmakers()) == ["BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta"]


@pytest.mark.parametrize("name", ["BookieDelta", "bookiedelta", "BOOKIEDELTA"])
def test_a_name_is_found_without_regard_to_case(name):
    assert find(name) is bookmakers()["BookieDelta"]


@pytest.mark.parametrize(
    "name", ["", "os", "os:system", "mispriced.bookmakers.bookiealpha", "../../etc/passwd"]
)
def test_a_name_that_is_none_is_never_imported(name):
    before = set(sys.modules)
    with pytest.raises(
        Usage, match=r"unknown bookmaker .*; allowed: BookieAlpha, BookieBeta, BookieGamma, BookieD"
    ):
        find(name)
    assert set(sys.modules) == before


def test_the_nearest_name_is_offered():
    with pytest.raises(Usage) as error:
        find("bookiedleta")
    assert str(error.value).endswith("did you mean 'BookieDelta'?")


@pytest.mark.parametrize(
    ("name", "source", "market", "period", "says"),
    [
        ("BookieBeta", "live", "btts", "24H", "source of BookieBeta 'live'; allowed: upcoming"),
        ("BookieAlpha", "later", "btts", "1", "source of BookieAlpha 'later'; allowed: upcoming, live"),
        (
            "BookieAlpha",
            "upcoming",
            "bts",
            "1",
            "market of BookieAlpha 'bts'; allowed: three_way, btts, double",
        ),
        (
            "BookieAlpha",
            "upcoming",
            "btts",
            "0",
            "upcoming period of BookieAlpha '0'; allowed: -1, 1, 2, 3, 4",
        ),
        ("BookieBeta", "upcoming", "btts", "2H", "upcoming period of BookieBeta '2H'; allowed: 24H, 2D, 3D"),
        ("BookieGamma", "live", "btts", "1", "live period of BookieGamma '1'; allowed: 0"),
    ],
)
def test_a_word_that_is_not_the_bookmakers_is_named_with_what_is(name, source, market, period, says):
    with pytest.raises(Usage) as error:
        check(find(name), source, [market], period)
    assert str(error.value).startswith(f"unknown {says}")


def test_the_nearest_word_is_offered():
    with pytest.raises(Usage, match=r"did you mean '24H'\?"):
        check(find("BookieBeta"), "upcoming", ["btts"], "24h")


@pytest.mark.parametrize(
    ("name", "period"), [("BookieAlpha", "-1"), ("BookieGamma", "0"), ("BookieDelta", "0")]
)
def test_live_is_read_today(name, period):
    check(find(name), "live", ["three_way", "btts", "double_chance"], period)


def test_a_package_adds_a_bookmaker(installed, monkeypatch):
    added = msgspec.structs.replace(BOOKIEALPHA, name="BookieEpsilon")
    monkeypatch.setitem(sys.modules, "epsilon_package", SimpleNamespace(BOOKIEEPSILON=added))
    installed(BookieEpsilon="epsilon_package:BOOKIEEPSILON")
    assert find("bookieepsilon") is added
    assert registry().broken == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("no_such_package:X", "BookieEpsilon (no_such_package:X): ModuleNotFoundError: No module named"),
        ("json:nothing", "BookieEpsilon (json:nothing): AttributeError: "),
        ("json:loads", "BookieEpsilon (json:loads): TypeError: it is a function, must be a Bookmaker"),
        (
            "mispriced.bookmakers.bookiealpha:BOOKIEALPHA",
            "ValueError: there is a bookmaker BookieAlpha already",
        ),
    ],
)
def test_a_broken_entry_point_is_reported_and_costs_itself_only(installed, value, says):
    installed(BookieEpsilon=value)
    assert list(bookmakers()) == ["BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta"]
    [why] = registry().broken
    assert says in why


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"periods": {"1": 1}}, ["no period is day 0"]),
        ({"periods": {"0": 0, "9": 9}}, ["period 9 is day 9, must be 0 to 4"]),
        (
            {"steps": {"upcoming": ("matches",)}},
            ["markets are of ['live', 'upcoming'], steps of ['upcoming']"],
        ),
        ({"parsers": {"live": None}}, ["step matches has no parser"]),
        ({"markets": {"upcoming": ("corners",), "live": ()}}, ["unknown market 'corners'; allowed: "]),
    ],
)
def test_what_is_wrong_with_a_bookmaker_is_said(change, says):
    found = problems(msgspec.structs.replace(BOOKIEALPHA, **change))
    assert len(found) == len(says)
    assert all(one.startswith(wanted) for one, wanted in zip(found, says, strict=True))
