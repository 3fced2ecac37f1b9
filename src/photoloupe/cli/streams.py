"""Standard output and standard error, when nobody reads them any more."""

from __future__ import annotations

import os
import sys
from typing import Any


def discard(stream: Any) -> None:
    """Let a stream that cannot be written to any more end in nothing: Python flushes it at exit."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (OSError, ValueError, AttributeError):  # a stream without a descriptor, as in tests
        return


def print_error(text: str) -> None:
    """A line on standard error, if anybody reads it: what was done stays done either way."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)
