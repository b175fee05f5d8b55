"""Which addresses a site may have, at the moment of connecting."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from aiohttp import AddrInfoType

from mispriced.backends.guard import Guard, NotPublic, is_public
from mispriced.exchange import Site

PUBLIC = ["8.8.8.8", "2606:4700::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "2002:808:808::1"]
INTERNAL = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::10.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
]  # fmt: skip


def guard_of(address: str, **changes: Any) -> Guard:
    return Guard(Site(key="BookieAlpha/live", base_url=address, **changes))


def is_opened(guard: Guard, host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address: AddrInfoType = (family, socket.SOCK_STREAM, 0, "", (host, port))
    try:
        guard.open_socket(address).close()
    except NotPublic:
        return False
    return True


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_connected_to(host: str):
    assert is_public(ip_address(host))
    assert is_opened(guard_of("https://bookmaker.example"), host, 443)


@pytest.mark.parametrize("host", INTERNAL)
def test_an_internal_address_is_not_connected_to(host: str):
    assert not is_public(ip_address(host))
    assert not is_opened(guard_of("https://bookmaker.example"), host, 443)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000", "https://[::1]:8000"])
def test_a_loopback_site_reaches_its_own_port_on_loopback_alone(base: str):
    guard = guard_of(base)
    assert is_opened(guard, "127.0.0.1", 8000)
    assert is_opened(guard, "::1", 8000)
    assert not is_opened(guard, "127.0.0.1", 8001)
    assert not is_opened(guard, "10.0.0.1", 8000)
    assert not is_opened(guard, "8.8.8.8", 8000)
    assert not is_opened(guard, "::ffff:127.0.0.1", 8000)


def test_behind_a_proxy_only_the_proxys_port_is_reached():
    guard = guard_of("https://bookmaker.example", proxy="http://10.0.0.9:3128")
    assert is_opened(guard, "10.0.0.9", 3128)
    assert not is_opened(guard, "10.0.0.9", 443)
