"""Print docs/reference.md from the code: commands, exit codes, settings, keys, messages, files.

`python -m tools.reference > docs/reference.md` with the checkout's environment; tests/test_docs.py
fails while the file is not what this prints. What the code cannot say is in reference_facts.py.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import NODEFAULT, Struct, structs
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from typer.models import ArgumentInfo, OptionInfo, ParameterInfo

# Where things are in the package is said here and in reference_facts.py alone.
from mispriced import cli, exchange, messages
from mispriced.backends import indexes, keys, tables
from mispriced.backends.keys import Keys
from mispriced.cli import example
from mispriced.domain import freshness, model
from mispriced.domain.markets import MARKETS, Market
from mispriced.domain.model import SOURCES, Event, Origin, Quote, Score, encode
from mispriced.pipeline.extract import Extraction
from mispriced.pipeline.funnel import Funnel
from mispriced.pipeline.run import Heartbeat
from mispriced.settings.model import STREAM_KEYS, Settings
from tools import reference_facts as facts

LITERALS: Final = {
    "Source": model.Source,
    "Market": Market,
    "Category": model.Category,
    "Outcome": exchange.Outcome,
    "State": freshness.State,
}
WORDS: Final = {
    "str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Path": "path",
    "SecretStr": "secret text", "datetime": "time", "date": "date", "Decimal": "number",
}  # fmt: skip
LIMITS: Final = {"gt": "above {}", "ge": "at least {}", "le": "at most {}", "pattern": "matches `{}`"}

Rows = Sequence[Sequence[str]]


def _structs(module: types.ModuleType) -> tuple[type[Struct], ...]:
    found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Struct)]
    return tuple(one for one in found if one.__module__ == module.__name__)


MESSAGES: Final[Mapping[str, tuple[type[Struct], ...]]] = {
    "Event and quote": (Quote, Event, Score, Origin),
    "Between stages and store": _structs(messages),
    "Between adapter and door": _structs(exchange),
    "Reports": (Extraction, Heartbeat, Funnel),
}


def reference() -> str:
    """Return the text of docs/reference.md."""
    sections = (_commands, _exit_codes, _settings, _streams, _documents, _keys, _messages, _files)
    lines = [facts.HEAD, *(line for section in sections for line in section())]
    return "\n".join(lines).rstrip() + "\n"


def commands() -> dict[str, Any]:
    """Return every command by its words, such as `dlq list`, with the function behind it."""
    for module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        importlib.import_module(module.name)  # a module registers its commands
    groups: list[tuple[str, Any]] = [("", cli.app)]
    groups += [(f"{group.name} ", group.typer_instance) for group in cli.app.registered_groups]
    found = {}
    for prefix, app in groups:
        for one in app.registered_commands:
            found[prefix + (one.name or one.callback.__name__.replace("_", "-"))] = one.callback
    return dict(sorted(found.items()))


def settings() -> dict[str, FieldInfo]:
    """Return every setting by its dotted name; NAME is a bookmaker's, SOURCE is upcoming or live."""
    return dict(_fields(Settings, ""))


def own_keys() -> dict[str, str]:
    """Return the keys behind `{prefix}-` and what the comments of `tables.lua_tables` say of each."""
    text = inspect.getsource(tables.lua_tables)
    found = re.findall(r'((?: *#.*\n)+) *"\w+": keys\.own\("([^"]+)"\)', text)
    return {
        f"{{prefix}}-{name}" + "{kind}" * name.endswith(":"): " ".join(re.findall(r"# *(.*)", comment))
        for comment, name in found
    }


def _commands() -> Iterator[str]:
    yield facts.COMMANDS
    root = cli.app.registered_callback
    assert root is not None
    yield from _options(root.callback)
    for name, function in commands().items():
        yield from ("", f"### `mispriced {name}`", "", inspect.getdoc(function) or "", "")
        yield from _options(function)


def _options(function: Any) -> Iterator[str]:
    hints = typing.get_type_hints(function, include_extras=True)
    rows = []
    for name, parameter in inspect.signature(function).parameters.items():
        kind, info = _annotated(hints[name])
        if not info.hidden:
            is_required = parameter.default is inspect.Parameter.empty
            default = "required" if is_required else _shown(parameter.default)
            rows.append((_spelling(name, kind, info), default, info.help or ""))
    return _table("argument or option|default|what", rows)


