"""Twenty seasons of real odds against the published counts, and what a report says of chance."""

import csv
import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from mispriced.errors import Skip, Usage
from mispriced.history.backtest import STAKE, chance, report, run, strategy_of
from mispriced.history.odds_table import files, read_odds
from mispriced.history.plot import check_plot
from mispriced.history.strategies import Bets, profit


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


pytestmark = pytest.mark.xdist_group("backtest")  # the files are read once for all of them


@pytest.fixture(scope="module")
def named(shared_data):
    return list(tables(shared_data, "named"))


def tables(shared_data, prices):
    for path in files([shared_data / "odds"]):
        if path.name.endswith(".csv.gz"):
            yield from read_odds(path, prices)


def by_file(rows):
    return {(row["season"], row["div"], row["snapshot"]): row for row in rows}


@pytest.mark.slow
def test_every_file_has_the_surebets_that_exact_arithmetic_gives(named, shared_data):
    found = by_file(report(list(run("surebet", named)), {})["files"])
    expected = by_file(rows_of(shared_data / "odds" / "arb_reference.csv"))
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        counts = ("matches", "quoted", "arbs", "suspects")
        assert [found[key][one] for one in ("matches", "quoted", "surebets", "suspects")] == [
            int(row[one]) for one in counts
        ], key
        assert found[key]["sum_margin"] == pytest.approx(float(row["sum_margin"]), abs=1e-6), key


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ("named", {"pre": "kaunitz_pre.csv", "closing": "kaunitz_closing.csv"}),
        ("market", {"pre": "kaunitz_market.csv", "closing": "kaunitz_market_closing.csv"}),
    ],
)
def test_the_consensus_strategy_bets_wins_and_pays_as_the_papers_rule(named, shared_data, prices, expected):
    given = named if prices == "named" else tables(shared_data, "market")
    found = by_file(report(list(run("consensus", given)), {})["files"])
    wanted = {
        (row["season"], row["div"], snapshot): (
            int(row["bets"]),
            int(row["won"] or 0),
            float(row["profit"] or 0),
        )
        for snapshot, name in expected.items()
        for row in rows_of(shared_data / "odds" / name)
    }
    assert {key: (row["bets"], row["won"], row["profit"]) for key, row in found.items()} == wanted


def bets(prices, won):
    places = np.arange(len(prices))
    return Bets(
        matches=places,
        outcomes=places * 0,
        prices=np.array(prices),
        fair=1 / np.array(prices),
        won=np.array(won),
    )


def test_fair_bets_that_win_as_often_as_they_should_are_chance():
    found = chance([bets([2.0] * 100, [True, False] * 50)])
    assert (found["sigma"], found["differs"]) == (0.0, False)
    assert found["verdict"] == "does not differ from chance: +0.00 standard deviations, 3 would"


def test_a_hundred_wins_of_a_hundred_are_no_chance():
    found = chance([bets([2.0] * 100, [True] * 100)])
    assert (found["sigma"], found["differs"]) == (10.0, True)


def test_a_loss_that_no_chance_explains_is_called_a_loss():
    assert chance([bets([2.0] * 100, [False] * 100)])["verdict"] == (
        "differs from chance: -10.00 standard deviations, a loss"
    )


def test_profit_is_exact_on_the_decimal_text():
    assert profit(bets([1.1, 2.3], [True, False]), STAKE) == Fraction(50) * (Fraction("1.1") - 2)


def test_an_unknown_strategy_is_refused_with_the_nearest():
    with pytest.raises(Usage, match="did you mean 'consensus'"):
        strategy_of("consensu")


def command(*words):
    run = subprocess.run(
        [sys.executable, "-P", "-m", "mispriced", "backtest", *map(str, words)],
        capture_output=True,
        timeout=50,
        check=False,
        text=True,
    )
    return run.returncode, run.stdout, run.stderr


LINES = """Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,B365H,B365D,B365A,BWH,BWD,BWA
E0,13/08/05,A,B,1,0,3.2,3.2,3,2.9,3.2,3.3
E0,14/08/05,C,,1,0,3.2,3.2,3,2.9,3.2,3.3
"""


def test_the_command_counts_what_it_leaves_out_and_goes_on(tmp_path):
    season = tmp_path / "0506"
    season.mkdir()
    (season / "E0.csv").write_text(LINES)
    (season / "notes.csv").write_text("a,b\n1,2\n")
    (season / "E1.csv.gz").write_bytes(b"\x1f\x8bbroken")
    code, out, _ = command(season, "--json")
    found = json.loads(out)
    assert code == 3
    assert found["files"] == [
        {
            "season": "0506",
            "div": "E0",
            "snapshot": "pre",
            "matches": 1,
            "quoted": 1,
            "surebets": 1,
            "sum_margin": pytest.approx(1 - 1 / 3.2 - 1 / 3.2 - 1 / 3.3),
            "suspects": 1,
        }
    ]
    assert found["refused"]["rows"] == {"0506/E0": {"no AwayTeam": 1}}
    assert sorted(path.rsplit("/", 1)[1] for path in found["refused"]["files"]) == ["E1.csv.gz", "notes.csv"]


def test_the_command_draws_what_it_found(tmp_path):
    (tmp_path / "E0.csv").write_text(LINES)
    code, out, err = command(tmp_path / "E0.csv", "--plot", tmp_path / "made.png")
    assert (code, err) == (0, f"{tmp_path.name}/E0: rows left out: 1 no AwayTeam\n")
    assert (tmp_path / "made.png").read_bytes().startswith(b"\x89PNG")
    assert "all, pre" in out


def test_a_picture_of_another_kind_is_refused(tmp_path):
    with pytest.raises(Usage, match=r"unknown ending '\.gif'; allowed: \.png"):
        check_plot(tmp_path / "made.gif")


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Usage, match=r"none\.csv is not there"):
        files([tmp_path / "none.csv"])


def test_a_file_of_another_layout_is_skipped_with_the_reason(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(Skip, match="neither the layout of football-data nor that of closing_odds"):
        read_odds(path)
