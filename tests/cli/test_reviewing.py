"""`mispriced review` as a person uses it, on a real server."""

from mispriced.backends.redis import RedisStore
from mispriced.messages import Assignment, Subscription
from tests.backends.servers import valkey
from tests.cli.commands import Asked, run_many
from tests.domain.quotes import NOON
from tests.pipeline.test_match import listed

ONE = listed("BookieAlpha", 9, "Chelsea", "Manchester")
TWINS = [
    listed("BookieBeta", n, "Chelsea", name) for n, name in ((1, "Manchester City"), (2, "Manchester Utd"))
]


def test_a_person_sees_the_queue_rules_and_takes_it_back(tmp_path):
    with valkey() as url:
        store = RedisStore(url)
        events = [Assignment(event=one, match_id=f"m{place}") for place, one in enumerate([ONE, *TWINS])]
        store.commit(Subscription(streams=(), group="match", consumer="one"), (), NOON, events)
        store.close()
        given = {"REDIS_URL": url, "LOG_DIR": str(tmp_path)}
        pair = (ONE.key, TWINS[0].key)
        queue, pinned, twice, refused = run_many(
            [
                Asked(("review", "--json"), given),
                Asked(("review", "pin", *pair, "--why", "on both pages"), given),
                Asked(("review", "pin", *pair), given),
                Asked(("review", "ban", ONE.key, "BookieBeta/upcoming/11"), given),
            ],
            at_once=1,
        )
        ruling = twice.out.split()[0]
        undone, again, after = run_many(
            [
                Asked(("review", "undo", ruling), given),
                Asked(("review", "undo", ruling), given),
                Asked(("review", "--json"), given),
            ],
            at_once=1,
        )
    pairs = {(one["event"]["event_id"], one["other"]["event_id"]) for one in queue.json["doubts"]}
    assert pairs == {("9", "1"), ("9", "2")}
    assert (pinned.code, pinned.out.split()[1]) == (0, "pinned")
    assert (refused.code, "did you mean 'BookieBeta/upcoming/1'" in refused.err) == (2, True)
    assert (undone.code, undone.out) == (0, f"{ruling} taken back\n")
    assert (again.code, f"unknown ruling '{ruling}'" in again.err) == (2, True)
    kept = after.json["rulings"]
    assert [(one["kind"], one.get("why", ""), "undone_at" in one) for one in kept] == [
        ("pin", "", True),
        ("pin", "on both pages", True),
    ]
    audit = (tmp_path / "audit.log").read_text().splitlines()
    assert [line.count('"action": "pinned"') for line in audit] == [1, 1, 0]
