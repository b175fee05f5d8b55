"""Settings from flags, the environment, `.env`, a TOML file and defaults, in that order of strength.

The file has the documents' shape: `[extract.upcoming]` with `three_way_stream = …` and
`BookieBeta.date = ["24H", …]`. Unknown keys are errors with the nearest match. Secrets are never shown.
This package is the only one that reads the environment.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsError,
)

from mispriced.domain.model import SOURCES, Source
from mispriced.errors import Misconfigured, unknown
from mispriced.settings.environment import refuse_misspelt
from mispriced.settings.handing import SETTINGS
from mispriced.settings.model import ExtractSettings, Settings, SiteSettings
from mispriced.settings.secrets import SECRET_NAME, secrets
from mispriced.settings.sections import fields_at
from mispriced.settings.web import WEB_TOKEN
from mispriced.telemetry.redact import hide

DOTENV: Final = ".env"
CREDENTIALS: Final = {"user": "THESPORTS_USER", "secret": "THESPORTS_SECRET"}
"""The football API's, by key of the settings."""


def load(config: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of this process.

    Raises: Misconfigured with the key, the value and what is allowed.
    """
    refuse_misspelt([*os.environ, *dotenv_values(DOTENV)])
    chosen = config or (Path(named) if (named := os.environ.get("MISPRICED_CONFIG")) else None)
    handed_on = None if config else _of_environment(SETTINGS)
    given = _handed_on(handed_on) if handed_on else _file(chosen) if chosen else {}
    _refuse_unknown(given, set(Settings.model_fields), str(chosen))
    try:
        loaded = _with_file(_documents_environment(given))(
            **{name: value for name, value in (flags or {}).items() if value is not None}
        )
    except ValidationError as error:
        raise Misconfigured(_explained(error, chosen)) from error
    except SettingsError as error:
        raise Misconfigured(f"environment: {error}") from error
    for source in SOURCES:
        section: ExtractSettings = getattr(loaded.extract, source)
        for name in section.periods:
            if name.casefold() not in {one.casefold() for one in loaded.bookmakers}:
                raise Misconfigured(f"extract.{source}: {unknown('bookmaker', name, loaded.bookmakers)}")
    _check_limits(loaded.freshness.by_bookmaker)
    hide(secrets(loaded))  # before anything can be said with them in it
    return loaded


def _check_limits(by_bookmaker: Mapping[str, float]) -> None:
    if by_bookmaker:
        from mispriced.bookmakers import bookmakers

        sites = [f"{name}/{source}" for name, one in bookmakers().items() for source in one.markets]
        for name in by_bookmaker:
            if name not in sites:
                raise Misconfigured(f"freshness.by_bookmaker: {unknown('site', name, sites)}")


def data_dir(settings: Settings) -> tuple[Path, str]:
    """Return where data are kept, and a remark when it is a temporary place."""
    if settings.data_dir is not None:
        return settings.data_dir, ""
    base = os.environ.get("XDG_DATA_HOME") or (
        f"{home}/.local/share" if (home := os.environ.get("HOME")) else ""
    )
    if base and _writable(Path(base)):
        return Path(base) / "mispriced", ""
    place = Path(tempfile.mkdtemp(prefix="mispriced-"))
    return place, f"HOME is not set or not writable: data are in {place} and may not last"


def inherited() -> dict[str, str]:
    """Return the environment of this process, for a process that it starts."""
    return dict(os.environ)


def runtime_dir() -> Path | None:
    """Return the user's directory for sockets, if the system has one."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    return Path(given) if given and _writable(Path(given)) else None


def _with_file(given: dict[str, Any]) -> type[Settings]:
    """Return the settings with the file's content below flags and environment."""

    class WithFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, dotenv_settings, InitSettingsSource(settings_cls, given)

    return WithFile


def _writable(path: Path) -> bool:
    nearest = next((one for one in (path, *path.parents) if one.exists()), path)
    return os.access(nearest, os.W_OK)


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"configuration {path}: {error}") from error


def _documents_environment(given: dict[str, Any]) -> dict[str, Any]:
    """Put the documents' REDIS_* names into the section they mean; *_FILE names a file with the value."""
    redis = dict(given.get("redis", {}))
    if _of_environment("REDIS_HOST"):
        redis.pop("url", None)  # the environment's server stands before the file's
    for key, name in (
        ("url", "REDIS_URL"),
        ("host", "REDIS_HOST"),
        ("port", "REDIS_PORT"),
        ("db", "REDIS_DB"),
        ("password", "REDIS_PASS"),
    ):
        if value := _of_environment(name):
            redis[key] = value
    livedata = dict(given.get("livedata", {}))
    for key, name in CREDENTIALS.items():
        if value := _of_environment(name):
            livedata[key] = value
    token = _of_environment("ROLLBAR_ACCESS_TOKEN")
    web_token = _of_environment(WEB_TOKEN)
    web = dict(given.get("web", {})) | ({"token": web_token} if web_token else {})
    return (
        given
        | ({"redis": redis} if redis else {})
        | ({"livedata": livedata} if livedata else {})
        | ({"web": web} if web else {})
        | ({"rollbar_access_token": token} if token else {})
    )


def _of_environment(name: str) -> str | None:
    beside = dotenv_values(DOTENV)
    value = os.environ.get(name) or beside.get(name)
    if value is None and (named := os.environ.get(f"{name}_FILE") or beside.get(f"{name}_FILE")):
        try:
            value = Path(named).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE {named}: {error.strerror}") from error
    return value


def _handed_on(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise Misconfigured(f"{SETTINGS} is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise Misconfigured(f"{SETTINGS} is no JSON object")
    return given


def _refuse_unknown(given: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in given:
        if key not in allowed:
            raise Misconfigured(f"configuration {where}: {unknown('key', key, sorted(allowed))}")


def _explained(error: ValidationError, path: Path | None) -> str:
    found = error.errors(include_url=False, include_context=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    place = ".".join(str(part) for part in first["loc"])
    where = f"configuration {path}: " if path else "setting "
    if first["type"] == "extra_forbidden":
        allowed = fields_at(first["loc"][:-1])
        return f"{where}{place}: {unknown('key', first['loc'][-1], allowed)}"
    is_secret = SECRET_NAME.search(place) or "url" in place or "proxy" in place or "headers" in place
    value = "" if is_secret else f", not {str(first.get('input'))[:60]!r}"
    return f"{where}{place}: {first['msg'][0].lower()}{first['msg'][1:]}{value}"


def site_settings(settings: Settings, bookmaker: str, source: Source) -> SiteSettings | None:
    """Return a bookmaker's site of a source, without regard to case; None where it is off."""
    for name, one in settings.bookmakers.items():
        if name.casefold() == bookmaker.casefold():
            return one.live if source == "live" else one.upcoming
    return None


def is_configured(config: Path | None) -> bool:
    """Return whether a configuration file is named, by flag or environment."""
    return config is not None or bool(os.environ.get("MISPRICED_CONFIG"))
