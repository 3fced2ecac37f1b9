"""One thread for what takes long, so that it takes one core and no request waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

LOG = logging.getLogger("photoloupe.web")


class Slow:
    """Work is known by its name; of one name there is one piece at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="photoloupe-slow")
        self._busy: dict[str, Future[None]] = {}
        self._closed = False

    def later(self, name: str, work: Callable[[], None]) -> None:
        """Do it when the thread is free, unless it waits or is at work there already."""
        if not self._closed and (name not in self._busy or self._busy[name].done()):
            self._busy[name] = self._pool.submit(self._told, name, work)

    def go_on(self, _: str = "") -> None:
        """For work to call now and then: ends it when the service ends."""
        if self._closed:
            raise InterruptedError("the service ends")

    def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _told(name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except InterruptedError:
            pass
        except Exception:  # nobody waits for it, but somebody reads the log
            LOG.exception("%s could not be worked out", name)