def _annotated(hint: Any) -> tuple[Any, ParameterInfo]:
    if typing.get_origin(hint) is not typing.Annotated:  # get_type_hints wraps a default of None
        hint = next(one for one in typing.get_args(hint) if typing.get_origin(one) is typing.Annotated)
    kind, *rest = typing.get_args(hint)
    return kind, next(one for one in rest if isinstance(one, ParameterInfo))


def _spelling(name: str, kind: Any, info: ParameterInfo) -> str:
    if isinstance(info, ArgumentInfo):
        return f"`{info.metavar or name.upper()}`"
    assert isinstance(info, OptionInfo)
    # typer takes the first of an annotation's names for a default and sorts that out later
    given = [one for one in (info.default, *(info.param_decls or ())) if isinstance(one, str)]
    spelt = ", ".join(given) or f"--{name.replace('_', '-')}"
    word = {"path": "FILE"}.get(_type(kind), _type(kind).upper().split()[-1])
    return f"`{spelt}`" if kind is bool else f"`{spelt} {info.metavar or word}`"


def _exit_codes() -> Iterator[str]:
    yield from ("", "## Exit codes", "")
    yield from _table("code|when", [(str(code), when) for code, when in facts.EXIT_CODES])


def _settings() -> Iterator[str]:
    yield facts.SETTINGS
    rows = [
        (f"`{name}`", _constraint(one), _default(one), environment(name, one), one.description or "")
        for name, one in settings().items()
    ]
    yield from _table("name|type|default|environment|what", rows)
    streams = ", ".join(f"`{word} = …`" for word in STREAM_KEYS.values())
    yield facts.EXTRACT_IN_THE_FILE.format(streams=streams)
    yield from _table("name|what", [(f"`{name}`", what) for name, what in facts.OTHER_ENVIRONMENT])
    yield from ("", "What `mispriced config init` writes:", "", "```toml")
    yield from (example.example_toml().rstrip(), "```")


