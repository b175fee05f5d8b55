"""Settings handed on to workers: the same settings arrive, and no digest knows a secret."""

import json

import pytest
from pydantic import SecretStr

from mispriced.errors import Misconfigured
from mispriced.settings import load
from mispriced.settings.handing import SETTINGS, hand_on

FILE = """
simulated = true
min_bookmakers = "batch"
data_dir = "/nowhere"

[cadence]
live_s = 7

[extract.live]
stream = "XTR-BTTS_live_stream"
BookieAlpha.date = [-1]

[bookmakers.BookieAlpha.live]
base_url = "https://alpha.test"
headers = { Accept = "application/json" }
proxy = "http://user:canary@proxy.test:1"

[launch]
drain_s = 9
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (SETTINGS, f"{SETTINGS}_FILE", "MISPRICED_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "mispriced.toml"
    file.write_text(FILE)
    return load(file)


def test_what_was_set_arrives_and_the_launchers_own_does_not(settings, monkeypatch):
    handed_on, _ = hand_on(settings)
    monkeypatch.setenv(SETTINGS, handed_on.get_secret_value())
    there = load()
    for name in ("simulated", "min_bookmakers", "cadence", "extract", "bookmakers", "freshness"):
        assert getattr(there, name) == getattr(settings, name), name
    assert there.data_dir is None
    assert there.launch.drain_s == 3


def test_they_may_come_in_a_file_as_secrets_of_containers_do(settings, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(hand_on(settings)[0].get_secret_value())
    monkeypatch.setenv(f"{SETTINGS}_FILE", str(tmp_path / "secret"))
    assert load().bookmakers == settings.bookmakers


def test_a_file_that_is_asked_for_is_stronger(settings, monkeypatch, tmp_path):
    monkeypatch.setenv(SETTINGS, hand_on(settings)[0].get_secret_value())
    (tmp_path / "other.toml").write_text("[cadence]\nlive_s = 8\n")
    assert load(tmp_path / "other.toml").cadence.live_s == 8


def test_the_digest_changes_with_what_is_public_and_knows_no_secret(settings):
    def digest_of(settings):
        return hand_on(settings)[1]

    alpha = settings.bookmakers["BookieAlpha"]
    proxied = alpha.live.model_copy(update={"proxy": SecretStr("http://user:other@proxy.test:1")})
    without = alpha.live.model_copy(update={"proxy": None})
    other = alpha.live.model_copy(update={"base_url": "https://other.test"})

    def digest_with(live):
        bookmakers = {"BookieAlpha": alpha.model_copy(update={"live": live})}
        return digest_of(settings.model_copy(update={"bookmakers": bookmakers}))

    assert digest_with(proxied) == digest_of(settings)
    assert len({digest_of(settings), digest_with(without), digest_with(other)}) == 3
    assert "canary" in hand_on(settings)[0].get_secret_value()
    assert "canary" not in repr(hand_on(settings))


@pytest.mark.parametrize(
    ("text", "message"), [("{", "MISPRICED_SETTINGS is no JSON"), ("[]", "no JSON object")]
)
def test_what_is_no_settings_is_named(text, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(SETTINGS, text)
    with pytest.raises(Misconfigured, match=message):
        load()


def test_what_is_handed_on_is_json(settings):
    assert json.loads(hand_on(settings)[0].get_secret_value())["cadence"] == {"live_s": 7}
