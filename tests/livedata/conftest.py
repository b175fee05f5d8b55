"""The recorded cycle, read once for all tests here."""

import pytest

from tests.livedata import api


@pytest.fixture(scope="session")
def recorded(shared_data):
    """Return the raw answers of the recorded cycle."""
    return api.recorded_bodies(shared_data)


@pytest.fixture(scope="session")
def recorded_snapshot(recorded):
    return api.snapshot(recorded)
