"""What every `Fetcher` promises, whatever it fetches from: subclass it and say how one is made."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC

import pytest

from mispriced.exchange import Payload, Refusal, Request
from mispriced.ports import Fetcher

SITE = "BookieAlpha/live"

MakeFetcher = Callable[[Mapping[str, bytes]], AbstractAsyncContextManager[Fetcher]]
"""From path -> body to a fetcher whose one site, SITE, answers so, and has no other path."""


class FetcherContract:
    """A suite: `make_fetcher` is the implementation's."""

    @pytest.fixture
    def make_fetcher(self) -> MakeFetcher:
        raise NotImplementedError

    async def test_an_answer_comes_with_its_bytes_its_moment_and_what_to_cite(
        self, make_fetcher: MakeFetcher
    ):
        body = b'{"data": [1.5]}'
        request = Request(step="live", path="/live", params={"page": "1"})
        async with make_fetcher({"/live": body}) as fetcher:
            answer = await fetcher.fetch(SITE, request)
        assert isinstance(answer, Payload)
        assert (answer.request, answer.body) == (request, body)
        assert answer.seen_at.tzinfo is UTC
        assert answer.origin.request == "GET /live?page=1"
        assert answer.origin.step == "live"
        assert answer.origin.sha256 == hashlib.sha256(body).hexdigest()

    async def test_nothing_is_empty_and_not_an_answer(self, make_fetcher: MakeFetcher):
        request = Request(step="live", path="/live")
        async with make_fetcher({"/live": b""}) as fetcher:
            answer = await fetcher.fetch(SITE, request)
        assert isinstance(answer, Refusal)
        assert (answer.request, answer.outcome, answer.after_s) == (request, "empty", None)

    async def test_a_path_that_is_not_there_is_rejected_with_a_reason(self, make_fetcher: MakeFetcher):
        async with make_fetcher({"/live": b"{}"}) as fetcher:
            answer = await fetcher.fetch(SITE, Request(step="live", path="/other"))
        assert isinstance(answer, Refusal)
        assert answer.outcome == "rejected"
        assert answer.reason

    async def test_a_site_that_is_not_configured_is_rejected_by_name(self, make_fetcher: MakeFetcher):
        async with make_fetcher({"/live": b"{}"}) as fetcher:
            answer = await fetcher.fetch("BookieOmega/live", Request(step="live", path="/live"))
        assert isinstance(answer, Refusal)
        assert answer.outcome == "rejected"
        assert "BookieOmega/live" in answer.reason

    async def test_answers_asked_for_together_go_to_who_asked(self, make_fetcher: MakeFetcher):
        bodies = {f"/{number}": f'{{"number": {number}}}'.encode() for number in range(30)}
        async with make_fetcher(bodies) as fetcher:
            answers = await asyncio.gather(
                *(fetcher.fetch(SITE, Request(step="live", path=path)) for path in bodies)
            )
        assert [answer.body for answer in answers if isinstance(answer, Payload)] == [*bodies.values()]
