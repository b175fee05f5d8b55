"""The parameters that lists share, and the names that are allowed in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from mispriced.bookmakers import bookmakers as registry
from mispriced.domain.markets import Market
from mispriced.domain.model import Source
from mispriced.web.problems import no_such
from mispriced.web.state import State

Limit = Annotated[int, Query(ge=1, le=1000, description="rows of a part")]
Cursor = Annotated[str, Query(max_length=400, description="`next` of the part before")]
Bookmakers = Annotated[
    list[str], Query(default_factory=list, max_length=20, description="at these bookmakers alone")
]
OneMarket = Annotated[Market | None, Query(description="of this market alone")]
OneSource = Annotated[Source | None, Query(description="of this source alone")]


def named(state: State, names: list[str]) -> frozenset[str]:
    """Return bookmakers' names as they are spelt, whatever the case they were asked for in.

    Raises: Problem for a name that is none.
    """
    allowed = {one.casefold(): one for one in registry()}
    allowed |= {one.event.bookmaker.casefold(): one.event.bookmaker for one in state.known}
    for name in names:
        if name.casefold() not in allowed:
            raise no_such("bookmaker", name, sorted(allowed.values()))
    return frozenset(allowed[name.casefold()] for name in names)


def aware(moment: datetime) -> datetime:
    """Return the moment in UTC; without a zone it is meant so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
