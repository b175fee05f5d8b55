"""Bodies put together within their bound, however the bytes come; Retry-After within its."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mispriced.backends.answers import PIECE, Body, NoAnswer, retry_after_s

NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
BODIES = st.binary(max_size=200) | st.integers(0, 3 * PIECE).map(bytes)


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "x-gzip", "deflate", "bare"])
@given(body=BODIES, cuts=st.lists(st.integers(0, 400)))
def test_the_same_bytes_come_out_however_they_are_cut(encoding: str, body: bytes, cuts: list[int]):
    packed = {
        "gzip": gzip.compress(body),
        "x-gzip": gzip.compress(body) + b"\0\0",
        "deflate": zlib.compress(body),
        "bare": zlib.compress(body, wbits=-15),
    }.get(encoding, body)
    taken = Body("deflate" if encoding == "bare" else encoding)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(packed)], strict=True):
        taken.add(packed[start:end])
    assert taken.complete() == body


@given(body=st.integers(1, 3 * PIECE).map(bytes), encoding=st.sampled_from(["", "gzip", "deflate"]))
def test_one_byte_more_than_the_bound_is_refused(body: bytes, encoding: str):
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}.get(encoding, body)
    exact = Body(encoding, largest=len(body))
    exact.add(packed)
    assert exact.complete() == body
    with pytest.raises(NoAnswer, match="body is larger than"):
        Body(encoding, largest=len(body) - 1).add(packed)


@given(header=st.none() | st.text() | st.integers().map(str) | st.datetimes().map(str))
def test_any_retry_after_counts_within_its_bounds(header: str | None):
    assert 5 <= retry_after_s(header, NOON, 5, 900) <= 900
