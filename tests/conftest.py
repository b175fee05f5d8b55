"""What every test may use. Warnings are errors, by pyproject.toml; engines, by tests/engines.py."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A property is about results; how long a busy machine takes for one example is none of them.
settings.register_profile("mispriced", deadline=None)
settings.load_profile("mispriced")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of recorded answers, odds and names that lies beside the checkout."""
    folder = Path(os.environ.get("MISPRICED_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}, MISPRICED_SHARED_DATA names another place")
    return folder
