import os
from pathlib import Path

import pytest

from mispriced import settings
from mispriced.errors import Misconfigured

DOCUMENTS_SHAPE = """
[bookmakers.BookieGamma.live]
base_url = "http://127.0.0.1:1/gamma"
[bookmakers.BookieBeta.upcoming]
base_url = "http://127.0.0.1:1/beta"
[extract.live]
stream = "XTR-BTTS_live_stream"
BookieGamma.date = [0]
[extract.upcoming]
btts_stream = "XTR-BTTS_upcoming_stream"
BookieBeta.date = ["24H", "2D"]
"""


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(("MISPRICED_", "REDIS_", "PREFIX", "LOG_DIR", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mispriced.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_documents_shape_is_read(tmp_path):
    loaded = settings.load(written(tmp_path, DOCUMENTS_SHAPE))
    assert loaded.extract.upcoming.streams == {"btts": "XTR-BTTS_upcoming_stream"}
    assert loaded.extract.upcoming.periods == {"BookieBeta": ("24H", "2D")}
    assert loaded.extract.live.periods == {"BookieGamma": ("0",)}


def test_the_documents_single_live_stream_becomes_one_a_market(tmp_path):
    loaded = settings.load(written(tmp_path, DOCUMENTS_SHAPE))
    assert loaded.extract.live.streams == {
        "three_way": "XTR-THREE_WAY_live_stream",
        "btts": "XTR-BTTS_live_stream",
        "double_chance": "XTR-DOUBLE_CHANCE_live_stream",
    }


def test_flag_stands_before_environment_before_dotenv_before_file_before_default(tmp_path, monkeypatch):
    path = written(tmp_path, 'prefix = "file"')
    assert settings.load().prefix == "xtr"
    assert settings.load(path).prefix == "file"
    (tmp_path / ".env").write_text("PREFIX=dotenv\n", encoding="utf-8")
    assert settings.load(path).prefix == "dotenv"
    monkeypatch.setenv("PREFIX", "environment")
    assert settings.load(path).prefix == "environment"
    assert settings.load(path, {"prefix": "flag"}).prefix == "flag"


def test_the_documents_redis_names_are_read_and_the_password_is_never_shown(tmp_path, monkeypatch):
    secret = tmp_path / "password"
    secret.write_text("canary-7f3a\n", encoding="utf-8")
    monkeypatch.setenv("REDIS_HOST", "odds.example")
    monkeypatch.setenv("REDIS_PORT", "6380")
    monkeypatch.setenv("REDIS_PASS_FILE", str(secret))
    loaded = settings.load()
    assert (loaded.redis.host, loaded.redis.port) == ("odds.example", 6380)
    assert loaded.redis.password is not None
    assert loaded.redis.password.get_secret_value() == "canary-7f3a"
    assert "canary" not in repr(loaded) + loaded.model_dump_json()


def test_a_server_named_in_dotenv_is_found_and_the_environment_stands_before_it(tmp_path, monkeypatch):
    path = written(tmp_path, '[redis]\nurl = "redis://file.example:1"')
    (tmp_path / ".env").write_text("REDIS_HOST=dotenv.example\nREDIS_PORT=6381\n", encoding="utf-8")
    loaded = settings.load(path)
    assert (loaded.redis.url, loaded.redis.host, loaded.redis.port) == (None, "dotenv.example", 6381)
    monkeypatch.setenv("REDIS_HOST", "environment.example")
    assert settings.load(path).redis.host == "environment.example"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('prefx = "x"', r"unknown key 'prefx'; .*did you mean 'prefix'\?"),
        ('[redis]\nhots = "x"', r"redis.hots: unknown key 'hots'; .*did you mean 'host'\?"),
        ("[redis]\nport = 99999", r"redis.port: input should be less than or equal to 65535, not '99999'"),
        ("[freshness]\nlive_s = 0", r"freshness.live_s: input should be greater than 0, not '0'"),
        ('[extract.live]\nfoo_stream = "x"', r"unknown key 'foo_stream'; allowed: stream, three_way_stream"),
        ("[extract.live]\nBookieX.date = [0]", r"extract.live: unknown bookmaker 'BookieX'"),
        ('[bookmakers.A.live]\nbase_ur = "x"', r"unknown key 'base_ur'; .*did you mean 'base_url'\?"),
        ("prefix = ", r"mispriced.toml: Invalid value"),
    ],
)
def test_a_wrong_setting_names_key_value_and_what_is_allowed(tmp_path, text, reason):
    with pytest.raises(Misconfigured, match=reason):
        settings.load(written(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("MISPRICED_DATADIR", "MISPRICED_DATA_DIR"),
        ("MISPRICED_FRESHNESS_LIVE_S", "MISPRICED_FRESHNESS__LIVE_S"),
        ("MISPRICED_CONFG", "MISPRICED_CONFIG"),
        ("mispriced_min_bookmaker", "MISPRICED_MIN_BOOKMAKERS"),
    ],
)
def test_a_misspelt_name_of_the_environment_is_an_error_with_the_nearest(monkeypatch, name, nearest):
    monkeypatch.setenv(name, "1")
    with pytest.raises(
        Misconfigured, match=rf"unknown setting '{name}'; did you mean '{nearest}'\?"
    ) as error:
        settings.load()
    assert error.value.exit_code == 78


