"""A new bookmaker's package: as it is made, as the documentation fills it in, as it is installed."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mispriced.bookmakers.new import new_package, stub
from mispriced.errors import Usage

ROOT = Path(__file__).resolve().parents[2]
RECORDED = "recorded/bookmakers/betika/uo_matches_prematch_2026-05-13.json"
READ_IT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mispriced.bookmakers import bookmakers, find, registry
from mispriced.bookmakers.offline import parse_file
assert registry().broken == (), registry().broken
assert list(bookmakers())[4:] == ["BookieEpsilon"], list(bookmakers())
seen = datetime(2026, 5, 13, 12, tzinfo=UTC)
reading = parse_file(find("bookieepsilon"), "upcoming", "matches", Path(sys.argv[1]).read_bytes(), seen)
assert reading.skipped == (), reading.skipped
for quote in reading.quotes:
    print(quote.home, quote.away, quote.market, dict(quote.prices), quote.kickoff.isoformat(), quote.category)
"""


def write(folder: Path, name: str = "BookieEpsilon") -> Path:
    for relative, text in new_package(name).files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / f"mispriced-{name.lower()}"


def run(*arguments: str, folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path, str(ROOT / "src")])}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=50
    )


def installed(package: Path, folder: Path) -> Path:
    """Return a folder with the built wheel's content, as an installation has it."""
    built = run("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), folder=package, path="")
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def documented() -> str:
    text = (ROOT / "docs" / "add-a-bookmaker.md").read_text()
    [adapter] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return adapter


def test_a_new_package_passes_its_own_test(tmp_path):
    package = write(tmp_path)
    tested = run("-m", "pytest", "-q", "-p", "no:cacheprovider", ".", folder=package, path=str(package))
    assert tested.returncode == 0, tested.stdout
    assert "2 passed" in tested.stdout


def test_the_documented_adapter_reads_a_recording_once_it_is_installed(tmp_path, shared_data):
    package = write(tmp_path)
    (package / "mispriced_bookieepsilon.py").write_text(documented())
    site = installed(package, tmp_path)
    read = run("-c", READ_IT, str(shared_data / RECORDED), folder=tmp_path, path=str(site))
    assert read.returncode == 0, read.stderr
    assert read.stdout == (
        "Man City Crystal Palace three_way {'1': 1.23, 'X': 7.8, '2': 11.0} 2026-05-13T19:00:00+00:00 men\n"
    )


def test_the_documented_adapter_is_what_the_stub_becomes(tmp_path):
    """Same imports but for the time's, same functions, same value: the page shows the stub filled in."""
    signatures = re.compile(r"^(?:def \w+\(.*|BOOKIEEPSILON.*|TABLES.*|ENDPOINTS.*?=)", re.MULTILINE)
    assert [one.partition("(")[0] for one in signatures.findall(documented())] == [
        one.partition("(")[0] for one in signatures.findall(stub("BookieEpsilon"))
    ]
    assert "FILL IN" in stub("BookieEpsilon")
    assert "FILL IN" not in documented()


def test_the_stub_is_within_the_budget_of_an_adapter():
    assert len(stub("BookieEpsilon").splitlines()) <= 150
    assert len(documented().splitlines()) <= 150


def test_what_to_do_next_names_the_package_and_the_command():
    steps = new_package("BookieEpsilon").next_steps
    assert "pip install -e ./mispriced-bookieepsilon" in steps[0]
    assert "mispriced parse BookieEpsilon upcoming matches" in steps[2]


@pytest.mark.parametrize(
    "name", ["", "a", "../../etc/x", "Bookie Epsilon", "1Bookie", "Bookie-E", "x" * 41, "Bücher"]
)
def test_a_name_that_cannot_be_one_is_refused(name):
    with pytest.raises(Usage, match="must be 3 to 40 letters and digits"):
        new_package(name)


@pytest.mark.parametrize("name", ["BookieDelta", "bookiedelta"])
def test_a_taken_name_is_refused(name):
    with pytest.raises(Usage, match="already"):
        stub(name)
