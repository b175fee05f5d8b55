"""A recorded cycle, served as it was."""

from datetime import UTC, datetime

import msgspec
import pytest

from mispriced.errors import Usage
from mispriced.simulator.recorded_cycle import RecordedCycle

NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)
DOCUMENT = {
    "timestamp": "2025-05-28T17:30:17.518441",
    "live_matches": {"code": 0, "results": [{"id": "a"}]},
    "match_details": {"a": {"code": 0, "results": [{"id": "a", "status_id": 2}]}},
    "match_odds": {"a": {"code": 0, "results": {"2": {"eu": []}}}},
    "team_info": {},
    "competition_info": {},
    "countries": {"code": 0, "results": [{"id": "x"}]},
}


def test_each_request_gets_what_was_recorded_for_it():
    cycle = RecordedCycle(msgspec.json.encode(DOCUMENT))
    assert cycle.recorded_at == datetime(2025, 5, 28, 17, 30, 17, 518441, tzinfo=UTC)
    asked = [("live", ""), ("details", "a"), ("odds", "a"), ("country", ""), ("team", "a"), ("odds", "b")]
    assert [cycle.results(*one, NOW) for one in asked] == [
        [{"id": "a"}], [{"id": "a", "status_id": 2}], {"2": {"eu": []}}, [{"id": "x"}], [], {},
    ]  # fmt: skip


@pytest.mark.parametrize("text", [b"", b"{}", b"\x1f\x8bnot gzip", b'{"timestamp": 1}'])
def test_what_is_no_cycle_is_refused_in_a_line(text: bytes):
    with pytest.raises(Usage, match=r"^recorded cycle: "):
        RecordedCycle(text)
