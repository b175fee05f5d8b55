"""One cycle's calls: everything as early as it is known, at most so many in flight.

The documents' two phases without the barrier between them: a team is asked for as soon as the first
match that needs it is known. Not here: what is made of it (cycle), the order of calls (calls).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from mispriced.bookmakers.contract import Skipped
from mispriced.exchange import Payload, Refusal, Request
from mispriced.livedata.answers import Answer
from mispriced.livedata.calls import Budget, Call, Queue
from mispriced.livedata.forms import CompanyOdds, Competition, Country, Details, LiveMatch, Team
from mispriced.livedata.provider import PARSERS, Step, ask
from mispriced.livedata.words import IN_PLAY_IDS

OF_A_MATCH: Final[tuple[Step, ...]] = ("details", "odds")
GOOD: Final = ("ok", "empty")
SHOWN_REASONS: Final = 5  # of failures, in a report

Fetch = Callable[[Request], Awaitable[Payload | Refusal]]


class Counts(Protocol):
    """What the door has counted of the site so far."""

    @property
    def requests(self) -> int: ...
    @property
    def retries(self) -> int: ...
    @property
    def bytes(self) -> int: ...


class Limits(Struct, frozen=True, kw_only=True):
    """How a cycle asks: calls in flight, its deadline, how long a call waits for its minute's limit."""

    in_flight: int = 30
    deadline_s: float = 50.0
    limit_wait_s: float = 10.0


class Known(Struct, frozen=True, kw_only=True):
    """What need not be asked for, by id; `matches` of the last cycle: whether each is in play.

    `odds_read_at`: when a match's odds were last read; the longest ago goes first.
    """

    teams: Mapping[str, Team] = {}
    competitions: Mapping[str, Competition] = {}
    countries: Mapping[str, Country] = {}
    matches: Mapping[str, bool] = {}
    odds_read_at: Mapping[str, float] = {}


