"""Where rows go: to standard output or a new file; and output that may end before the work does."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from photoloupe.cli.streams import discard
from photoloupe.output.formats import format_for

if TYPE_CHECKING:
    from photoloupe.cli.options import Format
    from photoloupe.output.layout import Row, RowLayout


@contextmanager
def writing(
    layout: RowLayout[Row], form: Format | None, out: Path | None = None, force: bool = False
) -> Iterator[Callable[[Row], None]]:
    """-> a function that prints a row in the chosen format, to a file or standard output.

    Raises ValueError for a binary format on a terminal, FileExistsError for a file that exists
    unless `force`, OSError.
    """
    terminal = out is None and sys.stdout.isatty()
    chosen = format_for(form.value if form else None, terminal=terminal)
    with destination(out, force) as file, chosen.open(file, layout) as write:
        yield write


@contextmanager
def destination(out: Path | None, force: bool) -> Iterator[BinaryIO]:
    """A new file, or standard output. Raises FileExistsError, OSError."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if out.exists() and not force:
        raise FileExistsError(errno.EEXIST, "already exists; --force replaces it", str(out))
    with out.open("wb") as file:
        yield file


@contextmanager
def writing_to_the_end(
    layout: RowLayout[Row], form: Format | None, output: PatientOutput
) -> Iterator[Callable[[Row], None]]:
    """As `writing`, for verbs that change files: they finish even if nobody reads what they print.

    Raises ValueError for a binary format on a terminal.
    """
    chosen = format_for(form.value if form else None, terminal=output.isatty())
    with chosen.open(cast(BinaryIO, output), layout) as write:
        yield write
    output.flush()


class PatientOutput(io.RawIOBase):
    """Standard output that never raises: the first OSError is kept, later bytes are dropped.

    error: what ended the output early; None if every byte was written.
    """

    def __init__(self) -> None:
        self.error: OSError | None = None

    def writable(self) -> bool:
        """True, even when bytes are dropped."""
        return True

    def isatty(self) -> bool:
        """Is standard output a terminal?"""
        return sys.stdout.isatty()

    def write(self, data: Any, /) -> int:
        """-> the number of bytes, dropped or not."""
        if self.error is None:
            self._try(lambda: sys.stdout.buffer.write(data))
        return len(data)

    def flush(self) -> None:
        """Send what is buffered, unless the output has ended."""
        if self.error is None:
            self._try(sys.stdout.buffer.flush)

    def line(self, text: str) -> None:
        """Print one line of text."""
        self.write(text.encode("utf-8", "backslashreplace") + b"\n")
        if self.isatty():
            self.flush()

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except OSError as error:
            self.error = error
            discard(sys.stdout)
