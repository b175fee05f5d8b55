"""Files as they are published: ragged, with NULs, renamed columns, no result; and the paper's layout."""

import gzip

import numpy as np
import pytest

from mispriced.domain.value import ValueRule, values
from mispriced.football_data import read_table
from mispriced.history.backtest import STAKE, run
from mispriced.history.odds_table import UNKNOWN, files, read_odds
from mispriced.history.strategies import profit, value
from tests.domain.quotes import quote


def read(tmp_path, text, name="E0.csv", prices="named"):
    path = tmp_path / "0506" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("cp1252"))
    return read_odds(path, prices)


def test_a_short_row_has_empty_cells_and_never_another_columns():
    table = read_table(
        b"Div,Date,HT,AT,B365H,B365D\nE0,13/08/05,A,B,1.5\n,,,,\nE0,13/08/05,\x00C,D,2,3,4,5\n"
    )
    assert table.teams == ("HT", "AT")
    assert table.cells("B365H") == ["1.5", "2"]
    assert table.cells("B365D") == ["", "3"]
    assert table.cells("PSH") == ["", ""]
    assert table.cells("HT") == ["A", "C"]
    assert table.refused == {}


def test_a_row_without_a_team_or_a_date_is_refused_and_counted():
    table = read_table(b"Date,HomeTeam,AwayTeam,FTR\n,A,B,H\n1/1/05,,B,H\n1/1/05,A\n1/1/05,A,B,H\n")
    assert table.refused == {"no Date": 1, "no HomeTeam": 1, "no AwayTeam": 1}
    assert table.cells("HomeTeam") == ["A"]


def test_of_a_column_that_occurs_twice_the_first_counts():
    assert read_table(b"Date,HomeTeam,AwayTeam,PSH,PSH\n1/1/05,A,B,2,3\n").cells("PSH") == ["2"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_names_beyond_ascii_are_read_in_both_encodings(encoding):
    assert read_table("Date,HomeTeam,AwayTeam\n1/1/05,Málaga,Ñ\n".encode(encoding)).cells("HomeTeam") == [
        "Málaga"
    ]


HEAD = "Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A,BWH,BWD,BWA,B365CH,B365CD,B365CA,Max,MaxH\n"


def test_results_come_from_goals_and_from_the_letter_where_goals_are_missing(tmp_path):
    rows = ["1,0,A", "2,2,H", "0,3,", ",,D", ",,", "x,1,H"]
    lines = "".join(f"1/1/05,A,B,{one},2,3,4,2,3,4\n" for one in rows)
    [table] = read(tmp_path, HEAD + lines)
    assert table.results.tolist() == [0, 1, 2, 1, UNKNOWN, 0]


def test_a_price_that_is_none_is_absent_and_the_match_not_quoted(tmp_path):
    lines = "1/1/05,A,B,1,0,H,1.5,,4,1,n/a,5\n1/1/05,C,D,1,0,H,1.5,3,4,2,3,1e999\n"
    [table] = read(tmp_path, HEAD + lines)
    assert table.quoted.tolist() == [False, True]
    assert table.best.tolist() == [[1.5, 2.0], [0.0, 3.0], [5.0, 4.0]]
    assert table.offers.tolist() == [[1, 2], [0, 2], [2, 1]]
    assert table.mean.tolist() == [[1.5, 1.75], [0.0, 3.0], [4.5, 4.0]]


def test_closing_prices_of_one_bookmaker_are_no_comparison(tmp_path):
    tables = read(tmp_path, HEAD + "1/1/05,A,B,1,0,H,2,3,4,2,3,4,2,3,4\n")
    assert [one.snapshot for one in tables] == ["pre"]


def test_market_columns_are_read_under_their_old_and_new_names(tmp_path):
    names = [f"{one}{end}" for one in ("BbMx", "BbAv") for end in "HDA"]
    old = f"Date,HomeTeam,AwayTeam,FTR,Bb1X2,{','.join(names)}\n1/1/05,A,B,H,3,3,4,5,2.8,3.8,4.8\n"
    [table] = read(tmp_path, old, prices="market")
    assert (table.offers.tolist(), table.best[0, 0], table.mean[0, 0]) == ([[3], [3], [3]], 3.0, 2.8)
    new = old.replace("BbMx", "Max").replace("BbAv", "Avg").replace("Bb1X2", "B")
    [table] = read(tmp_path, new, prices="market")
    assert table.offers.min() > 3


KAUNITZ = (
    "match_id,league,match_date,home_team,home_score,away_team,away_score,avg_odds_home_win,avg_odds_draw,"
    "avg_odds_away_win,max_odds_home_win,max_odds_draw,max_odds_away_win,top_bookie_home_win,top_bookie_draw,"
    "top_bookie_away_win,n_odds_home_win,n_odds_draw,n_odds_away_win\n"
    "170088,England: Premier League,2005-01-01,Liverpool,2,Chelsea,1,2.0,3.5,4.0,2.4,3.6,4.1,x,y,z,9,9,9\n"
    "170089,England: Premier League,2005-01-01,,0,Arsenal,1,2.0,3.5,4.0,2.1,3.6,4.1,x,y,z,9,9,9\n"
)


def test_the_papers_own_layout_loads_and_bets_by_its_rule(tmp_path):
    tables = read(tmp_path, gzip.compress(KAUNITZ.encode()), "closing_odds.csv.gz")
    [result] = run("consensus", tables)
    assert (result.odds.matches, result.odds.snapshot) == (1, "closing")
    assert result.odds.refused == {"no home_team": 1}
    assert (result.made.prices.tolist(), result.made.won.tolist()) == ([2.4], [True])
    assert profit(result.made, STAKE) == 70


def test_files_below_a_folder_are_found_once_and_in_order(tmp_path):
    for name in ("b/E1.csv", "a/E0.csv.gz", "a/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = [tmp_path / "a" / "E0.csv.gz", tmp_path / "b" / "E1.csv"]
    assert files([tmp_path, found[0]]) == found


def test_the_value_of_arrays_is_the_value_of_the_domain(shared_data):
    [odds, *_] = read_odds(shared_data / "odds" / "1314" / "E3.csv.gz")
    bets = value(odds)
    rule = ValueRule(method="multiplicative")
    placed = dict(zip(bets.matches.tolist(), zip(bets.outcomes, bets.prices, strict=True), strict=True))
    assert len(placed) > 20
    for match in range(100):
        quotes = [
            quote(
                f"Bookie{number}",
                prices={name: float(price) for name, price in zip("1X2", book, strict=True)},
            )
            for number, book in enumerate(np.moveaxis(odds.books, 2, 0)[match])
            if (book > 0).all()
        ]
        best = max(values(quotes, rule), key=lambda one: one.edge, default=None)
        expected = None if best is None else ("1X2".index(best.outcome), best.price)
        assert placed.get(match) == expected, match
