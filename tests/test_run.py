"""`run.py` on a bare machine: what it sets up, what it leaves behind, and what it hands over to.

A copy of run.py and tools/ starts a program of a few lines whose only requirement is a wheel made here, so a
set-up takes a second. One test installs the real lock, with Debian's own Python.
"""

import ast
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.engines import require_engine
from tools import bootstrap

ROOT = Path(__file__).resolve().parent.parent
DEBIAN_PYTHON = "/usr/bin/python3"

PROGRAM = """
import json, os, signal, sys
import {imports}
where = {{"argv": sys.argv[1:], "pid": os.getpid(), "prefix": sys.prefix, "version": sys.version_info[:3]}}
print(json.dumps(where | {{"file": __file__}}), flush=True)
if sys.argv[1:2] == ["exit"]:
    sys.exit(int(sys.argv[2]))
if sys.argv[1:2] == ["wait"]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(42))
    print("waiting", flush=True)
    signal.pause()
"""


@dataclass
class Checkout:
    """A folder with run.py, its tools, a lock and a program."""

    root: Path
    env: dict[str, str]
    command: list[str] = field(default_factory=lambda: [sys.executable])

    @property
    def line(self) -> list[str]:
        return [*self.command, str(self.root / "run.py")]

    def start(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.line, *arguments], env=self.env | env, capture_output=True, text=True, timeout=50, cwd="/"
        )

    def begin(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*self.line, *arguments], env=self.env | env, stdout=pipe, stderr=pipe, text=True
        )

    def left_behind(self) -> set[str]:
        return {path.name for path in self.root.glob(".venv*")} - {".venv.lock"}


def make_checkout(root: Path, lock: str, imports: str, env: dict[str, str]) -> Checkout:
    (root / "src" / "mispriced").mkdir(parents=True)
    (root / "requirements").mkdir()
    shutil.copy(ROOT / "run.py", root)
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "requirements" / "runtime.txt").write_text(lock)
    (root / "src" / "mispriced" / "__init__.py").touch()
    (root / "src" / "mispriced" / "__main__.py").write_text(PROGRAM.format(imports=imports))
    return Checkout(root, {"HOME": str(root.parent), "PATH": "/usr/bin:/bin"} | env)


def make_wheel(folder: Path, name: str = "tiny", file: str = "tiny.py", content: str = "") -> str:
    """Write the wheel of a package of one file and return its line of a lock."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    files = {
        file: content,
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{name}-1.0.dist-info/RECORD"] = "".join(f"{one},,\n" for one in files)
    with zipfile.ZipFile(wheel, "w") as archive:
        for one, text in files.items():
            archive.writestr(one, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def make_tiny_checkout(folder: Path) -> Checkout:
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}
    return make_checkout(folder / "a folder, näm'd", make_wheel(folder), "tiny", env)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a checkout that was never started."""
    return make_tiny_checkout(tmp_path)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    started = make_tiny_checkout(tmp_path_factory.mktemp("started"))
    assert started.start().returncode == 0
    return started


@pytest.fixture
def ready(started: Checkout, tmp_path: Path) -> Checkout:
    """Return a copy of a checkout that was started before."""
    shutil.copytree(started.root, tmp_path / "a copy", symlinks=True)
    return Checkout(tmp_path / "a copy", started.env)


