"""`mispriced web`: serves a running store, says where, ends when told; refuses what it must not serve."""

import os
import re
import signal
import subprocess
import urllib.request

import pytest

from mispriced.cli.stores import own_server
from tests.cli.commands import COMMAND, environment, run

STATIC = "/static/page.js"


def test_it_serves_a_store_until_sigterm():
    with own_server() as url:
        words = [*COMMAND, "web", "--port", "0"]
        with subprocess.Popen(
            words, env=environment(REDIS_URL=url), stderr=subprocess.PIPE, text=True
        ) as process:
            said = process.stderr.readline()
            told = re.fullmatch(r"mispriced: page and API at (http://127\.0\.0\.1:\d+)\n", said)
            assert told is not None, said
            with urllib.request.urlopen(told[1] + STATIC, timeout=30) as answer:
                assert answer.status == 200
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(5) == 0
            assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "web.host: 0.0.0.0 is reached from other machines, which needs web.token to be set"),
        ({"MISPRICED_WEB_TOKEN": "short"}, "web.token"),
    ],
)
def test_beyond_loopback_it_does_not_start_without_a_good_token(given, says):
    with own_server() as url:
        answer = run("web", "--host", "0.0.0.0", "--port", "0", REDIS_URL=url, **given)
    assert (answer.code, answer.out) == (78, "")
    assert says in answer.err
    assert "short" not in answer.err.replace("too short", "")


def test_the_address_of_up_goes_with_no_once():
    answer = run("up", "--once", "--port", "0")
    assert (answer.code, answer.err) == (2, "mispriced: --host or --port goes with no --once\n")
