"""A replay gives the same bytes each time, whatever order and copies its rows came in."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from mispriced.backends.moments import microseconds
from mispriced.backends.redis import RedisStore
from mispriced.domain.freshness import FreshnessLimits
from mispriced.domain.model import encode
from mispriced.errors import Usage
from mispriced.history.replay import Replay, sightings
from mispriced.pipeline.compare import DetectRules
from tests.backends.servers import valkey
from tests.domain.quotes import KICKOFF, NOON, quote
from tests.history.test_read import after, write

LIMITS = FreshnessLimits(upcoming_s=60)


def day(chance: random.Random):
    """Return entries of 8 matches at two bookmakers over four minutes; some of the books are surebets."""
    entries = []
    for match in range(8):
        kickoff = KICKOFF + timedelta(minutes=match)
        for bookmaker in ("BookieAlpha", "BookieGamma"):
            before, at = b"", chance.uniform(0, 20)
            while at < 240:
                prices = {outcome: round(chance.uniform(1.9, 3.9), 2) for outcome in ("1", "X", "2")}
                one = quote(
                    bookmaker, prices, event_id=str(100 + match), refs={"betradar": str(match)},
                    home=f"Home {match}", away=f"Away {match}", kickoff=kickoff, seen_at=after(at),
                )  # fmt: skip
                entries.append((at, {"quote": encode(one), "match_id": b"m", "before": before}))
                gone = at + chance.uniform(1, 150)
                at = gone + chance.uniform(0.5, 40)
                before = str(microseconds(after(gone))).encode()
    return sorted(entries, key=lambda pair: pair[0])


def replayed(root):
    with valkey() as url:
        store = RedisStore(url)
        replay = Replay(store, DetectRules(limits=LIMITS, detect_flagged=True))
        lines = list(replay.run(root))
        store.close()
    return lines, replay.counts


def test_twice_and_shuffled_within_two_seconds_and_doubled_it_is_the_same(tmp_path):
    chance = random.Random(20260514)
    entries = day(chance)
    shuffled = sorted(
        entries + chance.sample(entries, len(entries) // 20), key=lambda pair: pair[0] + chance.uniform(-1, 1)
    )
    write(tmp_path / "as it was", "quotes-upcoming", [fields for _, fields in entries])
    write(tmp_path / "shuffled", "quotes-upcoming", [fields for _, fields in shuffled])
    first, counts = replayed(tmp_path / "as it was")
    assert (first, counts) == replayed(tmp_path / "as it was") == replayed(tmp_path / "shuffled")
    assert counts["opened"] == counts["closed"] > 8
    assert counts["sightings"] > len(entries)


def test_what_opens_closes_when_a_leg_was_not_seen_again(tmp_path):
    one = quote("BookieAlpha", {"1": 2.1, "X": 3.0, "2": 3.0}, refs={"betradar": "1"})
    other = quote("BookieGamma", {"1": 2.0, "X": 4.5, "2": 4.5}, event_id="2", refs={"betradar": "1"})
    gone = msgspec.structs.replace(other, seen_at=after(300), prices={"1": 1.9, "X": 3.1, "2": 3.1})
    again = msgspec.structs.replace(one, seen_at=after(400))
    until = [b"", b"", str(microseconds(after(100))).encode(), str(microseconds(after(390))).encode()]
    fields = [
        {"quote": encode(quoted), "match_id": b"m", "before": before}
        for quoted, before in zip((one, other, gone, again), until, strict=True)
    ]
    write(tmp_path, "quotes-upcoming", fields)
    lines = [msgspec.json.decode(line) for line in replayed(tmp_path)[0]]
    assert [(line["at"], line["state"]) for line in lines] == [
        ("2026-05-14T12:00:01Z", "opened"),
        ("2026-05-14T12:02:41Z", "closed"),  # BookieGamma was last seen at 100 s and counts for 60 s
    ]
    assert "BookieGamma was seen 61 s ago" in lines[1]["reason"]


def test_a_quote_is_seen_again_until_it_was_last_seen(tmp_path):
    one = quote()
    changed = quote(prices={"1": 2.0}, seen_at=after(100))
    fields = [
        {"quote": encode(one), "match_id": b"m", "before": b""},
        {"quote": encode(changed), "match_id": b"m", "before": str(microseconds(after(70))).encode()},
    ]
    write(tmp_path, "quotes-upcoming", fields)
    seen = [((found.seen_at - NOON).total_seconds(), found.prices) for found in sightings(tmp_path, LIMITS)]
    assert seen == [(0, one.prices), (30, one.prices), (60, one.prices), (70, one.prices), (100, {"1": 2.0})]


def test_a_folder_without_quotes_is_said(tmp_path):
    with valkey() as url, pytest.raises(Usage, match="no quote is recorded there"):
        list(Replay(RedisStore(url), DetectRules(limits=LIMITS, detect_flagged=True)).run(tmp_path))
