"""Build the environment a checkout runs in, once, then become the program in it.

Standard library only. Two environments, each from its own hash-pinned lock: `.venv` for the program,
`.venv-test` for the program and the tools that check it. The package itself is not installed: a relative
.pth line points to src, so a moved folder still works. Console scripts are not kept, for theirs is the
absolute path of the folder they were built in; everything runs as `python -m`.
"""

import configparser
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
STAMP_FORMAT = 1
PR_SET_PDEATHSIG = 1  # linux/prctl.h

PIP_SOURCES = frozenset(
    {"index-url", "extra-index-url", "find-links", "no-index"}
    | {"cert", "client-cert", "trusted-host", "proxy"}
)
"""The settings of pip that say where packages come from or how they are reached; uv knows none of them."""


RULES = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
INSTALL = ("install", "-qq", "--disable-pip-version-check", "--no-compile", "--no-user", *RULES)
AT_ONCE = 2  # runs of pip: each spends most of its time on reading what else the index has of a package


class SetupFailed(Exception):
    """The environment cannot be built; the message is for a person."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: Sequence[str]) -> int:
    """Become the program; what comes back is the exit code of a set-up that failed."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        if arguments[:1] == ["test"]:
            python = environment(ROOT / ".venv-test", ROOT / "requirements" / "dev.txt")
            command = [str(ROOT / "tools" / "checks.py"), *arguments[1:]]
        else:
            python = environment(ROOT / ".venv", ROOT / "requirements" / "runtime.txt")
            command = ["-P", "-m", "mispriced", *(arguments or ["up", "--demo"])]
    except SetupFailed as error:
        _say(str(error))
        return error.code
    except OSError as error:
        _say(f"set-up failed: {error}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    _keep_byte_code(python.parent.parent)
    return os.execv(python, [str(python), *command])


def _keep_byte_code(folder: Path) -> None:
    """Keep byte code in the environment where it may stand in no other folder: without, each start is slow.

    A fleet starts dozens of processes, and each would compile every file anew.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(folder / "bytecode"))


def environment(folder: Path, lock: Path) -> Path:
    """Return the Python of an environment that holds what `lock` says, built if need be.

    Raises:
        SetupFailed: when it cannot be built; `folder` is then as it was.
    """
    if not _is_ready(folder, lock):
        with _held(folder.with_name(folder.name + ".lock")):
            # Another start may have built it while this one waited for the lock.
            if not _is_ready(folder, lock):
                _build(folder, lock)
    return folder / "bin" / "python"


def names_a_source(environ: Mapping[str, str], files: Sequence[Path]) -> bool:
    """Say whether pip is told where packages come from, by its environment or by one of its files.

    >>> names_a_source({"PIP_EXTRA_INDEX_URL": "file:///mirror"}, [])
    True
    >>> names_a_source({"PIP_NO_CACHE_DIR": "1", "PIP_INDEX_URL": ""}, [])
    False
    """
    for name, value in environ.items():
        if value and name.startswith("PIP_") and _option(name.removeprefix("PIP_")) in PIP_SOURCES:
            return True
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            return True  # pip shall say what is wrong with it
        if any(
            _option(key) in PIP_SOURCES for section in parser.sections() for key, _ in parser.items(section)
        ):
            return True
    return False


def pip_files(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the configuration files that pip reads, whether they exist or not.

    Source: pip's documentation, "Configuration", "Location".
    """
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    own = environ.get("XDG_CONFIG_HOME") or str(home / ".config")
    files = [Path(folder, "pip", "pip.conf") for folder in (*shared, own)]
    files += [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", Path(sys.prefix, "pip.conf")]
    files += [Path(library, "Application Support/pip/pip.conf") for library in ("/Library", home / "Library")]
    return files + ([Path(named)] if named else [])


def _build(folder: Path, lock: Path) -> None:
    started = time.monotonic()
    _say("setting up (first start only) ...")
    for leftover in (
        *folder.parent.glob(folder.name + ".new-*"),
        *folder.parent.glob(folder.name + ".old-*"),
    ):
        _remove(leftover)
    new = folder.with_name(f"{folder.name}.new-{os.getpid()}")
    old = folder.with_name(f"{folder.name}.old-{os.getpid()}")
    try:
        install(new, lock)
        site_packages = next(new.glob("lib/python3*/site-packages"))
        (site_packages / "mispriced.pth").write_text(os.path.relpath(ROOT / "src", site_packages) + "\n")
        _drop_scripts(new)
        (new / "stamp").write_text(_stamp(new, lock))
        if os.path.lexists(folder):
            folder.rename(old)
        new.rename(folder)
    finally:
        _remove(new)
        _remove(old)
    _say(f"set up in {time.monotonic() - started:.1f} s")


class _Builder(venv.EnvBuilder):
    def setup_scripts(self, context: SimpleNamespace) -> None:
        """Write no activate scripts: they would name the folder before its rename."""


def install(new: Path, lock: Path) -> None:
    """Make an environment of what `lock` says.

    Raises:
        SetupFailed: when it cannot be had; what was made of `new` stays behind.
    """
    _Builder(symlinks=True).create(new)
    python = str(new / "bin" / "python")
    uv = shutil.which("uv")
    if uv and not names_a_source(os.environ, pip_files(os.environ, Path.home())):
        if _run([uv, "pip", "install", "--quiet", "--python", python, *RULES, "-r", str(lock)]) == 0:
            return
        _say("uv could not do it, trying pip")
    with tempfile.TemporaryDirectory(prefix="pip-", dir=new) as folder:
        pip = _pip(python, Path(folder), lock.with_name("pip.txt"))
        _pips([[*pip, "-r", str(part)] for part in _parts(lock, Path(folder))])
    site_packages = next(new.glob("lib/python3*/site-packages"))
    if not any(site_packages.glob("*.dist-info")):
        raise SetupFailed("set-up failed: pip installed somewhere else, see its settings (PIP_*, pip.conf)")


def _pip(python: str, folder: Path, lock: Path) -> list[str]:
    """Return a command that installs, with a pip in `folder`: the one that `lock` says, if it is there.

    The one that comes with Python 3.11 takes twice as long to read what an index says of a package.
    """
    # -I: a PYTHONPATH must not make a package look installed. Byte code is written on first import.
    command = [python, "-I", *_bundled_pip(python, folder / "bundled"), *INSTALL]
    if not lock.exists():
        return command
    _pips([[*command, "--target", str(folder / "newer"), "-r", str(lock)]])
    return [python, "-I", str(folder / "newer" / "pip"), *INSTALL]


def _pips(commands: Sequence[Sequence[str]]) -> None:
    if code := _run_all(commands):
        raise SetupFailed(f"set-up failed: pip ended with {code}", code)


def _parts(lock: Path, folder: Path) -> list[Path]:
    """Write the entries of a lock into as many files as pip runs at once: none depends on another."""
    entries = re.split(r"^(?=[^\s#])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    parts = []
    for number in range(min(AT_ONCE, len(entries))):
        parts.append(folder / f"lock-{number}.txt")
        parts[-1].write_text("".join(entries[number::AT_ONCE]), encoding="utf-8")
    return parts


def _bundled_pip(python: str, folder: Path) -> list[str]:
    """Return the arguments that run this Python's pip, unpacked: from its wheel it keeps no byte code."""
    if importlib.util.find_spec("ensurepip") is None:
        _install_ensurepip()
    try:
        import ensurepip
    except ImportError as error:
        raise SetupFailed(f"set-up failed: {error}, even after installing it") from error
    wheels = sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    if system := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        wheels += sorted(Path(system).glob("pip-*.whl"))
    if wheels:
        shutil.unpack_archive(wheels[-1], folder, "zip")
        return [str(folder / "pip")]
    if code := _run([python, "-I", "-m", "ensurepip"]):
        raise SetupFailed(f"set-up failed: ensurepip ended with {code}", code)
    return ["-m", "pip"]


def _install_ensurepip() -> None:
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    package = (
        "python3-venv"
        if base == os.path.realpath("/usr/bin/python3")
        else f"python3.{sys.version_info[1]}-venv"
    )
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    if shutil.which("apt-get") is None:
        raise SetupFailed(f"this Python ({base}) has no ensurepip: install the package that brings it")
    if os.geteuid() != 0:
        raise SetupFailed(f"this Python ({base}) has no ensurepip, type: sudo apt-get install {package}")
    _say(f"this Python has no ensurepip, installing it: {' '.join(command)}")
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    # The first try fails where the package lists are missing or old, as in a fresh container.
    if _run(command, dies_with_us=False) != 0:
        _run(["apt-get", "update", "-q"], dies_with_us=False)
        if code := _run(command, dies_with_us=False):
            raise SetupFailed(f"set-up failed: apt-get ended with {code}", code)
    importlib.invalidate_caches()


def _run(command: Sequence[str], dies_with_us: bool = True) -> int:
    """Return the exit code; what the command says goes to stderr, for stdout is the program's."""
    return _run_all([command], dies_with_us)


def _run_all(commands: Sequence[Sequence[str]], dies_with_us: bool = True) -> int:
    """Run commands at once; return the first exit code that is none of success, else 0."""
    sys.stderr.flush()
    last_wish = _die_with_parent if dies_with_us and sys.platform == "linux" else None
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.extend(
            subprocess.Popen(command, stdout=sys.stderr, preexec_fn=last_wish)  # noqa: PLW1509 (no threads)
            for command in commands
        )
        return next((code for code in [child.wait() for child in children] if code), 0)
    except OSError as error:
        _say(f"{commands[len(children)][0]}: {error.strerror}")
        return 127
    finally:
        for child in children:
            child.kill()
            child.wait()


def _die_with_parent() -> None:
    """A pip that outlives its killed parent would go on writing into a folder that nobody owns."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _is_ready(folder: Path, lock: Path) -> bool:
    try:
        return (folder / "bin" / "python").exists() and (folder / "stamp").read_text() == _stamp(folder, lock)
    except FileNotFoundError:
        if not lock.exists():
            raise
        return False


def _stamp(folder: Path, lock: Path) -> str:
    """Return what the environment was made of: rules, lock, machine, Python; not the folder's name."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    base = os.path.realpath(folder / "bin" / "python")
    return f"{STAMP_FORMAT} {digest} {platform.machine()} {base}\n"


@contextlib.contextmanager
def _held(lock: Path) -> Iterator[None]:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another start to finish the set-up ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _drop_scripts(new: Path) -> None:
    for script in (new / "bin").iterdir():
        if not script.is_symlink():
            with script.open("rb") as file:
                if file.read(2) == b"#!":
                    script.unlink()


def _remove(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _option(name: str) -> str:
    return name.lower().replace("_", "-")


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _say(message: str) -> None:
    print(f"mispriced: {message}", file=sys.stderr, flush=True)
