"""Text for a binary file: what print, csv and json need to write to."""

from __future__ import annotations

from typing import BinaryIO


class Utf8Stream:
    """Text -> UTF-8. Bytes of file names that are not UTF-8 become escapes.

    On a terminal each text is shown at once. Raises OSError where `out` does.
    """

    def __init__(self, out: BinaryIO) -> None:
        self.out, self.is_terminal = out, out.isatty()

    def write(self, text: str) -> int:
        """-> the number of characters taken."""
        self.out.write(text.encode("utf-8", "backslashreplace"))
        if self.is_terminal:
            self.out.flush()
        return len(text)
