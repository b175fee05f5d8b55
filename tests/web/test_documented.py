"""The OpenAPI document is kept: whatever is asked by it is answered as it says, and never with a 5xx."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = 5  # of a route and mode; many are refused, and the whole stays below fifteen seconds
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
STREAM = "/api/v1/stream"  # never ends: test_stream.py


@pytest.fixture(scope="module")
def document(standing):
    return standing.get("/api/v1/openapi.json").json


def test_whatever_is_asked_is_answered_as_the_document_says(standing, document):
    schema = schemathesis.openapi.from_dict(document).exclude(path=STREAM)
    schema.config.update(base_url=standing.url)
    asked: set[str] = set()
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation = found.ok()
            _try(operation, schemathesis.GenerationMode.POSITIVE, session, asked)
            if any(one.location == "query" for one in operation.iter_parameters()):  # any text is a path
                _try(operation, schemathesis.GenerationMode.NEGATIVE, session, asked)
    assert asked == {path for path in document["paths"] if path != STREAM}


def _try(operation, mode, session, asked):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        asked.add(operation.path)
        case.call_and_validate(session=session, checks=CHECKS)

    ask()
