"""Collects photos of concurrent requests into batches for the models.

Results do not depend on the batch a photo is in; a batch is only faster than one photo at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from photoloupe.inspector import DecodedPhoto, Inspection, Inspector

MAX_BATCH = 16  # photos
MAX_WAIT_S = 0.004  # for photos that are being decoded; without any, the batch runs at once

Item = tuple[DecodedPhoto, "Future[Inspection]"]


class Batcher:
    """A thread that runs the models.

    on_batch is called with the size of each batch; clock gives seconds and never goes back.
    """

    def __init__(
        self,
        inspector: Inspector,
        on_batch: Callable[[int], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inspector, self._on_batch, self._clock = inspector, on_batch, clock
        self._queue: SimpleQueue[Item | None] = SimpleQueue()
        self._decoding, self._lock = 0, threading.Lock()
        self._thread = threading.Thread(target=self._work, name="photoloupe-models", daemon=True)
        self._thread.start()

    def expect(self, count: int) -> None:
        """Count more photos are being decoded and will be submitted; a negative count: fewer."""
        with self._lock:
            self._decoding += count

    def submit(self, decoded: DecodedPhoto) -> Future[Inspection]:
        """Queue a decoded photo; the future holds its answer, or what the models raised."""
        future: Future[Inspection] = Future()
        self._queue.put((decoded, future))
        return future

    def close(self) -> None:
        """Answer every queued photo, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first, *self._more()]
            wanted = [item for item in batch if item[1].set_running_or_notify_cancel()]
            self._on_batch(len(wanted))
            self._run_models(wanted)

    def _more(self) -> list[Item]:
        """Up to MAX_BATCH - 1 more photos; waits at most MAX_WAIT_S, while any is being decoded."""
        found, end = list[Item](), self._clock() + MAX_WAIT_S
        while len(found) < MAX_BATCH - 1:
            left = end - self._clock() if self._decoding > 0 else 0.0
            try:
                item = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except Empty:
                break
            if item is None:
                self._queue.put(None)  # ends the loop in _work after this batch
                break
            found.append(item)
        return found

    def _run_models(self, batch: list[Item]) -> None:
        try:
            answers = self._inspector.answer([decoded for decoded, _ in batch])
        except Exception as error:  # whatever it is, every waiting request must get it
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
