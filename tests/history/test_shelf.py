"""Files by the ranges of ids they hold: what counts, what is merged, what is removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mispriced.history.shelf import MERGED, Part, counting, due_merges, too_much


def part(first: int, last: int, size: int = 1, day: str = "2026-05-14", stream: str = "states") -> Part:
    return Part(stream=stream, day=day, first=(first, 0), last=(last, 0), bytes=size)


@given(st.lists(st.integers(1, 40), max_size=12), st.data())
def test_a_rewrite_of_any_run_leaves_every_entry_once(lengths, data):
    parts, at = [], 1
    for length in lengths:
        parts.append(part(at, at + length - 1))
        at += length
    killed_before_removing = list(parts)
    for _ in range(data.draw(st.integers(0, 3)) if parts else 0):
        first = data.draw(st.integers(0, len(parts) - 1))
        last = data.draw(st.integers(first, len(parts) - 1))
        whole = part(parts[first].first[0], parts[last].last[0])
        parts[first : last + 1] = [whole]
        killed_before_removing.append(whole)
    held = [
        entry for one in counting(killed_before_removing) for entry in range(one.first[0], one.last[0] + 1)
    ]
    assert held == list(range(1, at))


def test_of_a_day_of_files_a_few_are_left_after_merging():
    parts: list[Part] = []
    for number in range(1440):
        parts.append(part(number, number, size=1000))
        for run in list(due_merges(parts)):
            assert run == parts[-len(run) :]
            parts[-len(run) :] = [part(run[0].first[0], run[-1].last[0], sum(one.bytes for one in run))]
    assert parts[0].first == (0, 0)
    assert parts[-1].last == (1439, 0)
    assert len(parts) < 3 * MERGED


def test_files_of_two_days_or_streams_are_never_merged():
    days = [part(number, number, day=f"2026-05-1{number}") for number in range(8)]
    streams = [part(number, number, stream=f"quotes-{'ab'[number % 2]}") for number in range(8)]
    assert list(due_merges([*days, *streams])) == []


def test_old_days_go_and_then_the_oldest_beyond_the_size_but_never_a_streams_last_file():
    parts = [
        part(1, 2, size=50, day="2026-05-01"),
        part(3, 4, size=50, day="2026-05-02"),
        part(5, 6, size=50, day="2026-05-03"),
        part(7, 8, size=50, day="2026-05-04"),
        part(1, 2, size=50, day="2026-05-01", stream="health"),
    ]
    assert too_much(parts, "2026-05-02", 1000) == [parts[0]]
    assert too_much(parts, "2026-05-02", 160) == [parts[0], parts[1]]
    assert too_much(parts, "2027-01-01", 0) == parts[:3]
