"""What was looked at -> answers -> rows, in the batches that a net likes."""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol

from photoloupe.catalog.rows import make_row
from photoloupe.catalog.scan.read_file import Inspectors, ReadFile
from photoloupe.catalog.scan.row_index import CODE
from photoloupe.catalog.schema import Row
from photoloupe.inspector import BATCH, Inspection


class RowSink(Protocol):
    """Who takes rows, and says when they should be flushed."""

    def keep(self, looked: ReadFile, row: Row) -> None: ...

    def keep_copy(self, looked: ReadFile) -> None: ...

    def is_due(self, more: int) -> bool: ...

    def flush(self) -> None: ...


class ModelBatches:
    """Takes what was looked at, in any order, and gives the keeper a row of each."""

    def __init__(self, models: Inspectors, keeper: RowSink) -> None:
        self.models, self.keeper = models, keeper
        self._unanswered: defaultdict[int, list[ReadFile]] = defaultdict(list)

    def put(self, looked: ReadFile) -> None:
        if looked.is_copy:
            self.keeper.keep_copy(looked)
        elif looked.look is not None:
            group = self._unanswered[looked.todo & ~CODE]
            group.append(looked)
            if len(group) == BATCH:
                self._answer(looked.todo)
        else:
            self._keep(looked, None)
        if self.keeper.is_due(1):
            self.flush()

    def flush(self) -> None:
        """Inspection what waits for company, and have it written."""
        for todo in list(self._unanswered):
            self._answer(todo)
        self.keeper.flush()

    def _answer(self, todo: int) -> None:
        group, inspector = self._unanswered.pop(todo & ~CODE, []), self.models.inspector(todo)
        if inspector is not None:
            looks = [looked.look for looked in group if looked.look is not None]
            for looked, answer in zip(group, inspector.answer(looks), strict=True):
                self._keep(looked, answer)

    def _keep(self, looked: ReadFile, answer: Inspection | None) -> None:
        self.keeper.keep(looked, make_row(looked, answer, self.models.target))
