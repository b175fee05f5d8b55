"""A secret never leaks, whatever it is in and however it is written there."""

import base64
import enum
import html
import json
import logging
import re
import sys
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mispriced.telemetry.line import JsonLine, TextLine
from mispriced.telemetry.redact import DEEPEST, HIDDEN, Redactor, shared

CANARY = "c4n@ry/+ wört\"h'\\x"

WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda secret: secret,
    "quoted": quote,
    "quoted whole": lambda secret: quote(secret, safe=""),
    "quoted twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in lower case escapes": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret)),
    "as a form": quote_plus,
    "as JSON": json.dumps,
    "as JSON in JSON": lambda secret: json.dumps(json.dumps(secret)),
    "as JSON with letters": lambda secret: json.dumps(secret, ensure_ascii=False),
    "by repr": repr,
    "by ascii": ascii,
    "by repr of bytes": lambda secret: repr(secret.encode()),
    "by repr of a repr": lambda secret: repr(repr(secret)),
    "as HTML": html.escape,
    "as hex": lambda secret: secret.encode().hex(),
    "in basic auth": lambda secret: base64.b64encode(f"me:{secret}".encode()).decode(),
    "in basic auth of another user": lambda secret: base64.b64encode(f"you2:{secret}".encode()).decode(),
    "as base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in url-safe base64": lambda secret: base64.urlsafe_b64encode(f"a{secret}>>".encode()).decode(),
    "as quoted base64": lambda secret: quote(base64.b64encode(secret.encode()).decode(), safe=""),
}  # fmt: skip


def is_secret(text):
    """A run of blanks, stars or dots is in any text."""
    return sum(one.isalnum() for one in text) >= 4 and text == text.strip() and len(text.splitlines()) == 1


secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40).filter(is_secret)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize("how", WRITTEN)
def test_a_secret_is_found_however_it_is_written(how):
    written = WRITTEN[how](CANARY)
    hidden = Redactor([CANARY]).text(f"a {written} z")
    assert hidden.startswith("a ")
    assert hidden.endswith(" z")
    assert len(hidden) <= len("a  z") + len(HIDDEN) + 2 * len('\\\\\\"') + len("b''") + 12
    assert not leaks(hidden, CANARY)


@given(secrets, texts, texts, st.sampled_from(sorted(WRITTEN)))
def test_whatever_the_secret_and_what_stands_beside_it_nothing_of_it_is_left(secret, before, after, how):
    hidden = Redactor([secret]).text(f"{before}{WRITTEN[how](secret)}{after}")
    assert HIDDEN in hidden
    assert not leaks(hidden, secret) or leaks(before + after, secret)


class Told:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"Told({self.text!r})"


class Untold:
    def __repr__(self):
        raise ValueError("no")


def carriers(secret):
    one = st.sampled_from(
        [
            secret,
            f"redis://me:{quote(secret, safe='')}@host/0",
            secret.encode(),
            Told(secret),
            ValueError(secret),
            base64.b64encode(f"me:{secret}".encode()),
            (secret, 1),
            None,
            1.5,
            True,
        ]
    )
    return st.recursive(
        one,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", secret, f"x{secret}"]), inner, max_size=3)
        ),
        max_leaves=12,
    )


@settings(max_examples=60)  # each compiles a pattern
@given(secrets.flatmap(lambda secret: st.tuples(st.just(secret), carriers(secret), carriers(secret))))
def test_a_secret_in_any_structure_never_reaches_a_line(drawn):
    secret, value, other = drawn
    before = vars(shared).copy()
    shared.hide([secret])
    try:
        raise ValueError(f"cannot read {value!r}")
    except ValueError:
        said = {"event": f"at {secret}", "value": value, "other": [other]}
        record = logging.LogRecord("x", logging.ERROR, "x", 1, said, (), sys.exc_info())
    lines = [JsonLine().format(record), TextLine(colors=True).format(record)]
    vars(shared).update(before)
    for line in lines:
        assert "Traceback" in line
        assert not leaks(line.split("Traceback")[0], secret)
        # the frames' source lines are this file's
        assert not leaks(line.rsplit("ValueError", 1)[1], secret)


@given(secrets, st.integers(1, 30))
def test_what_holds_no_secret_stays_as_it_is(secret, number):
    plain = {"event": "message failed", "tries": number, "ratio": number / 7, "is_ok": True, "why": None}
    if not any(secret in text for text in json.dumps(plain).split('"')):
        assert Redactor([secret]).plain(plain) == plain


def test_what_cannot_be_shown_is_said_so():
    assert Redactor(["canary"]).plain([Untold()]) == ["<Untold that cannot be shown: ValueError>"]


def test_numbers_and_their_subclasses_are_secret_too():
    class Port(enum.IntEnum):
        ODDS = 12345678

        def __repr__(self):
            return "12345678"

    redactor = Redactor(["12345678", "0.0625"])
    assert redactor.plain([12345678, Port.ODDS, 0.0625, 1234567]) == [HIDDEN, HIDDEN, HIDDEN, 1234567]


def test_lines_of_a_secret_are_secret_each():
    assert Redactor(["-----BEGIN-----\nMIIEpAIB\n"]).text("got MIIEpAIB") == "got ***"


def test_the_longer_of_two_secrets_goes_first():
    assert Redactor(["secret", "secret-and-more"]).text("a secret-and-more z") == "a *** z"


def test_what_is_too_short_or_empty_hides_nothing():
    assert Redactor(["", " ", "abc"]).text("abc, a blank") == "abc, a blank"


def test_a_structure_without_end_is_cut():
    endless: list = []
    endless.append(endless)
    shown = json.dumps(Redactor().plain(endless))
    assert shown == "[" * DEEPEST + '"..."' + "]" * DEEPEST


def test_many_backslashes_cost_no_more_than_their_length():
    redactor = Redactor(["\\" * 12 + "a\\\\b\"'\"'\"'\"' c"])
    text = "\\" * 200_000
    assert redactor.text(text) == text


def leaks(text, secret):
    """Whether the secret can be read from the text, as it stands or decoded."""
    if any(write(secret).strip("\"'b") in text for write in WRITTEN.values() if len(write(secret)) > 4):
        return True
    runs = re.findall(r"[A-Za-z0-9+/_-]{8,}", text)
    decoded = [
        base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
        for run in runs
        for rest in (run[skip:].replace("+", "-").replace("/", "_") for skip in range(4))
        if len(rest) % 4 != 1
    ]
    return any(secret.encode() in one for one in decoded)
