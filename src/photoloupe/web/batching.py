"""Photos of many requests -> one run of the net.

A photo's answer does not depend on its company, so nobody can tell; but a net is quicker with
several photos of one shape than with each alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from photoloupe.inspector import DecodedPhoto, Inspection, Inspector

TOGETHER = 16  # photos a run at the most
WAIT_SECONDS = 0.004  # for others that are on their way; if there are none, not at all

Item = tuple[DecodedPhoto, "Future[Inspection]"]


class Batcher:
    """A thread that owns the nets. tell: is given the number of photos of each run."""

    def __init__(self, inspector: Inspector, tell: Callable[[int], None] = lambda _: None) -> None:
        self._inspector, self._tell = inspector, tell
        self._queue: SimpleQueue[Item | None] = SimpleQueue()
        self._coming, self._lock = 0, threading.Lock()
        self._thread = threading.Thread(target=self._work, name="photoloupe-net", daemon=True)
        self._thread.start()

    def expect(self, count: int) -> None:
        """So many more looks (fewer, if negative) are being made right now."""
        with self._lock:
            self._coming += count

    def submit(self, look: DecodedPhoto) -> Future[Inspection]:
        """Ask the nets about one photo that was looked at."""
        future: Future[Inspection] = Future()
        self._queue.put((look, future))
        return future

    def close(self) -> None:
        """Inspection what was asked, then end."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first, *self._others()]
            wanted = [item for item in batch if item[1].set_running_or_notify_cancel()]
            self._tell(len(wanted))
            self._answer(wanted)

    def _others(self) -> list[Item]:
        found, end = list[Item](), time.monotonic() + WAIT_SECONDS
        while len(found) < TOGETHER - 1:
            left = end - time.monotonic() if self._coming > 0 else 0.0
            try:
                item = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except Empty:
                break
            if item is None:
                self._queue.put(None)  # for the loop above
                break
            found.append(item)
        return found

    def _answer(self, batch: list[Item]) -> None:
        try:
            answers = self._inspector.answer([look for look, _ in batch])
        except Exception as error:  # whatever it is, those who wait must hear of it
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
