"""A season of real odds through the whole system, against exact arithmetic on the file."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import islice

import pytest

ROOT_NAMES = ("BookieAlpha", "BookieBeta", "BookieGamma", "BookieDelta")

# Of different leagues and years: break-even matches, many surebets, kick-offs after midnight in Nairobi.
SEASONS = [("1920/P1.csv.gz", "B365,BW,IW,PS")]
if os.environ.get("MISPRICED_TEST_SEASONS") == "all":
    SEASONS += [
        ("1718/E0.csv.gz", "B365,BW,IW,WH"),
        ("1213/E0.csv.gz", "B365,BW,IW,WH"),
        ("1213/SP1.csv.gz", "B365,LB,PS,VC"),
        ("1314/E3.csv.gz", "B365,BW,IW,LB"),
        ("1314/I1.csv.gz", "BW,IW,WH,VC"),
        ("1415/E1.csv.gz", "B365,BW,PS,WH"),
        ("1516/EC.csv.gz", "B365,BW,IW,WH"),
        ("1617/E2.csv.gz", "LB,PS,WH,VC"),
        ("1718/SP2.csv.gz", "B365,BW,IW,WH"),
        ("1920/B1.csv.gz", "B365,IW,PS,VC"),
        ("0506/I2.csv.gz", "B365,GB,SB,WH"),
    ]


def expected(path, columns):
    """Return what plain arithmetic on the file's text gives: matches, quoted, surebets, margins, teams."""
    text = gzip.decompress(path.read_bytes())
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        decoded = text.decode("cp1252")
    rows = csv.reader(io.StringIO(decoded.replace("\x00", ""), newline=""))
    head = next(rows)
    found: Counter[str] = Counter({"matches": 0, "quoted": 0, "joined": 0, "surebets": 0, "suspects": 0})
    teams: Counter[tuple[str, str]] = Counter()
    margins: Fraction | float = Fraction(0)
    for values in rows:
        row = dict(zip(islice(head, len(values)), values, strict=True))
        home, away = row.get("HomeTeam") or row.get("HT"), row.get("AwayTeam") or row.get("AT")
        if not home or not away or not row.get("Date"):
            continue
        best = [max((valid(row.get(one + outcome)) for one in columns), default=0) for outcome in "HDA"]
        offers = [any(valid(row.get(one + outcome)) for outcome in "HDA") for one in columns]
        if not any(offers):
            continue
        found["matches"] += 1
        found["joined"] += sum(offers) > 1
        teams[home.strip(), away.strip()] += 1
        if all(best):
            found["quoted"] += 1
            total = sum(1 / one for one in best)
            if total < 1:
                found["surebets"] += 1
                margins += 1 - total
                found["suspects"] += total < Fraction("0.95")
    return {**found, "sum_margin": float(margins)}, teams


def valid(text):
    try:
        price = Fraction((text or "").strip())
    except ValueError:
        return Fraction(0)
    return price if price > 1 else Fraction(0)


def swept(path, columns):
    """Return the report of the command on a season."""
    books = ",".join(f"{name}={column}" for name, column in zip(ROOT_NAMES, columns, strict=True))
    run = subprocess.run(
        [sys.executable, "-P", "-m", "mispriced", "up", "--odds", path, "--books", books, "--once", "--json"],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


def check(path, columns):
    """Fail unless the sweep gives what the file gives, and every join is of one match."""
    report = swept(path, columns)
    arithmetic, teams = expected(path, columns)
    assert {name: report[name] for name in arithmetic} == pytest.approx(arithmetic, abs=1e-9)
    assert report["suspects"] <= report["flagged"] <= report["surebets"]  # beside the count, not in it
    joined: Counter[tuple[str, str]] = Counter()
    for join in report["joins"]:
        events = list(join["events"].values())
        assert len({(one["home"], one["away"], one["kickoff"]) for one in events}) == 1, join
        joined[events[0]["home"], events[0]["away"]] += 1
    assert not joined - teams


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("season", "columns"), SEASONS)
def test_a_season_gives_what_exact_arithmetic_on_the_file_gives(shared_data, season, columns):
    check(shared_data / "odds" / season, columns.split(","))


def test_expected_reads_prices_as_exact_text(tmp_path):
    path = tmp_path / "x.csv.gz"
    day = datetime(2020, 1, 4, tzinfo=UTC)
    lines = ["Div,Date,HomeTeam,AwayTeam,B365H,B365D,B365A,BWH,BWD,BWA"]
    lines += [f"E0,{day:%d/%m/%Y},A,B,1.5,4.5,9,1.4,,0", f"E0,{day + timedelta(1):%d/%m/%y},C,D,2,3,7,,,"]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    found, teams = expected(path, ["B365", "BW"])
    assert found["surebets"] == 1
    assert (found["quoted"], found["joined"]) == (2, 1)
    assert found["sum_margin"] == pytest.approx(float(1 - Fraction(1, 2) - Fraction(1, 3) - Fraction(1, 7)))
    assert teams == {("A", "B"): 1, ("C", "D"): 1}
