"""One background thread for slow jobs, so that they take one core and no request waits for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

LOG = logging.getLogger("photoloupe.web")


class BackgroundWorker:
    """Runs named jobs one at a time; a name is queued or running at most once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="photoloupe-background")
        self._jobs: dict[str, Future[None]] = {}
        self._closed = False

    def submit(self, name: str, job: Callable[[], None]) -> None:
        """Queue a job, unless one of this name is queued or running, or the worker is closed."""
        if not self._closed and (name not in self._jobs or self._jobs[name].done()):
            self._jobs[name] = self._pool.submit(self._run_logged, name, job)

    def check_open(self, _: str = "") -> None:
        """Jobs call it now and then. Raises InterruptedError once the worker is closed."""
        if self._closed:
            raise InterruptedError("the service is shutting down")

    def close(self) -> None:
        """Drop queued jobs and stop the running one at its next `check_open`. Does not wait."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _run_logged(name: str, job: Callable[[], None]) -> None:
        try:
            job()
        except InterruptedError:
            pass
        except Exception:  # nobody waits for the result, so the log is the only place to say it
            LOG.exception("background job %r failed", name)
