"""What went wrong on the way to an answer, in our words: the errors' own may cite secrets."""

from __future__ import annotations

import errno
import os
import ssl

import aiohttp

from mispriced.backends.answers import NoAnswer
from mispriced.backends.guard import NOT_PUBLIC, NotPublic


def explain(error: Exception, connect_s: float, read_s: float) -> NoAnswer:
    """Return what the error means for the fetch; the two times are the limits that were set."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return _passing("host not found")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return NoAnswer("rejected", "no secure connection: certificate or protocol refused")
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, NotPublic):
            return NoAnswer("rejected", NOT_PUBLIC)
        case aiohttp.ClientConnectorError():
            return _passing(f"no connection: {os.strerror(error.os_error.errno or errno.ECONNREFUSED)}")
        case aiohttp.ClientHttpProxyError():
            return _passing(f"no connection: the proxy answers status {error.status}")
        case aiohttp.ConnectionTimeoutError():
            return _passing(f"no connection within {connect_s:g} s")
        case TimeoutError():
            return _passing(f"no byte within {read_s:g} s")
        case aiohttp.ClientPayloadError():
            return _passing("body is truncated")
        case aiohttp.ClientResponseError():
            return NoAnswer("rejected", "answer is not HTTP")
        case aiohttp.ClientConnectionError() | OSError():
            return _passing("connection closed before the answer was whole")
    return NoAnswer("rejected", f"request failed: {type(error).__name__}")


def _passing(reason: str) -> NoAnswer:
    return NoAnswer("rejected", reason, is_passing=True)