def test_a_misspelt_name_in_dotenv_is_an_error_and_one_in_a_section_names_it(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("MISPRICED_PREFX=x\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match="did you mean 'MISPRICED_PREFIX'"):
        settings.load()
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("MISPRICED_REDIS__HOTS", "x")
    with pytest.raises(Misconfigured, match=r"redis\.hots: unknown key 'hots'; .*did you mean 'host'"):
        settings.load()


def test_every_setting_has_its_name_and_what_is_no_setting_is_let_be(tmp_path, monkeypatch):
    config = written(tmp_path, "")
    given = {
        "MISPRICED_CONFIG": str(config), "MISPRICED_TEST_FLEET_S": "9", "MISPRICED_REQUIRE_ENGINES": "1",
        "MISPRICED_SHARED_DATA": "x", "MISPRICED_ROLE": "match", "MISPRICED_SETTINGS_DIGEST": "x",
        "MISPRICED_KEYS__TAG": "t", "MISPRICED_BOOKMAKERS__BOOKIEDELTA__PAGE": "https://delta.test/",
        "MISPRICED_PREFIX": "p", "_MISPRICED_COMPLETE": "x",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    loaded = settings.load()
    assert (loaded.keys.tag, loaded.prefix) == ("t", "p")
    assert loaded.bookmakers["bookiedelta"].page == "https://delta.test/"


@pytest.mark.parametrize(
    ("name", "nearest"), [("BookieAlfa/live", "BookieAlpha/live"), ("bookiealpha/live", "BookieAlpha/live")]
)
def test_a_limit_of_no_site_is_refused_with_the_nearest(tmp_path, name, nearest):
    text = f'[freshness.by_bookmaker]\n"BookieBeta/upcoming" = 9\n"{name}" = 3\n'
    reason = rf"freshness\.by_bookmaker: unknown site '{name}'; .*did you mean '{nearest}'"
    with pytest.raises(Misconfigured, match=reason):
        settings.load(written(tmp_path, text))


def test_a_configuration_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Misconfigured, match=r"absent.toml: No such file"):
        settings.load(tmp_path / "absent.toml")


def test_data_go_to_the_users_directory_or_to_a_temporary_one_that_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings.data_dir(settings.load()) == (tmp_path / ".local/share/mispriced", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert settings.data_dir(settings.load())[0] == tmp_path / "xdg/mispriced"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.delenv("HOME")
    place, remark = settings.data_dir(settings.load())
    assert str(place) in remark
    place.rmdir()
