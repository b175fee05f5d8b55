"""What a test needs from the machine: skipped without it, failed where it was promised."""

import os
import shutil
from typing import NoReturn

import pytest


def require_engine(name: str, reason: str) -> NoReturn:
    """End the test because `name` is missing: failed under MISPRICED_REQUIRE_ENGINES, else skipped."""
    message = f"{name} is missing: {reason}"
    if os.environ.get("MISPRICED_REQUIRE_ENGINES", "0") not in ("", "0"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def program(name: str, reason: str = "not on PATH") -> str:
    """Return the path of a program of the machine, or end the test."""
    return shutil.which(name) or require_engine(name, reason)
