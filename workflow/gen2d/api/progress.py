"""A progress bar."""

import sys
import time
from types import TracebackType
from typing import Self

EVERY = 0.1  # seconds between two updates
WIDTH = 20  # of the bar, letters


class Bar:
    """A progress bar on one line of a terminal or notebook.

    Elsewhere, as in logs and tests, it writes nothing.
    """

    def __init__(self, title: str, *, is_wanted: bool):
        self.title = title
        self._is_shown = is_wanted and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        self._start = self._last = time.perf_counter()

    def __enter__(self) -> Self:
        if self._is_shown:
            self._write("...")
        return self

    def show(self, step: int, n_steps: int) -> None:
        """Shows the number of steps done, and an estimate of the time left."""
        now = time.perf_counter()
        if not self._is_shown or now - self._last < EVERY:
            return
        self._last = now
        done = "#" * (WIDTH * step // n_steps)
        left = (now - self._start) * (n_steps - step) / step
        self._write(f"{done:<{WIDTH}}| {step}/{n_steps}, {left:.0f} s left")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_shown:
            state = "stopped after" if error else "done in"
            self._write(f"{state} {time.perf_counter() - self._start:.1f} s")
            sys.stderr.write("\n")

    def _write(self, text: str) -> None:
        """Overwrites the line."""
        sys.stderr.write(f"\r{f'{self.title}: {text}':<79}")
        sys.stderr.flush()
