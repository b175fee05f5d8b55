"""What the commands say to wrong values: one line on standard error, nothing on standard output, no trace."""
# ruff: noqa: E501  (a line a case)

import gzip
import re
import socket

import pytest

from tests.cli.commands import Asked, run_many

LIVE = """
[bookmakers.BookieAlpha.live]
base_url = "http://127.0.0.1:1/alpha"
[extract.live]
btts_stream = "XTR-BTTS_live_stream"
BookieAlpha.date = [-1]
"""
EVENTS = "event_id,provider,kickoff_utc,home,away,competition\n"
FILES: dict[str, str | bytes] = {
    "good.toml": LIVE,
    "key.toml": "prefx = 'x'\n" + LIVE,
    "text.toml": "prefix = \n",
    "latin.toml": LIVE.encode() + b"# caf\xe9\n",
    "name.toml": LIVE.replace("BookieAlpha.date", "BookieAlfa.date"),
    "market.toml": LIVE.replace("btts_stream", "bts_stream"),
    "period.toml": LIVE.replace("[-1]", "[1]"),
    "stream.toml": LIVE.replace('btts_stream = "XTR-BTTS_live_stream"\n', ""),
    "nothing.toml": LIVE.partition("[extract")[0],
    "none.toml": "",
    "address.toml": LIVE.replace("http://127.0.0.1:1/alpha", "nonsense"),
    "scheme.toml": LIVE.replace("http://127.0.0.1:1/alpha", "ftp://127.0.0.1/"),
    "plain.toml": LIVE.replace("http://127.0.0.1:1/alpha", "http://odds.example/"),
    "number.toml": "[freshness]\nlive_s = -3\n" + LIVE,
    "match.csv": EVENTS + "1,a,2026-05-14T17:00:00Z,Chelsea,Arsenal,\n",
    "column.csv": EVENTS.replace("kickoff_utc", "kickoff") + "1,a,2026-05-14T17:00:00Z,Chelsea,Arsenal,\n",
    "twice.csv": EVENTS + "1,a,2026-05-14T17:00:00Z,Chelsea,Arsenal,\n" * 2,
    "time.csv": EVENTS + "1,a,14/05/2026 17:00,Chelsea,Arsenal,\n",
    "short.csv": EVENTS + "1,a,2026-05-14T17:00:00Z,Chelsea\n",
    "long.csv": EVENTS + f"1,a,2026-05-14T17:00:00Z,{'x' * 200_000},Arsenal,\n",
    "empty.csv": "",
    "latin.csv": EVENTS.encode() + b"1,a,2026-05-14T17:00:00Z,N\xfcrnberg,Arsenal,\n",
    "truth.csv": "event_id,truth_id\n2,x\n",
    "broken.json": '{"data": [{"match_id": ',
    "cut.json.gz": gzip.compress(b'{"data": []}' * 100)[:-20],
    "text.json.gz": b"not gzip at all",
    "season.csv": "Div,Date,HomeTeam,AwayTeam,B365H,B365D,B365A\nE0,18/08/12,Arsenal,Chelsea,2,3.4,4\n",
}
pytestmark = [pytest.mark.xdist_group("wrong"), pytest.mark.timeout(180)]  # all are given at once
FOUR = "allowed: BookieAlpha, BookieBeta, BookieGamma, BookieDelta"

