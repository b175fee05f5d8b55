"""A program that ends with this process, however this process ends.

On Linux the kernel kills it (see `leash.py`), elsewhere only a regular exit stops it. The kernel
takes the starting *thread* for the parent, so a thread of its own starts the program and stays until
the program ends: a caller in a short-lived thread does not take the program with it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

STOP_S: Final = 5.0  # for the last writes; then SIGKILL
LEASH: Final = (
    [sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py"))] if sys.platform == "linux" else []
)


class Child:
    """A running program and the thread that started it and waits for its end.

    Raises: OSError when the program cannot be started.
    """

    def __init__(self, command: list[str], log: Path, kept_open: int) -> None:
        self._starter = os.getpid()
        self._command = command
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._error: OSError | None = None
        self._keeper = threading.Thread(
            target=self._keep, args=(log, kept_open), name=Path(command[0]).name, daemon=True
        )
        self._keeper.start()
        self._started.wait()
        if self._error is not None:
            raise self._error
        atexit.register(self.stop)

    @property
    def is_running(self) -> bool:
        """Whether the program still runs, as a child of this process."""
        return os.getpid() == self._starter and self._keeper.is_alive()

    def stop(self) -> None:
        """Ask the program to end, and kill it if it has not after STOP_S."""
        atexit.unregister(self.stop)
        if self._process is None or not self.is_running:
            return  # a forked child has the object, but not the server
        self._process.terminate()
        self._keeper.join(STOP_S)
        self._process.kill()
        self._keeper.join()

    def _keep(self, log: Path, kept_open: int) -> None:
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    [*LEASH, str(self._starter), *self._command] if LEASH else self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(kept_open,),
                    start_new_session=True,  # Ctrl-C is for us: it stays until we have drained
                )
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        self._process.wait()
