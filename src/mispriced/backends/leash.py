"""A program of its own: become another program that the kernel kills when the starter dies. Linux only.

`python leash.py PARENT PROGRAM ARGUMENT…`. A program and not a `preexec_fn`, because Python code
between fork and exec may deadlock when the starter has threads. Standard library only: it runs
before `mispriced` can be imported.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>; kept across exec, so the program inherits it


def main(parent: int, command: list[str]) -> None:
    """Ask for SIGKILL at the parent's death, then exec `command`; exit when the parent died before."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit("the starter died first")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
