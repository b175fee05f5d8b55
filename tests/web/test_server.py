"""Where it listens, and that it ends in time."""

import socket

import pytest

from mispriced.errors import Misconfigured
from mispriced.web.server import address_of, bind


def test_beyond_loopback_needs_a_token():
    for host in ("0.0.0.0", "::", "192.0.2.1", "odds.example"):
        with pytest.raises(Misconfigured, match=r"needs web\.token to be set"):
            bind(host, 0, has_token=False)


def test_an_address_that_is_not_ours_is_one_clear_line():
    with pytest.raises(Misconfigured, match=r"web\.host: cannot listen on 192\.0\.2\.1 port"):
        bind("192.0.2.1", 0, has_token=True)


def test_a_taken_port_is_replaced_by_the_next_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with bind("127.0.0.1", port, has_token=False) as bound:
            assert port < bound.getsockname()[1] < port + 20
            assert address_of(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"
