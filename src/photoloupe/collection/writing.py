"""What was looked at -> answers -> rows, in batches that are each one commit of the catalogue."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime

import pyarrow as pa

from photoloupe.collection.catalog import Catalog, now, quoted
from photoloupe.collection.known import CODE, content_key
from photoloupe.collection.looking import Looked, Models
from photoloupe.collection.rows import Row, copied, found, renewed, with_word
from photoloupe.collection.schema import SCANNED, text_to_path
from photoloupe.collection.summary import Summary
from photoloupe.errors import PhotoError
from photoloupe.inspector import BATCH, Answer

BATCH_ROWS = 512  # rows a commit, or
FLUSHES = 64  # after so many small fragments are joined: each is one more file to search
CHOOSING = ("path", "sha256", "model", "code_version", "error", "answered_at", "decided_at")
CHOSEN_BY = ("answered_at", "decided_at")
NEVER = datetime.min.replace(tzinfo=UTC)
BATCH_SECONDS = 10.0  # what is written after so long: the most work that is ever done twice


class Writer:
    """Takes what was looked at, in any order; `flush` writes all but copies of what is to come."""

    def __init__(self, catalog: Catalog, models: Models, summary: Summary) -> None:
        self.catalog, self.models, self.summary = catalog, models, summary
        self.copies: list[Looked] = []
        self._unanswered: defaultdict[int, list[Looked]] = defaultdict(list)
        self._rows: list[tuple[Looked, Row]] = []
        self._flushes, self._held, self._flushed = 0, 0, time.monotonic()

    def put(self, looked: Looked) -> None:
        if looked.is_copy:
            self.copies.append(looked)
        elif looked.look is not None:
            group = self._unanswered[looked.todo & ~CODE]
            group.append(looked)
            if len(group) == BATCH:
                self._answer(looked.todo)
        else:
            self._keep(looked, None)
        self._held += 1
        if self._held >= BATCH_ROWS or time.monotonic() - self._flushed > BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write all there is: new rows, then changed ones, then copies of those."""
        for todo in list(self._unanswered):
            self._answer(todo)
        rows, self._rows = self._rows, []
        self.catalog.add([row | {"added_at": now()} for at, row in rows if not at.file.known])
        self._change([(looked, row) for looked, row in rows if looked.file.known])
        self._copy()
        self._flushes += 1
        if self._flushes % FLUSHES == 0:
            self.catalog.compact()
        self._held, self._flushed = 0, time.monotonic()

    def _answer(self, todo: int) -> None:
        group, inspector = self._unanswered.pop(todo & ~CODE, []), self.models.inspector(todo)
        if inspector is not None:
            looks = [looked.look for looked in group if looked.look is not None]
            for looked, answer in zip(group, inspector.answer(looks), strict=True):
                self._keep(looked, answer)

    def _keep(self, looked: Looked, answer: Answer | None) -> None:
        self._rows.append((looked, found(looked, answer, self.models.wanted)))
        self._count(looked)

    def _change(self, rows: list[tuple[Looked, Row]]) -> None:
        everything = self.models.wanted.everything
        in_part = [row["path"] for looked, row in rows if looked.todo != everything]
        olds = {row["path"]: row for row in self.catalog.having("path", in_part)}
        whole = [renewed(olds[row["path"]], row) if row["path"] in olds else row for _, row in rows]
        self.catalog.change(whole, *SCANNED)

    def _copy(self) -> None:
        """Copies whose original is written; the others wait for it."""
        originals = self._originals({str(copy.sha256) for copy in self.copies})
        ready = [copy for copy in self.copies if copy.sha256 in originals]
        self.copies = [copy for copy in self.copies if copy.sha256 not in originals]
        rows = [(c.file, copied(originals[str(c.sha256)], c.file)) for c in ready]
        self.catalog.add([row for file, row in rows if not file.known])
        self.catalog.change([row for file, row in rows if file.known], *SCANNED)
        for copy in ready:
            self._count(copy)

    def _originals(self, contents: set[str]) -> dict[str, Row]:
        """By content, the complete row last answered, with the person's last word on any of them.

        A content can lie in very many files: of most, only a few columns are read.
        """
        answered, decided = dict[str, Row](), dict[str, Row]()
        where = f"sha256 IN ({', '.join(map(quoted, contents))})"
        for batch in self.catalog.read(where, CHOOSING) if contents else ():
            complete = self.models.wanted.todo(batch) == 0
            few = batch.filter(pa.array(complete)).select(["path", "sha256", *CHOSEN_BY])
            for row in few.to_pylist():
                for chosen, by in zip((answered, decided), CHOSEN_BY, strict=True):
                    if row[by] and row[by] > chosen.get(row["sha256"], {by: NEVER})[by]:
                        chosen[row["sha256"]] = row
        paths = {row["path"] for row in (*answered.values(), *decided.values())}
        whole = {row["path"]: row for row in self.catalog.having("path", sorted(paths))}
        return {
            content: with_word(whole[row["path"]], whole[decided.get(content, row)["path"]])
            for content, row in answered.items()
        }

    def _count(self, looked: Looked) -> None:
        file, summary = looked.file, self.summary
        if looked.error is not None:
            path = text_to_path(file.path)
            summary.fail(PhotoError(looked.error.code, path, looked.error.message))
        elif not file.known:
            summary.copied += looked.is_copy
            summary.new += not looked.is_copy
        elif content_key(looked.sha256) != file.content:
            summary.changed += 1
        else:
            summary.renewed += looked.todo > 0 or looked.is_copy
            summary.returned += looked.todo == 0 and not looked.is_copy and file.gone
            summary.same += looked.todo == 0 and not looked.is_copy and not file.gone
