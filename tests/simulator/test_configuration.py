from pathlib import Path

import pytest

from mispriced.backends.keys import Keys
from mispriced.bookmakers import find
from mispriced.domain.markets import MARKETS
from mispriced.domain.model import SOURCES
from mispriced.settings import load
from mispriced.simulator.answers import PREFIXES
from mispriced.simulator.configuration import config_toml

URL = "http://127.0.0.1:8400"


def test_the_settings_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "simulated.toml"
    file.write_text(config_toml(URL))
    settings = load(file)
    assert settings.simulated
    names = Keys(prefix=settings.prefix, tag=settings.keys.tag)
    assert not set(names.pipeline_streams()) & set(Keys().pipeline_streams())
    for prefix, (bookmaker, source) in PREFIXES.items():
        site = getattr(settings.bookmakers[bookmaker], source)
        assert (site.base_url, site.per_second) == (f"{URL}/{prefix}", 0)
    assert dict(settings.extract.live.streams) == {
        market: f"SIM-{row.key}_live_stream" for market, row in MARKETS.items()
    }
    assert settings.extract.live.periods == {
        "BookieAlpha": ("-1",),
        "BookieGamma": ("0",),
        "BookieDelta": ("0",),
    }
    assert settings.bookmakers["BookieDelta"].live is not None
    assert settings.bookmakers["BookieDelta"].live.headers["X-App-Timezone"] == "Africa/Nairobi"


def test_one_that_listens_for_containers_is_the_proxy_of_its_loopback_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "simulated.toml"
    file.write_text(config_toml("http://172.30.0.1:8400", has_football=True))
    settings = load(file)
    for prefix, (bookmaker, source) in PREFIXES.items():
        site = getattr(settings.bookmakers[bookmaker], source)
        assert (site.base_url, site.proxy.get_secret_value()) == (f"{URL}/{prefix}", "http://172.30.0.1:8400")
    assert settings.livedata.base_url != f"{URL}/thesports"


def test_every_period_is_a_word_of_its_bookmaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "simulated.toml"
    file.write_text(config_toml(URL))
    settings = load(file)
    for name, words in settings.extract.upcoming.periods.items():
        assert words == tuple(find(name).periods)


def test_what_is_not_served_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "simulated.toml"
    file.write_text(config_toml(URL, [("BookieDelta", "upcoming")], ["three_way"]))
    settings = load(file)
    assert list(settings.bookmakers) == ["BookieDelta"]
    assert settings.bookmakers["BookieDelta"].live is None
    assert dict(settings.extract.upcoming.streams) == {"three_way": "SIM-THREE_WAY_upcoming_stream"}
    assert [getattr(settings.extract, source).periods.keys() for source in SOURCES] == [
        {"BookieDelta"},
        set(),
    ]
