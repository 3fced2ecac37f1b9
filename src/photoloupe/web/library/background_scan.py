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
DONE = (0, 1)  # exit codes of a scan that came to its end; 1: some photo failed
LOG = logging.getLogger("photoloupe.web")


class BackgroundScan:
    """First without crop features, so that photos are there soon; then with, if FAISS is.

    message: why it could not be done, for people; photos that cannot be read are rows that say so.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self.message: str | None = None

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
            if self._process.returncode not in DONE and not self._closed:
                line = said.strip().rpartition("\n")[2]
                LOG.error("the scan of %s ended early: %s", folder, line)
                self.message = f"the scan ended early: {line.rpartition(': ')[2]}"  # without a path
                return
