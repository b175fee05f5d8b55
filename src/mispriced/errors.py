"""Errors by what the caller does about them: try later, skip the item, or call a person."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MispricedError(Exception):
    """Carry a message with the values that explain it."""


class Retry(MispricedError):
    """Ask for another try later; `after_s` is the shortest wait in seconds, None if unknown."""

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Skip(MispricedError):
    """Leave this item out and go on with the next."""


class Fatal(MispricedError):
    """Stop: a person has to act. `exit_code` is the process's exit code."""

    exit_code = 1


class Usage(Fatal):
    """A value given on the command line is not one of the allowed."""

    exit_code = 2


class Unavailable(Fatal):
    """A service that the command needs does not answer."""

    exit_code = 69


class LockHeld(Fatal):
    """Another process owns what this one needs alone."""

    exit_code = 75


class Misconfigured(Fatal):
    """A setting is missing, unknown or out of range."""

    exit_code = 78


def unknown(what: str, value: object, allowed: Iterable[object]) -> str:
    """Say that `value` is none of the allowed, which they are, and which is nearest.

    >>> unknown("market", "bts", ["three_way", "btts"])
    "unknown market 'bts'; allowed: three_way, btts; did you mean 'btts'?"
    """
    names = [str(name) for name in allowed]
    return f"unknown {what} {str(value)!r}; allowed: {', '.join(names) or 'none'}{nearest(value, names)}"


def nearest(value: object, allowed: Iterable[str]) -> str:
    """Return a question whether the nearest of the allowed was meant, empty when none is near.

    >>> nearest("bts", ["three_way", "btts"])
    "; did you mean 'btts'?"
    """
    folded = {name.casefold(): name for name in allowed}
    near = difflib.get_close_matches(str(value).casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""
