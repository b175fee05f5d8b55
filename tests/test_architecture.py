"""The rules of the code that no linter knows. Each is shown to fail on a small bad example.

The layers and the domain's third-party imports are import-linter's, in pyproject.toml.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "mispriced"

LONGEST_MODULE = 250
LONGEST_ADAPTER = 150

BOOKMAKERS = re.compile(
    r"bookie_?(alpha|beta|gamma|delta)|betika|sportpesa|odibets|logiqsport", re.IGNORECASE
)
# The registry names its own four, the simulator plays them, a setting's description gives an example.
MAY_NAME_A_BOOKMAKER = re.compile(r"bookmakers/(__init__|bookie\w+)\.py|simulator/.*|settings(/.*|\.py)")
MAY_READ_THE_CLOCK = re.compile(r"cli(/.*|\.py)")
MAY_READ_THE_ENVIRONMENT = re.compile(r"settings(/.*|\.py)")
PURE = re.compile(r"(domain|bookmakers)/.*")

CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}
SEEDED = {"random.Random", "numpy.random.default_rng", "numpy.random.Generator"}
LOGGING = {"logging", "structlog", "warnings", "mispriced.telemetry"}
IO_MODULES = {
    "aiohttp", "asyncio", "http", "multiprocessing", "os", "pathlib", "redis", "rich", "select", "shutil",
    "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "typer", "urllib",
}  # fmt: skip

parsed = cache(ast.parse)

Check = Callable[[str, str], Iterator[str]]
"""From a module's path inside the package and its source to what is wrong with it."""


def lines_in_budget(path: str, source: str) -> Iterator[str]:
    longest = LONGEST_ADAPTER if re.fullmatch(r"bookmakers/bookie\w+\.py", path) else LONGEST_MODULE
    if (lines := len(source.splitlines())) > longest:
        yield f"{path}: {lines} lines, at most {longest}: it is two ideas"


def names_no_bookmaker(path: str, source: str) -> Iterator[str]:
    """Docstrings and comments may give one as an example; names and values may not."""
    if MAY_NAME_A_BOOKMAKER.fullmatch(path):
        return
    tree = parsed(source)
    examples = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        words = [
            value for _, value in ast.iter_fields(node) if isinstance(value, str) and id(node) not in examples
        ]
        for word in words:
            if found := BOOKMAKERS.search(word):
                yield f"{path}:{_line(node)}: shared code names {found[0]}"


def reads_no_clock(path: str, source: str) -> Iterator[str]:
    if not MAY_READ_THE_CLOCK.fullmatch(path):
        yield from _uses(path, source, CLOCKS, "take `now` or a Clock instead")


def reads_no_environment(path: str, source: str) -> Iterator[str]:
    if not MAY_READ_THE_ENVIRONMENT.fullmatch(path):
        yield from _uses(path, source, ENVIRONMENT, "only settings read the environment")


