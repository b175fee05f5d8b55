"""Secrets taken out of text by their value, however they are written there.

What is hidden once is hidden in every log line, error text, trace and report of this process. Not here:
which values are secrets (`settings/secrets.py`), and guesses from names such as "password".
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

HIDDEN: Final = "***"
SHORTEST: Final = 4  # a shorter value occurs in words by chance; taking it out would make logs unreadable
DEEPEST: Final = 8  # levels of a structure that are shown
TAIL: Final = "[A-Za-z0-9+/_-]?={0,2}"  # after base64 of a secret: the bits of its last byte, and the padding
MOST_ITEMS: Final = 200  # of one list or mapping that are shown

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


class Redactor:
    """Replaces known secrets by `***`; secrets may be added at any time, from any thread."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._patterns: dict[bool, re.Pattern[str]] = {}
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these values from now on; the lines of one that has several, too."""
        found = set(self._secrets)
        for secret in secrets:
            found |= {
                part for part in (secret, secret.strip(), *secret.splitlines()) if len(part) >= SHORTEST
            }
        if found != self._secrets:
            self._secrets = frozenset(found)
            self._patterns = {}

    def text(self, given: str) -> str:
        """Return the text with every secret in it replaced.

        >>> Redactor(["pass/word"]).text("redis://me:pass%2Fword@host and pass/word")
        'redis://me:***@host and ***'
        """
        if not self._secrets:
            return given
        is_written = "%" in given or "\\" in given or "&" in given or "+" in given
        return self._pattern(is_written).sub(HIDDEN, given)

    def plain(self, given: object, depth: int = 0) -> Plain:
        """Return the value as plain JSON types without secrets: keys, numbers and the text of objects too."""
        if isinstance(given, str):
            return self.text(given)
        if given is None or isinstance(given, int | float):
            return self._number(given)
        if depth >= DEEPEST:
            return "..."
        if isinstance(given, Mapping):
            pairs = list(given.items())[:MOST_ITEMS]
            return {self.text(_shown(key)): self.plain(value, depth + 1) for key, value in pairs}
        if isinstance(given, list | tuple | set | frozenset):
            return [self.plain(one, depth + 1) for one in list(given)[:MOST_ITEMS]]
        return self.text(_shown(given))

    def _pattern(self, is_written: bool) -> re.Pattern[str]:
        """Return what finds the secrets; made when it is first needed, as no command should wait for it."""
        patterns = self._patterns  # read before the secrets: `hide` may set both in between
        if is_written not in patterns:
            patterns[is_written] = _any_of(self._secrets, is_written)
        return patterns[is_written]

    def _number(self, given: int | float | None) -> Plain:
        # of the type itself: what a subclass or an enumeration shows may be anything
        number: Plain = given
        if isinstance(given, int) and not isinstance(given, bool):
            number = int(given)
        elif isinstance(given, float):
            number = float(given)
        shown = repr(number)
        return number if self.text(shown) == shown and self.text(shown.lower()) == shown.lower() else HIDDEN


shared: Final = Redactor()
"""What this process hides; `settings.load` adds what it has read."""


def hide(secrets: Iterable[str]) -> None:
    """Hide these values in everything that this process says from now on."""
    shared.hide(secrets)


def redact(text: str) -> str:
    """Return the text without this process's secrets."""
    return shared.text(text)


def _shown(given: object) -> str:
    try:
        if isinstance(given, bytes | bytearray):
            return given.decode("utf-8", "backslashreplace")
        return (
            given if isinstance(given, str) else str(given) if isinstance(given, Exception) else repr(given)
        )
    except Exception as error:
        return f"<{type(given).__name__} that cannot be shown: {type(error).__name__}>"


def _any_of(secrets: Iterable[str], is_written: bool) -> re.Pattern[str]:
    forms: dict[str, str] = {}
    for secret in secrets:
        forms |= {core: _core(core, is_written) + TAIL for core in _base64(secret)}
        forms[secret] = _however_written(secret) if is_written else re.escape(secret)
    longest_first = sorted(forms.items(), key=lambda form: len(form[0]), reverse=True)
    return re.compile("|".join(pattern for _, pattern in longest_first))


def _core(core: str, is_written: bool) -> str:
    """Return a pattern for base64; nobody escapes its letters and digits."""
    if not is_written:
        return re.escape(core)
    return "".join(one if one.isalnum() else _character(one) for one in core)


def _base64(secret: str) -> Iterable[str]:
    """Yield what stays the same of a secret inside any base64 text, whatever stands before it."""
    for encoded in {secret.encode("utf-8", "surrogatepass"), secret.encode("latin-1", "replace")}:
        for before in range(3):
            whole = base64.b64encode(bytes(before) + encoded).decode().rstrip("=")
            bits = 8 * (before + len(encoded))
            core = whole[-(-8 * before // 6) : bits // 6]
            if len(core) >= SHORTEST:
                yield core
                yield core.replace("+", "-").replace("/", "_")
        yield encoded.hex()
        yield encoded.hex().upper()


def _however_written(text: str) -> str:
    """Return a pattern for the text with any of its characters escaped as in URLs, JSON, Python or HTML."""
    return "".join(
        _backslashes(len(run)) if run[0] == "\\" else _character(run)
        for run in re.findall(r"\\+|.", text, flags=re.DOTALL)
    )


def _backslashes(number: int) -> str:
    return rf"(?:\\{{{number},{number * 8}}}|(?:%(?:25){{0,3}}5[Cc]){{{number}}})"


def _character(one: str) -> str:
    encoded = one.encode("utf-8", "surrogatepass")
    forms = [re.escape(one), "".join(rf"%(?:25){{0,3}}{_hex(byte, 2)}" for byte in encoded)]
    if not (one.isascii() and one.isalnum()):
        forms += _escaped(one, encoded)
    return f"(?:{'|'.join(forms)})"


def _escaped(one: str, encoded: bytes) -> Iterable[str]:
    back, number = r"\\{1,7}", ord(one)
    if one == " ":
        yield r"\+"
    named = {"\n": "n", "\t": "t", "\r": "r", "\f": "f", "\b": "b", '"': '"', "'": "'", "/": "/"}
    if one in named:
        yield back + named[one]
    if number < 0x100:
        yield f"{back}x{_hex(number, 2)}"
    yield "".join(f"{back}x{_hex(byte, 2)}" for byte in encoded)
    yield f"{back}U{_hex(number, 8)}"
    units = one.encode("utf-16-be", "surrogatepass")
    yield "".join(f"{back}u{_hex(units[at] * 256 + units[at + 1], 4)}" for at in range(0, len(units), 2))
    yield rf"&#0*{number};"
    yield f"&#[xX]0*{_hex(number, 1)};"
    if html.escape(one) != one:
        yield html.escape(one)


def _hex(number: int, digits: int) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in f"{number:0{digits}x}")
