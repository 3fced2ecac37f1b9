"""Files that were read -> answers -> rows, in the batches that a model runs fastest on."""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol

from photoloupe.catalog.rows import make_row
from photoloupe.catalog.scan.read_file import Inspectors, ReadFile
from photoloupe.catalog.scan.row_index import MODELS
from photoloupe.catalog.schema import Row
from photoloupe.inspector import BATCH, Inspection


class RowSink(Protocol):
    """Takes rows, and says when they should be flushed."""

    def keep(self, read: ReadFile, row: Row) -> None:
        """Take the row of a file."""

    def keep_copy(self, read: ReadFile) -> None:
        """Take a file whose answers another row has."""

    def is_due(self, more: int) -> bool:
        """Count so many more files: is it time to flush?"""

    def flush(self) -> None:
        """Write what was taken."""


class ModelBatches:
    """Takes files that were read, in any order, and gives the sink one row or copy for each."""

    def __init__(self, models: Inspectors, sink: RowSink) -> None:
        self.models, self.sink = models, sink
        self._waiting: defaultdict[int, list[ReadFile]] = defaultdict(list)

    def put(self, read: ReadFile) -> None:
        """Take one file. Raises CatalogError, ModelError."""
        if read.is_copy:
            self.sink.keep_copy(read)
        elif read.photo is not None and read.photo.views:
            group = self._waiting[read.todo & MODELS]
            group.append(read)
            if len(group) == BATCH:
                self._answer(read.todo)
        else:
            self._keep(read, None)
        if self.sink.is_due(1):
            self.flush()

    def flush(self) -> None:
        """Answer incomplete batches too, and flush the sink. Raises CatalogError, ModelError."""
        for todo in list(self._waiting):
            self._answer(todo)
        self.sink.flush()

    def _answer(self, todo: int) -> None:
        group, inspector = self._waiting.pop(todo & MODELS, []), self.models.inspector(todo)
        if inspector is not None:
            photos = [read.photo for read in group if read.photo is not None]
            for read, answer in zip(group, inspector.answer(photos), strict=True):
                self._keep(read, answer)

    def _keep(self, read: ReadFile, answer: Inspection | None) -> None:
        self.sink.keep(read, make_row(read, answer, self.models.target))