def swallows_nothing(path: str, source: str) -> Iterator[str]:
    """A handler of everything must raise, or at least use what it caught."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            inside = [below for statement in node.body for below in ast.walk(statement)]
            raises = any(isinstance(below, ast.Raise) for below in inside)
            uses = any(isinstance(below, ast.Name) and below.id == node.name for below in inside)
            if not raises and not uses:
                yield f"{path}:{node.lineno}: catches everything and drops it"
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("suppress", "contextlib.suppress"):
            yield from (
                f"{path}:{node.lineno}: suppresses everything" for kind in node.args if _is_broad(kind)
            )


def seeds_chance(path: str, source: str) -> Iterator[str]:
    tree = parsed(source)
    names = _imported(tree)
    for node, name in _dotted(tree, names):
        if name.startswith(("random.", "numpy.random.")) and name not in SEEDED:
            yield f"{path}:{_line(node)}: {name}: only {', '.join(sorted(SEEDED))}"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node.args or node.keywords:
            continue
        if _meaning(node.func, names) in SEEDED:
            yield f"{path}:{node.lineno}: {ast.unparse(node)} without a seed"


def logs_nothing(path: str, source: str) -> Iterator[str]:
    if PURE.fullmatch(path):
        yield from _imports(path, source, LOGGING, "is no place for logs")
        yield from _calls(path, source, {"print"})


def does_no_io(path: str, source: str) -> Iterator[str]:
    if PURE.fullmatch(path):
        yield from _imports(path, source, IO_MODULES, "does IO")
        yield from _calls(path, source, {"open", "input", "exec", "eval", "__import__"})


# Each rule with examples that must fail: (path, source).
RULES: dict[Check, list[tuple[str, str]]] = {
    lines_in_budget: [
        ("pipeline/stages.py", "pass\n" * 251),
        ("bookmakers/bookieepsilon.py", "pass\n" * 151),
    ],
    names_no_bookmaker: [
        ("web/api.py", "if bookmaker == 'BookieGamma': pass"),
        ("backends/redis.py", "key = f'bookiedelta_{market}_event'"),
        ("pipeline/stages.py", "from mispriced.bookmakers.bookiealpha import BOOKIEALPHA"),
        ("pipeline/stages.py", "def read_betika(): ..."),
        ("pipeline/stages.py", "BOOKIE_BETA = 1"),
        ("bookmakers/contract.py", "hosts = {'x': 'odibets'}"),
    ],
    reads_no_clock: [
        ("pipeline/run.py", "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
        ("pipeline/run.py", "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
        ("pipeline/run.py", "import datetime as dt\nnow = dt.datetime.utcnow()"),
        ("pipeline/run.py", "from datetime import date\ntoday = date.today()"),
        ("pipeline/run.py", "from time import time\nnow = time()"),
        ("pipeline/run.py", "import time\nclock = time.time"),
    ],
    reads_no_environment: [
        ("web/api.py", "import os\ntoken = os.environ['TOKEN']"),
        ("web/api.py", "from os import environ"),
        ("web/api.py", "import os as system\ntoken = system.getenv('TOKEN')"),
    ],
    swallows_nothing: [
        ("web/api.py", "try: f()\nexcept Exception: pass"),
        ("web/api.py", "try: f()\nexcept: return_value = None"),
        ("web/api.py", "try: f()\nexcept (ValueError, BaseException): log.error('x')"),
        ("web/api.py", "try: f()\nexcept Exception as error: log.error('x')"),
        ("web/api.py", "from contextlib import suppress\nwith suppress(Exception): f()"),
    ],
    seeds_chance: [
        ("simulator/scenario.py", "import random\nprice = random.uniform(1, 2)"),
        ("simulator/scenario.py", "import random\nchance = random.Random()"),
        ("simulator/scenario.py", "import random\nchance = random.SystemRandom(1)"),
        ("simulator/scenario.py", "from random import choice"),
        ("simulator/scenario.py", "import numpy as np\nprices = np.random.rand(3)"),
        ("simulator/scenario.py", "import numpy as np\nchance = np.random.default_rng()"),
    ],
    logs_nothing: [
        ("domain/odds.py", "import structlog"),
        ("domain/odds.py", "from mispriced.telemetry import log"),
        ("bookmakers/contract.py", "from logging import getLogger"),
        ("bookmakers/contract.py", "print('x')"),
    ],
    does_no_io: [
        ("domain/odds.py", "import os.path"),
        ("domain/odds.py", "from pathlib import Path"),
        ("bookmakers/bookiealpha.py", "import aiohttp"),
        ("bookmakers/bookiealpha.py", "page = open('page.json')"),
    ],
}

ALLOWED: list[tuple[Check, str, str]] = [
    (names_no_bookmaker, "domain/model.py", "def f():\n    '''Example: BookieAlpha.'''  # BookieBeta"),
    (
        names_no_bookmaker,
        "bookmakers/__init__.py",
        "from mispriced.bookmakers.bookiealpha import BOOKIEALPHA",
    ),
    (reads_no_clock, "cli.py", "import time\nnow = time.time()"),
    (reads_no_clock, "pipeline/run.py", "import time\nstarted = time.monotonic()"),
    (reads_no_environment, "settings/__init__.py", "import os\nos.environ['X']"),
    (swallows_nothing, "web/api.py", "try: f()\nexcept ValueError: pass"),
    (swallows_nothing, "web/api.py", "try: f()\nexcept BaseException:\n    g()\n    raise"),
    (swallows_nothing, "web/api.py", "try: f()\nexcept Exception as error: report(error)"),
    (
        seeds_chance,
        "simulator/scenario.py",
        "from random import Random\ndef f(r: Random): Random(1)",
    ),
    (seeds_chance, "simulator/scenario.py", "import random\nchance: random.Random = random.Random(seed)"),
    (logs_nothing, "web/api.py", "import structlog"),
    (does_no_io, "backends/http.py", "import aiohttp"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Check):
    broken = [
        problem
        for module in sorted(SRC.rglob("*.py"))
        for problem in rule(module.relative_to(SRC).as_posix(), module.read_text(encoding="utf-8"))
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [(rule, path, source) for rule, examples in RULES.items() for path, source in examples],
)
def test_the_rule_fails_on_a_bad_example(rule: Check, path: str, source: str):
    assert list(rule(path, source)) != []


@pytest.mark.parametrize(("rule", "path", "source"), ALLOWED)
def test_the_rule_lets_a_good_example_pass(rule: Check, path: str, source: str):
    assert list(rule(path, source)) == []


# Suites that belong to a seam or to the whole checkout instead of one module.
CROSSING = {
    "test_architecture.py", "test_docs.py", "test_run.py", "test_workflow.py",
    "bookmakers/test_contract.py", "backends/test_store_contract.py",
    "deploy/test_acl.py", "deploy/test_files.py", "deploy/test_kubernetes.py", "deploy/test_prometheus.py",
}  # fmt: skip


def strays(tests: Path, src: Path) -> list[str]:
    """Return the test files that mirror no module: test_NAME.py or test_NAME_….py beside src's NAME.py."""
    found = []
    for test in sorted(tests.rglob("test_*.py")):
        path = test.relative_to(tests)
        mirrored = (src / path.parent, tests.parent / path.parent) if path.parent.name else (src,)
        names = [one.stem for beside in mirrored for one in beside.glob("*") if not one.stem.startswith("__")]
        name = path.stem.removeprefix("test_")
        mirrors = any(name == module or name.startswith(module + "_") for module in names)
        if not mirrors and path.as_posix() not in CROSSING:
            found.append(path.as_posix())
    return found


