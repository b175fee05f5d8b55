"""Logs are of the whole process: each test here begins and ends without any."""

import logging
import sys
import threading

import pytest
import structlog

from mispriced import telemetry


@pytest.fixture(autouse=True)
def unconfigured():
    hooks = sys.excepthook, threading.excepthook
    yield
    telemetry.close()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.getLogger("mispriced").setLevel(logging.NOTSET)
    sys.excepthook, threading.excepthook = hooks