def _fields(form: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, one in form.model_fields.items():
        inner, step = _model_of(one.annotation)
        if inner is None:
            yield f"{prefix}{name}", one
            continue
        is_source = name in typing.get_args(model.Source)
        yield from _fields(inner, f"{prefix}{'SOURCE' if is_source else name}.{step}")


def _model_of(hint: Any) -> tuple[type[BaseModel] | None, str]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint, ""
    found = next((one for one, _ in map(_model_of, typing.get_args(hint)) if one), None)
    return found, "NAME." if typing.get_origin(hint) is Mapping else ""


def _constraint(one: FieldInfo) -> str:
    limits = [
        form.format(value)
        for rule in one.metadata
        for name, form in LIMITS.items()
        if (value := getattr(rule, name, None)) is not None
    ]
    return ", ".join([_type(one.annotation), *limits])


def _default(one: FieldInfo) -> str:
    return "required" if one.is_required() else _shown(one.default)


def environment(name: str, one: FieldInfo) -> str:
    """Return the names that set a setting in the environment, as the reference shows them."""
    section, _, rest = name.partition(".")
    if "NAME" in rest.split("."):
        return f"within `MISPRICED_{section.upper()}`"
    if isinstance(one.validation_alias, AliasChoices):
        return ", ".join(f"`{choice}`" for choice in one.validation_alias.choices if choice != name)
    own = f"`MISPRICED_{name.upper().replace('.', '__')}`"
    return f"`{facts.ENVIRONMENT[name]}`, {own}" if name in facts.ENVIRONMENT else own


def _type(hint: Any) -> str:
    """Return a type in a reader's words."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_type(one) for one in parts if one is not types.NoneType)
    if origin is typing.Annotated:
        return _type(parts[0])
    if origin is typing.Literal:
        return " or ".join(f'"{one}"' for one in parts)
    if origin in (tuple, frozenset, list):
        return f"list of {_type(parts[0])}"
    if origin is Mapping:
        return f"table of {_type(parts[1])}"
    return WORDS[hint.__name__]


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool) or value == "":
        return {None: "", True: "yes", False: "no"}.get(value, "")
    return "empty" if value in ({}, ()) else f"`{value}`"


def _streams() -> Iterator[str]:
    yield facts.STREAMS
    named, sample = Keys(prefix="{prefix}"), Keys()
    task = sample.task_stream("XTR-BTTS_live_stream", 0)
    pairs = {
        "task": ("the configured base and `-{day}`", task),
        "data": (f"`{_generic(named.data_stream('btts', 'live'))}`", sample.data_stream("btts", "live")),
        "matched": (
            f"`{_generic(named.matched_stream('btts', 'live'))}`", sample.matched_stream("btts", "live")
        ),
        "opportunities": (f"`{named.opportunities}`", sample.opportunities),
        "quotes": (f"`{_generic(named.quotes_stream('live'))}`", sample.quotes_stream("live")),
        "states": (f"`{named.states_stream}`", sample.states_stream),
        "health": (f"`{named.health_stream}`", sample.health_stream),
        "alerts": (f"`{named.alerts}`", sample.alerts),
        "dead": (f"`{named.dead('{stream}')}`", sample.dead(task)),
    }  # fmt: skip
    rows = []
    for kind, (fields, what) in facts.STREAM_FIELDS.items():
        name, such = pairs[kind]
        behind, cap = sample.kept(such)
        kept = f"{behind:,} behind every group, {cap:,} without one" if behind else f"{cap:,}"
        rows.append((name, f"`{such}`", _code(fields), what, kept))
    yield from _table("stream|such as|fields|what|kept", rows)
    yield from ("", f"MARKET is {', '.join(f'{row.key} (`{name}`)' for name, row in MARKETS.items())}.")


def _documents() -> Iterator[str]:
    name = _generic(Keys(prefix="{prefix}").document("btts", "live", "{match_id}"))
    yield from ("", f"A market document is the hash `{name}`:", "")
    yield from _table("field|what", [(_code(fields), what) for fields, what in facts.DOCUMENT.items()])
    yield facts.JSON_DOCUMENT
    rows = [(f"`{field}`", f"`{path}`", kind) for field, (path, kind) in indexes.fields().items()]
    yield from _table("field|place|kind", rows)
    names = [Keys(prefix="{prefix}").search_index(market, source) for market in MARKETS for source in SOURCES]
    yield from ("", f"Indexes: {_code(names)}.")


def _keys() -> Iterator[str]:
    yield from ("", "Further keys:", "")
    sightings = _generic(Keys(prefix="{prefix}").sightings("btts", "live"))
    rows = {**own_keys(), **facts.OTHER_KEYS, sightings: (inspect.getdoc(Keys.sightings) or "").rstrip(".")}
    yield from _table("key|what", [(f"`{name}`", _lower(what)) for name, what in sorted(rows.items())])
    yield from ("", "Notes, which are fields of `{prefix}-notes`:", "")
    yield from _table("note|what", [(f"`{name}`", what) for name, what in facts.NOTES.items()])
    yield from ("", "How long things are kept, and why:", "")
    found = re.findall(r"^([A-Z_]+): Final.*? = (.*?)(?:  # (.*))?$", inspect.getsource(keys), re.MULTILINE)
    yield from _table("constant|value|why", [(f"`{name}`", f"`{value}`", why) for name, value, why in found])


def _generic(name: str) -> str:
    return name.replace("live_btts", "{source}_{market}").replace("BTTS_live", "{MARKET}_{source}")


def _messages() -> Iterator[str]:
    yield facts.MESSAGES.format(quote=encode(facts.EXAMPLE).decode())
    words = [(f"`{name}`", _code(typing.get_args(words))) for name, words in LITERALS.items()]
    words += [(f"outcome of {row.title}", _code(row.paid)) for row in MARKETS.values()]
    yield from _table("word|one of", words)
    for title, forms in MESSAGES.items():
        yield from ("", f"### {title}")
        for one in forms:
            yield from ("", f"#### {one.__name__}", "", inspect.cleandoc(one.__doc__ or ""), "")
            yield from ("```python", *_members(one), "```")


def _members(form: type[Struct]) -> Iterator[str]:
    for one in structs.fields(form):
        default = one.default
        if default is NODEFAULT and one.default_factory is not NODEFAULT:
            default = one.default_factory()
        hint = form.__annotations__[one.name].removesuffix(" | UnsetType")
        yield f"{one.encode_name}: {hint}" + ("" if default is NODEFAULT else f" = {default!r}")


def _files() -> Iterator[str]:
    yield facts.FILES
    yield from _table("file|by", [(f"`{name}`", what) for name, what in facts.FILE_ROWS.items()])


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _table(head: str, rows: Rows) -> Iterator[str]:
    if rows:
        yield f"| {head.replace('|', ' | ')} |"
        yield f"|{'---|' * (head.count('|') + 1)}"
        for row in rows:
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
