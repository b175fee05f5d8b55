"""Alerts as a person runs them: a worker that is killed, a chat service and a webhook on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from mispriced.backends.notify import signature
from mispriced.backends.redis import RedisStore
from mispriced.cli.clock import SystemClock
from mispriced.messages import Output
from tests.backends.servers import valkey
from tests.backends.test_notify import SECRET, Fake, served
from tests.cli.commands import COMMAND, Asked, environment, run_many
from tests.pipeline.opportunities import change, surebet


def settings(folder: Path, chat: Fake, hook: Fake) -> Path:
    file = folder / "mispriced.toml"
    file.write_text(
        f"""
        simulated = true
        alerts.cooldown_s = 0
        alerts.targets.phone.url = "json://{chat.place}/token-of-an-example"
        alerts.targets.hook.url = "http://{hook.place}/in"
        alerts.targets.hook.secret = "{SECRET}"
        """
    )
    return file


@contextmanager
def worker(address: str, config: Path):
    command = [*COMMAND, "worker", "--role", "alerts", "--config", str(config)]
    with subprocess.Popen(command, env=environment(REDIS_URL=address), stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def kill(pid: int, at: int, number: int) -> None:
    if number == at:
        os.kill(pid, signal.SIGKILL)


def names(hook: Fake) -> set[str]:
    return {headers["X-Mispriced-Delivery"] for headers, _ in hook.got}


def wait_until(is_so) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_over_kills_each_change_is_told_once_and_the_signature_is_that_of_the_body(tmp_path):
    with valkey() as address, served() as chat, served() as hook:
        store = RedisStore(address)
        config = settings(tmp_path, chat, hook)
        told = [(state, number) for number in range(6) for state in ("opened", "closed")]
        with worker(address, config):
            wait_until(lambda: any(one.group == "alerts" for one in store.backlog()))
        now = SystemClock().now() + timedelta(seconds=30)  # so that however slow, it is read as news
        for state, number in told:
            fields = change(state, surebet(f"sb{number}"), 0) | {"at": str(int(now.timestamp() * 1e6))}
            store.publish([Output(stream=store.opportunity_stream(), fields=fields)])
        for killed_at in (3, 8):  # it has arrived, and is not answered
            with worker(address, config) as process:
                chat.reached = partial(kill, process.pid, killed_at)
                assert process.wait(30) == -signal.SIGKILL
        with worker(address, config) as process:
            wait_until(lambda: len(chat.got) == len(names(hook)) == len(told))
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(15) == 0
        store.close()
    titles = [json.loads(body)["title"].partition(":")[0] for _, body in chat.got]
    assert titles == ["SIMULATED Surebet +5.00%", "SIMULATED Closed"] * 6
    for headers, body in hook.got:
        seconds = headers["X-Mispriced-Signature"].partition(",")[0].removeprefix("t=")
        assert headers["X-Mispriced-Signature"] == signature(SECRET, int(seconds), body)
    by_id = {headers["X-Mispriced-Delivery"]: json.loads(body)["alert"] for headers, body in hook.got}
    assert [(one["state"], one["opportunity"]) for one in by_id.values()] == [
        (state, f"sb{number}") for state, number in told
    ]


def test_a_test_is_sent_to_each_target_and_what_came_of_it_is_said(tmp_path):
    with served() as chat, served() as hook:
        config = settings(tmp_path, chat, hook)
        hook.answers = [(403, {})]
        empty = tmp_path / "empty.toml"
        empty.write_text("")
        bad = tmp_path / "bad.toml"
        bad.write_text('alerts.quiet = "night"\nalerts.targets.phone.url = "token-of-an-example"')
        both, one, unknown, nobody, wrong = run_many(
            [
                Asked(["alerts", "test", "--config", str(config)]),
                Asked(["alerts", "test", "--config", str(config), "--target", "phone", "--json"]),
                Asked(["alerts", "test", "--config", str(config), "--target", "fone"]),
                Asked(["alerts", "test", "--config", str(empty)]),
                Asked(["alerts", "test", "--config", str(bad)]),
            ],
            at_once=1,
        )
    assert (both.code, both.out) == (1, "phone: sent\nhook: status 403\n")
    assert (one.code, one.json) == (0, {"phone": "sent"})
    assert unknown.err == "mispriced: unknown target 'fone'; allowed: hook, phone; did you mean 'phone'?\n"
    assert (nobody.code, nobody.err) == (78, "mispriced: alerts.targets is empty: nobody would be told\n")
    assert wrong.code == 78
    assert "must be two times such as 22:00-07:00" in wrong.err
    assert all("token" not in answer.err for answer in (both, one, unknown, wrong))
    assert Counter(json.loads(body)["title"] for _, body in chat.got) == {"mispriced: a test": 2}


def test_settings_that_are_shown_hide_the_addresses_of_targets(tmp_path):
    from mispriced.settings import load

    with served() as chat, served() as hook:
        loaded = load(settings(tmp_path, chat, hook))
    assert set(loaded.alerts.targets) == {"phone", "hook"}
    assert "token-of" not in msgspec.json.encode(loaded.model_dump(mode="json")).decode()
