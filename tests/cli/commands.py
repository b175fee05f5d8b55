"""Commands as a person gives them, in an environment without settings: one, or many in one process."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mispriced.backends.keys import Keys
from mispriced.simulator.configuration import PREFIX

COMMAND = [sys.executable, "-P", "-m", "mispriced"]
OURS = (
    "MISPRICED_", "REDIS_", "PREFIX", "LOG_DIR", "XTR", "STREAM", "BATCH", "ROLL", "THESPORTS_", "NO_COLOR",
)  # fmt: skip

SIMULATED = Keys(prefix=PREFIX, tag=f"{PREFIX}:")  # the names under the simulator's configuration

# Runs each command in a fork of a process that has everything loaded: a start takes half a second.
MANY = """
import gc, json, os, sys
from mispriced.cli import main
import mispriced.cli.offline, mispriced.cli.up, mispriced.cli.matching, mispriced.domain.matching

def child(number, words, environment, place):
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{number}.{name}", os.O_WRONLY | os.O_CREAT, 0o600), stream)
    os.environ.update(environment)
    os.chdir(place)
    sys.argv = ["mispriced", *words]
    code = 1
    try:
        main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        if code == 1 and sys.exc_info()[0]:
            sys.excepthook(*sys.exc_info())
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)

gc.freeze()
orders = json.load(sys.stdin)
running, codes = {}, [None] * len(orders)
for number, order in enumerate(orders):
    if len(running) == int(sys.argv[1]):
        pid, status = os.wait()
        codes[running.pop(pid)] = os.waitstatus_to_exitcode(status)
    pid = os.fork()
    if pid == 0:
        child(number, *order)
    running[pid] = number
while running:
    pid, status = os.wait()
    codes[running.pop(pid)] = os.waitstatus_to_exitcode(status)
json.dump(codes, sys.stdout)
"""


SERVED = re.compile(r"mispriced: page and API at http://127\.0\.0\.1:\d+(?: \(port \d+ is taken\))?\n")


class Answer(NamedTuple):
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Asked(NamedTuple):
    """A command's words, what its environment adds, and where it is given."""

    words: Sequence[str]
    environment: Mapping[str, str] = {}
    place: str | Path = "."


def environment(**given: str) -> dict[str, str]:
    """Return this process's environment without the program's settings, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "COLUMNS": "100", "TERM": "dumb", **given}


def run(*words: str, **given: str) -> Answer:
    """Return what a command says."""
    done = subprocess.run(
        [*COMMAND, *words], env=environment(**given), capture_output=True, timeout=60, text=True
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def run_many(asked: Sequence[Asked], at_once: int = 3) -> list[Answer]:
    """Return what each of the commands says, given in this order, so many of them at once."""
    with tempfile.TemporaryDirectory() as place:
        orders = [(list(one.words), dict(one.environment), str(Path(one.place).resolve())) for one in asked]
        done = subprocess.run(
            [sys.executable, "-P", "-c", MANY, str(at_once)],
            input=json.dumps(orders),
            env=environment(),
            cwd=place,
            capture_output=True,
            timeout=120,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        codes = json.loads(done.stdout)
        said = [
            [Path(place, f"{number}.{name}").read_text(encoding="utf-8") for name in ("out", "err")]
            for number in range(len(asked))
        ]
    return [Answer(code, out, err) for code, (out, err) in zip(codes, said, strict=True)]
