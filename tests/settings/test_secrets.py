"""Every value of the settings that is secret, and that no command shows it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from mispriced import settings, telemetry
from mispriced.errors import Misconfigured
from mispriced.settings.secrets import secrets

CONFIGURATION = """
rollbar_access_token = "canary-rollbar"
[redis]
url = "redis://me:canary%2Fredis@127.0.0.1:1/0"
password = "canary-redis-pass"
[bookmakers.BookieAlpha.live]
base_url = "http://127.0.0.1:1/alpha?api_key=canary-parameter&day=1"
proxy = "http://me:canary-proxy@127.0.0.1:1"
[bookmakers.BookieAlpha.live.headers]
Authorization = "Bearer canary-bearer"
Cookie = "sid=canary-cookie; path=x"
X-App-Timezone = "Africa/Nairobi"
[extract.live]
stream = "XTR-BTTS_live_stream"
BookieAlpha.date = ["-1"]
"""

CANARIES = {
    "canary-rollbar", "canary%2Fredis", "canary/redis", "canary-redis-pass", "canary-parameter",
    "canary-proxy", "http://me:canary-proxy@127.0.0.1:1", "Bearer canary-bearer", "canary-bearer",
    "sid=canary-cookie; path=x", "canary-cookie", "x",
}  # fmt: skip


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(("MISPRICED_", "REDIS_", "PREFIX", "LOG_DIR", "XDG_", "ROLL")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "mispriced.toml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    return path


def test_what_is_typed_as_secret_and_what_addresses_and_headers_carry_is_found(written):
    assert secrets(settings.load(written)) == CANARIES


def test_what_was_loaded_is_hidden_from_then_on(tmp_path):
    path = tmp_path / "mispriced.toml"
    path.write_text('rollbar_access_token = "once-loaded-8841"', encoding="utf-8")
    assert telemetry.redact("Bearer once-loaded-8841") == "Bearer once-loaded-8841"
    settings.load(path)
    assert telemetry.redact("Bearer once-loaded-8841") == "Bearer ***"


def test_a_server_without_password_stays_readable():
    class Server(BaseModel):
        url: SecretStr
        other: SecretStr

    found = secrets(Server(url=SecretStr("redis://127.0.0.1:6379/0"), other=SecretStr("unix:///run/x.sock")))
    assert found == frozenset()


def test_an_address_that_cannot_be_taken_apart_is_secret_whole():
    class Server(BaseModel):
        url: SecretStr

    address = "redis://:canary@[::1"
    assert secrets(Server(url=SecretStr(address))) == {address}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROLLBAR_ACCESS_TOKEN", "canary-token"),
        ("REDIS_PASS", "canary-pass"),
        ("REDIS_URL", "redis://:canary-url@127.0.0.1:1"),
    ],
)
@pytest.mark.parametrize("way", ["environment", "file"])
def test_a_secret_is_known_wherever_it_came_from(tmp_path, monkeypatch, name, value, way):
    if way == "environment":
        monkeypatch.setenv(name, value)
    else:
        (tmp_path / "secret").write_text(f"{value}\n", encoding="utf-8")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    canary = value.partition("redis://:")[2].partition("@")[0] or value
    assert canary in secrets(settings.load())


@pytest.mark.parametrize(
    "text",
    [
        "rollbar_access_token = 12345678901",
        '[bookmakers.A.live]\nbase_url = "x"\nproxy = 12345678901',
        '[bookmakers.A.live]\nbase_url = "x"\nheaders = {Authorization = 12345678901}',
        "[redis]\npassword = 12345678901",
    ],
)
def test_a_secret_of_the_wrong_type_is_not_shown_in_the_error(tmp_path, text):
    path = tmp_path / "mispriced.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        settings.load(path)
    assert "12345678901" not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("doctor", "no Redis or Valkey server answers"),
        ("--log-json up --once", "no Redis or Valkey server answers"),
        ("-v dlq list", "no Redis or Valkey server answers"),
        ("-v extract BookieAlpha btts live -- -1", "0 quotes"),
    ],
)
def test_no_command_shows_a_secret_of_its_configuration(written, tmp_path, command, said):
    """Server, proxy and site refuse: every error path that has an address in it."""
    environment = os.environ | {"LOG_DIR": str(tmp_path / "logs"), "MISPRICED_CONFIG": str(written)}
    run = subprocess.run(
        [sys.executable, "-m", "mispriced", *command.split()],
        capture_output=True,
        text=True,
        env=environment,
    )
    logs = "".join(path.read_text() for path in Path(tmp_path).glob("logs/*"))
    assert said in run.stderr
    assert [one for one in CANARIES - {"x"} if one in run.stdout + run.stderr + logs] == []
