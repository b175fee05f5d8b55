"""What a recorder writes, once, whatever it was doing when it ended."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
import structlog

from mispriced.backends.redis import RedisStore
from mispriced.domain.model import Quote, Score
from mispriced.domain.state import EventState
from mispriced.errors import LockHeld, Retry
from mispriced.history import parquet, record
from mispriced.history.owned import owned
from mispriced.history.parquet import select
from mispriced.history.read import Health, health
from mispriced.history.rows import quote_of
from mispriced.messages import Assignment, Output, Subscription
from mispriced.pipeline.run import Heartbeat
from tests.domain.quotes import KICKOFF, NOON, quote

NOBODY = Subscription(streams=("none",), group="none", consumer="none")
QUOTE = quote(
    refs={"betradar": "1"},
    competition="LaLiga",
    country="Spain",
    suspended=("2",),
    prices={"X": 3.2, "1": 2.3},
)


def seen(store: RedisStore, number: int, one: Quote = QUOTE) -> Quote:
    """Put the quote in with another price; return it."""
    changed = msgspec.structs.replace(
        one, seen_at=NOON + timedelta(seconds=number), prices={"1": 2 + number / 100}
    )
    assert store.upsert([changed], NOON).changed == 1
    return changed


@pytest.fixture(autouse=True)
def _known(store):
    store.commit(NOBODY, (), NOON, [Assignment(event=QUOTE.event, match_id="m1")])


def recorded(root):
    return [quote_of(row) for row in select(root, "quotes", "SELECT * FROM record ORDER BY seen_at, id")]


def test_a_quote_comes_back_as_it_was_with_its_match_and_when_the_one_before_was_seen(store, begin, tmp_path):
    live = msgspec.structs.replace(QUOTE, source="live", score=Score(1, 0), event_id="9", refs={})
    store.commit(NOBODY, (), NOON, [Assignment(event=live.event, match_id="m2")])
    store.upsert([QUOTE, live], NOON)
    again = msgspec.structs.replace(QUOTE, seen_at=NOON + timedelta(seconds=30))
    assert store.upsert([again], NOON).touched == 1
    changed = seen(store, 60)
    begin().turn(0)
    rows = select(tmp_path, "quotes", "SELECT * FROM record ORDER BY seen_at, source")
    assert [(row["match_id"], row["before"]) for row in rows] == [
        ("m2", None),
        ("m1", None),
        ("m1", again.seen_at),
    ]
    assert [quote_of(row) for row in rows] == [live, QUOTE, changed]


def test_nothing_is_written_to_the_streams_where_nobody_records(store):
    store.disband(record.subscription(store))
    seen(store, 1)
    [stream] = [one for name, one in store.recorded_streams().items() if name == "quotes-upcoming"]
    reader = Subscription(streams=(stream,), group="late", consumer="late")
    assert store.read(reader, 10, 0) == []


def test_what_is_written_and_not_acknowledged_is_not_written_again(store, begin, tmp_path, monkeypatch):
    quotes = [seen(store, number) for number in range(3)]
    killed = begin()
    monkeypatch.setattr(store, "commit", refuse)
    with pytest.raises(Retry):
        killed.turn(0)
    monkeypatch.undo()
    assert recorded(tmp_path) == quotes
    quotes.append(seen(store, 3))
    after = begin()
    after.turn(0)
    after.turn(0)
    assert recorded(tmp_path) == quotes
    assert [one for one in store.backlog() if one.group == record.GROUP and (one.pending or one.unread)] == []


def test_what_is_taken_and_not_written_is_taken_again(store, begin, tmp_path, monkeypatch):
    quotes = [seen(store, number) for number in range(3)]
    killed = begin()
    monkeypatch.setattr(parquet, "write", no_space)
    with pytest.raises(Retry, match="No space left"):
        killed.turn(0)
    monkeypatch.undo()
    begin().turn(0)
    assert recorded(tmp_path) == quotes


def test_a_recorder_that_could_not_write_goes_on_itself(store, begin, tmp_path, monkeypatch):
    quotes = [seen(store, 0)]
    recorder = begin()
    monkeypatch.setattr(parquet, "write", no_space)
    with pytest.raises(Retry):
        recorder.turn(0)
    monkeypatch.undo()
    quotes.append(seen(store, 1))
    recorder.turn(0)
    assert recorded(tmp_path) == quotes


def test_a_merge_that_is_killed_before_it_removed_its_parts_doubles_nothing(
    store, begin, tmp_path, monkeypatch
):
    recorder = begin()
    quotes = []
    for number in range(7):
        quotes.append(seen(store, number))
        recorder.turn(0)
    monkeypatch.setattr("pathlib.Path.unlink", lambda path, missing_ok=False: None)
    quotes.append(seen(store, 7))
    recorder.turn(0)
    monkeypatch.undo()
    assert len(list(tmp_path.glob("quotes/*/*.parquet"))) == 9
    assert recorded(tmp_path) == quotes
    quotes.append(seen(store, 8))
    begin().turn(0)
    assert len(list(tmp_path.glob("quotes/*/*.parquet"))) == 2
    assert recorded(tmp_path) == quotes


def test_files_that_cannot_be_one_are_left_and_said_once_and_the_recorder_goes_on(store, begin, tmp_path):
    recorder = begin()
    quotes = [seen(store, 0)]
    recorder.turn(0)
    [path] = tmp_path.glob("quotes/*/*.parquet")
    was = path.read_bytes()
    path.write_bytes(b"no parquet")
    with structlog.testing.capture_logs() as logs:
        for number in range(1, 15):
            quotes.append(seen(store, number))
            recorder.turn(0)
        assert len(list(tmp_path.glob("quotes/*/*.parquet"))) == 15
        quotes.append(seen(store, 15))
        recorder.turn(0)
    assert [(one["event"], one["files"]) for one in logs] == [("files not merged", 8)]
    assert len(list(tmp_path.glob("quotes/*/*.parquet"))) == 9
    path.write_bytes(was)
    assert recorded(tmp_path) == quotes


def test_an_entry_that_is_none_is_buried_and_the_others_are_recorded(store, begin, tmp_path):
    stream = store.recorded_streams()["quotes-upcoming"]
    store.publish([Output(stream=stream, fields={"quote": "{}", "match_id": "m1", "before": ""})])
    one = seen(store, 1)
    begin().turn(0)
    [letter] = store.dead_letters(stream)
    assert "missing required field" in letter.error
    assert recorded(tmp_path) == [one]


def test_states_are_recorded_with_the_match_and_since_when_the_score_stands(store, begin, tmp_path):
    def state(minute: int) -> EventState:
        at = NOON + timedelta(minutes=minute)
        return EventState(
            provider="P", event_id="7", home="a", away="b", kickoff=KICKOFF, status="first_half",
            minute=minute, score=Score(1, 0), score_since=at, seen_at=at,
        )  # fmt: skip

    store.put_states([state(10)], NOON)
    store.put_states([state(11)], NOON)
    store.put_states([state(11)], NOON)
    begin().turn(0)
    rows = select(tmp_path, "states", "SELECT * FROM record ORDER BY minute")
    assert [(row["minute"], row["score"], row["score_since"]) for row in rows] == [
        (10, [1, 0], state(10).seen_at),
        (11, [1, 0], state(10).seen_at),
    ]


def test_what_workers_say_of_themselves_is_sampled(store, begin, tmp_path):
    beat = Heartbeat(at=NOON, streams=("s",), handled=5, buried=1, failed=2)
    store.note("worker/match/one", msgspec.json.encode(beat))
    begin().turn(0)
    found = Health(worker="match/one", at=NOON, handled=5, buried=1, failed=2, samples=1)
    assert health(tmp_path) == [found]


def test_a_stream_that_nobody_reads_any_more_stops_growing_and_the_rest_is_counted(store, monkeypatch):
    monkeypatch.setattr("mispriced.backends.tables.RECORDED_CAP", 2)
    path = store.describe()["address"].removesuffix("/0")
    short = RedisStore(f"unix://{path}")
    for number in range(5):
        seen(short, number)
    assert short.unrecorded() == 3
    short.close()


def test_a_folder_has_one_recorder(tmp_path):
    with owned(tmp_path), pytest.raises(LockHeld, match="another process records into"), owned(tmp_path):
        pass


def refuse(*_: object) -> None:
    raise Retry("the server is away")


def no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")