def test_every_test_file_mirrors_a_module():
    assert strays(ROOT / "tests", SRC) == []


def test_a_test_file_beside_no_module_is_found(tmp_path: Path):
    for file in ("src/domain/odds.py", "tests/domain/test_odds.py", "tests/domain/test_odds_rounding.py"):
        _touch(tmp_path / file)
    _touch(tmp_path / "tests/domain/test_prices.py")
    assert strays(tmp_path / "tests", tmp_path / "src") == ["domain/test_prices.py"]


def _touch(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(one) for one in kind.elts)
    return kind is None or ast.unparse(kind) in ("Exception", "BaseException")


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name stands for: `dt` -> `datetime`, `now` -> `time.time`."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _dotted(tree: ast.Module, names: dict[str, str]) -> Iterator[tuple[ast.AST, str]]:
    """Yield every imported member, name and attribute with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"
        elif meaning := _meaning(node, names):
            yield node, meaning


def _meaning(node: ast.AST, names: dict[str, str]) -> str:
    if not isinstance(node, ast.Attribute | ast.Name):
        return ""
    head, dot, rest = ast.unparse(node).partition(".")
    return names[head] + dot + rest if head in names else ""


def _uses(path: str, source: str, forbidden: set[str], reason: str) -> Iterator[str]:
    tree = parsed(source)
    for node, name in _dotted(tree, _imported(tree)):
        if name in forbidden:
            yield f"{path}:{_line(node)}: {name}: {reason}"


def _imports(path: str, source: str, forbidden: set[str], reason: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for module in modules:
            if any(module == name or module.startswith(name + ".") for name in forbidden):
                yield f"{path}:{_line(node)}: imports {module}, and {path.partition('/')[0]} {reason}"


def _calls(path: str, source: str, forbidden: set[str]) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden:
            yield f"{path}:{node.lineno}: calls {node.func.id}"
