"""What may be asked of a site: addresses within its configured origin, on the public internet.

The one exception is a site whose configured address is itself loopback, which the simulator is: it
may be plain HTTP, and only that host and port are reached. Checked three times: the configuration,
every URL (redirects too), and the address that is really connected to, after name resolution.
"""

from __future__ import annotations

import base64
import errno
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import unquote

from aiohttp import AddrInfoType
from yarl import URL

from mispriced.backends.answers import SHOWN, NoAnswer
from mispriced.errors import Misconfigured
from mispriced.exchange import Request, Site

NAT64: Final = bytes.fromhex("0064ff9b") + bytes(8)  # RFC 6052; the last four bytes are the IPv4 address
NOT_PUBLIC: Final = "the site's address is not public"


class NotPublic(OSError):
    """The address to connect to is not one that the site may have."""

    def __init__(self) -> None:
        # One text for all: of several addresses' errors only equal ones keep their type.
        super().__init__(errno.EACCES, NOT_PUBLIC)


class Guard:
    """One site's addresses: makes the URL of a request, checks redirects, makes the sockets.

    A query in the configured address goes with every request, so a secret there is in no `Request`.

    Raises: Misconfigured when the site's address or proxy cannot be used.
    """

    def __init__(self, site: Site) -> None:
        base = _read_url(site.base_url, f"base_url of {site.key}")
        self._base = base.with_user(None).with_query(None).with_fragment(None)
        self._query = [*base.query.items()]
        self._prefix = base.path.rstrip("/")
        self._loopback = _loopback(base.host or "")
        if base.scheme != "https" and not (self._loopback and base.scheme == "http"):
            raise Misconfigured(
                f"base_url of {site.key} is {base.scheme}, must be https unless it is loopback"
            )
        literal = _literal(base.host or "")
        if literal is not None and not self._loopback and not is_public(literal):
            raise Misconfigured(f"base_url of {site.key}: {literal} is not public")
        self.headers = _authorization(base, "Authorization")
        self.proxy: URL | None = None
        self.proxy_headers: dict[str, str] = {}
        if site.proxy is not None:
            proxy = _read_url(site.proxy, f"proxy of {site.key}")
            if proxy.scheme not in ("http", "https"):
                raise Misconfigured(f"proxy of {site.key} is {proxy.scheme}, must be http or https")
            self.proxy = proxy.with_user(None)
            self.proxy_headers = _authorization(proxy, "Proxy-Authorization")

    def url(self, request: Request) -> URL:
        """Return where to send the request.

        Raises: NoAnswer when its path is not below the configured address.
        """
        path = request.path
        parts = unquote(path).replace("\\", "/").split("/")
        if (
            not path.startswith("/")
            or path.startswith("//")
            or not {".", ".."}.isdisjoint(parts)
            or not unquote(path).isprintable()
        ):
            reason = f"path {path[:SHOWN]!r} is not below the site's address"
            raise NoAnswer("rejected", reason, is_well=None)
        return self._base.with_path(self._prefix + path).with_query([*self._query, *request.params.items()])

    def redirected(self, url: URL, location: str) -> URL:
        """Return where a redirect leads.

        Raises: NoAnswer unless that is the configured scheme, host and port.
        """
        try:
            target = url.join(URL(location))
            is_same = (target.scheme, target.host, target.port) == (
                self._base.scheme,
                self._base.host,
                self._base.port,
            )
        except ValueError as error:
            raise NoAnswer("rejected", "redirect to what is no URL") from error
        if not is_same:
            shown = f"{target.scheme}://{target.host or ''}"[:SHOWN]
            raise NoAnswer("rejected", f"redirect leaves the site for {shown}")
        return target.with_user(None)

    def open_socket(self, address: AddrInfoType) -> socket.socket:
        """Return a socket for an address that may be connected to: a `socket_factory`.

        Behind a proxy the address is the proxy's, which the configuration names: then its port is
        checked, and what the proxy reaches is its own affair.

        Raises: NotPublic.
        """
        family, kind, protocol, _, (host, port, *_) = address
        found = ip_address(host)
        if self.proxy is not None:
            is_allowed = port == self.proxy.port
        elif self._loopback:
            is_allowed = found.is_loopback and port == self._base.port
        else:
            is_allowed = is_public(found)
        if not is_allowed:
            raise NotPublic
        return socket.socket(family, kind, protocol)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is on the public internet; one that holds another is judged by that.

    >>> is_public(ip_address("169.254.169.254")), is_public(ip_address("::ffff:10.0.0.1"))
    (False, False)
    >>> is_public(ip_address("8.8.8.8"))
    True
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.packed.startswith(NAT64):
            inner = IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _read_url(text: str, what: str) -> URL:
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        url, port = URL(), None
    if not url.host or port is None:
        raise Misconfigured(f"{what} is no address such as https://host/path")
    return url


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback


def _authorization(url: URL, header: str) -> dict[str, str]:
    if url.user is None:
        return {}
    credentials = f"{url.user}:{url.password or ''}".encode()
    return {header: f"Basic {base64.b64encode(credentials).decode()}"}
