"""A process that is known by its id and its birth: an id alone is given away again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

STATE, START = 2, 21  # fields of /proc/PID/stat, counted from 0 (proc(5): state, starttime)
SIGNALLED: Final = 128  # exit code of what a signal ended, as shells and containers say it
PS_S: Final = 5.0


class Process(Struct, frozen=True, kw_only=True):
    """A process: `born` is the kernel's word for when it started, "" when it was gone at once."""

    pid: int
    born: str
    started_at: datetime


def born(pid: int) -> str:
    """Return what tells this process from an earlier or later one of its id; "" when it has ended.

    One that has ended and is not yet waited for by its parent counts as ended.
    """
    if sys.platform != "linux":
        return _born_by_ps(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    # the second field is the program's name in brackets and may hold anything
    fields = ["", "", *text.rpartition(")")[2].split()]
    return "" if fields[STATE] in ("Z", "X") else f"{fields[START]}@{boot}"


def signalled(process: Process, number: int) -> bool:
    """Send a signal to the process and no other; False when it has ended."""
    if not process.born:
        return False
    try:
        if hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal"):
            handle = os.pidfd_open(process.pid)
            try:
                # the handle holds on to one process, whatever becomes of its id after this look
                if born(process.pid) != process.born:
                    return False
                signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)
        elif born(process.pid) == process.born:
            os.kill(process.pid, number)
        else:
            return False
    except ProcessLookupError:
        return False
    return True


def end_of(process: Process) -> int | None:
    """Return the exit code of a child of ours that has ended, 128 + N for signal N; else None."""
    if not process.pid or born(process.pid):
        return None  # its id is another's by now, which may be a child of ours too
    try:
        pid, status = os.waitpid(process.pid, os.WNOHANG)
    except ChildProcessError:
        return None
    if pid == 0:
        return None
    code = os.waitstatus_to_exitcode(status)
    return SIGNALLED - code if code < 0 else code


def _born_by_ps(pid: int) -> str:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PS_S)
    state, _, start = run.stdout.strip().partition(" ")
    return "" if not state or state.startswith("Z") else start.strip()
