"""The names of settings in the environment: one that is misspelt is an error and never passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel

from mispriced.errors import Misconfigured, nearest
from mispriced.settings.handing import DIGEST, SETTINGS
from mispriced.settings.model import Settings
from mispriced.settings.web import WEB_TOKEN

PREFIX: Final = "MISPRICED_"
STEP: Final = "__"
# Names of ours that are no settings: of the command line, between launcher and worker, of a systemd unit.
OTHERS: Final = frozenset(
    {
        "MISPRICED_CONFIG",
        SETTINGS,
        f"{SETTINGS}_FILE",
        DIGEST,
        "MISPRICED_ROLE",
        WEB_TOKEN,
        f"{WEB_TOKEN}_FILE",
    }
)
OF_TESTS: Final = ("MISPRICED_TEST_", "MISPRICED_REQUIRE_ENGINES", "MISPRICED_SHARED_DATA")


def refuse_misspelt(environment: Iterable[str]) -> None:
    """Do nothing where every name that begins like a setting's is one.

    Raises: Misconfigured with the first that is not, and the nearest.
    """
    known = {name.upper() for name in (*_names(Settings, PREFIX), *OTHERS)}
    sections = {f"{PREFIX}{name.upper()}{STEP}" for name in Settings.model_fields}
    for name in sorted(environment):
        folded = name.upper()
        if not folded.startswith(PREFIX) or folded in known or folded.startswith(OF_TESTS):
            continue
        if not folded.startswith(tuple(sections)):  # what is wrong inside a section the section says
            hint = nearest(folded, sorted(known))
            raise Misconfigured(
                f"environment: unknown setting {name!r}{hint}; all of them: docs/reference.md"
            )


def _names(form: type[BaseModel], before: str) -> Iterator[str]:
    for name, field in form.model_fields.items():
        yield f"{before}{name}"
        inner: Any = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _names(inner, f"{before}{name}{STEP}")
