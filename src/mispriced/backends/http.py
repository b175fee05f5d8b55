"""The bounded HTTP door: every request to every site goes through it and ends in a typed outcome.

Each site has its own connections, rate, breaker and Retry-After window, so that none slows another.
Not here: what is asked (the adapters), and what the bytes mean (the parsers).
"""

from __future__ import annotations

from collections.abc import Mapping

from mispriced.backends.breaker import State
from mispriced.backends.site_door import Options, SiteDoor
from mispriced.backends.traffic import Stats
from mispriced.errors import unknown
from mispriced.exchange import Payload, Refusal, Request, Site
from mispriced.ports import Clock


class HttpDoor:
    """A `Fetcher` for the configured sites, by key. One a worker's loop; close it inside that loop.

    Raises: Misconfigured when an address, proxy or limit of a site cannot be used.
    """

    def __init__(self, sites: Mapping[str, Site], clock: Clock, options: Options | None = None) -> None:
        options = options or Options()
        self._sites = {key: SiteDoor(site, clock, options) for key, site in sites.items()}

    async def __aenter__(self) -> HttpDoor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for site in self._sites.values():
            await site.aclose()

    async def fetch(self, site: str, request: Request) -> Payload | Refusal:
        """Return the answer, or why there is none; see `ports.Fetcher`.

        Each redirect and each further try is a request of its own to the rate and the window. A POST
        may be sent again: these are reads.
        """
        if site not in self._sites:
            return Refusal(request=request, outcome="rejected", reason=unknown("site", site, self._sites))
        return await self._sites[site].fetch(request)

    def state(self, site: str) -> State:
        """Return the state of the site's breaker."""
        return self._sites[site].breaker.state

    def stats(self, site: str) -> Stats:
        """Return what the site has been asked and has answered so far."""
        return self._sites[site].traffic.stats()
