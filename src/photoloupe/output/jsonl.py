"""JSON lines: one object a row, the keys that every interface uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from photoloupe.output.layout import Row, RowLayout
from photoloupe.output.utf8 import Utf8Stream


@contextmanager
def write_jsonl(out: BinaryIO, layout: RowLayout[Row]) -> Iterator[Callable[[Row], None]]:
    """-> a function that writes one row. Raises OSError where `out` does."""
    text = Utf8Stream(out)

    def write(row: Row) -> None:
        text.write(json.dumps(layout.to_dict(row), ensure_ascii=False) + "\n")

    yield write
