"""Paths: a file name a line, for a pipeline."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from photoloupe.output.layout import Row, RowLayout, error_line


@contextmanager
def write_paths(out: BinaryIO, layout: RowLayout[Row]) -> Iterator[Callable[[Row], None]]:
    """-> a function that writes the bytes of a row's path; unreadable files go to standard error.

    Raises OSError where `out` does.
    """

    def write(row: Row) -> None:
        if (error := layout.error(row)) is not None:
            print(error_line(error), file=sys.stderr)
            return
        out.write(os.fsencode(layout.path(row)) + b"\n")
        if out.isatty():
            out.flush()

    yield write
