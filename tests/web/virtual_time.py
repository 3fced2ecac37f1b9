"""An event loop whose clock jumps to the next timer: time limits are tested without waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    """Does not wait: adds to `now`, in seconds, what it would have waited."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """time() is 0 at first and moves only when every task waits for a timer."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now


def run_virtual(work: Coroutine[Any, Any, Result]) -> tuple[Result, float]:
    """Run it -> its result, and the virtual seconds it took."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work), loop.time()
    finally:
        loop.close()
