"""What docs/reference.md says and the code cannot: what a key, a field, an exit code or a file is for.

tests/test_docs.py holds these tables against the program: every key and field of a cycle over bookmakers,
every name of the environment, every file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mispriced import cli, errors
from mispriced.backends import embedded
from mispriced.domain.model import Origin, Quote
from mispriced.launcher import fleet
from mispriced.pipeline.jobs import job_fields
from mispriced.telemetry.audit import FILE as AUDIT_LOG

HEAD: Final = """\
# Reference

Printed by `python -m tools.reference` from the code; `tests/test_docs.py` keeps it so.

[Commands](#commands) · [Exit codes](#exit-codes) · [Settings](#settings) ·
[Streams and keys](#streams-and-keys) · [Messages](#messages) · [Files](#files)"""

COMMANDS: Final = """
## Commands

In a checkout `python3 run.py` stands for `mispriced`. Data go to standard output, everything else to
standard error. Before any command:
"""

EXIT_CODES: Final = (
    (0, "done; after SIGTERM: the batches in hand were finished"),
    (errors.Fatal.exit_code, "failed; `up --once` missed a planted surebet or found a false one"),
    (errors.Usage.exit_code, "a wrong value, argument or command"),
    (3, "partial: some answers did not come or were not read whole; `doctor`: something is off"),
    (
        errors.Unavailable.exit_code,
        "the server, the simulator, the football API or an engine does not answer; a package is missing",
    ),
    (
        errors.LockHeld.exit_code,
        "another process owns what this one needs alone: a launcher, recorder or football cycle runs already",
    ),
    (errors.Misconfigured.exit_code, "a setting is missing, unknown or out of range"),
    (cli.INTERRUPTED, "Ctrl-C"),
    (fleet.DRAINED_LATE, "`launch`, `stop`: the deadline passed before all was worked off"),
)

SETTINGS: Final = """
## Settings

An option stands before the environment, that before `.env`, that before the file, that before the
default. The file is TOML. A table in the environment is JSON. A key of the file that does not exist is an
error, and so is a name of the environment that begins with `MISPRICED_` and is none of these. NAME is a
bookmaker's, SOURCE is `upcoming` or `live`.
"""

EXTRACT_IN_THE_FILE: Final = """
In the file an `extract` section is written as in the documents: {streams}, one `stream = …` for all
markets, and `BookieBeta.date = ["24H", …]`.

The environment also has:
"""

ENVIRONMENT: Final[Mapping[str, str]] = {  # the documents' names
    "redis.url": "REDIS_URL",
    "redis.host": "REDIS_HOST",
    "redis.port": "REDIS_PORT",
    "redis.db": "REDIS_DB",
    "redis.password": "REDIS_PASS",
    "livedata.user": "THESPORTS_USER",
    "livedata.secret": "THESPORTS_SECRET",
}
OTHER_ENVIRONMENT: Final = (
    ("MISPRICED_CONFIG", "the configuration file, where `--config` names none"),
    ("REDIS_PASS_FILE", "a file with the value; so for each REDIS, THESPORTS and ROLLBAR name"),
    ("MISPRICED_WEB_TOKEN, MISPRICED_WEB_TOKEN_FILE", "`web.token`, or a file with it"),
    ("XDG_DATA_HOME, HOME", "the data directory is `mispriced` in it, without `data_dir`"),
    ("XDG_RUNTIME_DIR", "the embedded server's socket is in `mispriced` in it, else in `/tmp/mispriced-UID`"),
    ("NO_COLOR", "no colours"),
    ("MISPRICED_ROLE", "the role of a systemd unit's worker"),
    ("MISPRICED_REQUIRE_ENGINES", "tests: a missing program is a failure and no skip"),
    ("MISPRICED_TEST_REDIS8", "tests: address of a server with JSON and Search, which they empty"),
    ("MISPRICED_TEST_…", "tests: any such name; how many seeds, seasons or seconds a whole test takes"),
    ("MISPRICED_SHARED_DATA", "tests: the folder of recorded answers, odds and labelled names"),
)

STREAMS: Final = """
## Streams and keys

`{prefix}` is the setting `prefix`; `keys.tag` stands before every name. Every entry is written by one
role and read by the next, see [architecture](architecture.md).
"""
STREAM_FIELDS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "task": (tuple(job_fields("", "", "live", "", "", datetime(2026, 1, 1, tzinfo=UTC))), "jobs of a day"),
    "data": (("quote", "v"), "quotes of events that the index does not know"),
    "matched": (("data_key",), "documents that changed"),
    "opportunities": (("id", "state", "reason", "body", "at"), "what `opened`, `changed` and `closed`"),
    "quotes": (("quote", "match_id", "before"), "quotes that changed, while a recorder's group reads them"),
    "states": (
        ("state", "match_id", "score_since"),
        "states of matches, while a recorder's group reads them",
    ),
    "health": (("sample",), "what workers said of themselves, sampled by a recorder"),
    "alerts": (("alert",), "the outbox of alerts: what is told of an opportunity (`Alert`)"),
    "dead": (("id", "payload", "error", "worker", "time"), "messages that no worker could take"),
}
DOCUMENT: Final[Mapping[tuple[str, ...], str]] = {
    ("match_team_objects.BOOKMAKER",): "the bookmaker's quote, JSON",
    ("event.BOOKMAKER",): "the key of the event that the quote is of",
    ("changed_at.BOOKMAKER",): "since when it has these prices, in microseconds",
    ("match_id", "market", "source", "teams"): "what the document is of",
    ("match_date", "start_time", "kickoff"): "day and time of the kick-off as text, and in microseconds",
    ("created", "bookie_updated", "arb_updated"): "made, last changed, last judged, in microseconds",
    ("revision",): "another number whenever a price changed; a verdict names the one it was reached on",
    ("score_changed_at.BOOKMAKER",): "when its score was first seen to be another than before, if ever",
    ("arbitrage", "standing"): "1 while the verdict holds that something stands; the ids of what does",
    ("arbitrage_opportunities",): "what has a leg in it, JSON (an array of `Opportunity`)",
}
JSON_DOCUMENT: Final = """
Where the server has JSON and Search (Redis 8, Redis Stack) a document is one JSON value under the same key.
`match_team_objects`, `event` and `changed_at` are objects by bookmaker, and so is `ids`: the event's id
where it is a number of at most 15 digits, because a string in a numeric field takes a document out of an
index. Moments are numbers, `arbitrage_opportunities` is a list of one. Each market and source has an index;
`-` and other punctuation in a tag's value are escaped in a query. `mispriced doctor` says which of the two
is used. A prefix that began with hashes keeps them when its server gets the modules: an empty database or
another prefix begins with JSON.
"""
OTHER_KEYS: Final[Mapping[str, str]] = {
    "{prefix}-revision": (
        "one number for all documents, so that a document that comes back has no revision twice;"
        " `{prefix}-revision:json` where they are JSON"
    ),
    "{prefix}-streams": "every stream that was written to or read",
    "{prefix}-once:{name}": "entries were published under this name; by the server's clock, for a day",
    "{prefix}-{bookmaker}_{word}_ids_{source}-{period}": (
        "a cached answer, such as `xtr-bookiegamma_competition_ids_upcoming-0`; of a job's second request"
        " with `-1` behind"
    ),
    "{prefix}-livedata-calls": "the football API's calls of the minute, for its limit",
    "{prefix}-livedata-last": "the last good answers of the football API",
    "{prefix}-livedata-statics": "leagues, teams and countries, which change rarely",
    "{prefix}-livedata-companies": "the names of the odds companies",
}
NOTES: Final[Mapping[str, str]] = {
    "extraction/{bookmaker}/{source}/{markets}/{period}": "the last reading (`Extraction`)",
    "extraction/{bookmaker}/{source}/{market}/{period}/events": "the last asking of an event stream",
    "cadence/{bookmaker}/{source}/{market}/{period}": "its sightings, which say its cadence (`Sightings`)",
    "worker/{group}/{consumer}": "what a worker says of itself every second (`Heartbeat`)",
    "listener/{bookmaker}": "what a listener says of itself every second: messages, useful ones, contexts",
    "cycle/{source}": "when the launcher last published the jobs of a source",
    "pause/{bookmaker}/{source}": "until when a site is not asked, because it said so",
    "livedata/last": "the last football cycle (`Report`)",
    "livedata/good": "when a football cycle last had data of the API",
    "alerts/since": "when alerts were first on: nobody is told of what was before",
    "alerts/since/{target}": "when a target was first named",
    "alerts/sending/{target}": "the alert whose attempt is on its way",
    "simulated": "what this prefix holds is a simulator's",
}

MESSAGES: Final = """
## Messages

One quote, everywhere the same:

```json
{quote}
```

Prices are decimal odds, times UTC. A reader ignores fields that it does not know. A field without a
default is always there; `UNSET` stands for one that may be absent.
"""
EXAMPLE: Final = Quote(
    bookmaker="BookieAlpha",
    event_id="61624652",
    refs={"betradar": "61624652"},
    home="Valencia",
    away="Rayo Vallecano",
    competition="LaLiga",
    country="Spain",
    kickoff=datetime(2026, 5, 14, 17, tzinfo=UTC),
    market="three_way",
    prices={"1": 2.3, "X": 3.2, "2": 3.55},
    source="upcoming",
    seen_at=datetime(2026, 5, 14, 9, 30, 12, 250000, tzinfo=UTC),
    origin=Origin(
        request="GET /v1/uo/matches?page=1&limit=100&tab=upcoming&sport_id=14&sub_type_id=1&period_id=-1",
        sha256="0" * 64,
        step="matches",
        took_ms=212,
    ),
)

FILES: Final = """
## Files

DATA is the data directory: the setting `data_dir`, or `mispriced` in `XDG_DATA_HOME` or `~/.local/share`.
`up --demo`, `--odds` and `--recorded` keep theirs in a temporary directory and remove it at the end. Logs
go to standard error and, where `log_dir` is set, to files there.
"""
FILE_ROWS: Final[Mapping[str, str]] = {
    ".venv, .venv-test": "`run.py`: the environments, in the checkout, with a `.lock` beside each",
    f"DATA/{embedded.LOCK}": "held by the running embedded server; its text is the socket's path",
    f"DATA/{embedded.LOG}": f"the embedded server's words, cut at {embedded.LONGEST_LOG >> 20} MiB",
    "DATA/appendonlydir": "the embedded server's data",
    "DATA/record": "the record in Parquet, and `recorder.lock`; else `record.dir`",
    "DATA/run": "`mispriced launch`: locks, records and output of local workers; else `launch.run_dir`",
    "LOG_DIR/NAME_YYYY-MM-DD.log": "a process's log, turned over by size and removed by age",
    f"LOG_DIR/{AUDIT_LOG}": "who started, stopped, replayed or dropped what; never turned over",
    "mispriced.toml": "`mispriced config init`; another name by its argument",
    "FILE": "`mispriced simulate --write-config FILE`, `mispriced match … --out FILE`",
    "DIR/mispriced-NAME": "`mispriced new-bookmaker NAME --dir DIR`",
}
