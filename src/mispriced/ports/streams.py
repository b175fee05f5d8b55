"""The part of a store that is streams: appended to, read in groups, taken over, buried and trimmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mispriced.domain.markets import Market
from mispriced.domain.model import Source
from mispriced.messages import Backlog, DeadLetter, Message, Output, Subscription


class Streams(Protocol):
    """Streams on a Redis or Valkey server.

    Raises: Retry when the server is away; never blocks longer than its deadline.
    """

    # names of the streams, from one place
    def data_stream(self, market: Market, source: Source) -> str: ...
    def matched_stream(self, market: Market, source: Source) -> str: ...
    def opportunity_stream(self) -> str: ...
    def alert_stream(self) -> str: ...
    def recorded_streams(self) -> Mapping[str, str]:
        """Return the streams that a recorder reads, by the name that its files give them.

        Changed quotes and states are appended to theirs while a group is joined to it.
        """
        ...

    def unrecorded(self) -> int:
        """Return how many entries no recorder will see: nobody read their stream for too long."""
        ...

    # streams
    def publish(self, outputs: Sequence[Output], once: str | None = None) -> list[str]:
        """Append; with `once` a second call under the same name within a day appends nothing.

        Only with `once` may a call that ended in Retry be made again without appending twice.
        """
        ...

    def read(self, subscription: Subscription, count: int, block_s: float) -> list[Message]:
        """Return up to `count` new messages, waiting at most `block_s` for the first.

        Each stream of the subscription gets an equal part of `count`, one message at least.
        """
        ...

    def own_pending(self, subscription: Subscription, count: int) -> list[Message]:
        """Return messages that this consumer took and never acknowledged: read first on start.

        Counts as a delivery of each that is returned, and of no other.
        """
        ...

    def claim(self, subscription: Subscription, min_idle_s: float, count: int) -> list[Message]:
        """Take over messages of any consumer that has not acknowledged them for so long."""
        ...

    def ends(self, streams: Sequence[str]) -> dict[str, str]:
        """Return the id of each stream's last entry, where `follow` goes on from."""
        ...

    def follow(self, after: Mapping[str, str], count: int) -> list[Message]:
        """Return up to `count` entries of each stream that come after an id, without a group.

        Whoever follows holds nothing back from being trimmed, and is not told of what was.
        """
        ...

    def join(self, subscription: Subscription) -> None:
        """Make the subscription's group where it is absent, so that what is written counts as unread."""
        ...

    def leave(self, subscription: Subscription) -> bool:
        """Forget the consumer where it has nothing pending; True if that is in every stream."""
        ...

    def disband(self, subscription: Subscription) -> None:
        """Forget the group in every stream of the subscription: nothing waits there for it any more."""
        ...

    def dead_letters(self, stream: str | None = None) -> list[DeadLetter]: ...
    def replay_dead(self, letter: DeadLetter) -> bool:
        """Put the letter's message back at the end of its stream; False if the letter is gone."""
        ...

    def drop_dead(self, letter: DeadLetter) -> bool:
        """Forget the letter; False if it is gone."""
        ...

    def backlog(self) -> list[Backlog]:
        """Return every group of every stream of this prefix."""
        ...

    def trim(self) -> int:
        """Remove entries that every group has acknowledged, beyond each stream's kept length."""
        ...
