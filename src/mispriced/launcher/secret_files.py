"""Secrets as files that a container reads: their values stand in no argument, label or description."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from mispriced.errors import Misconfigured
from mispriced.launcher.runner import WorkerSpec


class SecretFiles:
    """A folder a worker, a file a secret.

    The folder can be entered by its owner alone; the files can be read by everyone, for a container's
    user is not the launcher's, and one that is mounted alone is reached without the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, spec: WorkerSpec) -> Sequence[tuple[str, Path]]:
        """Write the worker's secrets; return each one's name and file.

        A file that is there keeps its inode: a running container has it mounted.

        Raises: Misconfigured when the folder cannot be written.
        """
        if not spec.secrets:
            return []
        place = self._folder / spec.name
        try:
            for one in (self._folder, place):
                one.mkdir(mode=0o700, parents=True, exist_ok=True)
                one.chmod(0o700)
            written = []
            for name, value in sorted(spec.secrets.items()):
                file = place / name
                file.touch(mode=0o644)
                file.chmod(0o644)
                file.write_text(value.get_secret_value(), encoding="utf-8")
                written.append((name, file.absolute()))
        except OSError as error:
            raise Misconfigured(f"secrets directory {self._folder}: {error.strerror}") from error
        return written

    def remove(self, name: str) -> None:
        """Remove a worker's secrets, if there are any."""
        shutil.rmtree(self._folder / name, ignore_errors=True)