# name -> words, environment, exit code, and what the line says (a pattern of the whole line).
WRONG = {
    # settings: 78
    "a key": ("surebets --config key.toml", {}, 78, r"configuration key.toml: unknown key 'prefx'; allowed: .*; did you mean 'prefix'\?"),
    "no toml": ("odds --config text.toml", {}, 78, r"configuration text.toml: Invalid value .*"),
    "not utf-8": ("odds --config latin.toml", {}, 78, r"configuration latin.toml: .*can't decode byte 0xe9.*"),
    "no such configuration": ("events --config absent.toml", {}, 78, "configuration absent.toml: No such file or directory"),
    "named by the environment": ("events", {"MISPRICED_CONFIG": "absent.toml"}, 78, "configuration absent.toml: No such file or directory"),
    "a bookmaker": ("up --once --config name.toml", {}, 78, r"extract.live: unknown bookmaker 'BookieAlfa'; allowed: BookieAlpha; did you mean 'BookieAlpha'\?"),
    "a market": ("config check --config market.toml", {}, 78, r"configuration market.toml: extract.live: .*unknown key 'bts_stream'; allowed: stream, three_way_stream, btts_stream, double_chance_stream, .*; did you mean 'btts_stream'\?.*"),
    "a period": ("up --once --config period.toml", {}, 78, r"extract.live: unknown live period of BookieAlpha '1'; allowed: -1; did you mean '-1'\?"),
    "a period, checked": ("config check --config period.toml", {}, 78, r"extract.live: unknown live period of BookieAlpha '1'; allowed: -1; did you mean '-1'\?"),
    "no stream": ("up --once --json --config stream.toml", {}, 78, "extract.live has no stream, such as extract.live.stream"),
    "nothing to read": ("up --once --json --config nothing.toml", {}, 78, "nothing would be read: no bookmaker has an address and periods"),
    "nothing at all": ("config check --config none.toml", {}, 78, "nothing would be read: no bookmaker has an address and periods"),
    "an address": ("up --once --json --config address.toml", {}, 78, "base_url of BookieAlpha/live is no address such as https://host/path"),
    "an address, checked": ("config check --config address.toml", {}, 78, "base_url of BookieAlpha/live is no address such as https://host/path"),
    "a scheme": ("doctor --config scheme.toml", {}, 78, "base_url of BookieAlpha/live is ftp, must be https unless it is loopback"),
    "no https": ("extract BookieAlpha btts live -1 --config plain.toml", {}, 78, "base_url of BookieAlpha/live is http, must be https unless it is loopback"),
    "a number": ("surebets --config number.toml", {}, 78, "configuration number.toml: freshness.live_s: input should be greater than 0, not '-3'"),
    "a word for a number": ("surebets", {"MISPRICED_CACHE_S": "soon"}, 78, "setting cache_s: input should be a valid number, unable to parse string as a number, not 'soon'"),
    "a nested name": ("surebets", {"MISPRICED_FRESHNESS__LIVE": "1"}, 78, r"setting freshness.live: unknown key 'live'; allowed: .*; did you mean 'live_s'\?"),
    "a port of redis": ("surebets", {"REDIS_HOST": "h", "REDIS_PORT": "abc"}, 78, r"setting redis.port: .*valid integer.*, not 'abc'"),
    "a prefix": ("surebets", {"PREFIX": "a b"}, 78, "setting PREFIX: string should match pattern .*, not 'a b'"),
    "an address of redis": ("surebets", {"REDIS_URL": "http://me:canary-7f3a@h/"}, 78, "redis.url: .*redis://, rediss://, unix://.*"),
    "the site of a reading": ("extract BookieAlpha btts live -1", {}, 78, "bookmakers.BookieAlpha.live.base_url is missing: BookieAlpha/live is off"),
    # a server that is configured and does not answer: 69
    "no redis": ("surebets --json", {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "1", "REDIS_PASS": "canary-7f3a"}, 69, "no Redis or Valkey server answers at 127.0.0.1:1/0: .*refused.*"),
    "no redis for doctor": ("doctor --json", {"REDIS_URL": "redis://127.0.0.1:1/3"}, 69, "no Redis or Valkey server answers at 127.0.0.1:1/3: .*"),
    "no redis for up": ("up --once --json --config good.toml", {"REDIS_URL": "redis://:canary-7f3a@127.0.0.1:1"}, 69, "no Redis or Valkey server answers at 127.0.0.1:1/0: .*"),
    "no socket of redis": ("dlq list", {"REDIS_URL": "unix:///absent.sock"}, 69, "no Redis or Valkey server answers at /absent.sock/0: .*"),
    # usage: 2
    "a command": ("surebet", {}, 2, r"No such command 'surebet'. Did you mean 'surebets'\?"),
    "an option": ("surebets --jsn", {}, 2, r"No such option: --jsn.*"),
    "a bookmaker to read": ("extract BookieAlfa btts live -1", {}, 2, rf"unknown bookmaker 'BookieAlfa'; {FOUR}; did you mean 'BookieAlpha'\?"),
    "a module for a bookmaker": ("extract os btts live -1", {}, 2, rf"unknown bookmaker 'os'; {FOUR}"),
    "a market to read": ("extract BookieAlpha bts live -1", {}, 2, r"unknown extractor_type 'bts'; allowed: three_way, btts, double_chance, all; did you mean 'btts'\?"),
    "a source to read": ("extract BookieAlpha btts lve -1", {}, 2, r"unknown data_source 'lve'; allowed: upcoming, live; did you mean 'live'\?"),
    "a source that it has not": ("extract BookieBeta btts live 24H", {}, 2, "unknown source of BookieBeta 'live'; allowed: upcoming"),
    "a period to read": ("extract BookieAlpha btts upcoming 24H", {}, 2, "unknown upcoming period of BookieAlpha '24H'; allowed: -1, 1, 2, 3, 4"),
    "a word too many": ("extract BookieAlpha btts live -1 2", {}, 2, r"Got unexpected extra argument.*2.*"),
    "whose answer": ("parse BookieAlfa live live broken.json", {}, 2, rf"unknown bookmaker 'BookieAlfa'; {FOUR}; did you mean 'BookieAlpha'\?"),
    "of which source": ("parse BookieAlpha lve live broken.json", {}, 2, r"unknown source 'lve'; allowed: upcoming, live; did you mean 'live'\?"),
    "of which step": ("parse BookieDelta live market broken.json", {}, 2, r"unknown step of BookieDelta live 'market'; allowed: live_events, live_markets.*"),
    "after the first step": ("parse BookieAlpha live live broken.json --after broken.json", {}, 2, "live is the first step of BookieAlpha live: nothing comes before it"),
    "two worlds": ("up --demo --odds season.csv --books BookieAlpha=B365", {}, 2, "of --demo, --odds, --recorded and --config only one can be given"),
    "a demo with a configuration": ("up --demo --config good.toml", {}, 2, "of --demo, --odds, --recorded and --config only one can be given"),
    "no books": ("up --odds season.csv", {}, 2, "--odds needs --books, such as NAME=B365,OTHER=BW"),
    "books of nothing": ("simulate --books BookieAlpha=B365", {}, 2, "--books goes with --odds"),
    "references of nothing": ("up --without-refs", {}, 2, "--without-refs goes with --recorded"),
    "a seed of a configuration": ("up --once --seed 3 --config good.toml", {}, 2, "--seed or --plant goes with --demo"),
    "json of the live view": ("up --json", {}, 2, "--json goes with --once"),
    "a book": ("simulate --odds season.csv --books BookieAlpha", {}, 2, "--books: 'BookieAlpha' is not of the form NAME=COLUMN"),
    "a book twice": ("simulate --odds season.csv --books A=B365,A=BW", {}, 2, "--books: A is given twice"),
    "a bookmaker of a book": ("simulate --odds season.csv --books BookieAlfa=B365", {}, 2, rf".*unknown bookmaker 'BookieAlfa'; {FOUR}; did you mean 'BookieAlpha'\?"),
    "a column of a book": ("simulate --odds season.csv --books BookieAlpha=B356", {}, 2, r".*'B356'.*B365.*"),
    "a season": ("up --odds absent.csv --books BookieAlpha=B365", {}, 2, "absent.csv: No such file or directory"),
    "a folder of recordings": ("up --recorded absent --once --json", {}, 2, "absent/routes.json: No such file or directory"),
    "a port": ("simulate --port 70000", {}, 2, r"Invalid value for '--port': .*65535.*"),
    "a bookmaker's new name": ("new-bookmaker ../x", {}, 2, "the name is '../x', must be 3 to 40 letters and digits, a letter first"),
    "a bookmaker's old name": ("new-bookmaker bookiealpha", {}, 2, "there is a bookmaker bookiealpha already"),
    "a configuration that is there": ("config init good.toml", {}, 2, "good.toml exists already"),
    "a benchmark": ("bench hopp", {}, 2, r"unknown benchmark 'hopp'; allowed: .*; did you mean 'hop'\?"),
    "no argument": ("explain", {}, 2, "Missing argument 'ID'."),
    # files: 1
    "a place for a configuration": ("config init absent/x.toml", {}, 1, "absent/x.toml: No such file or directory"),
    "a place for the simulator's": ("simulate --write-config absent/x.toml", {}, 1, "absent/x.toml: No such file or directory"),
    "an answer": ("parse BookieAlpha live live absent.json", {}, 1, "absent.json: No such file or directory"),
    "a folder for an answer": ("parse BookieAlpha live live .", {}, 1, r"\.: Is a directory"),
    "a cut answer": ("parse BookieAlpha live live cut.json.gz", {}, 1, "cut.json.gz: Compressed file ended before the end-of-stream marker was reached"),
    "an answer that is no gzip": ("parse BookieAlpha live live text.json.gz", {}, 1, "text.json.gz: Not a gzipped file .*"),
    "events": ("match absent.csv --out out.csv", {}, 1, "absent.csv: No such file or directory"),
    "a column of events": ("match column.csv --out out.csv", {}, 1, "column.csv: column kickoff_utc is missing; it has: event_id, provider, kickoff, home, away, competition"),
    "an event twice": ("match twice.csv --out out.csv", {}, 1, "twice.csv, line 3: event_id 1 occurs twice"),
    "a time": ("match time.csv --out out.csv", {}, 1, "time.csv, line 2: kickoff_utc '14/05/2026 17:00': Invalid isoformat string: '14/05/2026 17:00'"),
    "a short row": ("match short.csv --out out.csv", {}, 1, "short.csv, line 2: too few columns"),
    "a field without end": ("match long.csv --out out.csv", {}, 1, r"long.csv, line 1: field larger than field limit \(131072\)"),
    "no events at all": ("match empty.csv --out out.csv", {}, 1, "empty.csv: column event_id is missing; it has: nothing"),
    "events in latin": ("match latin.csv --out out.csv", {}, 1, "latin.csv: not UTF-8: .*0xfc.*"),
    "no truth of an event": ("match match.csv --out out.csv --truth truth.csv", {}, 1, "truth.csv: event 1 has no truth_id"),
    "a place for matches": ("match match.csv --out absent/out.csv", {}, 1, "absent/out.csv: No such file or directory"),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    for name, content in FILES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture(scope="module")
def answers(place):
    asked = [
        Asked(words.split(), {"MISPRICED_DATA_DIR": str(place / "data" / str(number))} | given, place)
        for number, (words, given, _, _) in enumerate(WRONG.values())
    ]
    return dict(zip(WRONG, run_many(asked), strict=True))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_gets_one_line_that_names_it_and_what_is_allowed(answers, name):
    _, _, code, says = WRONG[name]
    answer = answers[name]
    assert re.fullmatch(f"mispriced: {says}\n", answer.err), answer.err
    assert (answer.code, answer.out) == (code, "")
    assert "canary" not in answer.err


def test_a_wrong_value_leaves_nothing_behind(answers, place):
    left = {path.name for path in place.iterdir()} - {"data"}
    assert left == {*FILES, "out.csv"}, "matching wrote its groups before it met the truth"


def test_a_port_that_is_taken_is_named_with_the_next_free_one(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (answer,) = run_many([Asked(["simulate", "--port", str(port)], {}, tmp_path)])
    assert (answer.code, answer.out) == (2, "")
    said = re.fullmatch(r"mispriced: --port (\d+) is taken; (\d+) is free\n", answer.err)
    assert said
    assert int(said[1]) == port
    assert port < int(said[2]) <= port + 100


def test_a_kickoff_without_a_zone_is_utc_wherever_the_machine_stands(tmp_path):
    rows = "1,a,2026-05-14T17:00:00,Chelsea,Arsenal,\n2,b,2026-05-14T17:00:00Z,Chelsea,Arsenal,\n"
    (tmp_path / "events.csv").write_text(EVENTS + rows, encoding="utf-8")
    words = ["match", "events.csv", "--out", "out.csv", "--report", "--json"]
    answers = run_many([Asked(words, {"TZ": zone}, tmp_path) for zone in ("UTC", "Asia/Kathmandu")])
    evidence = [answer.json["joins"][0]["evidence"][0] for answer in answers]
    assert [one.get("apart_s", 0) for one in evidence] == [0, 0]
