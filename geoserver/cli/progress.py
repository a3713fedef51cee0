"""Progress bars with rate and time left; plain lines where there is no terminal."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

__all__ = ["Progress"]

_PLAIN_LINE_S = 5.0


class _Rate(ProgressColumn):
    """Steps per second of one task."""

    def render(self, task: Task) -> Text:
        """The rate, empty until it is known."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed and speed >= 10 else "", style="dim")


class Progress:
    """One bar per named step, on standard error."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars: Bars | None = None
        if console.is_terminal:
            self._bars = Bars(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                _Rate(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=console,
            )
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Start drawing."""
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        if self._bars:
            self._bars.stop()

    def show(self, name: str, done: int, total: int | None) -> None:
        """Say how far a step is; a new name starts a bar, an empty one ends the last."""
        if not name:
            self._finish()
        elif self._bars is None:
            self._say(name, done, total)
        else:
            if name not in self._tasks:
                self._finish()
                self._tasks[name] = self._bars.add_task(name, total=total)
            self._bars.update(self._tasks[name], completed=done, total=total)

    def _finish(self) -> None:
        """Fill the bars that are open."""
        if self._bars:
            for task in self._bars.tasks:
                if not task.finished and task.total is not None:
                    self._bars.update(task.id, completed=task.total)

    def _say(self, name: str, done: int, total: int | None) -> None:
        """A plain line when a step starts, ends, and every few seconds between."""
        now = time.monotonic()
        is_due = name not in self._said or now - self._said[name] >= _PLAIN_LINE_S
        if is_due or (total and done >= total):
            self._said[name] = float("inf") if total and done >= total else now
            of = f" of {total:,}" if total else ""
            sys.stderr.write(f"{name}: {done:,}{of}\n")
            sys.stderr.flush()
