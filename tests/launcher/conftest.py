"""The Docker engine of the tests, one a session."""

from tests.launcher.engine import engine

__all__ = ["engine"]
