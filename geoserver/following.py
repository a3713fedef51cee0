"""Background work beside requests: following the change log, compacting, saving the snapshot."""

import logging
import threading
import time

from grids.errors import StoreError
from layers.keeper import SnapshotKeeper
from layers.store.protocol import Store

__all__ = ["Follower"]

_LOG = logging.getLogger("wangge.following")


class Follower:
    """Thread that keeps the snapshot up to date with the store.

    Parameters
    ----------
    store, keeper
        What is followed, and what follows.
    poll_s
        Time between looks when nobody says that something was written.
    save_s
        Time between writes of the snapshot file, if something changed.
    """

    def __init__(
        self, store: Store, keeper: SnapshotKeeper, *, poll_s: float = 0.1, save_s: float = 300.0
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._poll_s = poll_s
        self._save_s = save_s
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wangge-follow", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something was written."""
        self._wake.set()

    def stop(self) -> None:
        """End, and save the snapshot unless the file is as new."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30.0)
        self._save()

    def _run(self) -> None:
        """Follow until stopped; a fault is logged and tried again."""
        has_file = self._keeper.saved_seq >= 0
        saved_at = time.monotonic() if has_file else -self._save_s
        while not self._stop.is_set():
            self._wake.wait(self._poll_s)
            self._wake.clear()
            try:
                if self._store.head() > self._keeper.current.seq:
                    self._keeper.refresh()
                elif self._keeper.compact():
                    _LOG.debug("compacted the snapshot")
                if time.monotonic() - saved_at > self._save_s:
                    self._save()
                    saved_at = time.monotonic()
            except StoreError as exc:
                _LOG.warning("the snapshot is not up to date: %s", exc)
                self._stop.wait(1.0)
            except Exception:  # a thread of its own: nobody else would hear of it
                _LOG.exception("following the change log failed; trying again")
                self._stop.wait(1.0)

    def _save(self) -> None:
        """Write the snapshot file if it is behind."""
        if self._keeper.current.seq != self._keeper.saved_seq:
            self._keeper.save()