class Crawl:
    """The calls of one cycle and what they gave.

    `listed`: the live list, None when it could not be had. `bodies`: the answers by call. `left`:
    the calls that did not fit into the cycle. `hits`: what was needed and known, by step. `in_play`: of
    each match, whether it is.
    """

    def __init__(
        self, fetch: Fetch, counts: Callable[[], Counts], budget: Budget, limits: Limits, known: Known
    ) -> None:
        self.listed: Payload | None = None
        self.live: tuple[LiveMatch, ...] = ()
        self.details: dict[str, Details] = {}
        self.odds: dict[str, tuple[CompanyOdds, ...]] = {}
        self.odds_read_at: dict[str, float] = {}
        self.teams: dict[str, Team] = {}
        self.competitions: dict[str, Competition] = {}
        self.countries: dict[str, Country] = {}
        self.bodies: dict[Call, bytes] = {}
        self.skipped: list[Skipped] = []
        self.left: list[Call] = []
        self.outcomes: Counter[tuple[Step, str]] = Counter()
        self.hits: Counter[Step] = Counter()
        self.reasons: list[str] = []
        self.list_s = self.seconds = 0.0
        self._fetch = fetch
        self._counts = counts
        self._retries = counts().retries
        self._budget = budget
        self._limits = limits
        self._known = known
        self._queue = Queue(budget)
        self._running: dict[asyncio.Task[Payload | Refusal], Call] = {}
        self._needed: set[Call] = set()
        self.in_play: dict[str, bool] = dict(known.matches)

    async def run(self) -> None:
        """Ask for everything; return when it is there or cannot be had, at the deadline at the latest."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._queue.add(Call("live"))
        self._need(Call("country"), bool(self._known.countries), True)  # while little else is known
        for match_id in self._known.matches:
            self._of_match(match_id)
        try:
            async with asyncio.timeout(self._limits.deadline_s):
                await self._ask_all(loop)
        except TimeoutError:
            self.reasons.append(f"the cycle's {self._limits.deadline_s:g} s were over")
        finally:
            self.left += [*self._running.values(), *self._queue.give_up(PARSERS)]
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self.seconds = loop.time() - self._began

    async def _ask_all(self, loop: asyncio.AbstractEventLoop) -> None:
        running, most = self._running, self._limits.in_flight
        while True:
            while len(running) < most and (call := self._queue.take(loop.time())):
                running[loop.create_task(self._asked(call))] = call
            wait_s = self._queue.wait_s(loop.time())
            if running:
                timeout = None if len(running) == most else wait_s
                done, _ = await asyncio.wait(running, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._take(running.pop(task), task.result(), loop.time())
            elif wait_s is None or loop.time() + wait_s > self._began + self._limits.limit_wait_s:
                return
            else:
                await asyncio.sleep(wait_s)

    async def _asked(self, call: Call) -> Payload | Refusal:
        return await self._fetch(ask(call.step, call.uuid))

    def _take(self, call: Call, payload: Payload | Refusal, now_s: float) -> None:
        """Read an answer, and add the calls that follow from it."""
        retries = self._counts().retries
        self._budget.count_retries(retries - self._retries, now_s)
        self._retries = retries
        if call.step == "live":
            self.list_s = now_s - self._began
        if isinstance(payload, Refusal):
            self._failed(call, payload.outcome, f"{call.step}: {payload.reason}")
            return
        answer = PARSERS[call.step](payload)
        self.skipped += answer.skipped
        if answer.outcome not in GOOD:
            self._failed(call, answer.outcome, answer.reason)
            return
        self.outcomes[call.step, answer.outcome] += 1
        self.bodies[call] = payload.body
        if call.step == "live":
            self.listed = payload
        self._keep(call, answer, now_s)

    def _failed(self, call: Call, outcome: str, reason: str) -> None:
        self.outcomes[call.step, outcome] += 1
        if len(self.reasons) < SHOWN_REASONS:
            self.reasons.append(reason)
        if call.step == "live" or outcome == "unauthorised":
            self._queue.give_up(PARSERS)  # nothing else would be answered, or of use
        elif outcome == "rate_limited":
            self.left += [call, *self._queue.give_up([call.step])]

    def _keep(self, call: Call, answer: Answer[Any], now_s: float) -> None:
        match call.step:
            case "live":
                self._list(answer.found)
            case "details":
                for details in answer.found:
                    self.details[details.id] = details
                    self._of_details(details)
            case "odds":
                self.odds[call.uuid] = answer.found
                self.odds_read_at[call.uuid] = now_s
            case "team":
                self.teams.update((team.id, team) for team in answer.found)
            case "competition":
                self.competitions.update((one.id, one) for one in answer.found)
            case _:
                self.countries.update((country.id, country) for country in answer.found)

    def _list(self, matches: Iterable[LiveMatch]) -> None:
        self.live = tuple(matches)
        self.in_play = {one.id: one.score.status_id in IN_PLAY_IDS for one in self.live}
        for step in OF_A_MATCH:
            self._queue.keep_only(step, self.in_play)
        for match_id in self.in_play:
            self._of_match(match_id)

    def _of_match(self, match_id: str) -> None:
        is_in_play = self.in_play[match_id]
        self._queue.add(Call("details", match_id), is_in_play)
        self._queue.add(Call("odds", match_id), is_in_play, self._known.odds_read_at.get(match_id, 0.0))

    def _of_details(self, details: Details) -> None:
        is_in_play = self.in_play.get(details.id, False)
        for team_id in (details.home_team_id, details.away_team_id):
            self._need(Call("team", team_id), team_id in self._known.teams, is_in_play)
        if details.competition_id:
            is_known = details.competition_id in self._known.competitions
            self._need(Call("competition", details.competition_id), is_known, is_in_play)

    def _need(self, call: Call, is_known: bool, is_in_play: bool) -> None:
        if call in self._needed:
            return
        self._needed.add(call)
        if is_known:
            self.hits[call.step] += 1
        else:
            self._queue.add(call, is_in_play)
