"""As many matches as asked for, and no more teams than asked for."""

from datetime import UTC, datetime

import pytest

from mispriced.errors import Usage
from mispriced.simulator.crowd import Crowd

NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)


def test_a_crowd_needs_as_many_requests_as_the_documents_count():
    crowd = Crowd(matches=49, teams=94, competitions=22)
    ids = [one["id"] for one in crowd.results("live", "", NOW)]
    details = [crowd.results("details", one, NOW)[0] for one in ids]
    teams = {one[f"{side}_team_id"] for one in details for side in ("home", "away")}
    competitions = {one["competition_id"] for one in details}
    assert (len(ids), len(teams), len(competitions)) == (49, 94, 22)
    assert all(crowd.results("team", one, NOW)[0]["id"] == one for one in teams)
    assert all(crowd.results("competition", one, NOW)[0]["id"] == one for one in competitions)
    assert 1 + 2 * len(ids) + len(teams) + len(competitions) + 1 == 216


def test_what_there_is_not_is_empty():
    crowd = Crowd(1)
    asked = [("details", "m1"), ("odds", "m1"), ("team", "t2"), ("competition", "cx")]
    assert [crowd.results(step, one, NOW) for step, one in asked] == [[], {}, [], []]


def test_a_crowd_without_two_teams_is_refused():
    with pytest.raises(Usage):
        Crowd(5, teams=1)
