"""Scans the served folder in a second process, so that photos appear while it runs.

Not a thread: it would share the interpreter with every request. It may be killed at any time.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from importlib.util import find_spec

from photoloupe.web.errors import reason_without_path

PROGRAM = "from photoloupe.cli import app; app()"
NICE = 10
COMPLETED = (0, 1)  # exit codes of a completed scan; 1: some photos failed
LOG = logging.getLogger("photoloupe.web")


class BackgroundScan:
    """A scan without crop features, so that photos appear soon, then one with, if FAISS is there.

    message: why the scan failed, for people; None if it did not. Unreadable photos are rows with
    an error, not failures.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self.message: str | None = None

    @property
    def running(self) -> bool:
        """Whether a scan is running."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, folder: str, uri: str) -> None:
        """Start to scan this folder into the catalog at this URI."""
        self._thread = threading.Thread(
            target=self._run, args=(folder, uri), name="photoloupe-scan", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Terminate the scan; the next one continues from there."""
        self._closed = True
        if self._process is not None:
            self._process.terminate()
        if self._thread is not None:
            self._thread.join()

    def _run(self, folder: str, uri: str) -> None:
        basic = [sys.executable, "-c", PROGRAM, "scan", folder, "--catalog", uri]
        calls = [basic, [*basic, "--crops"]] if find_spec("faiss") else [basic]
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
            _, errors = self._process.communicate()
            if self._process.returncode not in COMPLETED and not self._closed:
                last_line = errors.strip().rpartition("\n")[2]
                LOG.error("the scan of %s failed: %s", folder, last_line)
                self.message = f"the scan failed: {reason_without_path(last_line)}"
                return
