import csv
import gzip
import io
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from mispriced.errors import Usage
from mispriced.simulator.odds_file import OddsFile, read_matches, uk_time
from mispriced.simulator.scenario import BOOKMAKERS
from mispriced.simulator.truth import surebets

BOOKS = {"BookieAlpha": "B365", "BookieBeta": "BW", "BookieGamma": "IW", "BookieDelta": "WH"}
HEAD = "Div,Date,Time,HomeTeam,AwayTeam,B365H,B365D,B365A,BWH,BWD,BWA,IWH,IWD,IWA,WHH,WHD,WHA"
ROWS = (
    "E0,09/08/2019,20:00,Liverpool,Norwich,1.14,10,19,1.14,8.25,18.5,1.15,8,18,1.12,8.5,21",
    "E0,10/08/2019,15:00,Burnley,Southampton,2.62,3.2,2.75,2.65,3.2,2.75,,3.25,2.75,2.63,3.1,2.8",
    "E0,10/08/2019,12:30,West Ham,Man City,12,6.5,1.222,11.5,5.75,1.26,1,0,abc,,,",
    "E0,21/12/2019,15:00,Everton,Arsenal,2.1,3.4,3.5,2.1,3.4,3.5,2.1,3.4,3.5,2.1,3.4,3.5,extra,cells",
    ",,,,",
    "E0,22/12/2019,16:30",
)
FIRST_MORNING = datetime(2019, 8, 9, 6, tzinfo=UTC)


def file_of(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode("cp1252")


def served(scenario: OddsFile, bookmaker: str, now: datetime) -> dict[str, Mapping[str, float]]:
    return {offer.quote.home: offer.quote.prices for offer in scenario.offers(bookmaker, "upcoming", now)}


def test_prices_are_the_column_s_with_every_decimal():
    scenario = OddsFile(file_of(*ROWS), BOOKS)
    assert served(scenario, "BookieAlpha", FIRST_MORNING) == {
        "Liverpool": {"1": 1.14, "X": 10.0, "2": 19.0},
        "West Ham": {"1": 12.0, "X": 6.5, "2": 1.222},
        "Burnley": {"1": 2.62, "X": 3.2, "2": 2.75},
    }


def test_a_price_that_is_none_is_an_absent_outcome():
    scenario = OddsFile(file_of(*ROWS), BOOKS)
    assert served(scenario, "BookieGamma", FIRST_MORNING) == {
        "Liverpool": {"1": 1.15, "X": 8.0, "2": 18.0},
        "Burnley": {"X": 3.25, "2": 2.75},
    }
    assert "West Ham" not in served(scenario, "BookieDelta", FIRST_MORNING)


def test_a_row_needs_teams_and_a_date():
    assert [match.home for match in read_matches(file_of(*ROWS), {})] == [
        "Liverpool",
        "Burnley",
        "West Ham",
        "Everton",
    ]


def test_ids_are_shared_by_reference_except_at_beta():
    scenario = OddsFile(file_of(*ROWS), BOOKS)
    quotes = {
        bookmaker: scenario.offers(bookmaker, "upcoming", FIRST_MORNING)[0].quote
        for bookmaker in BOOKMAKERS["upcoming"]
    }
    assert {name: (quote.event_id, dict(quote.refs)) for name, quote in quotes.items()} == {
        "BookieAlpha": ("30000001", {"betradar": "30000001"}),
        "BookieBeta": ("500001", {}),
        "BookieGamma": ("30000001", {"betradar": "30000001"}),
        "BookieDelta": ("8000001", {"betradar": "30000001"}),
    }


def test_a_match_is_listed_on_the_six_days_before_its_kickoff():
    scenario = OddsFile(file_of(ROWS[0]), BOOKS)
    kickoff = datetime(2019, 8, 9, 19, tzinfo=UTC)
    listed_from = datetime(2019, 8, 3, 21, tzinfo=UTC)  # midnight in Nairobi, five days before
    moment = timedelta(microseconds=1)
    listed = {
        at: bool(scenario.offers("BookieAlpha", "upcoming", at))
        for at in (listed_from - moment, listed_from, kickoff - moment, kickoff)
    }
    assert list(listed.values()) == [False, True, True, False]
    assert scenario.offers("BookieAlpha", "live", kickoff) == ()
    assert scenario.changes("upcoming", listed_from, kickoff + timedelta(days=1))[-3:] == [
        kickoff - timedelta(hours=22),
        kickoff,
        kickoff + timedelta(hours=2),
    ]


def test_days_are_nairobi_days_of_the_first_and_last_kickoff():
    assert OddsFile(file_of(*ROWS), BOOKS).days() == (date(2019, 8, 9), date(2019, 12, 21))
    with pytest.raises(Usage, match="no match"):
        OddsFile(file_of(), BOOKS).days()


@pytest.mark.parametrize(
    ("row", "head", "kickoff"),
    [
        ("E0,09/08/2019,20:00,A,B", "Div,Date,Time,HomeTeam,AwayTeam", "2019-08-09T19:00Z"),
        ("E0,26/12/2019,12:30,A,B", "Div,Date,Time,HomeTeam,AwayTeam", "2019-12-26T12:30Z"),
        ("E0,13/08/05,A,B", "Div,Date,HomeTeam,AwayTeam", "2005-08-13T14:00Z"),
        ("E0,13/08/05,A,B", "Div,Date,HT,AT", "2005-08-13T14:00Z"),
        ("E0,31/12/2005,,A,B", "Div,Date,Time,HomeTeam,AwayTeam", "2005-12-31T15:00Z"),
    ],
)
def test_kickoff_is_date_and_time_in_the_uk(row: str, head: str, kickoff: str):
    (match,) = read_matches(file_of(row, head=head), {})
    assert (match.kickoff, match.home, match.away) == (datetime.fromisoformat(kickoff), "A", "B")


def test_uk_time_is_that_of_the_zone_table():
    try:
        zone = ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        pytest.skip("this machine has no table of zones")
    local = datetime.combine(date(2005, 1, 1), time(12))
    while local.year < 2031:
        assert uk_time(local) == local.replace(tzinfo=zone).astimezone(UTC)
        local += timedelta(hours=25)


def test_a_file_may_have_a_mark_nuls_and_compression():
    plain = file_of(ROWS[0]).decode().replace("Norwich", "Nor\x00wich").encode("utf-8-sig")
    for data in (plain, gzip.compress(plain)):
        (match,) = read_matches(data, {})
        assert (match.division, match.away) == ("E0", "Norwich")
    (match,) = read_matches(file_of(ROWS[0].replace("Norwich", "Málaga")), {})
    assert match.away == "Málaga"


def test_what_is_unknown_is_refused_with_what_is_known():
    with pytest.raises(Usage, match="unknown bookmaker 'BookieEpsilon'"):
        OddsFile(file_of(), {"BookieEpsilon": "B365"})
    with pytest.raises(Usage, match=r"unknown column 'B356'.*did you mean 'B365'"):
        OddsFile(file_of(), {"BookieAlpha": "B356"})
    with pytest.raises(Usage, match="match 1: '31/02/2019'"):
        OddsFile(file_of(ROWS[0].replace("09/08", "31/02")), BOOKS)


def test_a_bookmaker_of_other_seasons_has_no_prices():
    scenario = OddsFile(file_of(*ROWS), {"BookieAlpha": "SB", "BookieBeta": "B365C"})
    assert scenario.offers("BookieAlpha", "upcoming", FIRST_MORNING) == []
    assert scenario.offers("BookieBeta", "upcoming", FIRST_MORNING) == []


@pytest.mark.parametrize("season", ["0506/SP2", "1920/E0", "2223/P1"])
def test_what_is_served_over_a_season_is_the_file(shared_data: Path, season: str):
    data = (shared_data / "odds" / f"{season}.csv.gz").read_bytes()
    scenario = OddsFile(data, BOOKS)
    rows = _rows(data)
    expected = Counter(
        (bookmaker, row["HomeTeam"], row["AwayTeam"], tuple(_prices(row, column).items()))
        for bookmaker, column in BOOKS.items()
        for row in rows
        if _prices(row, column)
    )
    first, last = scenario.days()
    seen: set[tuple[str, str, str, str, object]] = set()
    now = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=3)
    while now.date() <= last:
        for bookmaker in BOOKS:
            for offer in scenario.offers(bookmaker, "upcoming", now):
                quote = offer.quote
                prices = tuple(quote.prices.items())
                seen.add((offer.fixture, bookmaker, quote.home, quote.away, prices))
        now += timedelta(days=5)
    assert Counter(one[1:] for one in seen) == expected


