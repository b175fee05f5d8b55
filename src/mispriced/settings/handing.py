"""Settings handed from a launcher to its workers, in one value that needs no file beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from mispriced.settings.model import Settings

SETTINGS: Final = "MISPRICED_SETTINGS"  # environment name; SETTINGS_FILE names a file with the value
DIGEST: Final = "MISPRICED_SETTINGS_DIGEST"

# What is a worker's own, or of the launcher alone.
NOT_HANDED_ON: Final = frozenset(
    {
        *("redis", "prefix", "stream", "xtrtype", "xtr_batch", "source", "worker", "share"),
        *("bookmaker", "market", "period"),
        *("data_dir", "log_dir", "launch", "stop_file", "livedata", "web"),
    }
)


def hand_on(settings: Settings) -> tuple[SecretStr, str]:
    """Return what was set as JSON, secrets revealed, and a digest of it that knows no secret."""
    names = settings.model_fields_set - NOT_HANDED_ON
    given = {name: getattr(settings, name) for name in sorted(names)}
    public = json.dumps(_plain(given, "***"), sort_keys=True)
    return SecretStr(json.dumps(_plain(given, None))), hashlib.sha256(public.encode()).hexdigest()[:16]


def _plain(value: Any, instead: str | None) -> Any:
    if isinstance(value, SecretStr):
        return instead or value.get_secret_value()
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), instead) for name in sorted(value.model_fields_set)}
    if isinstance(value, Mapping):
        return {name: _plain(one, instead) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, instead) for one in value]
    return str(value) if isinstance(value, Path) else value
