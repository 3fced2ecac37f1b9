"""A scan of the served folder, by another process: photos appear while it is at work.

Not a thread: it would share the interpreter with every request. It may be killed at any moment.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from importlib.util import find_spec

CALL = "from photoloupe.cli import app; app()"
NICE = 10
LOG = logging.getLogger("photoloupe.web")


class BackgroundScan:
    """First without crop features, so that photos are there soon; then with, if FAISS is."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, folder: str, uri: str) -> None:
        self._thread = threading.Thread(
            target=self._run, args=(folder, uri), name="photoloupe-scan", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Ends it; the next scan goes on from there."""
        self._closed = True
        if self._process is not None:
            self._process.terminate()
        if self._thread is not None:
            self._thread.join()

    def _run(self, folder: str, uri: str) -> None:
        once = [sys.executable, "-c", CALL, "scan", folder, "--catalog", uri]
        calls = [once, [*once, "--crops"]] if find_spec("faiss") else [once]
        for call in calls:
            if self._closed:
                return
            self._process = subprocess.Popen(
                call, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, errors="replace",
            )  # fmt: skip
            if self._closed:
                self._process.terminate()
            if os.name == "posix":
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
            _, said = self._process.communicate()
            LOG.info("scan of %s: %s", folder, said.strip().rpartition("\n")[2])
