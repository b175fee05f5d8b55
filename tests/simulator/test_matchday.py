"""The football API's seeded matches tell the story that the bookmakers' live odds tell."""

from datetime import UTC, datetime, timedelta

from mispriced.domain.model import Score
from mispriced.simulator.fixtures import Calendar
from mispriced.simulator.matchday import ENDED, FIRST_HALF, HALF_TIME, SECOND_HALF, Matchday, identifier
from mispriced.simulator.prices import score_at
from mispriced.simulator.seeded import Seeded

NOW = datetime(2026, 11, 22, 16, 40, 0, tzinfo=UTC)


def live(matchday: Matchday, now: datetime) -> dict[str, dict]:
    return {one["id"]: one for one in matchday.results("live", "", now)}


def details(matchday: Matchday, match_id: str, now: datetime) -> dict:
    return matchday.results("details", match_id, now)[0]


def test_every_live_match_of_a_bookmaker_has_its_score_and_its_teams_here():
    matchday, scenario = Matchday(1), Seeded(1, NOW - timedelta(minutes=1))
    items = live(matchday, NOW)
    offered = [one for one in scenario.offers("BookieAlpha", "live", NOW) if one.quote.category != "virtual"]
    by_key = {identifier("match", one.fixture): one.quote for one in offered}
    assert len(by_key) > 10
    for match_id, quote in by_key.items():
        _, _, home, away, _, _ = items[match_id]["score"]
        assert Score(home[0], away[0]) == quote.score
        told = details(matchday, match_id, NOW)
        assert told["match_time"] == quote.kickoff.timestamp()
        names = [
            matchday.results("team", told[f"{side}_team_id"], NOW)[0]["name"] for side in ("home", "away")
        ]
        assert len(set(names)) == 2


def test_a_match_goes_through_its_phases_and_stays_listed_for_a_while():
    fixture = next(
        one for one in Calendar(1).live(int(NOW.timestamp())) if one.category == "men" and one.goals
    )
    matchday, match_id = Matchday(1), identifier("match", fixture.key)
    seen: list[int | None] = []
    for minute in range(125):
        now = fixture.kickoff + timedelta(minutes=minute, seconds=1)
        item = live(matchday, now).get(match_id)
        status = item["score"][1] if item else None
        if not seen or seen[-1] != status:
            seen.append(status)
    assert seen == [FIRST_HALF, HALF_TIME, SECOND_HALF, ENDED, None]


def test_a_goal_is_in_the_score_and_the_incidents_from_its_second_on():
    fixture = next(
        one
        for one in Calendar(1).live(int(NOW.timestamp()))
        if one.category == "men" and one.goals and one.goals[0].at_s - one.kickoff_s < 2700
    )
    matchday, match_id = Matchday(1), identifier("match", fixture.key)
    first = fixture.goals[0]
    goal = datetime.fromtimestamp(first.at_s, UTC)
    before = live(matchday, goal - timedelta(seconds=1))[match_id]
    after = live(matchday, goal)[match_id]
    assert (before["score"][2][0], before["score"][3][0], before["incidents"]) == (0, 0, [])
    assert [after["score"][2][0], after["score"][3][0]] == [1 - first.side, first.side]
    [incident] = after["incidents"]
    assert (incident["type"], incident["position"]) == (1, first.side + 1)
    assert incident["time"] == (first.at_s - fixture.kickoff_s) // 60 + 1
    assert score_at(fixture, first.at_s) == Score(incident["home_score"], incident["away_score"])


def test_rows_of_odds_are_newest_first_and_none_is_of_the_future():
    matchday = Matchday(1)
    tables = [matchday.results("odds", match_id, NOW) for match_id in live(matchday, NOW)]
    rows = [rows for one in tables for company in one.values() for rows in company.values()]
    assert len(rows) > 50
    for array in rows:
        moments = [row[0] for row in array]
        assert moments == sorted(moments, reverse=True)
        assert moments[0] <= NOW.timestamp()
        assert {len(row) for row in array} == {8}
    assert {} in tables  # the API has none of some matches