@pytest.mark.parametrize("season", ["0506/SP2", "1920/E0"])
def test_the_truth_of_a_season_is_its_arbitrages(shared_data: Path, season: str):
    data = (shared_data / "odds" / f"{season}.csv.gz").read_bytes()
    scenario = OddsFile(data, BOOKS)
    arbitrages = []
    for row in _rows(data):
        books = [_prices(row, column) for column in BOOKS.values()]
        best = {one: max((book[one] for book in books if one in book), default=None) for one in "1X2"}
        if all(best.values()) and sum(1 / Fraction(str(price)) for price in best.values()) < 1:
            arbitrages.append((row["HomeTeam"], row["AwayTeam"]))
    first, last = (match.kickoff for match in (scenario.matches[0], scenario.matches[-1]))
    names = {f"row {match.row}": (match.home, match.away) for match in scenario.matches}
    found = surebets(scenario, first - timedelta(days=5), last)
    assert sorted(names[one.fixture] for one in found) == sorted(arbitrages)


def _rows(data: bytes) -> list[dict[str, str]]:
    text = gzip.decompress(data).decode("cp1252").removeprefix("ï»¿")
    return [row for row in csv.DictReader(io.StringIO(text)) if row.get("HomeTeam") and row.get("Date")]


def _prices(row: dict[str, str], column: str) -> dict[str, float]:
    texts = {outcome: row.get(column + ending) for ending, outcome in zip("HDA", "1X2", strict=True)}
    return {outcome: float(text) for outcome, text in texts.items() if text and float(text) > 1}
