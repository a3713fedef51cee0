"""One writing process per file, held by the operating system until the process ends."""

import fcntl
import os
from pathlib import Path

from grids.errors import StoreUnavailableError

__all__ = ["FileLock"]


class FileLock:
    """Exclusive lock on a file beside the one it guards; a killed process gives it back.

    Parameters
    ----------
    path
        Lock file; made if absent, never deleted.

    Raises
    ------
    StoreUnavailableError
        If another process holds it, or the folder cannot be written.
    """

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise StoreUnavailableError(f"cannot open {path}: {exc.strerror}") from exc
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip()
            os.close(self._descriptor)
            who = f"process {holder}" if holder else "another process"
            raise StoreUnavailableError(
                f"{path.with_suffix('')} is in use by {who}: stop it first, or send it the work"
            ) from exc
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)  # closing gives it back
            self._descriptor = -1
