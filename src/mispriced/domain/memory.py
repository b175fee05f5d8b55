"""What is known about names from before: who listed them when, and which fixtures they shared."""

from __future__ import annotations

from mispriced.domain.similarity import Names


class Memory:
    """What a running system knows when it matches again.

    `names` keeps what was worked out about single names and pairs of them; it never changes a result.
    """

    def __init__(self) -> None:
        self.names = Names()
