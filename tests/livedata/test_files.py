"""A file is whole: the old or the new, also when the disk takes no more."""

import resource
from contextlib import contextmanager

import pytest

from mispriced.livedata.files import append_whole, write_whole


@contextmanager
def full_disk(after):
    """Let no file grow beyond `after` bytes: the kernel then refuses as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_does_not_fit_leaves_the_old_one_and_nothing_beside_it(tmp_path):
    path = tmp_path / "step2.json"
    assert write_whole(path, b"old") == 3
    with full_disk(1000), pytest.raises(OSError, match="too large"):
        write_whole(path, b"x" * 2000)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("step2.json", b"old")]


def test_lines_that_do_not_fit_are_cut_off_again(tmp_path):
    path = tmp_path / "lines.jsonl"
    append_whole(path, b"1\n")
    with full_disk(1000), pytest.raises(OSError, match="too large"):
        append_whole(path, b"x" * 2000 + b"\n")
    assert append_whole(path, b"2\n") == 2
    assert path.read_bytes() == b"1\n2\n"


def test_a_torn_last_line_gets_its_end_before_the_next(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"torn": ')
    append_whole(path, b"2\n")
    assert path.read_bytes() == b'{"torn": \n2\n'
