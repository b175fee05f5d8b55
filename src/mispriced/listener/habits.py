"""How a listener lives, and what it says of itself."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Habits(Struct, frozen=True, kw_only=True):
    """When a context is over, in seconds, messages and bytes, and how long the pause after a failure is."""

    fresh_s: float = 1800.0
    fresh_messages: int = 5000
    silent_s: float = 60.0
    memory_bytes: int = 1_500_000_000
    memory_s: float = 10.0
    load_s: float = 30.0
    beat_s: float = 1.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0


class Listening(Struct, frozen=True, kw_only=True):
    """What a listener says of itself: healthy is who had a useful message lately, None for never."""

    at: datetime
    url: str
    last_useful: datetime | None
    messages: int
    useful: int
    dropped: int
    contexts: int
    ended: str