@pytest.fixture
def silent_index() -> Iterator[socket.socket]:
    """Listen where pip asks for packages and never answer, so that a set-up stands half-way."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def halfway(checkout: Checkout, index: socket.socket) -> tuple[subprocess.Popen[str], socket.socket]:
    url = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
    process = checkout.begin(PIP_NO_INDEX="0", PIP_INDEX_URL=url)
    asked, _ = index.accept()
    asked.settimeout(20)
    return process, asked


def test_the_first_start_sets_up_and_runs_the_program_with_its_arguments(checkout: Checkout):
    done = checkout.start("worker", "--role", "match", "-1")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["argv"] == ["worker", "--role", "match", "-1"]
    assert said["prefix"] == str(checkout.root / ".venv")
    assert re.fullmatch(r"mispriced: setting up .*\nmispriced: set up in [\d.]+ s\n", done.stderr)
    assert checkout.left_behind() == {".venv"}


def test_no_arguments_are_the_demo(ready: Checkout):
    assert json.loads(ready.start().stdout)["argv"] == ["up", "--demo"]


def test_later_starts_are_silent_and_take_under_a_second(ready: Checkout):
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        assert ready.start().stderr == ""
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 1


def test_byte_code_that_may_be_written_nowhere_is_kept_in_the_environment(ready: Checkout):
    for earlier in (ready.root / "src").rglob("*.pyc"):
        earlier.unlink()
    assert ready.start(PYTHONDONTWRITEBYTECODE="1").returncode == 0
    assert list((ready.root / ".venv" / "bytecode").rglob("mispriced/__init__.*.pyc"))
    assert list((ready.root / "src").rglob("*.pyc")) == []


def test_the_exit_code_is_the_program_s(ready: Checkout):
    assert ready.start("exit", "7").returncode == 7


def test_pid_and_signals_are_the_program_s(ready: Checkout):
    with ready.begin("wait") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["pid"] == process.pid
        assert process.stdout.readline() == "waiting\n"
        process.terminate()
        assert process.wait(20) == 42


def test_a_moved_folder_needs_no_second_set_up(ready: Checkout):
    ready.root = ready.root.rename(ready.root.parent / "moved")
    done = ready.start()
    assert done.stderr == ""
    assert json.loads(done.stdout)["file"] == str(ready.root / "src/mispriced/__main__.py")
    assert json.loads(done.stdout)["prefix"] == str(ready.root / ".venv")


def test_a_checkout_is_started_through_a_link(ready: Checkout):
    link = ready.root.parent / "mispriced-link"
    link.symlink_to(ready.root / "run.py")
    done = subprocess.run([sys.executable, str(link)], env=ready.env, capture_output=True, text=True)
    assert json.loads(done.stdout)["prefix"] == str(ready.root / ".venv")


def test_nothing_in_the_working_directory_is_imported(ready: Checkout):
    (ready.root.parent / "tiny.py").write_text("raise SystemExit('the wrong one')")
    done = subprocess.run(ready.line, env=ready.env, cwd=ready.root.parent, capture_output=True)
    assert done.returncode == 0


def test_starts_at_the_same_time_set_up_once(checkout: Checkout):
    processes = [checkout.begin() for _ in range(4)]
    ends = [process.communicate(timeout=50) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sum("set up in" in stderr for _, stderr in ends) == 1
    assert checkout.left_behind() == {".venv"}


def test_every_entry_of_a_lock_is_in_one_of_the_parts_that_are_installed_at_once(tmp_path: Path):
    lock = ROOT / "requirements" / "dev.txt"
    parts = [part.read_text() for part in bootstrap._parts(lock, tmp_path)]
    assert len(parts) == bootstrap.AT_ONCE
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    assert sorted(line for part in parts for line in part.splitlines()) == sorted(lines)
    assert all(part.startswith(tuple("abcdefghijklmnopqrstuvwxyz")) for part in parts)


PIP = """
import runpy, sys
print("the pip of the lock", sys.argv[1:2], file=sys.stderr)
sys.path[0] = {bundled!r}
runpy.run_module("pip", run_name="__main__")
"""


def test_the_pip_of_the_lock_installs_and_does_not_stay(checkout: Checkout):
    bundled = checkout.root.parent / "bundled"
    assert bootstrap._bundled_pip(sys.executable, bundled) == [str(bundled / "pip")]
    pip = make_wheel(checkout.root.parent, "pip", "pip/__main__.py", PIP.format(bundled=str(bundled)))
    (checkout.root / "requirements" / "pip.txt").write_text(pip)
    done = checkout.start()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the pip of the lock ['install']") == 1  # the bundled one installed it
    assert list((checkout.root / ".venv").rglob("*pip*")) == []


def test_a_killed_set_up_leaves_no_half_environment(checkout: Checkout, silent_index: socket.socket):
    process, asked = halfway(checkout, silent_index)
    with process, asked:
        process.kill()
        while asked.recv(4096):  # pip hangs up: it dies with the set-up that started it
            pass
    assert ".venv" not in checkout.left_behind()
    assert checkout.start().returncode == 0
    assert checkout.left_behind() == {".venv"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_set_up_cleans_up(
    checkout: Checkout, silent_index: socket.socket, number: signal.Signals, code: int
):
    process, asked = halfway(checkout, silent_index)
    with asked:
        process.send_signal(number)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in stderr
    assert checkout.left_behind() == set()


def test_a_changed_lock_sets_up_anew(ready: Checkout):
    with (ready.root / "requirements" / "runtime.txt").open("a") as lock:
        lock.write("# a newer lock\n")
    assert "set up in" in ready.start().stderr
    assert ready.left_behind() == {".venv"}


@pytest.mark.parametrize("gone", ["stamp", "bin/python"])
def test_a_damaged_environment_is_built_anew(ready: Checkout, gone: str):
    (ready.root / ".venv" / gone).unlink()
    assert "set up in" in ready.start().stderr


def test_a_wrong_hash_is_refused_and_the_environment_of_before_stays(ready: Checkout):
    lock = ready.root / "requirements" / "runtime.txt"
    good = lock.read_text()
    lock.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", good))
    done = ready.start()
    assert done.returncode != 0
    assert done.stdout == ""
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    lock.write_text(good)
    assert ready.start().stderr == ""
    assert ready.left_behind() == {".venv"}


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [("PIP_DEFAULT_TIMEOUT", "soon", "soon"), ("PIP_TARGET", "elsewhere", "installed somewhere else")],
)
def test_a_setting_of_pip_that_spoils_the_set_up_is_named(
    checkout: Checkout, tmp_path: Path, setting: str, value: str, says: str
):
    value = str(tmp_path / value) if setting == "PIP_TARGET" else value
    done = checkout.start(**{setting: value})
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert checkout.left_behind() == set()


def prelude(code: str) -> list[str]:
    """Start run.py after some code in the same process, to stand on a machine that is not this one."""
    start = "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    return [sys.executable, "-c", f"{code}\n{start}"]


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 6, 0), (2, 7, 18)])
def test_an_old_python_gets_one_clear_line(checkout: Checkout, version: tuple[int, int, int]):
    checkout.command = prelude(f"import sys; sys.version_info = {version}")
    done = checkout.start()
    major, minor, _ = version
    assert done.stderr == f"mispriced: needs Python 3.11 or newer, this is {major}.{minor}\n"
    assert done.returncode == 1
    assert checkout.left_behind() == set()


def test_run_py_holds_no_syntax_that_python_2_lacks():
    newer = (ast.FunctionDef, ast.AsyncFunctionDef, ast.AnnAssign, ast.JoinedStr, ast.NamedExpr, ast.Starred)
    tree = ast.parse((ROOT / "run.py").read_text(encoding="ascii"))
    assert [node for node in ast.walk(tree) if isinstance(node, newer)] == []


@pytest.mark.parametrize(
    ("environ", "config", "is_named"),
    [
        ({}, "", False),
        ({"PIP_NO_CACHE_DIR": "1", "PIP_INDEX_URL": ""}, "", False),
        ({"PIP_INDEX_URL": "file:///mirror"}, "", True),
        ({"PIP_FIND_LINKS": "/mirror"}, "", True),
        ({"PIP_CERT": "/ca.pem"}, "", True),
        ({}, "[global]\ntimeout = 60\n", False),
        ({}, "[global]\nextra-index-url = file:///mirror\n", True),
        ({}, "[install]\nfind_links =\n    /mirror\n", True),
        ({}, "no section", True),
    ],
)
def test_uv_gives_way_where_pip_is_told_of_a_source(
    tmp_path: Path, environ: dict[str, str], config: str, is_named: bool
):
    (tmp_path / "pip.conf").write_text(config)
    assert bootstrap.names_a_source(environ, [tmp_path / "pip.conf", tmp_path / "absent"]) is is_named


def test_pip_s_files_are_looked_for_where_pip_does(tmp_path: Path):
    files = set(
        map(str, bootstrap.pip_files({"XDG_CONFIG_DIRS": "/a:/b", "PIP_CONFIG_FILE": "/c"}, tmp_path))
    )
    own = {str(tmp_path / ".pip/pip.conf"), str(tmp_path / ".config/pip/pip.conf")}
    assert files >= {"/a/pip/pip.conf", "/b/pip/pip.conf", "/c", "/etc/pip.conf"} | own
    assert bootstrap.pip_files({"PIP_CONFIG_FILE": os.devnull}, tmp_path) == []


def fake(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\necho "$*" >> "$0.called"\n{script}\n')
    (folder / name).chmod(0o755)


def test_uv_does_the_set_up_where_it_is_told_no_source(checkout: Checkout, tmp_path: Path):
    fake(tmp_path / "bin", "uv", 'cd "$(dirname "$5")"/../lib/python3*/site-packages && touch tiny.py')
    path = f"{tmp_path}/bin:/usr/bin:/bin"
    checkout.env = {"HOME": str(tmp_path), "PATH": path, "PIP_CONFIG_FILE": os.devnull}
    assert checkout.start().returncode == 0
    assert "--require-hashes --only-binary :all:" in (tmp_path / "bin" / "uv.called").read_text()


def test_uv_is_not_asked_where_pip_has_a_source(checkout: Checkout, tmp_path: Path):
    fake(tmp_path / "bin", "uv", "exit 1")
    assert checkout.start(PATH=f"{tmp_path}/bin:/usr/bin:/bin").returncode == 0
    assert not (tmp_path / "bin" / "uv.called").exists()


def test_pip_does_what_uv_could_not(checkout: Checkout, tmp_path: Path):
    fake(tmp_path / "bin", "uv", "exit 2")
    lock = checkout.root / "requirements" / "runtime.txt"
    lock.write_text(lock.read_text().replace("tiny==1.0", f"{tmp_path}/tiny-1.0-py3-none-any.whl"))
    path = f"{tmp_path}/bin:/usr/bin:/bin"
    checkout.env = {"HOME": str(tmp_path), "PATH": path, "PIP_CONFIG_FILE": os.devnull}
    done = checkout.start()
    assert done.returncode == 0, done.stderr
    assert "uv could not do it, trying pip" in done.stderr
    assert (tmp_path / "bin" / "uv.called").exists()


@pytest.mark.parametrize("user", [0, 1000])
def test_a_missing_ensurepip_is_installed_by_root_and_named_to_others(
    checkout: Checkout, tmp_path: Path, user: int
):
    fake(tmp_path / "bin", "apt-get", "exit 0")
    checkout.env["PATH"] = str(tmp_path / "bin")
    checkout.command = prelude(
        f"import os, sys; sys.modules['ensurepip'] = None; os.geteuid = lambda: {user}"
    )
    done = checkout.start()
    assert done.returncode == 1
    called = tmp_path / "bin" / "apt-get.called"
    if user == 0:
        assert re.fullmatch(r"install -y .* python3(\.\d+)?-venv\n", called.read_text())
        assert "has no ensurepip, installing it: apt-get install" in done.stderr
    else:
        assert not called.exists()
        assert re.search(r"type: sudo apt-get install python3(\.\d+)?-venv\n$", done.stderr)
    assert checkout.left_behind() == set()


@pytest.fixture(scope="module")
def locks() -> dict[str, dict[str, str]]:
    """Return each lock as name -> the rest of its entry: version, marker, hashes."""
    found = {}
    for file in ("pip", "runtime", "dev"):
        text = (ROOT / "requirements" / f"{file}.txt").read_text().replace("\\\n", " ")
        found[file] = dict(line.split("==", 1) for line in text.splitlines())
    return found


def test_every_requirement_is_pinned_and_hashed_and_names_no_host(locks: dict[str, dict[str, str]]):
    entry = re.compile(r"[\w.]+(?: ; [^:/]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+")
    assert [name for lock in locks.values() for name, rest in lock.items() if not entry.fullmatch(rest)] == []


def test_redis_keeps_async_timeout_below_3_11_3(locks: dict[str, dict[str, str]]):
    assert " ; python_full_version < '3.11.3' " in locks["runtime"]["async-timeout"]


def test_the_checks_run_on_what_the_program_runs_on(locks: dict[str, dict[str, str]]):
    assert locks["dev"].items() >= locks["runtime"].items()


def test_the_locks_hold_what_pyproject_asks_for(locks: dict[str, dict[str, str]]):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {"runtime": project["project"]["dependencies"], "dev": project["dependency-groups"]["dev"]}
    for lock, wanted in names.items():
        assert {re.split(r"[^\w-]", line)[0] for line in wanted} <= locks[lock].keys()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_debian_s_own_python_installs_the_lock(tmp_path: Path):
    if subprocess.run(
        [DEBIAN_PYTHON, "-c", "import sys, ensurepip; assert sys.version_info >= (3, 11)"]
    ).returncode:
        require_engine(DEBIAN_PYTHON, "not there, older than 3.11, or without python3-venv")
    lock = (ROOT / "requirements" / "runtime.txt").read_text()
    imports = "aiohttp, hiredis, msgspec, numpy, pydantic_settings, rapidfuzz, redis.asyncio, stamina, typer"
    reach = re.compile(r"PIP_|SSL_|(HTTPS?|ALL|NO)_PROXY$", re.IGNORECASE)
    env = {name: value for name, value in os.environ.items() if reach.match(name)}
    debian = make_checkout(tmp_path / "mispriced", lock, imports, env)
    debian.command = [DEBIAN_PYTHON]
    shutil.copy(ROOT / "requirements" / "pip.txt", debian.root / "requirements")
    with debian.begin("exit", "0") as process:
        stdout, stderr = process.communicate(timeout=280)
    assert process.returncode == 0, stderr
    has_async_timeout = any((debian.root / ".venv").glob("lib/python3*/site-packages/async_timeout"))
    assert has_async_timeout == (json.loads(stdout)["version"] < [3, 11, 3])


def test_the_wheel_holds_the_command_the_types_and_every_file_of_the_package(tmp_path: Path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if name.startswith("mispriced/")}
        commands = wheel.read(next(name for name in wheel.namelist() if name.endswith("entry_points.txt")))
    assert "mispriced = mispriced.cli:main" in commands.decode()
    package = ROOT / "src"
    kept = subprocess.run(["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert names >= {str((ROOT / name).relative_to(package)) for name in kept}
